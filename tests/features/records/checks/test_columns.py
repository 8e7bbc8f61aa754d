"""A column is encoded as each of its cells alone."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

from features.records.checks.columns import encode_column
from features.records.parsing.values import BadValueError, encode, is_missing
from features.settings.fields import LeadField
from features.settings.schema import LeadSchema
from tests.features.conftest import Export

BERLIN = ZoneInfo("Europe/Berlin")


FIELDS = st.sampled_from(
    [
        LeadField(role="answer", obstacle="money", type="number", minimum=0, maximum=100, missing=("99",)),
        LeadField(role="answer", obstacle="money", type="number"),
        LeadField(role="answer", obstacle="need", values=("a", "b", "1"), others=True),
        LeadField(role="answer", obstacle="need", values=("a", "b", "1")),
        LeadField(role="answer", obstacle="need", type="flag", missing=("?",)),
        LeadField(role="answer", obstacle="hurry", type="date"),
        LeadField(role="answer", obstacle="need", type="text"),
    ]
)


CELLS = st.one_of(
    st.sampled_from(
        ["a", "b", "1", "0", "99", "-1", "yes", "No", "?", "", " ", "1e3", "1_0", "nan", "-inf", "2026-01-01", "x y z"]
    ),
    st.floats().map(str),
    st.integers().map(str),
    st.none(),
)


@given(field=FIELDS, cells=st.lists(CELLS, max_size=10))
def test_column_of_answers_is_encoded_as_each_answer_alone(field: LeadField, cells: list[str | None]) -> None:
    given = [None if is_missing(field, cell) else cell for cell in cells]

    codes, bad = encode_column(field, pa.chunked_array([pa.array(given, pa.string())]), BERLIN)

    rules = {int(row): error.rule for error, rows in bad for row in rows}
    for row, cell in enumerate(cells):
        try:
            alone, rule = encode(field, cell, BERLIN), None
        except BadValueError as error:
            alone, rule = math.nan, error.rule
        assert rules.get(row) == rule
        np.testing.assert_equal(codes[row], alone)


def test_whole_numbers_that_a_missing_value_made_floats_are_whole(folder: Export) -> None:
    schema = LeadSchema.model_validate(
        {
            "fields": {
                "size": {"role": "answer", "obstacle": "money", "values": ["1", "2"]},
                "shop": {"role": "channel", "missing": ["999"]},
            }
        }
    )
    times = pa.array([datetime(2026, 1, 1, tzinfo=UTC)] * 2)
    cells = {"lead_id": [1, 2], "created_at": times, "size": [2.0, None], "shop": [7, 999]}
    pq.write_table(pa.table(cells), folder.folder / "leads.parquet")
    folder.write("outcomes.csv", "lead_id,closed_at,won", "1,2026-02-01,true")

    checked = folder.check(schema)

    assert checked.broken == ()
    assert checked.history.leads.lead_id.tolist() == ["1", "2"]
    np.testing.assert_array_equal(checked.history.leads.fields["size"], [1, np.nan])
    assert checked.history.leads.channels["shop"].tolist() == ["7", None]
    assert checked.history.outcomes.lead.tolist() == [0]
