"""Frames of leads: whatever pandas makes of their columns, the same rules as requests; and each broken row named."""

import gc
import json
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features.records.clock import to_datetime, to_microseconds
from features.records.leads.checking import read_lead, to_history
from features.settings.fields import LeadField
from features.settings.schema import LeadSchema
from models.close.frames import (
    MAX_SHOWN,
    OUTPUT_COLUMNS,
    BadFrameError,
    example_frame,
    input_columns,
    read_frame,
    score_frame,
)
from models.close.reasons.explanation import score
from tests.models.company import model

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
SCHEMA = model().schema
EVENTS = [
    {"kind": "visit", "occurred_at": "2026-08-30T10:00:00Z"},
    {"kind": "budget", "occurred_at": "2026-08-31", "text": "none"},
]


def scored(**columns: Any) -> pd.DataFrame:
    return score_frame(model(), pd.DataFrame(columns), NOW)


def test_a_frame_is_scored_as_its_leads_are_one_by_one() -> None:
    record = {"lead_id": "A", "created_at": "2026-08-29T00:00:00Z", "fields": {"source": "podcast"}, "events": EVENTS}
    (one,) = score(model(), *to_history(SCHEMA, [read_lead(SCHEMA, record, NOW)]))
    frame = scored(
        lead_id=["A", "B"],
        created_at=["2026-08-29T00:00:00Z", None],
        source=["podcast", None],
        events=[json.dumps(EVENTS), None],
    )
    row = frame.iloc[0]
    assert (row["lead_id"], row["probability"], row["base_rate"]) == ("A", one.probability, one.base_rate)
    assert to_microseconds(row["as_of"].tz_localize("UTC")) == one.as_of == to_microseconds(NOW)
    reasons = json.loads(row["reasons"])
    assert [reason["contribution"] for reason in reasons] == [reason.contribution for reason in one.reasons]
    assert row["base_probability"] + sum(reason["points"] for reason in reasons) == pytest.approx(
        row["probability"], abs=1e-12
    )
    assert [unknown["field"] for unknown in json.loads(row["unknown"])] == [unknown.field for unknown in one.unknown]


def test_the_columns_out_and_the_index_are_those_that_are_promised() -> None:
    frame = score_frame(model(), pd.DataFrame({"lead_id": ["A", "B"]}, index=["x", "y"]), NOW)
    assert list(frame) == list(OUTPUT_COLUMNS)
    assert list(frame.index) == ["x", "y"]
    assert frame["as_of"].dtype == "datetime64[us]"


@pytest.mark.parametrize(
    "cells",
    [
        [5000, 5000],
        [5000.0, 5000.0],
        ["5000", " 5000 "],
        np.array([5000, "5e3"], object),
        pd.array([5000, 5000], "Int64"),
        pd.array([5000, 5000], "Float32"),
        pd.Categorical([5000, 5000]),
        pd.array([5000, 5000], "int64[pyarrow]"),
    ],
    ids=str,
)
def test_a_number_is_the_same_in_every_kind_of_column(cells: Any) -> None:
    frame = scored(cost_of_not_solving=cells)
    assert frame["probability"].tolist() == scored(cost_of_not_solving=[5000.0] * 2)["probability"].tolist()


@pytest.mark.parametrize(
    "cells",
    [
        ["2026-08-30T10:00:00Z"],
        ["2026-08-30T12:00:00+02:00"],
        ["2026-08-30 10:00"],
        pd.to_datetime(["2026-08-30T10:00:00"]),
        pd.to_datetime(["2026-08-30T10:00:00Z"]),
        pd.to_datetime(["2026-08-30T10:00:00"]).astype("datetime64[ns]"),
        [datetime(2026, 8, 30, 10, tzinfo=UTC)],
        np.array(["2026-08-30T10:00:00"], "datetime64[s]"),
    ],
    ids=str,
)
def test_a_time_is_the_same_in_every_kind_of_column(cells: Any) -> None:
    (record,) = read_frame(SCHEMA, pd.DataFrame({"as_of": cells, "created_at": cells}), NOW)
    assert to_datetime(record.as_of) == to_datetime(record.created_at) == datetime(2026, 8, 30, 10, tzinfo=UTC)


@pytest.mark.parametrize("empty", [None, np.nan, pd.NaT, pd.NA, " "], ids=repr)
@pytest.mark.parametrize("column", ["as_of", "created_at", "budget", "source", "wants_contact", "needed_by", "events"])
def test_an_empty_cell_is_no_column(column: str, empty: object) -> None:
    frame = scored(lead_id=["A"], **{column: np.array([empty], object)})
    pd.testing.assert_frame_equal(frame, scored(lead_id=["A"]))


def test_events_may_be_lists() -> None:
    created = ["2026-08-29"]
    assert scored(created_at=created, events=[EVENTS]).equals(scored(created_at=created, events=[json.dumps(EVENTS)]))


def test_no_lead_is_no_score() -> None:
    assert list(scored(lead_id=[])) == list(OUTPUT_COLUMNS)
    assert len(scored(lead_id=[])) == 0


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        (
            "budget",
            "plenty",
            r"Row 1 \(counted from 0\): 'fields.budget' must be one of 'none', .*, got 'plenty': correct it",
        ),
        ("cost_of_not_solving", -3.0, r"'fields.cost_of_not_solving' must be >= 0, got -3.0"),
        ("wants_contact", "maybe", r"'fields.wants_contact' must be true or false, got 'maybe'"),
        ("as_of", "soon", r"'as_of' must be an ISO 8601 time, got 'soon'"),
        ("created_at", "2027-01-01", r"'created_at' must not be after as_of, got '2027-01-01'"),
        ("shoe_size", 43, r"'fields.shoe_size' must be one of brought_by, budget, .*, got 43"),
        ("events", "[{", r"'events' must be a list in JSON, got '\[\{': write it with json.dumps"),
        ("events", '{"kind": "visit"}', r"'events' must be a list of events, got \{'kind': 'visit'\}"),
        ("events", "[1]", r"'events\[0\]' must be an object, got 1"),
        (
            "events",
            '[{"kind": "party", "occurred_at": "2026-08-30"}]',
            r"'events\[0\].kind' must be one of visit, .*, got 'party'",
        ),
        (
            "events",
            '[{"kind": "call", "occurred_at": "2026-08-30", "value": Infinity}]',
            r"'events\[0\].value' must be a finite number, got inf",
        ),
    ],
)
def test_a_broken_row_is_named_with_field_rule_and_value(column: str, value: object, message: str) -> None:
    with pytest.raises(BadFrameError, match=message) as caught:
        scored(**{column: np.array([None, value], object)})
    assert {row for row, _ in caught.value.problems} == {1}


def test_of_many_broken_rows_the_first_are_named_and_the_others_counted() -> None:
    with pytest.raises(BadFrameError, match=f"Row {MAX_SHOWN - 1} .*\n5 more rows break rules") as caught:
        scored(budget=["plenty"] * (MAX_SHOWN + 5))
    assert len(caught.value.problems) == MAX_SHOWN + 5
    assert f"Row {MAX_SHOWN} " not in str(caught.value)


def test_the_example_uses_every_column_and_breaks_no_rule() -> None:
    example = example_frame(SCHEMA, model().trained_until)
    assert list(example) == list(input_columns(SCHEMA))
    assert example.iloc[0].notna().all()
    assert example.iloc[1].notna().sum() == 2
    assert len(score_frame(model(), example, NOW)) == 2


def test_the_example_keeps_the_limits_of_numbers() -> None:
    for limits in ({"minimum": 3.0}, {"maximum": -2.0}, {}):
        field = LeadField.model_validate({"role": "answer", "type": "number", "obstacle": "need", **limits})
        schema = LeadSchema(fields={"n": field})
        assert len(read_frame(schema, example_frame(schema, 0), NOW)) == 2


def test_late_fields_are_no_columns() -> None:
    assert SCHEMA.by_role("late")
    assert not SCHEMA.by_role("late").keys() & input_columns(SCHEMA).keys()


def test_words_that_stand_for_nothing_and_the_zone_are_the_schema_s() -> None:
    schema = LeadSchema.model_validate({**SCHEMA.model_dump(), "missing": ["n/a"], "time_zone": "Europe/Berlin"})
    cells = {"lead_id": ["n/a"], "as_of": ["2026-08-30 12:00"], "budget": ["n/a"], "source": ["n/a"], "events": ["n/a"]}
    (record,) = read_frame(schema, pd.DataFrame(cells), NOW)
    assert (record.lead_id, record.channels["source"], record.events) == ("", None, ())
    assert np.isnan(record.fields["budget"])
    assert to_datetime(record.as_of) == datetime(2026, 8, 30, 10, tzinfo=UTC)


def test_ids_of_numbers_stay_whole_beside_an_empty_one() -> None:
    assert [one.lead_id for one in read_frame(SCHEMA, pd.DataFrame({"lead_id": [17.0, np.nan]}), NOW)] == ["17", ""]


def test_events_that_are_nested_too_deep_are_a_broken_rule() -> None:
    gc.disable()  # Hypothesis listens to the collector, in Python, for which there is no room at that depth
    try:
        with pytest.raises(BadFrameError, match=r"Row 0 .*'events' must be a list in JSON"):
            scored(events=["[" * 100_000])
    finally:
        gc.enable()
