"""A lead that had ended before a moment, though that was recorded later, has nothing left to win then: no evaluation counts it.

Each evaluation and each training gives the same without such moments as with them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from features.records.clock import HOUR, NEVER
from features.records.history import Strings
from features.simulation import WorldSettings
from models.close.labels import Labels
from models.close.level.cohorts import Cohorts
from tests.models import company
from training.fitting.offsets import delays_known_at
from training.fitting.similar import remember
from training.judging.backtest import Prediction, judge_quarters
from training.judging.evaluate import CLOSE
from training.judging.logged_decisions import Decided
from training.judging.plan import SCORECARD, past_leads
from training.judging.policy import _matured
from training.samples.dataset import Dataset, matured_sample, prepare, training_sample
from training.samples.inner_split import _known_leads
from training.samples.ladder import ladder_report

SETTINGS = company.SETTINGS
Answer = dict[str, Any]


@cache
def dataset() -> Dataset:
    """A small company in which every third outcome is told long after: the lead had ended within an hour, or before it came in."""
    history = company.checked(WorldSettings(leads=400, seed=11)).history
    outcomes, created_at = history.outcomes, history.leads.created_at
    ended = created_at[outcomes.lead] + np.where(outcomes.lead % 2 == 0, HOUR, -HOUR)
    late = outcomes.lead % 3 == 0
    outcomes = replace(outcomes, closed_at=np.where(late, ended, outcomes.closed_at))
    return prepare(replace(history, outcomes=outcomes), SETTINGS)


def was_over(of: Dataset) -> NDArray[np.bool_]:
    """Which moments are later than the end of their lead, by the outcomes themselves."""
    closed_at = np.full(len(of.history.leads), np.iinfo(np.int64).max)
    closed_at[of.history.outcomes.lead] = of.history.outcomes.closed_at
    return np.asarray(closed_at[of.moments.lead] < of.moments.as_of, np.bool_)


@cache
def without() -> Dataset:
    stay = ~was_over(dataset())
    return replace(dataset(), moments=dataset().moments.take(stay), X=dataset().X[stay])


def lead_ids(of: Dataset, rows: NDArray[np.int64]) -> Strings:
    return of.history.leads.lead_id[of.moments.lead[rows]]


def sampled(of: Dataset) -> Answer:
    sample = matured_sample(of, SETTINGS, 0, of.history.known_until)
    return {"as_of": of.moments.as_of[sample.rows], "lead": lead_ids(of, sample.rows), "y": sample.y}


def learned(how: str) -> Callable[[Dataset], Answer]:
    def learn(of: Dataset) -> Answer:
        settings = SETTINGS.model_copy(update={"undetermined": how})
        sample = training_sample(of, settings, of.history.known_until)
        return {"as_of": of.moments.as_of[sample.rows], "lead": lead_ids(of, sample.rows), "y": sample.y}

    learn.__name__ = f"learned_{how}"
    return learn


def predictions(of: Dataset) -> list[Prediction]:
    p = np.random.default_rng(2).random(len(of.history.leads))[of.moments.lead]
    return [Prediction(np.arange(len(of.moments)), {CLOSE: p, SCORECARD: p})]


def backtested(of: Dataset) -> Answer:
    return judge_quarters(of, SETTINGS, {"2026-Q1": predictions(of)[0]}).to_json()


def planned(of: Dataset) -> Answer:
    leads = past_leads(of, SETTINGS, predictions(of))
    return {"won": leads.won, "amount": leads.amount}


def delayed(of: Dataset) -> Answer:
    return vars(delays_known_at(of, SETTINGS, of.history.known_until))


def known_leads(of: Dataset) -> Answer:
    won, not_won = _known_leads(of, SETTINGS, of.history.known_until)
    return {"won": won, "not_won": not_won}


def followed(of: Dataset) -> Answer:
    """What became of first scores, and what was known of their wins at some time."""
    first = np.flatnonzero(of.moments.as_of == of.history.leads.created_at[of.moments.lead])
    delays = delays_known_at(without(), SETTINGS, of.history.known_until)
    cohorts = Cohorts.of(of.history, of.moments.take(first), np.full(len(first), -1.0), delays)
    time = of.history.known_until + 1
    rows, won = cohorts.matured(0, time)
    _, wins = cohorts.by_group(time)
    return {"lead": cohorts.moments.lead[rows], "won": won, **{str(n): part for n, part in enumerate(wins)}}


EVALUATIONS = (
    sampled,
    learned("left_out"),
    learned("expected"),
    backtested,
    planned,
    delayed,
    known_leads,
    followed,
)


@pytest.mark.parametrize("evaluate", EVALUATIONS, ids=lambda evaluate: evaluate.__name__)
def test_moments_after_the_end_of_a_lead_change_nothing(evaluate: Callable[[Dataset], Answer]) -> None:
    assert 100 < was_over(dataset()).sum() < len(dataset().moments) / 2
    with_them, without_them = evaluate(dataset()), evaluate(without())

    assert with_them.keys() == without_them.keys()
    for name, value in with_them.items():
        np.testing.assert_equal(value, without_them[name], err_msg=name)


def test_a_report_of_the_ladder_counts_no_lead_that_had_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    with_them = ladder_report(dataset().history, SETTINGS)
    monkeypatch.setattr(
        "training.samples.ladder.moments_at_ages",
        lambda *_: without().moments,
    )

    assert ladder_report(dataset().history, SETTINGS) == with_them
    assert sum(rate.leads for rate in with_them.rates) > 100


def test_a_policy_is_not_judged_by_leads_that_had_ended() -> None:
    of = dataset()
    n = len(of.moments)
    logged = Decided(
        lead_ids(of, np.arange(n)),
        of.moments.as_of,
        np.full(n, 0.2),
        np.full(n, 100.0),
        np.zeros(n, np.int8),
        np.tile([1.0, 0.0, 0.0], (n, 1)),
        np.full(n, NEVER),
        np.full(n, None, np.object_),
    )
    rows, _, _ = _matured(of.history, logged, SETTINGS)

    assert not was_over(of)[rows].any()
    assert len(rows) == len(matured_sample(without(), SETTINGS, 0, of.history.known_until).rows)


def test_no_such_moment_is_remembered_as_a_past_lead(monkeypatch: pytest.MonkeyPatch) -> None:
    remembered: list[Any] = []
    monkeypatch.setattr(
        "training.fitting.similar._standing", lambda _model, of, rows, *_: remembered.append(was_over(of)[rows])
    )
    monkeypatch.setattr("training.fitting.similar.index", lambda _model, standings: standings)

    remember(None, dataset(), SETTINGS)  # type: ignore[arg-type]

    assert sum(map(len, remembered)) > 100
    assert not np.concatenate(remembered).any()


@pytest.mark.parametrize(("matured", "over", "counted"), [(1, 0, 1), (1, 1, 0), (0, 0, 0), (0, 1, 0)])
def test_what_counts_has_matured_and_was_not_over(matured: int, over: int, counted: int) -> None:
    none = np.zeros(1, np.int64)
    labels = Labels(none > 0, none > 0, none < matured, none < over, none, none)

    assert labels.counted.tolist() == [bool(counted)]
