"""Columns that know the outcome are late."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.features.draft.conftest import LEADS, Draft, day, draft, write, write_flat


def test_field_that_knows_the_outcome_is_late(tmp_path: Path) -> None:
    write_flat(tmp_path)

    drafted = draft(tmp_path)

    assert drafted.roles["mood"] == "late"
    assert "alone it tells won from not won with an AUC of 0.9" in drafted.text
    assert drafted.roles["kanal_source"] == "channel"


def test_field_filled_in_at_the_close_is_late(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    rows = [
        (
            *(f"L{at}", day(at), rng.choice(["a", "b"])),
            *(("text", day(at + 5), "lost" if at % 6 else "won") if at % 3 == 0 else (None, None, "")),
        )
        for at in range(LEADS)
    ]
    write(tmp_path, "leads.csv", ("id", "created", "origin", "remark", "closed", "outcome"), *rows)

    drafted = draft(tmp_path)

    assert drafted.roles == {"origin": "channel", "remark": "late"}
    assert drafted.comment("filled in") == (
        "# check this: filled in where the lead was closed (100% of the rows that have it, 0% of the others)"
    )
    assert drafted.source.outcomes.columns["closed_at"] == "closed"
    assert drafted.check().summary.open == LEADS * 2 // 3


def test_lateness_is_shown_with_its_evidence(company: Draft) -> None:
    assert company.comment("filled in").startswith("# check this: filled in where the lead was won (100% of the rows")
    assert company.comment("Stands in") == "# Stands in deals.csv: known of closed leads alone."
