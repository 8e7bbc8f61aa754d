"""The laws of the feature matrix: what is recorded later changes nothing, nor does any order, nor any company."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.matrix.matrix import Matrix, block_matrix, blockwise, catalogue, feature_matrix
from features.matrix.target_sums import fit_target_statistics
from features.matrix.track_record import TargetStatistics
from features.records.clock import DAY, HOUR
from features.records.history import Events, History, Leads, Moments, Outcomes
from features.settings.fields import EventKind, LeadField
from features.settings.schema import LeadSchema
from tests.features.strategies import (
    FIELDS,
    KINDS,
    START,
    YEAR_1,
    YEAR_9999,
    Case,
    cases,
    events_of,
    moments_of,
    outcomes_of,
    schemas,
    schemas_without_kinds,
    texts,
)


def matrix_of(history: History, moments: Moments) -> Matrix:
    return feature_matrix(history, moments, fit_target_statistics(history))


def assert_same_bits(got: Matrix, expected: Matrix) -> None:
    assert got.shape == expected.shape
    np.testing.assert_array_equal(got.view(np.int32), expected.view(np.int32))


def without_what_came_after(history: History, own: int, time: int) -> tuple[History, int]:
    """Leave out what was recorded after `time`, and leads created after it; return also where lead `own` now is."""
    kept = [lead for lead, created_at in enumerate(history.leads.created_at) if created_at <= time]
    new = {lead: position for position, lead in enumerate(kept)}

    def cut(table: Events | Outcomes) -> list[int]:
        rows = zip(table.lead.tolist(), table.recorded_at.tolist(), strict=True)
        return [row for row, (lead, recorded_at) in enumerate(rows) if recorded_at <= time and lead in new]

    events, outcomes = history.events, history.outcomes
    events = events.take(np.array(cut(events), np.intp))
    outcomes = outcomes.take(np.array(cut(outcomes), np.intp))
    renumbered = np.array([new[lead] for lead in events.lead], np.int32)
    closed = np.array([new[lead] for lead in outcomes.lead], np.int32)
    leads = history.leads.take(np.array(kept, np.intp))
    return (
        replace(history, leads=leads, events=replace(events, lead=renumbered), outcomes=replace(outcomes, lead=closed)),
        new[own],
    )


@given(cases())
def test_what_is_recorded_after_a_moment_changes_nothing(case: Case) -> None:
    everything = matrix_of(case.history, case.moments)
    for row, (lead, as_of) in enumerate(case.of_each):
        history, position = without_what_came_after(case.history, lead, as_of)
        assert_same_bits(matrix_of(history, moments_of([(position, as_of)])), everything[[row]])


@given(cases(), st.integers(0, 120))
def test_books_kept_earlier_serve_every_moment_until_then(case: Case, day: int) -> None:
    kept_at = START + day * DAY + HOUR
    history = replace(case.history, known_until=max(case.history.known_until, kept_at))
    moments = case.moments.take(case.moments.as_of <= kept_at)
    then = fit_target_statistics(history.as_known_at(kept_at))
    assert_same_bits(feature_matrix(history, moments, then), matrix_of(history, moments))


@given(cases(), st.data())
def test_the_order_of_rows_changes_nothing(case: Case, data: st.DataObject) -> None:
    def order(n: int) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
        return np.array(data.draw(st.permutations(range(n))), np.intp)

    history, moments = case.history, case.moments
    of_leads, of_moments = order(len(history.leads)), order(len(moments))
    place = np.argsort(of_leads).astype(np.int32)
    events = history.events.take(order(len(history.events)))
    outcomes = history.outcomes.take(order(len(history.outcomes)))
    shuffled = replace(
        history,
        leads=history.leads.take(of_leads),
        events=replace(events, lead=place[events.lead]),
        outcomes=replace(outcomes, lead=place[outcomes.lead]),
    )
    again = moments.take(of_moments)
    assert fit_target_statistics(shuffled).to_json() == fit_target_statistics(history).to_json()
    got = matrix_of(shuffled, replace(again, lead=place[again.lead]))
    assert_same_bits(got, matrix_of(history, moments)[of_moments])


@given(cases())
def test_many_moments_at_once_equal_each_alone(case: Case) -> None:
    together = matrix_of(case.history, case.moments)
    books = fit_target_statistics(case.history)
    for row, (lead, as_of) in enumerate(case.of_each):
        lead_alone, place = alone(case.history, lead)
        assert_same_bits(feature_matrix(lead_alone, moments_of([(place, as_of)]), books), together[[row]])


def alone(history: History, lead: int) -> tuple[History, int]:
    """Return a history of one lead and the others of its account, as a request holds it, and the lead's place in it."""
    account = history.leads.account
    rows = np.array([lead])
    if account is not None and account[lead] is not None:
        rows = np.flatnonzero(account == account[lead])
    return history.of_leads(rows), int(np.flatnonzero(rows == lead)[0])


@given(cases(), st.integers(1, 9))
def test_the_size_of_blocks_changes_nothing(case: Case, records: int) -> None:
    books = fit_target_statistics(case.history)
    whole = feature_matrix(case.history, case.moments, books)
    pieced = np.full_like(whole, -1.0)
    for block, rows in blockwise(case.history, case.moments, books, records):
        assert_same_bits(rows, block_matrix(block, books))
        pieced[block.rows] = rows
    assert_same_bits(pieced, whole)


def test_threads_change_nothing() -> None:
    history, moments = crowded(leads=2_000, events=40_000, moments=40_000)
    books = fit_target_statistics(history)
    one = feature_matrix(history, moments, books)
    assert_same_bits(feature_matrix(history, moments, books, threads=2), one)
    some = moments.take(np.arange(0, len(moments), 97))
    assert_same_bits(feature_matrix(history, some, books), one[::97])


def test_a_lead_with_more_events_than_a_block_holds_is_one_block() -> None:
    history, moments = crowded(leads=1, events=70_000, moments=50)
    books = fit_target_statistics(history)
    together = feature_matrix(history, moments, books)
    for row, moment in enumerate(zip(moments.lead.tolist(), moments.as_of.tolist(), strict=True)):
        assert_same_bits(feature_matrix(history, moments_of([moment]), books), together[[row]])


def crowded(leads: int, events: int, moments: int) -> tuple[History, Moments]:
    """Return a history of more than one block, with an event at the far end of every calendar."""
    random = np.random.default_rng(7)
    schema = LeadSchema(fields=FIELDS, kinds=KINDS)
    created_at = START + random.integers(0, 400, leads) * DAY
    fields = {name: random.integers(0, 2, leads).astype(float) for name in schema.encoded}
    channels = {name: texts([f"c{code}" for code in random.integers(0, 5, leads)]) for name in schema.channels}
    lead = random.integers(0, leads, events)
    occurred_at = created_at[lead] + random.integers(0, 90 * 24, events) * HOUR
    occurred_at[:2] = YEAR_1, YEAR_9999
    of_event = (
        lead.tolist(),
        random.integers(0, len(schema.event_codes), events).tolist(),
        occurred_at.tolist(),
        (occurred_at + random.integers(0, 2, events) * DAY).tolist(),
        random.integers(0, 2, events).astype(float).tolist(),
        random.integers(-1, 3, events).tolist(),
    )
    closed = [
        (lead, int(created_at[lead]) + 30 * DAY, int(created_at[lead]) + 31 * DAY, lead % 3 == 0)
        for lead in range(0, leads, 2)
    ]
    history = History(
        schema,
        Leads(texts([str(lead) for lead in range(leads)]), created_at, fields, channels),
        events_of(list(zip(*of_event, strict=True))),
        outcomes_of(closed),
        START + 500 * DAY,
    )
    scored = random.integers(0, leads, moments).astype(np.int32)
    return history, Moments(scored, created_at[scored] + random.integers(0, 90, moments) * DAY)


@given(cases())
def test_books_read_back_are_the_books_written(case: Case) -> None:
    books = fit_target_statistics(case.history)
    written = json.dumps(books.to_json(), sort_keys=True)
    read = TargetStatistics.from_json(json.loads(written))
    assert json.dumps(read.to_json(), sort_keys=True) == written
    assert_same_bits(
        feature_matrix(case.history, case.moments, read), feature_matrix(case.history, case.moments, books)
    )


@given(st.one_of(schemas(), schemas_without_kinds()))
def test_names_are_unique_and_stable(schema: LeadSchema) -> None:
    names = [feature.name for feature in catalogue(schema)]
    assert len(set(names)) == len(names)
    assert catalogue(LeadSchema.model_validate_json(schema.model_dump_json())) == catalogue(schema)


@given(cases())
def test_the_catalogue_describes_every_column(case: Case) -> None:
    width = len(catalogue(case.history.schema))
    assert matrix_of(case.history, case.moments).shape == (len(case.moments), width)
    assert matrix_of(case.history, moments_of([])).shape == (0, width)


@given(cases())
def test_no_feature_is_infinite(case: Case) -> None:
    assert not np.isinf(matrix_of(case.history, case.moments)).any()


def test_names_that_would_be_the_same_are_numbered() -> None:
    fields = {
        "use": LeadField(role="answer", obstacle="need", values=("a b", "a-b", "A B")),
        "call_count_7d": LeadField(role="answer", type="number", obstacle="need"),
        "lead_age": LeadField(role="answer", type="number", obstacle="need"),
    }
    schema = LeadSchema(fields=fields, kinds={"call": EventKind(obstacle="trust")})
    names = [feature.name for feature in catalogue(schema)]
    assert names[:5] == ["use_is_a_b", "use_is_a_b_2", "use_is_a_b_3", "call_count_7d", "lead_age"]
    assert {"lead_age_2", "call_count_7d_2"} <= set(names)


def test_names_are_made_from_the_definition() -> None:
    schema = LeadSchema(
        fields={name: FIELDS[name] for name in ("budget", "deadline", "industry", "employees", "source", "stage")},
        kinds={"call": EventKind(obstacle="trust", direction="down")},
        lookback_days=(7,),
    )
    names = [feature.name for feature in catalogue(schema)]
    assert names == [
        *("budget", "deadline_days_ahead", "industry_is_food", "industry_is_steel"),
        *("budget_answered", "deadline_answered", "budget_answer_age", "deadline_answer_age"),
        *("answers_given", "lead_age"),
        *("call_count_7d", "lead_count_7d", "rep_count_7d", "call_count_ever", "lead_count_ever", "rep_count_ever"),
        *("days_since_call", "days_since_lead", "days_since_rep", "days_to_first_lead", "days_to_first_rep"),
        *("lead_spoke_last", "lead_reply_hours", "rep_reply_hours", "lead_active_days", "touches_since_lead"),
        *("everyone_close_rate_30d", "everyone_close_rate_90d", "everyone_close_rate_365d", "everyone_new_leads_30d"),
        *("source_close_rate_30d", "source_close_rate_90d", "source_close_rate_365d", "source_new_leads_30d"),
        "source_lift_365d",
    ]
    directions = {feature.name: feature.direction for feature in catalogue(schema)}
    assert (directions["call_count_7d"], directions["lead_count_7d"], directions["source_close_rate_30d"]) == (-1, 0, 1)


@pytest.mark.parametrize("known_until", [YEAR_1, START, YEAR_9999])
def test_a_history_without_leads_has_books_for_the_first_lead(known_until: int) -> None:
    schema = LeadSchema(fields={"source": FIELDS["source"]})
    nobody = Leads(texts([]), np.empty(0, np.int64), {}, {"source": texts([])})
    books = fit_target_statistics(History(schema, nobody, Events.none(), Outcomes.none(), known_until))
    first = Leads(texts(["L1"]), np.array([START]), {}, {"source": texts(["web"])})
    row = feature_matrix(History(schema, first, Events.none(), Outcomes.none(), START), moments_of([(0, START)]), books)
    by_name = dict(zip([feature.name for feature in catalogue(schema)], row[0].tolist(), strict=True))
    assert np.isnan(by_name["source_close_rate_30d"])
    assert by_name["source_new_leads_30d"] == 0
