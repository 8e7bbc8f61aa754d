"""The fingerprint is of the content."""

from __future__ import annotations

import random

import pytest

from tests.features.conftest import FILES, Export


@pytest.mark.parametrize("seed", range(5))
def test_fingerprint_is_of_the_content_and_not_of_its_order(export: Export, seed: int) -> None:
    before = export.check().fingerprint
    for table, (header, *lines) in FILES.items():
        random.Random(seed).shuffle(lines)
        export.write(f"{table}.csv", header, *lines)
    assert export.check().fingerprint == before


@pytest.mark.parametrize(
    ("table", "old", "new"),
    [
        ("leads", "L2", "L4"),
        ("leads", "fair", "faire"),
        ("leads", ",12,", ",13,"),
        ("leads", "01T10:00:00Z", "01T10:00:01Z"),
        ("events", ",30,", ",31,"),
        ("events", ",lead", ",rep"),
        ("events", "call", "visit"),
        ("outcomes", "true", "false"),
        ("outcomes", "1000", "1001"),
    ],
)
def test_fingerprint_changes_with_the_content(export: Export, table: str, old: str, new: str) -> None:
    before = export.check().fingerprint
    names = FILES if old == "L2" else [table]
    for name in names:
        export.write(f"{name}.csv", *[line.replace(old, new) for line in FILES[name]])

    checked = export.check()

    assert checked.broken == ()
    assert checked.fingerprint != before
