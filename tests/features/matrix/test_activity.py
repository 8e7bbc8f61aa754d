"""Features of events, against the same written in plain Python: one record at a time."""

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given

from features.matrix.activity import activity, activity_features
from features.matrix.block import blocks
from features.records.clock import DAY, HOUR, SECOND
from features.records.history import Events, History, Leads, Outcomes
from features.settings.fields import ACTORS
from features.settings.schema import LeadSchema
from tests.features.strategies import KINDS, START, Case, cases, events_of, moments_of, texts


class Record(NamedTuple):
    """An event in the order in which ties are broken."""

    recorded_at: int
    occurred_at: int
    kind: int
    actor: str


def known(history: History, lead: int, as_of: int) -> list[Record]:
    events = history.events
    rows = [row for row in range(len(events)) if events.lead[row] == lead and events.recorded_at[row] <= as_of]
    rows.sort(key=lambda row: (events.recorded_at[row], events.occurred_at[row], events.kind[row], events.actor[row]))
    actors = {-1: "", **dict(enumerate(ACTORS)), ACTORS.index("agent"): "rep"}  # an agent speaks for us
    return [
        Record(
            int(events.recorded_at[row]),
            int(events.occurred_at[row]),
            int(events.kind[row]),
            actors[int(events.actor[row])],
        )
        for row in rows
    ]


def expected(history: History, lead: int, as_of: int) -> dict[str, float]:
    records = known(history, lead, as_of)
    by_subject = {name: [r for r in records if r.kind == code] for code, name in enumerate(history.schema.kinds)}
    by_subject |= {name: [r for r in records if r.actor == name] for name in ("lead", "rep")}
    values: dict[str, float] = {}
    for subject, mine in by_subject.items():
        values[f"{subject}_count_ever"] = len(mine)
        for days in history.schema.lookback_days:
            values[f"{subject}_count_{days}d"] = sum(r.recorded_at > as_of - days * DAY for r in mine)
        values[f"days_since_{subject}"] = (as_of - max(r.occurred_at for r in mine)) / DAY if mine else math.nan
    by_lead, by_rep = by_subject["lead"], by_subject["rep"]
    values["days_to_first_lead"] = days_to_first(by_lead, int(history.leads.created_at[lead]))
    values["days_to_first_rep"] = days_to_first(by_rep, int(history.leads.created_at[lead]))
    values["lead_spoke_last"] = spoke_last(by_lead, by_rep)
    values["lead_reply_hours"] = reply_hours(records, "lead", "rep")
    values["rep_reply_hours"] = reply_hours(records, "rep", "lead")
    values["lead_active_days"] = len({r.occurred_at // DAY for r in by_lead})
    after = [place for place, r in enumerate(records) if r.actor == "lead"][-1:] or [-1]
    values["touches_since_lead"] = sum(r.actor == "rep" for r in records[after[0] + 1 :])
    return values


def days_to_first(mine: list[Record], created_at: int) -> float:
    return max(0, min(r.occurred_at for r in mine) - created_at) / DAY if mine else math.nan


def spoke_last(by_lead: list[Record], by_rep: list[Record]) -> float:
    if not by_lead and not by_rep:
        return math.nan
    if not by_lead or not by_rep:
        return float(bool(by_lead))
    return float(max(r.occurred_at for r in by_lead) >= max(r.occurred_at for r in by_rep))


def reply_hours(records: list[Record], who: str, to_whom: str) -> float:
    spoken = [r for r in records if r.actor in (who, to_whom)]
    taken = [
        max(0, reply.occurred_at - before.occurred_at) // SECOND / 3600
        for before, reply in pairwise(spoken)
        if before.actor == to_whom and reply.actor == who
    ]
    return sum(taken) / len(taken) if taken else math.nan


def computed(case: Case) -> Iterator[tuple[int, dict[str, float]]]:
    names = [feature.name for feature in activity_features(case.history.schema)]
    for block in blocks(case.history, case.moments, records=5):
        for row, values in zip(block.rows.tolist(), activity(block).tolist(), strict=True):
            yield row, dict(zip(names, values, strict=True))


@given(cases())
def test_every_feature_equals_its_plain_computation(case: Case) -> None:
    for row, got in computed(case):
        want = expected(case.history, *case.of_each[row])
        assert got == pytest.approx(want, rel=1e-6, nan_ok=True)


def test_a_long_conversation_equals_its_plain_computation() -> None:
    """Two leads with hundreds of events in ten days, many recorded together and in another order than they occurred."""
    random = np.random.default_rng(3)
    n = 500
    lead, kind, actor = random.integers(0, 2, n), random.integers(0, 3, n), random.integers(-1, 3, n)
    occurred_at = START + random.integers(0, 10 * 24, n) * HOUR
    recorded_at = occurred_at + random.integers(0, 3, n) * DAY
    columns = (lead, kind, occurred_at, recorded_at, np.full(n, np.nan), actor)
    leads = Leads(texts(["L0", "L1"]), np.full(2, START), {}, {})
    events = events_of(list(zip(*(column.tolist() for column in columns), strict=True)))
    history = History(LeadSchema(fields={}, kinds=KINDS), leads, events, Outcomes.none(), START)
    case = Case(history, moments_of([(lead, START + hours * HOUR) for lead in (0, 1) for hours in range(0, 300, 7)]))
    for row, got in computed(case):
        assert got == pytest.approx(expected(history, *case.of_each[row]), rel=1e-6, nan_ok=True)


def a_conversation() -> History:
    """Day 0 the rep calls, 3 hours later the lead mails; day 2 the rep calls twice, the second recorded on day 4."""
    call, mail, lead, rep = 0, 1, ACTORS.index("lead"), ACTORS.index("rep")
    rows = [
        (0, call, START, START, np.nan, rep),
        (0, mail, START + 3 * HOUR, START + 3 * HOUR, np.nan, lead),
        (0, call, START + 2 * DAY, START + 2 * DAY, np.nan, rep),
        (0, call, START + 2 * DAY, START + 4 * DAY, np.nan, rep),
    ]
    schema = LeadSchema(fields={}, kinds=KINDS, lookback_days=(2,))
    leads = Leads(texts(["L0"]), np.array([START - DAY]), {}, {})
    return History(schema, leads, events_of(rows), Outcomes.none(), START + 100 * DAY)


def test_a_conversation_worked_by_hand() -> None:
    moments = moments_of([(0, START + 3 * DAY), (0, START + 4 * DAY), (0, START - 1)])
    early, later, before = (values for _, values in computed(Case(a_conversation(), moments)))
    assert (early["call_count_ever"], early["call_count_2d"], early["touches_since_lead"]) == (2, 1, 1)
    assert (later["call_count_ever"], later["call_count_2d"], later["touches_since_lead"]) == (3, 1, 2)
    assert (early["days_since_call"], later["days_since_call"]) == (1, 2)
    assert (early["lead_reply_hours"], early["rep_reply_hours"]) == (3, 2 * 24 - 3)
    assert (early["days_to_first_rep"], early["days_to_first_lead"]) == (1, 1.125)
    assert (early["lead_spoke_last"], early["lead_active_days"]) == (0, 1)
    assert (before["call_count_ever"], before["touches_since_lead"], before["lead_active_days"]) == (0, 0, 0)
    assert all(math.isnan(before[name]) for name in ("days_since_call", "lead_reply_hours", "lead_spoke_last"))


def test_leads_without_events_have_none() -> None:
    history = a_conversation()
    silent = History(history.schema, history.leads, Events.none(), Outcomes.none(), history.known_until)
    ((_, values),) = computed(Case(silent, moments_of([(0, START)])))
    assert sum(value for name, value in values.items() if "_count_" in name) == 0
    assert math.isnan(values["days_since_call"])
