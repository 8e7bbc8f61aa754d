"""Names of an export are printed as they are, whatever stands in brackets in them."""

from __future__ import annotations

from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from serving.cli.printing.history import print_checked
from serving.cli.printing.keys import print_keys
from serving.cli.printing.pictures import _name
from serving.store.keys import Key

NAMES = ["Budget [EUR]", "[/red]", "[bold]x", "a [link=x]b[/link]"]


def printed(console_of: Any) -> str:
    console = Console(file=StringIO(), width=200, record=True)
    console_of(console)
    return console.export_text()


@pytest.mark.parametrize("name", NAMES)
def test_columns_and_files_of_broken_rows_are_named_as_they_are(name: str) -> None:
    summary = SimpleNamespace(
        rows={name: 3},
        broken={name: 1},
        since=None,
        until=None,
        median_days_to_close=None,
        won=1,
        lost=1,
        open=1,
        notes=[],
    )
    count = SimpleNamespace(file=name, column=name, rule=f"must be {name}", rows=1)
    checked: Any = SimpleNamespace(summary=summary, broken=[f"row 2: {name}"], counts=[count])

    text = printed(lambda console: print_checked(console, checked))

    assert text.count(name) == 5


@pytest.mark.parametrize("name", NAMES)
def test_keys_are_named_as_they_are(name: str) -> None:
    text = printed(lambda console: print_keys(console, [Key("k1", name, "rep", "", 0, rep_id=name)]))

    assert text.count(name) == 2


def test_id_of_a_rep_is_no_formula_in_a_picture() -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure()
    axes = figure.subplots()
    _name(axes, r"R$\frac{$", (0.5, 0.5))
    FigureCanvasAgg(figure).draw()  # type: ignore[no-untyped-call]

    assert [text.get_text() for text in axes.texts] == [r"R$\frac{$"]
