"""The offset: quiet where leads close as promised, moved where they do not, and never by what came later."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logit

from features.records.clock import DAY
from features.records.history import Events, History, Leads, Moments, Outcomes, creations
from features.settings.fields import LeadField
from features.settings.schema import LeadSchema
from models.close.level.delays import Delays
from models.close.level.guard import Guard
from models.close.level.offset import Offset
from models.close.model import CloseModel
from tests.models.company import SETTINGS, dataset, model
from training.fitting.fit import fit_close_model
from training.fitting.offsets import refreshed_daily

SCHEMA = LeadSchema(fields={"source": LeadField(role="channel")}, horizon_days=10)
SINCE = 400 * DAY
LAST = 520 * DAY
PROMISED = 0.3
DELAYS = Delays.of(0, 0, np.array([True] * 10 + [False]), np.array([*(np.arange(10) + 0.5) / 10, 1.0]))
LEVEL = Guard(level=(0.0, 1.0))
SOURCES = ("web", "ads", "mail", "fair")


def company(
    chance: dict[str, float], leads_a_day: float = 3, seed: int = 1, changed: int = 300 * DAY, days: int = 420
) -> History:
    """Return leads that each source brings by the clock; from a time on they close with a chance of their source, else as promised.

    Of the won a tenth is recorded each day, at any hour.
    """
    rng = np.random.default_rng(seed)
    n = int(len(chance) * leads_a_day * days)
    created = np.sort(rng.integers(100 * DAY, (100 + days) * DAY, n))
    source = np.array(list(chance), np.object_)[rng.integers(0, len(chance), n)]
    p = np.where(created < changed, PROMISED, np.array([chance[name] for name in source]))
    won = np.flatnonzero(rng.random(n) < p)
    closed_at = created[won] + rng.integers(0, 10 * DAY, len(won))
    outcomes = Outcomes(
        won.astype(np.int32), closed_at, closed_at, np.ones(len(won), np.bool_), np.full(len(won), np.nan)
    )
    leads = Leads(np.arange(n).astype(str).astype(np.object_), created, {}, {"source": source})
    return History(SCHEMA, leads, Events.none(), outcomes, LAST)


def followed(history: History, guard: Guard | None = None, channel: str | None = "source") -> Offset:
    margin = np.full(len(history.leads), logit(PROMISED))
    return Offset.fresh(DELAYS, channel, SINCE, guard).followed(history, creations(history), margin)


def columns(offset: Offset, history: History, as_of: int, source: str = "web") -> list[float]:
    """Return what is added at a time to a lead of a source."""
    one = Leads(np.array(["one"], np.object_), np.array([as_of]), {}, {"source": np.array([source], np.object_)})
    (row,) = offset.at(replace(history, leads=one), Moments(np.zeros(1, np.int32), np.array([as_of])))
    return [float(value) for value in row]


def month(offset: Offset, history: History, source: str = "web") -> list[float]:
    """Return the mean of the last four weeks: that of a day is noisy."""
    days = np.array([columns(offset, history, LAST - day * DAY, source) for day in range(28)])
    return [float(mean) for mean in days.mean(axis=0)]


def test_a_fresh_offset_moves_nothing() -> None:
    history = company({"web": 0.1}, days=300)
    assert columns(Offset.fresh(DELAYS, "source", SINCE, LEVEL), history, LAST) == [0.0, 0.0]


@pytest.mark.parametrize("seed", range(3))
def test_leads_that_close_as_promised_are_left_alone(seed: int) -> None:
    history = company({"web": PROMISED, "fair": PROMISED}, leads_a_day=8, seed=seed)
    for source in ("web", "fair"):
        assert sum(month(followed(history, LEVEL), history, source)) == pytest.approx(0, abs=0.15)
        assert sum(month(followed(history), history, source)) == pytest.approx(0, abs=0.1)


def test_a_level_that_falls_is_followed_as_far_as_it_is_trusted() -> None:
    history = company(dict.fromkeys(SOURCES, 0.15), leads_a_day=6)
    offset = followed(history, LEVEL)
    assert sum(month(offset, history)) == pytest.approx(logit(0.15) - logit(PROMISED), abs=0.3)
    full, half, none = (
        columns(followed(history, Guard(level=(0.0, share))), history, SINCE)[0] for share in (1.0, 0.5, 0.0)
    )
    assert full < -0.2
    assert half == pytest.approx(full / 2, rel=1e-5)
    assert none == 0.0


def test_a_level_that_nothing_spoke_for_is_trusted_once_outcomes_do() -> None:
    history = company(dict.fromkeys(SOURCES, 0.1), leads_a_day=6, changed=430 * DAY)
    offset = followed(history)
    before, after = (sum(columns(offset, history, day * DAY)) for day in (430, 519))
    assert abs(before) < 0.2
    assert after < -0.7
    assert "and the level" in offset.in_words()


def test_a_level_that_is_noise_is_not_trusted_as_time_goes_on() -> None:
    history = company(dict.fromkeys(SOURCES, PROMISED), leads_a_day=6)
    assert followed(history).course.share.max() < 0.3


def test_without_a_channel_the_level_is_all_there_is() -> None:
    history = company({"web": 0.15}, leads_a_day=12)
    alone = followed(history, LEVEL, channel=None)
    assert [feature.name for feature in alone.features()] == ["everyone_recently"]
    assert month(alone, history) == [pytest.approx(logit(0.15) - logit(PROMISED), abs=0.3)]


@pytest.mark.parametrize("guard", [Guard(), LEVEL])
def test_a_source_that_collapses_answers_for_itself(guard: Guard) -> None:
    history = company({"web": PROMISED, "ads": PROMISED, "mail": PROMISED, "fair": 0.05})
    offset = followed(history, guard)
    assert sum(month(offset, history, "fair")) == pytest.approx(logit(0.05) - logit(PROMISED), abs=0.5)
    assert abs(sum(month(offset, history, "web"))) < 0.2


def test_what_went_wrong_before_the_training_is_known_at_its_end() -> None:
    history = company({"web": PROMISED, "ads": PROMISED, "mail": PROMISED, "fair": 0.05}, changed=250 * DAY)
    assert columns(followed(history), history, SINCE, "fair")[1] < -1
    assert columns(followed(history), history, SINCE - DAY, "fair") == [0.0, 0.0]


def test_channels_that_the_guard_closes_are_off() -> None:
    history = company({"web": PROMISED, "fair": 0.05})
    assert month(followed(history, Guard(channels=False)), history, "fair") == [0.0, 0.0]
    assert not Offset.fresh(DELAYS, "source", SINCE, Guard(channels=False)).moves


@pytest.mark.parametrize("weekday", range(7))
def test_recording_on_weekdays_moves_little(weekday: int) -> None:
    """Outcomes of a weekend are recorded on Monday morning."""
    history = company({"web": PROMISED, "fair": PROMISED}, leads_a_day=20)
    day = (history.outcomes.recorded_at // DAY + 3) % 7  # 0 is Monday
    late = np.where(day >= 5, (7 - day) * DAY, 0)
    shifted = replace(history, outcomes=replace(history.outcomes, recorded_at=history.outcomes.recorded_at + late))
    offset = followed(shifted, LEVEL)
    found = [sum(columns(offset, shifted, (480 + weekday + 7 * week) * DAY)) for week in range(5)]
    assert abs(np.mean(found)) < 0.15


@settings(deadline=None, max_examples=8)
@given(st.integers(0, 99), st.integers(SINCE, LAST), st.floats(0.02, 0.9))
def test_an_offset_is_the_same_from_the_history_as_known_then_to_the_bit(seed: int, as_of: int, chance: float) -> None:
    history = company({"web": PROMISED, "fair": chance, "new": 0.2}, leads_a_day=0.5, seed=seed)
    source = history.leads.channels["source"]
    source[(history.leads.created_at < 450 * DAY) & (source == "new")] = "web"  # a source that is not known before
    again = history.outcomes.take(np.arange(0, len(history.outcomes), 5))
    corrected = replace(again, recorded_at=again.recorded_at + 3 * DAY, won=~again.won)
    every = Outcomes(
        *(
            np.concatenate((getattr(history.outcomes, name), getattr(corrected, name)))
            for name in ("lead", "closed_at", "recorded_at", "won", "amount")
        )
    )
    history = replace(history, outcomes=every)
    guard = Guard(level=(0.3, 0.4))
    then, now = followed(history.as_known_at(as_of), guard), followed(history, guard)
    for name in ("web", "fair", "new", "stranger"):
        assert columns(then, history, as_of, name) == columns(now, history, as_of, name)


def test_a_moment_sees_the_days_that_had_begun() -> None:
    history = company({"web": 0.1})
    offset = followed(history, LEVEL)
    assert columns(offset, history, SINCE - 1) == [0.0, 0.0]
    night, morning, evening = (columns(offset, history, time) for time in (460 * DAY - 1, 460 * DAY, 461 * DAY - 1))
    assert morning == evening != night


def test_an_unknown_value_takes_the_level_alone() -> None:
    history = company(dict.fromkeys(SOURCES, 0.1))
    level, channel = columns(followed(history, LEVEL), history, LAST, "never seen")
    assert level < -0.5
    assert channel == 0.0


def test_an_offset_is_written_and_read_to_the_bit() -> None:
    history = company({"web": 0.2, "fair": 0.3})
    offset = followed(history, Guard(True, (0.1, 0.2), 10, 3, 0.1, 0.2, 0.3, 0.4))
    again = Offset.from_json(json.loads(json.dumps(offset.to_json())))
    assert again.to_json() == offset.to_json()
    assert (again.guard, again.delays) == (offset.guard, offset.delays)
    assert again.course.group.tobytes() == offset.course.group.tobytes()


def test_an_offset_of_before_cohorts_serves_as_it_was_and_is_followed_no_further() -> None:
    content = {
        "timing": {"won": [1.0], "lost": [0.0]},
        "channel": "source",
        "since": SINCE,
        "courses": {
            "": {"values": [""], "first_day": 400, "mean": [[0.0], [0.5]]},
            "source": {"values": ["fair", "web"], "first_day": 400, "mean": [[0.0, 0.0], [-1.0, 0.25]]},
        },
    }
    everyone = next(iter(Offset.fresh(DELAYS, None, 0).features())).subject
    content["courses"][everyone] = content["courses"].pop("")  # type: ignore[index,attr-defined]
    old, history = Offset.from_json(content), company({"web": 0.1, "fair": 0.1})
    assert columns(old, history, SINCE, "fair") == [0.0, 0.0]
    assert columns(old, history, LAST, "fair") == [0.5, -1.0]
    assert columns(old, history, LAST, "web") == [0.5, 0.25]
    assert old.followed(history, creations(history), np.zeros(len(history.leads))) is old
    assert not old.moves
    assert Offset.from_json(json.loads(json.dumps(old.to_json()))).to_json() == old.to_json()


def refreshed() -> CloseModel:
    """Return a model that ended a year ago, with the outcomes that came in since."""
    history = dataset().history
    old = replace(model().offset, since=history.known_until - 365 * DAY, guard=Guard(level=(0.5, 0.5)))
    return replace(model(), offset=old).refreshed(history)


def test_offsets_are_contributions_of_their_own_and_add_up() -> None:
    now = refreshed()
    moments = dataset().moments.take(
        np.flatnonzero(dataset().moments.as_of > dataset().history.known_until - 100 * DAY)
    )
    X = now.matrix(dataset().history, moments)
    explained = now.explain(X)
    offsets = explained.contributions[:, -2:]
    assert [feature.name for feature in now.features[-2:]] == ["everyone_recently", "source_recently"]
    assert np.abs(offsets).max() > 0.01
    np.testing.assert_allclose(
        explained.base_value + explained.contributions.sum(axis=1), explained.margin, rtol=0, atol=1e-9
    )
    without = now.promised(X[:, :-2])
    np.testing.assert_allclose(explained.margin - offsets.sum(axis=1), without, rtol=0, atol=1e-9)


def test_what_is_judged_as_refreshed_is_what_a_refreshed_model_serves() -> None:
    data = dataset()
    then = data.history.known_until - 200 * DAY
    old = fit_close_model(data, SETTINGS, then).model
    old = replace(old, offset=replace(old.offset, guard=Guard(level=(0.5, 0.5))))
    rows = np.flatnonzero(data.moments.as_of >= then)
    served = old.refreshed(data.history).matrix(data.history, data.moments.take(rows))
    assert np.array_equal(refreshed_daily(old, data, rows), served, equal_nan=True)
    on = int(data.moments.as_of[rows[len(rows) // 2]])
    known = data.history.as_known_at(on)
    that_day = rows[data.moments.as_of[rows] == on]
    live = old.refreshed(known).matrix(known, data.moments.take(that_day))
    assert np.array_equal(refreshed_daily(old, data, that_day), live, equal_nan=True)
