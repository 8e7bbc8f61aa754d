"""The preview: every open lead once, and reasons that add up to its move."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from features.records.clock import DAY
from tests.models.company import SETTINGS, dataset
from training.fitting.decisions import fit_decider
from training.fitting.fit import fit_close_model
from training.gate import impact
from training.gate.comparison import Contestant
from training.gate.impact import preview
from training.samples.moments import open_leads
from training.settings import GateSettings

HISTORY = dataset().history


@cache
def contestant(version: str, age: int) -> Contestant:
    model = fit_close_model(dataset(), SETTINGS, HISTORY.known_until - age * DAY).model
    return Contestant(version, model, SETTINGS, HISTORY)


def old() -> Contestant:
    return contestant("1", 300)


def new() -> Contestant:
    return contestant("2", 0)


def test_all_reasons_of_a_move_add_up_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(impact, "REASONS", 1000)
    told = preview(new(), old(), GateSettings(listed=1000))
    assert told is not None
    assert len(told.largest) > 100
    for move in told.largest:
        assert sum(reason.points for reason in move.reasons) == pytest.approx(move.after - move.before, abs=1e-9)


def test_the_largest_moves_come_first_and_as_many_as_asked_for() -> None:
    told = preview(new(), old(), GateSettings(listed=7))
    assert told is not None
    steps = [abs(move.after - move.before) for move in told.largest]
    assert len(steps) == 7
    assert steps == sorted(steps, reverse=True)
    assert all(1 <= len(move.reasons) <= impact.REASONS for move in told.largest)
    assert told.open_leads == len(open_leads(HISTORY))


def test_more_leads_move_by_more_than_little() -> None:
    much, little = (preview(new(), old(), GateSettings(move=move)) for move in (0.3, 0.01))
    assert much is not None
    assert little is not None
    assert much.moving < little.moving <= little.open_leads


def test_the_same_model_moves_nobody() -> None:
    told = preview(new(), replace(new(), version="1"), GateSettings())
    assert told is not None
    assert (told.moving, told.largest, told.mean_before) == (0, (), told.mean_after)


def test_where_no_lead_is_open_there_is_nothing_to_tell() -> None:
    closed = HISTORY.of_leads(np.unique(HISTORY.outcomes.lead))
    assert preview(replace(new(), history=closed), replace(old(), history=closed), GateSettings()) is None


def test_leads_that_would_go_another_route_are_counted_where_both_decide() -> None:
    decider = fit_decider(dataset(), new().model, new().settings).decider
    ours, theirs = replace(new(), decider=decider), replace(old(), decider=decider)
    same, other = preview(ours, replace(ours, version="1"), GateSettings()), preview(ours, theirs, GateSettings())
    assert same is not None
    assert other is not None
    assert same.rerouted == 0
    assert other.rerouted is not None
    assert 0 < other.rerouted <= other.open_leads
    half = preview(ours, old(), GateSettings())
    assert half is not None
    assert half.rerouted is None
