"""A history is read in full, a broken row changes nothing else, and files, Parquet and databases give the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from features.records.checks import CheckedHistory, fingerprint
from features.records.clock import to_microseconds
from features.settings.schema import LeadSchema
from tests.features.conftest import FILES, NOW, SCHEMA, Export
from tests.features.records.checks.conftest import LATER, microseconds

FLAT = LeadSchema.model_validate(
    {"fields": {"source": {"role": "channel"}, "staff": {"role": "profile", "type": "number", "minimum": 0}}}
)


CASES = {
    "duplicate lead": (
        "leads",
        "L1,2026-01-05T10:00:00Z,web,3,none",
        "Column 'lead_id' must not be that of an earlier row, got 'L1' (leads.csv, row 5): keep one row a lead: the first",
    ),
    "the same row twice": ("leads", FILES["leads"][1], "Column 'lead_id' must not be that of an earlier row, got 'L1'"),
    "empty id": ("leads", f",{LATER},web,3,none", "Column 'lead_id' must not be empty, got nothing (leads.csv, row 5)"),
    "blank id": ("leads", f"  ,{LATER},web,3,none", "Column 'lead_id' must not be empty, got '  ' (leads.csv, row 5)"),
    "missing time": ("leads", "L4,,web,3,none", "Column 'created_at' must be a time, got nothing for lead 'L4'"),
    "unparsable time": (
        "leads",
        "L4,31/12/2025,web,3,none",
        "Column 'created_at' must be an ISO 8601 time, got '31/12/2025' for lead 'L4' (leads.csv, row 5): correct it, or",
    ),
    "day that is not": ("leads", "L4,2026-02-30T10:00:00Z,,,", "must be an ISO 8601 time, got '2026-02-30T10:00:00Z'"),
    "time of the future": (
        "leads",
        "L4,2026-06-01T00:00:01Z,web,3,none",
        "Column 'created_at' must not be later than 2026-06-01T00:00:00+00:00, when the export was made, got "
        "'2026-06-01T00:00:01Z' for lead 'L4' (leads.csv, row 5): correct it, or set history.exported_at.",
    ),
    "no zone among zones": (
        "leads",
        "L4,2026-03-01T10:00:00,web,3,none",
        "Column 'created_at' must name its zone as other rows of this column do, got '2026-03-01T10:00:00' for lead 'L4'",
    ),
    "event of an unknown lead": (
        "events",
        f"L9,call,{LATER},{LATER},,,",
        "Column 'lead_id' must be the id of a lead in leads.csv, got 'L9' (events.csv, row 6): export that lead too",
    ),
    "event without a lead": ("events", f",call,{LATER},{LATER},,,", "Column 'lead_id' must not be empty, got nothing"),
    "unknown kind": (
        "events",
        f"L1,fax,{LATER},{LATER},,,",
        "Column 'kind' must be one of 'call', 'visit', 'employees', 'budget', got 'fax' for lead 'L1' (events.csv, row 6)",
    ),
    "no kind": ("events", f"L1,,{LATER},{LATER},,,", "Column 'kind' must be one of 'call', 'visit', "),
    "event without a record time": (
        "events",
        f"L1,call,{LATER},,,,",
        "Column 'recorded_at' must be a time, got nothing",
    ),
    "recorded before it occurred": (
        "events",
        f"L1,call,{LATER},2026-02-28T10:00:00Z,,,",
        "Column 'recorded_at' must not be earlier than 'occurred_at', got '2026-02-28T10:00:00Z' for lead 'L1' (events.csv, row",
    ),
    "event of the future": (
        "events",
        f"L1,call,{LATER},2027-03-01T10:00:00Z,,,",
        "'recorded_at' must not be later than 2026-",
    ),
    "answer that is not listed": (
        "events",
        f"L1,budget,{LATER},{LATER},,huge,",
        "'text' must be one of 'none', 'small', 'la",
    ),
    "answer below the minimum": (
        "events",
        f"L1,employees,{LATER},{LATER},-1,,",
        "Column 'value' must be >= 0, got -1 for lead",
    ),
    "answer as text below": (
        "events",
        f"L1,employees,{LATER},{LATER},,-1,",
        "Column 'text' must be >= 0, got -1 for lead",
    ),
    "outcome of an unknown lead": (
        "outcomes",
        f"L9,{LATER},{LATER},true,",
        "must be the id of a lead in leads.csv, got 'L9'",
    ),
    "outcome before the lead": (
        "outcomes",
        f"L2,2026-01-02T09:59:59Z,{LATER},true,",
        "Column 'closed_at' must not be earlier than the lead's creation, got '2026-01-02T09:59:59Z' for lead 'L2' (outcomes",
    ),
    "won is neither": (
        "outcomes",
        f"L2,{LATER},{LATER},perhaps,",
        "Column 'won' must be one of 'true', '1', 'yes', 'won', 'false', '0', 'no', 'lost', got 'perhaps' for lead 'L2' (outco",
    ),
    "won without a time": (
        "outcomes",
        f"L2,,{LATER},true,",
        "Column 'closed_at' must be a time, got nothing for lead 'L2'",
    ),
    "recorded before it closed": (
        "outcomes",
        f"L2,{LATER},2026-02-28,true,",
        "Column 'recorded_at' must not be earlier than 'closed_at'",
    ),
    "known before it closed": (
        "outcomes",
        f"L2,{LATER},2026-02-28T00:00:00Z,true,",
        "Column 'recorded_at' must not be earlier than 'closed_at'",
    ),
    "two outcomes at one time": (
        "outcomes",
        "L1,2026-02-02T10:00:00Z,2026-02-02T10:00:00Z,false,",
        "Column 'recorded_at' must not be that of an earlier outcome of the lead, got '2026-02-02T10:00:00Z' for lead 'L1'",
    ),
    "row with a cell too many": (
        "leads",
        "L4,2026-01-04,,,,,",
        "The row must have 5 cells, got 7 in 'L4,2026-01-04,,,,,' (leads.",
    ),
}

ASIDE = {
    "negative number": (
        "leads",
        f"L4,{LATER},web,-3,none",
        "Column 'employees' must be >= 0, got -3 for lead 'L4' (leads.csv, row 5): fix the export",
    ),
    "number that is not finite": (
        "leads",
        f"L4,{LATER},web,inf,none",
        "Column 'employees' must be a finite number, got inf for lead 'L4'",
    ),
    "not a number": ("leads", f"L4,{LATER},web,nan,", "Column 'employees' must be a finite number, got nan"),
    "number in words": ("leads", f"L4,{LATER},web,many,", "Column 'employees' must be a number, got 'many' for lead"),
    "value that is not listed": (
        "leads",
        f"L4,{LATER},web,3,huge",
        "Column 'budget' must be one of 'none', 'small', 'large', got 'huge' for lead 'L4' (leads.csv, row 5): correct it,",
    ),
    "channel of endless text": (
        "leads",
        f"L4,{LATER},{'x' * 100_001},3,",
        "'source' must have at most 100,000 characters",
    ),
    "unknown actor": (
        "events",
        f"L1,call,{LATER},{LATER},,,boss",
        "'actor' must be one of 'lead', 'rep', 'marketing', 'agent', got 'b",
    ),
    "value in words": (
        "events",
        f"L1,call,{LATER},{LATER},long,,",
        "Column 'value' must be a number, got 'long' for lead",
    ),
    "amount that is not finite": (
        "outcomes",
        f"L2,{LATER},{LATER},true,-inf",
        "Column 'amount' must be a finite number, got -inf",
    ),
}


@pytest.mark.parametrize(("table", "line", "message"), ASIDE.values(), ids=ASIDE)
def test_value_that_cannot_be_read_costs_the_value_alone(export: Export, table: str, line: str, message: str) -> None:
    """The row counts as if the cell were empty."""
    cells = line.split(",")
    place = FILES[table][0].split(",").index(message.split("'")[1])
    export.add(table, ",".join("" if at == place else cell for at, cell in enumerate(cells)))
    without = export.check()
    export.write(f"{table}.csv", *FILES[table], line)

    checked = export.check()

    assert checked.broken == ()
    assert [message in str(row) for row in checked.aside] == [True]
    assert [(count.file, count.rows) for count in checked.aside_counts] == [(f"{table}.csv", 1)]
    assert checked.summary.aside[table] == 1
    assert checked.fingerprint == without.fingerprint


def test_sound_history_is_read_in_full(export: Export) -> None:
    checked = export.check()
    leads, events, outcomes = checked.history.leads, checked.history.events, checked.history.outcomes

    assert (checked.broken, checked.counts) == ((), ())
    assert leads.lead_id.tolist() == ["L1", "L2", "L3"]
    assert leads.created_at[0] == microseconds("2026-01-01T10:00:00Z")
    np.testing.assert_array_equal(leads.fields["employees"], [12, np.nan, 7])
    np.testing.assert_array_equal(leads.fields["budget"], [1, np.nan, 2])
    assert list(leads.fields) == ["employees", "budget"]
    assert leads.channels["source"].tolist() == ["fair", "web", None]
    assert events.lead.tolist() == [0, 1, 1, 2]
    assert events.kind.tolist() == [SCHEMA.event_codes[name] for name in ("call", "visit", "budget", "employees")]
    np.testing.assert_array_equal(events.value, [30, np.nan, 2, 9])
    assert events.actor.tolist() == [0, -1, 0, 1]  # given, none, an answer is the lead's, given
    assert events.recorded_at[0] - events.occurred_at[0] == 86_400_000_000
    assert outcomes.lead.tolist() == [0, 2]
    assert outcomes.won.tolist() == [True, False]
    np.testing.assert_array_equal(outcomes.amount, [1000, np.nan])


@pytest.mark.parametrize(("table", "line", "message"), CASES.values(), ids=CASES)
def test_broken_row_is_named_and_changes_nothing_else(export: Export, table: str, line: str, message: str) -> None:
    before = export.check()
    export.add(table, line)

    checked = export.check()

    assert len(checked.broken) == 1
    assert message in str(checked.broken[0])
    assert checked.broken[0].row == len(FILES[table]) + 1
    assert [(count.file, count.rows) for count in checked.counts] == [(f"{table}.csv", 1)]
    assert checked.summary.rows[table] == before.summary.rows[table] + 1
    assert {name: rows for name, rows in checked.summary.broken.items() if rows} == {table: 1}
    lead_id = line.split(",")[0]
    ids = before.history.leads.lead_id
    if table == "outcomes" and lead_id in ids and lead_id not in ids[before.history.outcomes.lead]:
        others = before.history.of_leads(np.flatnonzero(ids != lead_id))  # nobody can tell how this lead ended
        assert checked.fingerprint == fingerprint(others)
    else:
        assert checked.fingerprint == before.fingerprint


def test_unknown_name_in_the_mapping_is_an_error(export: Export) -> None:
    with pytest.raises(ValueError, match=r"history\.leads\.columns: 'size' is not allowed here"):
        export.check(leads={"table": "leads", "columns": {"size": "employees"}})


def flat(folder: Export, *lines: str) -> CheckedHistory:
    folder.write("all.csv", "id,day,source,staff,result,closed", *lines)
    columns = {"lead_id": "id", "created_at": "day"}
    return folder.check(
        FLAT,
        leads={"table": "all", "columns": columns},
        outcomes={"table": "all", "columns": {"lead_id": "id", "closed_at": "closed", "won": "result"}},
    )


def test_flat_file_is_a_history(folder: Export) -> None:
    checked = flat(folder, "a,2026-01-01,web,30,yes,2026-02-01", "b,2026-01-01,fair,,no,2026-02-01", "c,2026-01-02,,,,")

    assert checked.broken == ()
    assert checked.summary.rows == {"leads": 3, "outcomes": 3}
    assert (checked.summary.won, checked.summary.lost, checked.summary.open) == (1, 1, 1)


def test_id_a_day_and_an_outcome_are_a_history(folder: Export) -> None:
    folder.write("leads.csv", "lead_id,created_at,won", "a,2026-01-01,yes", "b,2026-01-02,no")
    columns = {"closed_at": "created_at"}

    checked = folder.check(LeadSchema(), outcomes={"table": "leads", "columns": columns})

    assert (checked.broken, checked.summary.won, checked.summary.lost) == ((), 1, 1)


def test_row_of_a_flat_file_that_breaks_as_a_lead_is_named_once(folder: Export) -> None:
    checked = flat(
        folder,
        "a,2026-01-01,web,-1,yes,2026-02-01",
        "b,2026-01-01,fair,1,maybe,2026-02-01",
        "b,2026-01-01,,,no,2026-02-01",
        "c",
    )

    assert [(row.row, row.column) for row in checked.broken] == [(4, "id"), (5, ""), (3, "result")]
    assert [(row.row, row.column) for row in checked.aside] == [(2, "staff")]
    assert checked.summary.broken == {"leads": 2, "outcomes": 1}
    assert checked.history.leads.lead_id.tolist() == ["a"]


def test_no_leads_at_all_is_told(folder: Export) -> None:
    checked = flat(folder)

    assert checked.summary.median_days_to_close is None
    assert (checked.summary.since, checked.summary.until) == (None, None)
    assert "all.csv has no rows." in checked.summary.notes
    assert checked.history.known_until == to_microseconds(NOW)


def test_parquet_gives_the_same_history(export: Export) -> None:
    before = export.check()
    for table in FILES:
        path = export.folder / f"{table}.csv"
        cells = pa_csv.read_csv(path)  # numbers, truth values and times become such
        pq.write_table(cells, path.with_suffix(".parquet"))
        path.unlink()

    source: dict[str, Any] = {"events": {"table": "events"}}
    after = export.check(**source)

    assert after.broken == ()
    assert after.fingerprint == before.fingerprint


def test_database_gives_the_same_history(export: Export) -> None:
    engine = sa.create_engine(f"sqlite:///{export.folder / 'crm.db'}")
    for table in FILES:
        pa_csv.read_csv(export.folder / f"{table}.csv").to_pandas().to_sql(table, engine, index=False)
    engine.dispose()

    checked = export.check(source="sqlite:///crm.db", time_zone="UTC")

    assert checked.broken == ()
    assert checked.fingerprint == export.check().fingerprint
