"""Odd names and values survive."""

from __future__ import annotations

from pathlib import Path

from tests.features.scaffold.conftest import day, draft, write


def test_odd_names_and_values_survive(tmp_path: Path) -> None:
    header = ("id", "created", "won", 'Wo "kommt" das\\her (source)?', "value", "2nd budget", "2nd-budget", "lead id")
    rows = [
        (
            f"L{at}",
            day(at),
            "yes" if at % 2 else "no",
            "a\\b" if at % 2 else "c",
            1,
            f"q'{at % 3}",
            f"ü{at % 2}",
            at % 4,
        )
        for at in range(30)
    ]
    write(tmp_path, "leads.csv", header, *rows)

    drafted = draft(tmp_path)

    assert {"nd_budget", "nd_budget_2", "lead_id_field"} <= drafted.roles.keys()
    assert drafted.schema.fields["nd_budget"].values == ("q'0", "q'1", "q'2")
    assert drafted.check().broken == ()
