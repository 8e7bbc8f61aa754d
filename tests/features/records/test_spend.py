"""A table of spend: read by its mapping, and refused by row where it breaks a rule."""

from pathlib import Path

import pytest

from features.records.reading import ReadingError
from features.records.spend import Spend, SpendError, read_spend
from features.settings.mapping import check_spend
from features.settings.schema import LeadSchema
from features.settings.source import SpendSource

SCHEMA = LeadSchema(missing=("n/a",))
SOURCE = SpendSource(source=".", table="ads", columns={"value": "Source", "month": "Month", "amount": "Cost"})


def spent(folder: Path, *rows: str, header: str = "Source,Month,Cost") -> Spend:
    (folder / "ads.csv").write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return read_spend(SOURCE, SCHEMA, folder)


def test_months_and_days_in_them_are_read(tmp_path: Path) -> None:
    read = spent(tmp_path, "web,1970-01,100", "fair,1971-03-31,2.5")
    assert (read.value.tolist(), read.month.tolist(), read.amount.tolist()) == (["web", "fair"], [0, 14], [100, 2.5])


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("web,13/2026,5", r"'Month' must be a month such as 2026-03, got '13/2026' \(ads.csv, row 3\): correct it"),
        ("web,2026-13,5", "'Month' must be a month"),
        ("web,2026-01,-5", r"'Cost' must be >= 0, got -5 \(ads.csv, row 3\)"),
        ("web,2026-01,n/a", "'Cost' must be a number, got 'n/a'"),
        ("web,2026-01,much", "'Cost' must be a number, got 'much'"),
        (",2026-01,5", "'Source' must name a value of the channel, got nothing"),
    ],
)
def test_a_broken_row_is_named_and_nothing_is_left_out(tmp_path: Path, row: str, message: str) -> None:
    with pytest.raises(SpendError, match=message):
        spent(tmp_path, "web,2026-01,5", row)


def test_of_many_broken_rows_some_are_named_and_the_others_counted(tmp_path: Path) -> None:
    with pytest.raises(SpendError, match="and 5 more"):
        spent(tmp_path, *["web,never,5"] * 15)


def test_a_column_that_is_not_there_is_named_with_where_to_map_it(tmp_path: Path) -> None:
    with pytest.raises(ReadingError, match=r"no column 'Cost'.*under \[accountability.costs.spend.columns\]"):
        spent(tmp_path, "web,2026-01,5", header="Source,Month,Amount")


def test_a_mapping_of_another_column_is_refused() -> None:
    with pytest.raises(ValueError, match="'cost' is not allowed here: use one of amount, month, value"):
        check_spend(SpendSource(table="ads", columns={"cost": "Cost"}))
