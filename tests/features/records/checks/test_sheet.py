"""Times of a table, and how its broken rows are reported and counted."""

from __future__ import annotations

from features.records.checks import BrokenRow
from features.records.checks.sheet import SHOWN_ROWS
from features.settings.schema import LeadSchema
from tests.features.conftest import FILES, Export
from tests.features.records.checks.conftest import LATER, broken, microseconds


def test_times_without_a_zone_take_that_of_the_settings(export: Export) -> None:
    for table, lines in FILES.items():
        export.write(f"{table}.csv", *[line.replace("Z", "") for line in lines])

    leads = export.check(time_zone="America/New_York").history.leads

    assert leads.created_at[0] == microseconds("2026-01-01T10:00:00-05:00")


def test_times_of_a_format_are_read_by_it(folder: Export) -> None:
    schema = LeadSchema.model_validate(
        {"fields": {"source": {"role": "channel"}, "needed": {"role": "answer", "type": "date", "obstacle": "hurry"}}}
    )
    folder.write(
        "leads.csv",
        "lead_id,created_at,source,needed",
        "L1,02.01.2026 10:30,web,03.04.2026 00:00",
        "L2,02.01.2026 10:30,web,",
    )
    folder.write("outcomes.csv", "lead_id,closed_at,won", "L2,02/01/2026,yes")

    checked = folder.check(schema, time_format="%d.%m.%Y %H:%M")

    assert checked.history.leads.created_at.tolist() == [microseconds("2026-01-02T10:30:00Z")]
    assert checked.history.leads.fields["needed"].tolist() == [microseconds("2026-04-03T00:00:00Z")]
    assert broken(checked) == [
        "Column 'closed_at' must be a time of the form '%d.%m.%Y %H:%M', got '02/01/2026' for lead 'L2' (outcomes.csv, row 2): "
        "correct it, or say in time_formats or history.time_format how times are written."
    ]


def test_time_that_clocks_showed_twice_is_the_first_and_noted(export: Export) -> None:
    export.write("leads.csv", FILES["leads"][0], "L1,2025-10-26 02:30,fair,1,none", "L2,2025-10-26 04:30,fair,1,none")
    export.write("events.csv", FILES["events"][0])
    export.write("outcomes.csv", FILES["outcomes"][0])

    checked = export.check(time_zone="Europe/Berlin")

    assert checked.history.leads.created_at[0] == microseconds("2025-10-26T02:30:00+02:00")
    assert "leads.csv: 1 time in 'created_at' that clocks in Europe/Berlin showed twice: taken as the first." in (
        checked.summary.notes
    )


def test_local_time_that_clocks_skipped_is_broken(export: Export) -> None:
    export.write("leads.csv", FILES["leads"][0], "L1,2026-03-29 02:30,fair,1,none", "L2,2026-03-29 03:00,fair,1,none")
    export.write("events.csv", FILES["events"][0])
    export.write("outcomes.csv", FILES["outcomes"][0])

    assert broken(export.check(time_zone="Europe/Berlin")) == [
        "Column 'created_at' must be a time that clocks in Europe/Berlin showed, got '2026-03-29 02:30' for lead 'L1' "
        "(leads.csv, row 2): correct it, or set time_zone: clocks were put forward past it."
    ]


def test_row_that_breaks_two_rules_is_named_twice_and_left_out_once(export: Export) -> None:
    export.add("leads", "..,,web,3,none")

    checked = export.check()

    assert [row.column for row in checked.broken] == ["lead_id", "created_at"]
    assert checked.summary.broken["leads"] == 1


def test_first_twenty_of_a_kind_are_kept_and_all_are_counted(export: Export) -> None:
    export.add("events", *[f"L1,fax,{LATER},{LATER},,," for _ in range(50)])

    checked = export.check()

    assert [row.row for row in checked.broken] == list(range(6, 6 + SHOWN_ROWS))
    assert [count.rows for count in checked.counts] == [50]
    assert checked.summary.broken["events"] == 50


def test_message_names_the_column_as_the_export_does(export: Export) -> None:
    export.write("leads.csv", "Id,Created,source,Staff,budget", "L1,2026-01-01,fair,-3,none")
    export.write("events.csv", FILES["events"][0])
    export.write("outcomes.csv", FILES["outcomes"][0])
    columns = {"lead_id": "Id", "created_at": "Created", "employees": "Staff"}

    checked = export.check(leads={"table": "leads", "columns": columns})

    assert checked.aside == (
        BrokenRow(
            "leads.csv", 2, "Staff", "-3", "must be >= 0", "fix the export, or list the value under missing", "L1"
        ),
    )


def test_line_breaks_in_quotes_do_not_shift_the_row_numbers(export: Export) -> None:
    export.add("leads", 'L4,2026-01-04T10:00:00Z,"a\nb\nc",3,none', "L5,soon,web,1,none")

    assert [row.row for row in export.check().broken] == [6]


def test_blank_rows_are_noted(export: Export) -> None:
    export.add("leads", "", "")

    checked = export.check()

    assert checked.broken == ()
    assert "leads.csv: 2 blank rows passed over." in checked.summary.notes
