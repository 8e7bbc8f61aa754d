"""Channels' records, against the same written in plain Python: what was known of each lead at the end of each day."""

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.matrix.block import blocks
from features.matrix.target_sums import fit_target_statistics
from features.matrix.track_record import SETTLED, Counts, TargetStatistics, track_record, track_record_features
from features.records.clock import DAY, END_OF_TIME
from features.records.history import Events, History, Leads
from features.settings.schema import LeadSchema, TrackRecordSettings
from tests.features.strategies import FIELDS, START, Case, cases, end_of_own_day, moments_of, outcomes_of, texts, times


class KnownLead:
    """What the outcomes of a lead say, as of the end of a day."""

    def __init__(self, history: History, lead: int) -> None:
        outcomes = history.outcomes
        self.came = int(history.leads.created_at[lead])
        own_day = end_of_own_day(history, lead)
        self.matured = self.came + history.schema.horizon_days * DAY if own_day is None else own_day
        self.known = sorted(
            (max(int(outcomes.recorded_at[row]), self.came), int(outcomes.closed_at[row]), bool(outcomes.won[row]))
            for row in range(len(outcomes))
            if outcomes.lead[row] == lead
        )

    def came_in(self, day: int) -> int:
        return int(self.came // DAY <= day)

    @property
    def settled_day(self) -> int:
        return min([self.matured, *(recorded_at for recorded_at, _, _ in self.known)]) // DAY

    def settled(self, day: int) -> int:
        return int(self.settled_day <= day)

    def won(self, day: int) -> int:
        by_then = [outcome for outcome in self.known if outcome[0] // DAY <= day]
        return int(bool(by_then) and by_then[-1][2] and by_then[-1][1] <= self.matured)


def expected(history: History, lead: int, as_of: int) -> dict[str, float]:
    day = min(as_of // DAY, history.known_until // DAY) - 1
    everyone = [KnownLead(history, other) for other in range(len(history.leads))]
    settled = sum(other.settled(day) for other in everyone)
    rate = sum(other.won(day) for other in everyone) / settled if settled else math.nan
    values = record("everyone", history.schema, everyone, day, rate)
    whole = values[f"everyone_close_rate_{history.schema.track_record.days[-1]}d"]
    for name in history.schema.channels:
        column = history.leads.channels[name]
        mine = [other for number, other in enumerate(everyone) if column[number] == column[lead]]
        values |= record(name, history.schema, mine, day, whole)
        longest = history.schema.track_record.days[-1]
        values[f"{name}_lift_{longest}d"] = lift(history.schema.track_record, mine, everyone, day, longest)
    return {name: as_share(value) if "_rate_" in name else value for name, value in values.items()}


def as_share(rate: float) -> float:
    return rate if math.isnan(rate) else min(max(rate, 0.0), 1.0)


def lift(
    settings: TrackRecordSettings, leads: list[KnownLead], everyone: list[KnownLead], day: int, window: int
) -> float:
    """Return wins over what everyone's leads, on the days on which these were settled, would have won."""
    won = sum(lead.won(day) - lead.won(day - window) for lead in leads)
    settled = [lead for lead in leads if lead.settled(day) > lead.settled(day - window)]
    would_win = sum(rate_of_everyone(settings, everyone, lead.settled_day) for lead in settled)
    return (max(won, 0) + settings.prior_won) / (would_win + settings.prior_won)


def rate_of_everyone(settings: TrackRecordSettings, everyone: list[KnownLead], day: int) -> float:
    def within(start: int) -> tuple[int, int]:
        won = sum(lead.won(day) - lead.won(start) for lead in everyone)
        return won, sum(lead.settled(day) - lead.settled(start) for lead in everyone)

    (won, settled), (won_ever, settled_ever) = within(day - settings.days[0]), within(-(10**7))
    return as_share((won + settings.prior_leads * won_ever / settled_ever) / (settled + settings.prior_leads))


def record(name: str, schema: LeadSchema, leads: list[KnownLead], day: int, parent: float) -> dict[str, float]:
    prior, values = schema.track_record.prior_leads, {}
    for window in reversed(schema.track_record.days):
        won = sum(lead.won(day) - lead.won(day - window) for lead in leads)
        settled = sum(lead.settled(day) - lead.settled(day - window) for lead in leads)
        values[f"{name}_close_rate_{window}d"] = parent = (won + prior * parent) / (settled + prior)
    shortest = schema.track_record.days[0]
    came = sum(lead.came_in(day) - lead.came_in(day - shortest) for lead in leads)
    return values | {f"{name}_new_leads_{shortest}d": came}


def computed(case: Case) -> Iterator[tuple[int, dict[str, float]]]:
    names = [feature.name for feature in track_record_features(case.history.schema)]
    books = fit_target_statistics(case.history)
    for block in blocks(case.history, case.moments, records=5):
        for row, values in zip(block.rows.tolist(), track_record(block, books).tolist(), strict=True):
            yield row, dict(zip(names, values, strict=True))


@given(cases())
def test_every_feature_equals_its_plain_computation(case: Case) -> None:
    for row, got in computed(case):
        want = expected(case.history, *case.of_each[row])
        assert got == pytest.approx(want, rel=1e-5, nan_ok=True)


@given(cases(), times(), st.data())
def test_what_is_told_later_of_leads_that_nobody_followed_changes_no_earlier_record(
    case: Case, time: int, data: st.DataObject
) -> None:
    count = len(case.history.leads)
    until, again = (
        np.array(data.draw(st.lists(some, min_size=count, max_size=count)), np.int64)
        for some in (times(), st.one_of(times(), st.just(END_OF_TIME)))
    )
    again = np.maximum(until, again)
    whole = replace(case.history, leads=replace(case.history.leads, followed_until=until, followed_again=again))
    known = whole.as_known_at(time)
    assert known.leads.followed_again is not None
    untold = np.where(known.leads.followed_again <= time, known.leads.followed_again, END_OF_TIME)
    known = replace(known, leads=replace(known.leads, followed_again=untold))
    records = [
        of_everyone(fit_target_statistics(one), fit_target_statistics(known).closed_day) for one in (known, whole)
    ]
    assert records[0].tolist() == records[1].tolist()


def of_everyone(books: TargetStatistics, day: int) -> Counts:
    """Return what the books hold of everyone on each of the 400 days until a day."""
    days = np.arange(day - 400, day + 1)
    return books.tally(np.zeros((len(days), 1), np.int64), days, (1,))[:, 0, 0]


@pytest.mark.parametrize(("again_day", "settled_day"), [(10, 30), (50, 50), (None, None)])
def test_a_lead_of_which_nothing_is_heard_is_settled_once_it_is_heard_of_again(
    again_day: int | None, settled_day: int | None
) -> None:
    """The open lead's horizon ends with day 30; its export ended with day 9."""
    history = two_sources()
    again = END_OF_TIME if again_day is None else START + again_day * DAY
    leads = replace(
        history.leads, followed_until=np.full(4, START + 9 * DAY), followed_again=np.array([START, START, START, again])
    )
    settled = of_everyone(fit_target_statistics(replace(history, leads=leads)), START // DAY + 99)[:, SETTLED]
    days = (np.flatnonzero(settled) + START // DAY + 99 - 400 - START // DAY).tolist()
    assert days == [5, 12, *([] if settled_day is None else [settled_day])]


def two_sources() -> History:
    """Four leads of day 0: web's are won on day 10 (recorded on day 12) and lost, the fair's are lost and open.

    The second web lead, lost on day 5, turns out on day 20 to have been won. A horizon has 30 days.
    """
    schema = LeadSchema(
        fields={"source": FIELDS["source"]},
        horizon_days=30,
        track_record=TrackRecordSettings(days=(7, 365), prior_leads=2),
    )
    leads = Leads(texts(list("abcd")), np.full(4, START), {}, {"source": texts(["web", "web", "fair", "fair"])})
    outcomes = [
        (0, START + 10 * DAY, START + 12 * DAY, True),
        (1, START + 5 * DAY, START + 5 * DAY, False),
        (1, START + 5 * DAY, START + 20 * DAY, True),
        (2, START + 5 * DAY, START + 5 * DAY, False),
    ]
    return History(schema, leads, Events.none(), outcomes_of(outcomes), START + 100 * DAY)


@pytest.mark.parametrize(
    ("day", "everyone", "web", "fair"),
    [
        (5, math.nan, math.nan, math.nan),  # nothing is settled yet: day 5 has not ended
        (6, 0.0, 0.0, 0.0),  # two lost
        (
            13,
            (1 + 2 / 3) / 5,
            (1 + 2 / 3) / 4,
            (2 / 3) / 3,
        ),  # whole rate 1/3, shrunk to itself: (1 + 2 * 1/3) / (3 + 2)
        (31, (2 + 2 / 2) / 6, (2 + 1) / 4, 1 / 4),  # the open lead's horizon ended with day 30: 2 of 4 won
    ],
)
def test_rates_worked_by_hand(day: int, everyone: float, web: float, fair: float) -> None:
    moments = moments_of([(0, START + day * DAY), (2, START + day * DAY)])
    of_web, of_fair = (values for _, values in computed(Case(two_sources(), moments)))
    assert of_web["everyone_close_rate_365d"] == pytest.approx(everyone, nan_ok=True)
    assert of_web["source_close_rate_365d"] == pytest.approx(web, nan_ok=True)
    assert of_fair["source_close_rate_365d"] == pytest.approx(fair, nan_ok=True)


def test_a_channel_value_never_seen_takes_the_rate_of_everyone() -> None:
    books = fit_target_statistics(two_sources())
    history = two_sources()
    for value in ("podcast", None):
        leads = Leads(texts(["new"]), np.array([START + 40 * DAY]), {}, {"source": texts([value])})
        asked = History(history.schema, leads, Events.none(), outcomes_of([]), history.known_until)
        (block,) = blocks(asked, moments_of([(0, START + 40 * DAY)]))
        names = [feature.name for feature in track_record_features(history.schema)]
        values = dict(zip(names, track_record(block, books)[0].tolist(), strict=True))
        assert values["source_close_rate_365d"] == values["everyone_close_rate_365d"]
        assert values["source_new_leads_7d"] == 0


def test_a_late_correction_keeps_the_rate_a_share() -> None:
    """Every web lead was settled before the window in which the wins of day 20 are known."""
    moments = moments_of([(0, START + 21 * DAY)])
    ((_, values),) = computed(Case(two_sources(), moments))
    assert 0 <= values["source_close_rate_7d"] <= 1


def test_the_books_end_with_the_last_day_that_the_history_covers_whole() -> None:
    history = two_sources()
    assert fit_target_statistics(history).closed_day == START // DAY + 99
    earlier = History(history.schema, history.leads, history.events, history.outcomes, START + 12 * DAY)
    values = [
        values for _, values in computed(Case(earlier, moments_of([(0, START + 12 * DAY), (0, START + 90 * DAY)])))
    ]
    assert values[0] == values[1]


def test_a_value_that_differs_in_blanks_and_capitals_has_the_record_of_the_one_that_is_known() -> None:
    schema = LeadSchema.model_validate({"fields": {"source": {"role": "channel"}}})
    came_in = np.array([START, START, START], np.int64)
    leads = Leads(texts(["a", "b", "c"]), came_in, {}, {"source": texts(["Trade Fair", "WEB", "web"])})
    books = fit_target_statistics(History(schema, leads, Events.none(), outcomes_of([]), START + DAY))

    fair, upper, lower = books.code("source", texts(["Trade Fair", "WEB", "web"])).tolist()

    assert len({fair, upper, lower}) == 3
    assert books.code("source", texts(["trade\u00a0fair ", "WEB", "web", "radio", None])).tolist() == [
        fair,
        upper,
        lower,
        -1,
        -1,
    ]
