"""The offset: quiet where leads close as promised, moved where they do not, and never by what came later."""

import json
from dataclasses import replace

import numpy as np
import pytest

from features.clock import DAY
from features.feature import EVERYONE
from features.history import Events, History, Leads, Moments, Outcomes
from features.settings import LeadField, LeadSchema
from models.close.model import CloseModel
from models.close.offset import Offset
from models.close.timing import Timing
from tests.models.company import dataset, model

SCHEMA = LeadSchema(fields={"source": LeadField(role="channel")}, horizon_days=10)
SINCE = 100 * DAY
TIMING = Timing([0.1] * 10 + [0.0], [0.0] * 11)
PROMISED = 0.3
SOURCES = ("web", "ads", "mail", "fair")


def company(chance: dict[str, float], leads_a_day: int = 20, days: int = 120, seed: int = 1) -> History:
    """Return leads that each source brings every day and that close with a chance of their source, within ten days."""
    rng = np.random.default_rng(seed)
    sources = [source for source in chance for _ in range(leads_a_day)]
    created = np.repeat(np.arange(90, 90 + days), len(sources)) * DAY
    source = np.array(sources * days, np.object_)
    won = np.flatnonzero(rng.random(len(source)) < np.array([chance[name] for name in sources] * days))
    closed_at = created[won] + rng.integers(0, 10, len(won)) * DAY
    ids = np.arange(len(source)).astype(str).astype(np.object_)
    outcomes = Outcomes(
        won.astype(np.int32), closed_at, closed_at, np.ones(len(won), np.bool_), np.full(len(won), np.nan)
    )
    leads = Leads(ids, created, {}, {"source": source})
    return History(SCHEMA, leads, Events.none(), outcomes, int(created.max()) + DAY)


def followed(history: History) -> Offset:
    return Offset.fresh(TIMING, "source", SINCE).followed(history, np.full(len(history.leads), PROMISED))


def moved(offset: Offset, source: str | None = None, day: int = -1) -> float:
    name = EVERYONE if source is None else "source"
    group = offset.values[name][EVERYONE if source is None else source]
    return float(offset.courses[name].mean[day, group])


def test_a_fresh_offset_moves_nothing() -> None:
    history = company({"web": 0.1}, days=5)
    moments = Moments(np.arange(3, dtype=np.int32), np.full(3, SINCE + 50 * DAY))
    assert not Offset.fresh(TIMING, "source", SINCE).at(history, moments).any()


@pytest.mark.parametrize("seed", range(3))
def test_leads_that_close_as_promised_are_left_alone(seed: int) -> None:
    offset = followed(company({"web": 0.3, "fair": 0.3}, seed=seed))
    assert abs(moved(offset)) < 0.15
    assert abs(moved(offset, "web") - moved(offset, "fair")) < 0.2


def test_a_level_that_falls_is_followed() -> None:
    # From 30 % to 15 %: log-odds fall by log(0.3 / 0.7) - log(0.15 / 0.85) = 0.89.
    offset = followed(company(dict.fromkeys(SOURCES, 0.15)))
    assert moved(offset) < -0.5
    for source in SOURCES:
        assert moved(offset) + moved(offset, source) == pytest.approx(-0.89, abs=0.25)


def test_without_a_channel_the_level_is_all_there_is() -> None:
    history = company({"web": 0.15})
    alone = Offset.fresh(TIMING, None, SINCE).followed(history, np.full(len(history.leads), PROMISED))
    assert [feature.name for feature in alone.features()] == ["everyone_recently"]
    assert moved(alone) == pytest.approx(-0.89, abs=0.25)


def test_a_source_that_collapses_answers_for_itself() -> None:
    offset = followed(company({"web": 0.3, "ads": 0.3, "mail": 0.3, "fair": 0.1}))
    days = range(-30, 0)  # a month's average: a day's own offset is noisy
    of_fair, of_web = (
        np.mean([moved(offset, day=day) + moved(offset, source, day) for day in days]) for source in ("fair", "web")
    )
    assert of_fair < -0.7
    assert abs(of_web) < 0.25


def test_a_source_with_three_leads_moves_nothing() -> None:
    history = company({"web": 0.3}, days=60)
    source = history.leads.channels["source"].copy()
    rows = np.flatnonzero(history.leads.created_at == 110 * DAY)[:3]
    source[rows] = "podcast"
    lost = history.outcomes.take(~np.isin(history.outcomes.lead, rows))
    history = replace(history, leads=replace(history.leads, channels={"source": source}), outcomes=lost)
    assert abs(moved(followed(history), "podcast")) < 0.1


def test_what_is_recorded_later_changes_no_earlier_offset() -> None:
    history = company({"web": 0.3, "fair": 0.1})
    day = 150
    known = history.as_known_at(day * DAY)
    then, now = followed(known), followed(history)
    for name, course in then.courses.items():
        for value, group in then.values[name].items():
            of_now = now.courses[name].mean[: len(course.mean), now.values[name][value]]
            assert of_now.tolist() == course.mean[:, group].tolist()


def test_a_moment_sees_the_days_that_had_ended() -> None:
    history = company({"web": 0.1})
    offset = followed(history)
    lead = np.zeros(4, np.int32)
    as_of = np.array([SINCE - 1, SINCE, SINCE + 30 * DAY, SINCE + 31 * DAY - 1])
    before, start, morning, night = offset.at(history, Moments(lead, as_of))[:, 0].tolist()
    assert (before, start) == (0.0, 0.0)
    assert morning == night == pytest.approx(moved(offset, day=30), rel=1e-6)


def test_an_unknown_value_takes_the_level_alone() -> None:
    history = company(dict.fromkeys(SOURCES, 0.1))
    stranger = replace(history.leads, channels={"source": np.full(len(history.leads), "new", np.object_)})
    moments = Moments(np.zeros(1, np.int32), np.array([SINCE + 60 * DAY]))
    (level, channel) = followed(history).at(replace(history, leads=stranger), moments)[0].tolist()
    assert level < -0.2
    assert channel == 0.0


def test_an_offset_is_written_and_read_to_the_bit() -> None:
    offset = followed(company({"web": 0.2, "fair": 0.3}))
    again = Offset.from_json(json.loads(json.dumps(offset.to_json())))
    assert again.to_json() == offset.to_json()
    assert again.courses["source"].mean.tobytes() == offset.courses["source"].mean.tobytes()


def refreshed() -> CloseModel:
    """Return a model that ended a year ago, with the outcomes that came in since."""
    history = dataset().history
    old = replace(model(), offset=replace(model().offset, since=history.known_until - 365 * DAY))
    return old.refreshed(history)


def test_offsets_are_contributions_of_their_own_and_add_up() -> None:
    fresh, now = model(), refreshed()
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
    without = fresh.margin(fresh.matrix(dataset().history, moments))
    np.testing.assert_allclose(explained.margin - offsets.sum(axis=1), without, rtol=0, atol=1e-9)
