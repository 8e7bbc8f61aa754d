"""Features of the other leads of an account, against the same written in plain Python, and by hand."""

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.matrix.block import blocks
from features.matrix.colleagues import colleague_features, colleagues
from features.records.clock import DAY
from features.records.history import Events, History, Leads, Moments
from features.settings.fields import ACTORS
from features.settings.schema import LeadSchema
from tests.features.strategies import FIELDS, KINDS, START, Case, cases, events_of, moments_of, outcomes_of, texts

LEAD, REP = ACTORS.index("lead"), ACTORS.index("rep")
SCHEMA = LeadSchema(fields={"company": FIELDS["company"]}, kinds=KINDS)
NAMES = [feature.name for feature in colleague_features(SCHEMA)]


def with_accounts() -> st.SearchStrategy[Case]:
    return cases(
        st.builds(
            LeadSchema,
            fields=st.sampled_from(
                ({"company": FIELDS["company"]}, {"company": FIELDS["company"], "budget": FIELDS["budget"]})
            ),
            kinds=st.integers(1, 3).map(lambda n: dict(list(KINDS.items())[:n])),
        )
    )


def computed(case: Case, records: int = 5) -> dict[int, dict[str, float]]:
    names = [feature.name for feature in colleague_features(case.history.schema)]
    return {
        row: dict(zip(names, values, strict=True))
        for block in blocks(case.history, case.moments, records)
        for row, values in zip(block.rows.tolist(), colleagues(block).tolist(), strict=True)
    }


def others_of(history: History, lead: int, as_of: int) -> list[int]:
    account = history.leads.account
    assert account is not None
    there = history.leads.created_at <= as_of
    return [one for one in range(len(account)) if one != lead and account[one] == account[lead] and there[one]]


def outcomes_by(history: History, lead: int, as_of: int) -> list[tuple[int, int, bool]]:
    """Return when each outcome of a lead that was known by a time was recorded and closed, and whether it was won, in order."""
    rows = zip(*(column.tolist() for column in vars(history.outcomes).values() if column is not None), strict=True)
    created_at = int(history.leads.created_at[lead])
    known = [(max(recorded, created_at), closed, won) for of, closed, recorded, won, _ in rows if of == lead]
    return sorted(one for one in known if one[0] <= as_of)


def events_by(history: History, lead: int, as_of: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield when each event of a lead that was known by a time was recorded and occurred, with its kind and actor."""
    events, created_at = history.events, int(history.leads.created_at[lead])
    for row in range(len(events)):
        recorded = max(int(events.recorded_at[row]), created_at)
        if events.lead[row] == lead and recorded <= as_of:
            yield recorded, int(events.occurred_at[row]), int(events.kind[row]), int(events.actor[row])


def expected(history: History, lead: int, as_of: int) -> dict[str, float]:
    schema, account = history.schema, history.leads.account
    assert account is not None
    if account[lead] is None:
        return dict.fromkeys((feature.name for feature in colleague_features(schema)), math.nan)
    others = others_of(history, lead, as_of)
    outcomes = {one: outcomes_by(history, one, as_of) for one in others}
    ended = [known[-1][2] for known in outcomes.values() if known]
    changes: dict[bool, list[tuple[int, int, int]]] = {True: [], False: []}
    for one, known in outcomes.items():
        for before, (recorded, closed, won) in zip([None, *(row[2] for row in known)], known, strict=False):
            if won != before:
                changes[won].append((recorded, closed, one))
    events = [(*event, one) for one in others for event in events_by(history, one, as_of)]
    recent = [event for event in events if event[0] > as_of - 30 * DAY]

    def since(rows: list[tuple[int, int, int]]) -> float:
        return max(as_of - max(rows, key=lambda row: (row[0], row[1]))[1], 0) / DAY if rows else math.nan

    came = [(int(history.leads.created_at[one]),) * 2 + (one,) for one in others]
    return {
        "company_open_leads": len(others) - len(ended),
        "company_won_leads": sum(ended),
        "company_lost_leads": len(ended) - sum(ended),
        "days_since_company_lead": max(as_of - max(came)[0], 0) / DAY if came else math.nan,
        "days_since_company_win": since(changes[True]),
        "days_since_company_loss": since(changes[False]),
        "company_events_30d": len(recent),
        "company_lead_events_30d": sum(event[3] == LEAD for event in recent),
        **{
            f"days_since_company_{kind}": since(
                [(event[0], event[1], event[4]) for event in events if event[2] == code]
            )
            for code, kind in enumerate(schema.kinds)
        },
    }


@given(with_accounts())
def test_every_feature_equals_its_plain_computation(case: Case) -> None:
    for row, got in computed(case).items():
        assert got == pytest.approx(expected(case.history, *case.of_each[row]), rel=1e-6, nan_ok=True)


@given(with_accounts())
def test_a_later_record_changes_nothing_and_neither_does_one_of_the_lead_itself(case: Case) -> None:
    for row, (lead, as_of) in enumerate(case.of_each):
        whole = computed(case)[row]
        one = Case(case.history, case.moments.take(np.array([row])))
        assert str(computed(one)[0]) == str(whole)
        known = case.history.as_known_at(as_of)
        position = int(np.flatnonzero(known.leads.lead_id == case.history.leads.lead_id[lead])[0])
        then = Case(known, Moments(np.array([position], np.int32), np.array([as_of])))
        assert str(computed(then)[0]) == str(whole)
        mine = case.history.events.lead != lead
        alone = replace(
            case.history,
            events=case.history.events.take(mine),
            outcomes=case.history.outcomes.take(case.history.outcomes.lead != lead),
        )
        assert str(computed(Case(alone, one.moments))[0]) == str(whole)


def company(accounts: list[str | None], created: list[int]) -> Leads:
    ids = texts([f"L{number}" for number in range(len(accounts))])
    return Leads(ids, START + np.array(created) * DAY, {}, {}, texts(accounts))


def test_colleagues_worked_by_hand() -> None:
    """L1 came in on day 1, was lost on day 5 and won after all on day 9; L2 is open and asked for a meeting on day 8; L3 is of another company."""
    leads = company(["acme", "acme", "acme", "steel"], [0, 1, 2, 3])
    at = [START + day * DAY for day in range(60)]
    events = events_of(
        [(2, 2, at[8], at[8], np.nan, LEAD), (0, 0, at[8], at[8], np.nan, REP), (3, 1, at[8], at[8], np.nan, REP)]
    )
    outcomes = outcomes_of([(1, at[5], at[5], False), (1, at[9], at[9], True), (0, at[20], at[20], True)])
    history = History(SCHEMA, leads, events, outcomes, at[59])
    days = computed(Case(history, moments_of([(0, at[0]), (0, at[6]), (0, at[10]), (0, at[38]), (3, at[30])])))
    assert [days[row]["company_open_leads"] for row in range(5)] == [0, 1, 1, 1, 0]
    assert [days[row]["company_won_leads"] for row in range(5)] == [0, 0, 1, 1, 0]
    assert [days[row]["company_lost_leads"] for row in range(5)] == [0, 1, 0, 0, 0]
    assert [days[row]["company_lead_events_30d"] for row in range(5)] == [0, 0, 1, 0, 0]
    assert math.isnan(days[0]["days_since_company_lead"])
    assert (days[2]["days_since_company_lead"], days[2]["days_since_company_win"]) == (8, 1)
    assert (days[2]["days_since_company_loss"], days[2]["days_since_company_meeting"]) == (5, 2)
    assert math.isnan(days[2]["days_since_company_call"])  # the call was the lead's own


@pytest.mark.parametrize(("others", "is_told"), [(300, True), (301, False)])
def test_what_too_many_leads_share_is_no_account(others: int, is_told: bool) -> None:
    history = History(
        SCHEMA, company(["free.example"] * (others + 1), [0] * (others + 1)), Events.none(), outcomes_of([]), START
    )
    told = computed(Case(history, moments_of([(0, START)])))[0]["company_open_leads"]
    assert (told == others) if is_told else math.isnan(told)


def test_without_an_account_there_are_no_such_features() -> None:
    assert colleague_features(LeadSchema(fields={"budget": FIELDS["budget"]})) == ()
    assert len(NAMES) == 8 + len(KINDS)
