"""A later version may say more and in other words; what an earlier one told may not change."""

from __future__ import annotations

from typing import Any

import pytest

from tests.golden.alike import column_differences, differences, missing_figures

TOLD = {"p": 0.25, "won": True, "route": "rep", "says": "4 of 9 leads are won.", "reasons": [{"points": 1.5}, None]}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"more": 3},
        {"p": 0.25 + 1e-12},
        {"says": "More than a third of the leads are won."},
        {"reasons": [{"points": 1.5, "sentence": "Budget is set."}, None]},
    ],
    ids=str,
)
def test_what_may_change(change: dict[str, Any]) -> None:
    assert not list(differences(TOLD, TOLD | change))


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"p": 0.25 + 1e-6}, ".p"),
        ({"p": None}, ".p"),
        ({"won": 1}, ".won"),
        ({"route": "nurture"}, ".route"),
        ({"says": ""}, ".says"),
        ({"says": None}, ".says"),
        ({"reasons": [{"points": 1.5}]}, ".reasons"),
        ({"reasons": [{}, None]}, ".reasons[0].points"),
        ({"reasons": [{"points": 1.5}, {}]}, ".reasons[1]"),
    ],
    ids=str,
)
def test_what_may_not(change: dict[str, Any], place: str) -> None:
    (found,) = differences(TOLD, TOLD | change)

    assert found.startswith(f"{place}: ")


def test_columns_may_move_and_come_but_not_go_or_change() -> None:
    earlier = "age,budget\n1.0,nan\n2.0,3.0\n"

    assert not list(column_differences(earlier, "new,budget,age\n0.0,nan,1.0\n0.0,3.0,2.0\n"))
    assert list(column_differences(earlier, "age\n1.0\n2.0\n")) == ["budget is missing"]
    (found,) = column_differences(earlier, "age,budget\n1.0,nan\n2.0,3.0000000001\n")
    assert found.startswith("budget: ")


def test_figure_of_a_page_may_move_and_be_rounded_but_not_change() -> None:
    earlier = ["12.6 %", "+0.44", "−2.1", "30 %"]

    assert not missing_figures(earlier, ["30 %", "−2.1", "13 %", "+0.4", "99 %"])
    assert missing_figures(earlier, ["30.0 %", "2.1", "12 %", "+0.44 %"]) == ["+0.44", "12.6 %", "−2.1"]
    assert missing_figures(["13 %"], ["12.6 %"]) == ["13 %"]
