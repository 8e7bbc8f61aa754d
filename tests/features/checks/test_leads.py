"""Leads: what is missing in them, and what becomes of the records of a broken one."""

from __future__ import annotations

import math

import numpy as np
import pytest

from features import ids
from features.settings import LeadSchema
from tests.features.checks.conftest import LATER, broken
from tests.features.conftest import SCHEMA, Export


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
    export.add("leads", "L4,2026-01-04T10:00:00Z,web,-3,none")
    export.add("events", f"L4,call,{LATER},{LATER},,,")
    export.add("outcomes", f"L4,{LATER},{LATER},true,")

    rule = "must be the id of a lead whose own row in leads.csv is sound"
    assert [(row.file, row.rule) for row in export.check().broken] == [
        ("leads.csv", "must be >= 0"),
        ("events.csv", rule),
        ("outcomes.csv", rule),
    ]


def test_undecodable_row_is_broken_and_its_lead_known(export: Export) -> None:
    with (export.folder / "leads.csv").open("ab") as file:
        file.write(b"L4,2026-01-04T10:00:00Z,Z\xfcrich,1,none\n")
    export.add("events", f"L4,call,{LATER},{LATER},,,")

    checked = export.check()

    assert broken(checked)[0].startswith(
        "Column 'source' must be utf-8 text, got b'Z\\xfcrich' (leads.csv, row 5): set hist"
    )
    assert "whose own row" in broken(checked)[1]
    assert checked.summary.broken == {"leads": 1, "events": 1, "outcomes": 0}
    assert checked.summary.rows["leads"] == 4


@pytest.mark.parametrize(
    ("lead_id", "rule"),
    [("..", ids.FIT), ('"L\n4"', ids.FIT), ("x" * 201, "must be a text of 1 to 200 characters")],
)
def test_id_that_no_address_can_name_is_refused_with_its_records(export: Export, lead_id: str, rule: str) -> None:
    export.add("leads", f"{lead_id},2026-01-04T10:00:00Z,web,1,none")
    export.add("outcomes", f"{lead_id},{LATER},{LATER},true,")

    assert [(row.file, row.rule) for row in export.check().broken] == [
        ("leads.csv", rule),
        ("outcomes.csv", "must be the id of a lead whose own row in leads.csv is sound"),
    ]
