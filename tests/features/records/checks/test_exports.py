"""Exports in the shapes that CRMs write: each kind of fault is read right, or told."""

from __future__ import annotations

import gzip
import re
import zipfile
from datetime import datetime
from typing import Any

import duckdb
import numpy as np
import openpyxl
import pytest

from features.records.checks import CheckedHistory
from features.settings.schema import LeadSchema
from tests.features.conftest import Export
from tests.features.records.checks.conftest import broken, microseconds

SCHEMA = LeadSchema.model_validate(
    {
        "fields": {
            "source": {"role": "channel"},
            "seats": {"role": "answer", "type": "number", "obstacle": "money"},
            "callback": {"role": "answer", "type": "flag", "obstacle": "desire"},
        },
        "kinds": {"call": {"obstacle": "trust"}, "mail": {"obstacle": "trust"}},
    }
)
DATED = LeadSchema.model_validate({"fields": {"source": {"role": "channel"}}})
ENDS = ["lead_id,closed_at,won", "a,2026-02-01,won", "b,2026-02-02,lost"]
LEADS = ["lead_id,created_at,source", "a,2026-01-01,web", "b,2026-01-02,fair", "c,2026-01-03,web"]


def counts(checked: CheckedHistory) -> tuple[int, int, int]:
    return checked.summary.won, checked.summary.lost, checked.summary.open


def notes(checked: CheckedHistory) -> str:
    return "\n".join(checked.summary.notes)


def in_one_row(
    folder: Export, schema: LeadSchema = DATED, outcomes: dict[str, Any] | None = None, **keys: Any
) -> CheckedHistory:
    table = {"table": "all", "columns": {"lead_id": "Id", "created_at": "Created", "source": "Source"}}
    ends = {"table": "all", "columns": {"lead_id": "Id", "closed_at": "Closed"}, **(outcomes or {})}
    return folder.check(schema, leads={**table, **keys.pop("leads", {})}, outcomes=ends, **keys)


def test_report_with_lines_above_and_below_is_a_table(folder: Export) -> None:
    folder.write(
        "all.csv",
        "Pipeline report",
        '"Filter: all, of 2026"',
        "",
        "Id;Created;Source;Closed;Stage",
        "a;2026-01-01;Web;2026-02-01;Won",
        "b;2026-01-02;Fair;;Open",
        "Grand Total;;;;2",
        "",
        "Confidential - do not copy",
        encoding="cp1252",
    )

    checked = in_one_row(folder, outcomes={"won_when": [{"Stage": "Won"}], "lost_when": [{"Stage": "Lost"}]})

    assert (counts(checked), broken(checked)) == ((1, 0, 1), [])
    assert checked.summary.passed["leads"]["below the table, as totals and footers are"] == 2
    assert "the column names stand in line 4" in notes(checked)


def test_last_row_that_is_cut_off_is_broken_not_a_footer(folder: Export) -> None:
    folder.write("leads.csv", "lead_id,created_at,source", "L1,2026-01-01,web", "L2,2026-01-02,web", "L3")
    folder.write("outcomes.csv", "lead_id,closed_at,won", "L1,2026-02-01,won")

    assert [row.row for row in folder.check(DATED).broken] == [4]


@pytest.mark.parametrize("first", ["sep=;\r\n", ""])
def test_delimiter_is_found_or_told_by_the_first_line(folder: Export, first: str) -> None:
    (folder.folder / "leads.csv").write_text(first + "\r\n".join(LEADS).replace(",", ";") + "\r\n", encoding="utf-16")
    folder.write("outcomes.csv", *ENDS)

    assert counts(folder.check(DATED)) == (1, 1, 1)


@pytest.mark.parametrize("suffix", [".csv.gz", ".zip", ".xlsx", ".duckdb"])
def test_same_table_in_another_kind_of_file_is_the_same_history(folder: Export, suffix: str) -> None:
    folder.write("outcomes.csv", *ENDS)
    plain = folder.write("leads.csv", *LEADS)
    before = folder.check(DATED).fingerprint
    path = folder.folder / f"leads{suffix}"
    match suffix:
        case ".csv.gz":
            path.write_bytes(gzip.compress(plain.read_bytes()))
        case ".zip":
            with zipfile.ZipFile(path, "w") as archive:
                archive.write(plain, "export/leads.csv")
        case ".xlsx":
            book = openpyxl.Workbook()
            assert book.active is not None
            for line in LEADS:
                cells = line.split(",")
                book.active.append(
                    cells if cells[0] == "lead_id" else [cells[0], datetime.fromisoformat(cells[1]), cells[2]]
                )
            book.save(path)
        case _:
            with duckdb.connect(str(path)) as connection:
                connection.execute(f"CREATE TABLE leads AS SELECT * FROM read_csv('{plain}')")
    plain.unlink()

    assert folder.check(DATED).fingerprint == before


def test_sheet_of_a_workbook_is_named_and_its_numbers_are_ids(folder: Export) -> None:
    book = openpyxl.Workbook()
    leads, ends = book.active, book.create_sheet("Deals")
    assert leads is not None
    leads.title = "Leads"
    for row in (["Leads of 2026"], [], ["lead_id", "created_at", "source"], [1000, datetime(2026, 1, 1), "web"]):  # noqa: DTZ001
        leads.append(row)
    ends.append(["lead_id", "closed_at", "won"])
    ends.append(["1000", datetime(2026, 2, 1, 10), "yes"])  # noqa: DTZ001
    book.save(folder.folder / "book.xlsx")

    checked = folder.check(DATED, leads={"table": "book.xlsx#Leads"}, outcomes={"table": "Deals"})

    assert checked.history.leads.lead_id.tolist() == ["1000"]
    assert counts(checked) == (1, 0, 0)


def test_escaped_quotes_and_database_nulls_are_read(folder: Export) -> None:
    folder.write("leads.csv", "lead_id,created_at,source", 'a,2026-01-01,"the \\"big\\", fair"', "b,2026-01-02,\\N")
    folder.write("outcomes.csv", *ENDS)

    assert folder.check(DATED).history.leads.channels["source"].tolist() == ['the "big", fair', None]


def test_row_without_an_id_goes_on_with_the_row_above(folder: Export) -> None:
    folder.write(
        "all.csv",
        "Id,Created,Source,Closed,Active,Tag",
        "a,2026-01-01,web,2026-02-01,False,x",
        ",,,,,y",
        "b,2026-01-01,web,,True,",
    )

    checked = in_one_row(
        folder,
        leads={"continuation_rows": True, "first_of": {}},
        outcomes={"continuation_rows": True, "lost_when": [{"Active": False}]},
    )

    assert (counts(checked), checked.broken) == ((0, 1, 1), ())
    assert sum(checked.summary.passed["leads"].values()) == 1


def test_line_items_are_one_lead_with_their_sum(folder: Export) -> None:
    folder.write(
        "orders.csv",
        "lead_id,created_at,source,seats,callback",
        "a,2026-01-01,,2,ja",
        "a,2026-01-01,web,3,",
        "b,2026-01-02,fair,1,nein",
    )
    folder.write("outcomes.csv", *ENDS)

    checked = folder.check(SCHEMA, leads={"table": "orders", "line_items": True, "summed": ["seats"]})

    assert checked.history.leads.fields["seats"].tolist() == [5, 1]
    assert checked.history.leads.channels["source"].tolist() == ["web", "fair"]
    assert checked.summary.passed["leads"] == {"folded into the first row of the same id, as line_items says": 1}


CONDITIONS = {
    "a stage and a flag": (
        "Stage,IsClosed",
        ("Win,true", "Demo,true", "Demo,false"),
        [{"Stage": "win"}],
        [{"IsClosed": True}],
    ),
    "a flag beside the stage": (
        "Stage,Lost",
        ("Won,0", "Demo,1", "Demo,0"),
        [{"Stage": "Won", "Lost": False}],
        [{"Lost": True}],
    ),
    "two times": (
        "Won time,Lost time",
        ("2026-02-01,", ",2026-02-01", ","),
        [{"Won time": {"filled": True}}],
        [{"Lost time": {"filled": True}}],
    ),
    "revenue": (
        "Revenue,Active",
        ('"1.200,50 €",x', "0,", ",x"),
        [{"Revenue": {"above": 0}}],
        [{"Active": {"filled": False}}],
    ),
}


@pytest.mark.parametrize(("names", "cells", "won_when", "lost_when"), CONDITIONS.values(), ids=CONDITIONS)
def test_outcome_is_told_by_conditions(
    folder: Export,
    names: str,
    cells: tuple[str, str, str],
    won_when: list[dict[str, Any]],
    lost_when: list[dict[str, Any]],
) -> None:
    if names == "Stage,IsClosed":
        lost_when = [{"IsClosed": True, "Stage": "Demo"}]
    ends = ("2026-02-01", "2026-02-01", "")
    folder.write(
        "all.csv",
        f"Id,Created,Source,Closed,{names}",
        *(f"{at},2026-01-01,web,{end},{row}" for at, end, row in zip("abc", ends, cells, strict=True)),
    )

    assert counts(in_one_row(folder, outcomes={"won_when": won_when, "lost_when": lost_when})) == (1, 1, 1)


def test_row_that_is_won_and_lost_at_once_is_broken(folder: Export) -> None:
    folder.write("all.csv", "Id,Created,Source,Closed,W,L", "a,2026-01-01,web,2026-02-01,1,1")

    checked = in_one_row(folder, outcomes={"won_when": [{"W": True}], "lost_when": [{"L": True}]})

    assert "must not be won and lost at once" in broken(checked)[0]


def test_close_stands_in_the_first_of_two_columns_that_is_filled(folder: Export) -> None:
    folder.write(
        "all.csv", "Id,Created,Source,Won on,Lost on", "a,2026-01-01,web,2026-02-01,", "b,2026-01-01,web,,2026-03-01"
    )
    ends = {
        "columns": {"lead_id": "Id"},
        "first_of": {"closed_at": ["Won on", "Lost on"]},
        "won_when": [{"Won on": {"filled": True}}],
        "lost_when": [{"Lost on": {"filled": True}}],
    }

    checked = in_one_row(folder, outcomes=ends)

    assert checked.history.outcomes.closed_at.tolist() == [
        microseconds("2026-02-01T00:00Z"),
        microseconds("2026-03-01T00:00Z"),
    ]
    assert counts(checked) == (1, 1, 0)


def test_each_of_two_columns_may_write_its_times_in_its_own_way(folder: Export) -> None:
    folder.write(
        "all.csv",
        "Id,Created,Source,Won on,Lost on",
        "a,2026-01-01,web,2026-02-01 10:00,",
        "b,2026-01-01,web,,7/3/2026",
    )
    ends = {
        "columns": {"lead_id": "Id"},
        "first_of": {"closed_at": ["Won on", "Lost on"]},
        "time_formats": {"Lost on": "%d/%m/%Y"},
        "won_when": [{"Won on": {"filled": True}}],
        "lost_when": [{"Lost on": {"filled": True}}],
    }

    checked = in_one_row(folder, outcomes=ends)

    assert checked.history.outcomes.closed_at.tolist() == [
        microseconds("2026-02-01T10:00Z"),
        microseconds("2026-03-07T00:00Z"),
    ]
    with pytest.raises(ValueError, match="'Paid on' is not allowed here"):
        in_one_row(folder, outcomes={**ends, "time_formats": {"Paid on": "%d/%m/%Y"}})


def test_leads_that_were_converted_end_as_their_deal_and_the_others_stay(folder: Export) -> None:
    folder.write(
        "Lead.csv",
        "Id,Created,Status,DealId",
        "l1,2026-01-01,Done,d1",
        "l2,2026-01-01,Done,d2",
        "l3,2026-01-01,Junk,",
        "l4,2026-01-01,New,",
    )
    folder.write("Deal.csv", "Id,Stage,Close", "d1,Won,2026-02-01", "d2,Demo,2026-02-01")
    folder.write("Task.csv", "Who,What,Type,At", "l1,,call,2026-01-05", ",d1,mail,2026-01-06", "l3,,call,2026-01-07")
    schema = LeadSchema(kinds=SCHEMA.kinds)

    checked = folder.check(
        schema,
        leads={"table": "Lead", "columns": {"lead_id": "Id", "created_at": "Created"}},
        events={
            "table": "Task",
            "columns": {"kind": "Type", "occurred_at": "At"},
            "first_of": {"lead_id": ["Who", "lead.Id"]},
            "joins": {"lead": {"table": "Lead", "on": "What", "key": "DealId"}},
        },
        outcomes={
            "table": "Lead",
            "joins": {"deal": {"table": "Deal", "on": "DealId", "key": "Id"}},
            "columns": {"lead_id": "Id", "closed_at": "deal.Close"},
            "won_when": [{"deal.Stage": "Won"}],
            "lost_when": [{"Status": "Junk"}],
            "undated_lost": "export",
        },
        exported_at="2026-05-01T00:00:00Z",
    )

    assert counts(checked) == (1, 1, 2)
    assert checked.history.events.lead.tolist() == [0, 0, 2]
    lost = ~checked.history.outcomes.won
    assert checked.history.outcomes.closed_at[lost].tolist() == [microseconds("2026-05-01T00:00Z")]
    assert "2 of 2 rows that point to Deal.csv find their row there (join 'deal')" in notes(checked)


def test_fields_of_a_joined_account_are_fields_of_the_lead(folder: Export) -> None:
    folder.write("leads.csv", "lead_id,created_at,account", "a,2026-01-01,7", "b,2026-01-01,8")
    folder.write("accounts.csv", "Id,Branch", "7.0,Retail")
    folder.write("outcomes.csv", *ENDS)
    joins = {"account": {"table": "accounts", "on": "account", "key": "Id"}}

    checked = folder.check(
        DATED, leads={"table": "leads", "columns": {"source": "account.Branch"}, "joins": joins}, id_form=["integer"]
    )

    assert checked.history.leads.channels["source"].tolist() == ["Retail", None]


def test_several_tables_of_events_and_outcomes_are_one_history(folder: Export) -> None:
    folder.write("leads.csv", *LEADS)
    folder.write("calls.csv", "lead_id,at", "a,2026-01-05", "b,2026-01-06")
    folder.write("mails.csv", "lead_id,kind,occurred_at", "c,mail,2026-01-07")
    folder.write("won.csv", "lead_id,closed_at", "a,2026-02-01")
    folder.write("lost.csv", "lead_id,closed_at", "b,2026-02-01")
    schema = LeadSchema(fields=DATED.fields, kinds=SCHEMA.kinds)

    checked = folder.check(
        schema,
        events=[{"table": "calls", "all_kind": "call", "columns": {"occurred_at": "at"}}, {"table": "mails"}],
        outcomes=[{"table": "won", "all_won": True}, {"table": "lost", "all_lost": True}],
    )

    assert counts(checked) == (1, 1, 1)
    assert checked.history.events.kind.tolist() == [0, 0, 1]
    assert checked.summary.rows == {"leads": 3, "events": 2, "events 2": 1, "outcomes": 1, "outcomes 2": 1}


def test_each_column_has_its_own_way_of_writing_times(folder: Export) -> None:
    folder.write("leads.csv", "lead_id,created_at,source", "a,1767268800000,web")
    folder.write("outcomes.csv", "lead_id,closed_at,recorded_at,won", "a,3. März 2026,46085.5,ja")

    checked = folder.check(
        DATED,
        leads={"table": "leads", "time_formats": {"created_at": "epoch_milliseconds"}},
        outcomes={
            "table": "outcomes",
            "won_values": ["ja"],
            "time_formats": {"closed_at": "%d. %B %Y", "recorded_at": "excel_days"},
        },
    )

    assert checked.history.leads.created_at.tolist() == [microseconds("2026-01-01T12:00Z")]
    assert checked.history.outcomes.closed_at.tolist() == [microseconds("2026-03-03T00:00Z")]
    assert checked.history.outcomes.recorded_at.tolist() == [microseconds("2026-03-04T12:00Z")]


def test_number_of_thirteen_digits_is_no_date(folder: Export) -> None:
    folder.write("leads.csv", "lead_id,created_at,source", "a,1612101200000,web")
    folder.write("outcomes.csv", "lead_id,closed_at,won")

    assert "must be an ISO 8601 time, got 1612101200000" in broken(folder.check(DATED))[0]


@pytest.mark.parametrize("filler", ["0001-01-01 00:00:00", "1900-01-01", "1970-01-01T00:00:00Z", "9999-12-31 23:59:59"])
def test_day_that_stands_for_none_is_told_and_begins_no_history(folder: Export, filler: str) -> None:
    folder.write("leads.csv", *LEADS, f"d,{filler},web")
    folder.write("outcomes.csv", *ENDS, f"c,{filler},won")

    checked = folder.check(DATED)

    assert [row.rule for row in checked.broken] == ["must be a time, not a day that stands for none"] * 2
    assert checked.summary.since == datetime.fromisoformat("2026-01-01T00:00Z")
    assert notes(checked).count("hold a day that stands for none") == 2


@pytest.mark.parametrize(
    ("closed", "at_once"),
    [("2026-01-12", True), ("2026-01-11", True), ("2026-01-10", False), ("2026-01-12T04:00Z", False)],
)
def test_close_on_the_day_of_creation_or_before_by_time_zones_is_at_once(
    folder: Export, closed: str, at_once: bool
) -> None:
    folder.write("leads.csv", "lead_id,created_at,source", "a,2026-01-12T04:54:00Z,web")
    folder.write("outcomes.csv", "lead_id,closed_at,won", f"a,{closed},won")

    checked = folder.check(DATED)

    assert counts(checked) == ((1, 0, 0) if at_once else (0, 0, 0))
    assert ("1 lead closed on the day of creation" in notes(checked)) == at_once
    assert checked.history.outcomes.closed_at.tolist() == ([microseconds("2026-01-12T04:54Z")] if at_once else [])


def test_leads_closed_before_they_were_created_are_taken_as_the_settings_say(folder: Export) -> None:
    folder.write("leads.csv", "lead_id,created_at,source", "a,2026-01-12,web")
    folder.write("outcomes.csv", "lead_id,closed_at,won", "a,2026-01-02,won")

    assert "must not be earlier than the lead's creation" in broken(folder.check(DATED))[0]
    assert counts(folder.check(DATED, closed_before_created="at_once")) == (1, 0, 0)


def test_numbers_are_read_as_their_column_is_written(folder: Export) -> None:
    folder.write(
        "leads.csv",
        "lead_id;created_at;source;seats;callback",
        "a;2026-01-01;web;1.234;Oui",
        "b;2026-01-01;web;12,5 €;não",
        "c;2026-01-01;;(3);",
    )
    folder.write("outcomes.csv", *ENDS)

    fields = folder.check(SCHEMA).history.leads.fields

    assert fields["seats"].tolist() == [1234, 12.5, -3]
    np.testing.assert_array_equal(fields["callback"], [1, 0, np.nan])


def test_number_that_no_column_decides_is_told_and_can_be_decided(folder: Export) -> None:
    folder.write("leads.csv", "lead_id,created_at,source,seats,callback", "a,2026-01-01,web,1.234,")
    folder.write("outcomes.csv", *ENDS[:2])

    unsaid = folder.check(SCHEMA)
    said = folder.check(SCHEMA, leads={"table": "leads", "decimals": {"seats": ","}})

    assert (unsaid.history.leads.fields["seats"].tolist(), said.history.leads.fields["seats"].tolist()) == (
        [1.234],
        [1234],
    )
    assert "'1.234' in 'seats' is read as 1.234: set decimals.seats if that is wrong" in notes(unsaid)
    assert "is read as" not in notes(said)


def test_mark_that_the_whole_column_alone_tells_is_to_be_set_for_calls(folder: Export) -> None:
    rows = ("a,2026-01-01,web,1.234,", 'b,2026-01-01,web,"12,5",')
    folder.write("leads.csv", "lead_id,created_at,source,seats,callback", *rows)
    folder.write("outcomes.csv", *ENDS[:2])

    unsaid = folder.check(SCHEMA)
    said = folder.check(SCHEMA, leads={"table": "leads", "decimals": {"seats": ","}})

    assert unsaid.history.leads.fields["seats"].tolist() == said.history.leads.fields["seats"].tolist() == [1234, 12.5]
    assert 'set decimals = { seats = "," } there, so that calls' in notes(unsaid)
    assert "decimals" not in notes(said)


def test_channels_that_differ_in_blanks_and_capitals_are_one(folder: Export) -> None:
    folder.write(
        "leads.csv",
        *LEADS[:1],
        "a,2026-01-01,Trade Show",
        "b,2026-01-01,trade\u00a0show ",
        "c,2026-01-01,Trade Show",
        "d,2026-01-01,Messe",
    )
    folder.write("outcomes.csv", *ENDS)
    schema = LeadSchema.model_validate({"fields": {"source": {"role": "channel", "was": {"Trade Show": ["messe"]}}}})

    assert folder.check(schema).history.leads.channels["source"].tolist() == ["Trade Show"] * 4


def test_deleted_and_merged_leads_are_what_the_export_says(folder: Export) -> None:
    folder.write(
        "leads.csv",
        "lead_id,created_at,source,into,gone",
        "a,2026-01-01,web,,0",
        "b,2026-01-02,web,c,0",
        "c,2026-01-03,web,a,0",
        "d,2026-01-04,web,,1",
    )
    folder.write("outcomes.csv", "lead_id,closed_at,won", "b,2026-02-01,won")

    checked = folder.check(DATED, leads={"table": "leads", "merged_into": "into", "leave_out_when": [{"gone": True}]})

    assert checked.history.leads.lead_id.tolist() == ["a"]
    assert (counts(checked), checked.broken) == ((1, 0, 0), ())
    assert checked.summary.passed["leads"] == {"left out by leave_out_when": 1, "merged into other leads": 2}


PERSONS = [
    "lead_id,created_at,source,mail,tel,person,firm",
    "a,2026-01-02,web,ann@x.example,,Ann Field,ACME",
    "b,2026-01-01,fair,ANN@x.example ,,A. F.,",
    "c,2026-01-03,web,,+49 (30) 1234567,Bo,",
    "d,2026-01-04,web,,030 1234567,Bob,",
    "e,2026-01-05,web,,,Jon Smith,Beta Ltd",
    "f,2026-01-06,web,,,John Smith,beta ltd",
    "g,2026-01-07,web,,,John Smith,Gamma",
]


def test_one_person_under_two_ids_is_told_with_what_it_does_to_rates_and_merged_on_request(folder: Export) -> None:
    folder.write("leads.csv", *PERSONS)
    folder.write("outcomes.csv", "lead_id,closed_at,won", "a,2026-02-01,won")
    person = {"mail": "mail", "phone": "tel", "name": "person", "company": "firm"}

    told = folder.check(DATED, leads={"table": "leads", "same_person": person})
    merged = folder.check(DATED, leads={"table": "leads", "same_person": person, "duplicates": "merge"})

    assert len(told.history.leads) == 7
    assert "3 leads of a person who has an earlier one ('web' closes at 16.7% with them and 0.0% without)" in notes(
        told
    )
    assert merged.history.leads.lead_id.tolist() == ["b", "c", "e", "g"]
    assert merged.history.leads.lead_id[merged.history.outcomes.lead].tolist() == ["b"]


def test_outcome_that_a_later_row_takes_back_is_none_and_the_last_one_holds(folder: Export) -> None:
    folder.write("leads.csv", *LEADS)
    folder.write(
        "outcomes.csv",
        "lead_id,closed_at,recorded_at,won",
        *(
            "a,2026-01-10,2026-01-10,lost",
            "a,2026-02-20,2026-02-20,demo",
            "b,2026-01-10,2026-01-10,lost",
            "b,2026-03-10,2026-03-10,won",
        ),
        *("c,2026-01-05,2026-01-05,demo", "c,2026-01-12,2026-01-12,won"),
    )

    checked = folder.check(DATED, outcomes={"table": "outcomes", "open_values": ["Demo"]})

    assert counts(checked) == (2, 0, 1)
    assert "1 outcome taken back" in notes(checked)
    assert "1 outcome corrected by a later one" in notes(checked)


@pytest.mark.parametrize(
    ("rules", "leads", "ends"),
    [
        (["integer"], "1000", "1000.0"),
        (["salesforce"], "006Dn00000AbCdE", "006Dn00000AbCdEIA4"),
        (["strip", "prefix:zcrm_"], "17", " zcrm_17"),
        (["casefold"], "abc", "ABC"),
        (["zeros"], "7", "0007"),
    ],
)
def test_ids_that_differ_in_writing_are_one_by_the_rule(
    folder: Export, rules: list[str], leads: str, ends: str
) -> None:
    folder.write("leads.csv", "lead_id,created_at,source", f"{leads},2026-01-01,web")
    folder.write("outcomes.csv", "lead_id,closed_at,won", f"{ends},2026-02-01,won")

    checked = folder.check(DATED, id_form=rules)

    assert (counts(checked), checked.broken) == ((1, 0, 0), ())


@pytest.mark.parametrize(
    ("amounts", "said"),
    [
        (["€ 5", "7 EUR", "9"], ""),
        (["$5", "7 EUR", "9 €"], "(EUR in 2 rows, USD in 1 row)"),
    ],
)
def test_several_currencies_in_one_column_are_told(folder: Export, amounts: list[str], said: str) -> None:
    folder.write("leads.csv", *LEADS)
    rows = [f"{lead},2026-02-01,won,{amount}" for lead, amount in zip("abc", amounts, strict=True)]
    folder.write("outcomes.csv", "lead_id,closed_at,won,amount", *rows)

    checked = folder.check(DATED)

    assert ("holds several currencies" in notes(checked)) == bool(said)
    assert said in notes(checked)
    assert np.nansum(checked.history.outcomes.amount) == sum(int(re.sub(r"\D", "", amount)) for amount in amounts)
