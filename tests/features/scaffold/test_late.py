"""Columns that know the outcome are late."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.features.scaffold.conftest import LEADS, Draft, day, draft, write, write_flat


def test_field_that_knows_the_outcome_is_late(tmp_path: Path) -> None:
    write_flat(tmp_path)

    drafted = draft(tmp_path)

    assert drafted.roles["mood"] == "late"
    assert drafted.comment("'mood' (left out as late): Alone it puts the won lead first in")
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
    assert "It is filled in for 100 of 100 closed leads (100 %), but for 0 of 200 open leads" in drafted.text
    assert drafted.source.outcomes[0].columns["closed_at"] == "closed"
    assert drafted.check().summary.open == LEADS * 2 // 3


def test_lateness_is_shown_with_its_evidence(company: Draft) -> None:
    assert company.comment("'Tags' (left out as late): It is filled in for")
    assert company.comment("stands in") == "# check this: stands in deals.csv: known of closed leads alone."
