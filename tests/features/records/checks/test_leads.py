"""Leads: what is missing in them, and what becomes of the records of a broken one."""

from __future__ import annotations

import math

import numpy as np
import pytest

from features.records.clock import NEVER
from features.records.parsing import ids
from features.settings.fields import LeadField
from features.settings.schema import LeadSchema
from tests.features.conftest import SCHEMA, Export
from tests.features.records.checks.conftest import LATER, broken, microseconds


def test_missing_words_are_missing_everywhere(export: Export) -> None:
    export.add("leads", "L4,2026-01-04T10:00:00Z,n/a,n/a,n/a")

    leads = export.check(missing=["n/a"]).history.leads

    assert leads.channels["source"][-1] is None
    assert math.isnan(leads.fields["employees"][-1])
    assert math.isnan(leads.fields["budget"][-1])


@pytest.mark.parametrize(("everywhere", "field"), [([], ["999"]), (["999.0"], [])])
@pytest.mark.parametrize("written", ["999", "999.0", " 9.99e2"])
def test_number_that_means_missing_does_so_however_it_is_written(
    export: Export, everywhere: list[str], field: list[str], written: str
) -> None:
    export.add("leads", f"L4,2026-01-04T10:00:00Z,web,{written},", "L5,2026-01-04T10:00:00Z,web,9,")
    employees = SCHEMA.fields["employees"].model_copy(update={"missing": tuple(field), "maximum": 50})
    schema = LeadSchema(fields={**SCHEMA.fields, "employees": employees}, kinds=SCHEMA.kinds)

    checked = export.check(schema, missing=everywhere)

    assert checked.broken == ()
    np.testing.assert_array_equal(checked.history.leads.fields["employees"], [12, np.nan, 7, np.nan, 9])


def test_records_of_a_lead_whose_own_row_is_broken_say_so(export: Export) -> None:
    export.add("leads", "L4,soon,web,3,none")
    export.add("events", f"L4,call,{LATER},{LATER},,,")
    export.add("outcomes", f"L4,{LATER},{LATER},true,")

    rule = "must be the id of a lead whose own row in leads.csv is sound"
    assert [(row.file, row.rule) for row in export.check().broken] == [
        ("leads.csv", "must be an ISO 8601 time"),
        ("events.csv", rule),
        ("outcomes.csv", rule),
    ]


def test_undecodable_row_is_broken_and_its_lead_known(export: Export) -> None:
    with (export.folder / "leads.csv").open("ab") as file:
        file.write(b"L4,2026-01-04T10:00:00Z,Z\xfcrich,1,none\n")
    export.add("events", f"L4,call,{LATER},{LATER},,,")

    checked = export.check(encoding="utf-8")

    assert broken(checked)[0].startswith(
        "Column 'source' must be utf-8 text, got b'Z\\xfcrich' (leads.csv, row 5): set hist"
    )
    assert "whose own row" in broken(checked)[1]
    assert checked.summary.broken == {"leads": 1, "events": 1, "outcomes": 0}
    assert checked.summary.rows["leads"] == 4


@pytest.mark.parametrize(
    ("lead_id", "rule"),
    [
        ("..", ids.FIT),
        ('"L\n4"', ids.FIT),
        ("\u200b", ids.FIT),
        ("\u2060\ufeff", ids.FIT),
        ("x" * 201, "must be a text of 1 to 200 characters"),
    ],
)
def test_id_that_no_address_can_name_is_refused_with_its_records(export: Export, lead_id: str, rule: str) -> None:
    export.add("leads", f"{lead_id},2026-01-04T10:00:00Z,web,1,none")
    export.add("outcomes", f"{lead_id},{LATER},{LATER},true,")

    assert [(row.file, row.rule) for row in export.check().broken] == [
        ("leads.csv", rule),
        ("outcomes.csv", "must be the id of a lead whose own row in leads.csv is sound"),
    ]


def test_lead_decided_before_it_came_in_is_broken_and_one_that_names_no_day_is_not(folder: Export) -> None:
    folder.write(
        "leads.csv",
        "lead_id,created_at,arrival",
        "L1,2026-01-05T10:00:00Z,2026-01-04",
        "L2,2026-01-05T10:00:00Z,2026-01-05",  # the day itself counts to its end
        "L3,2026-01-05T10:00:00Z,",
        "L4,2026-01-05T10:00:00Z,2026-02-01",
    )
    folder.write("outcomes.csv", "lead_id,closed_at,won", f"L4,{LATER},true")
    schema = LeadSchema(fields={"arrival": LeadField(role="context", type="date")}, decided_by="arrival")

    checked = folder.check(schema)

    assert broken(checked) == [
        "Column 'arrival' must not be a day before the lead came in, got '2026-01-04' for lead 'L1' (leads.csv, row 2): "
        "correct it, or leave it empty: the horizon then holds."
    ]
    assert checked.history.deadline.tolist() == [
        microseconds("2026-01-05T23:59:59.999999Z"),
        NEVER,
        microseconds("2026-02-01T23:59:59.999999Z"),
    ]
