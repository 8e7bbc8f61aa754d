"""A history that is checked in parts, cut in any way and added up in any order, has the report of the whole to the letter."""

from __future__ import annotations

from dataclasses import asdict
from functools import reduce
from operator import add
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.records.checks import CheckedHistory, check_raws, checked_of, read_raws
from features.records.checks.facts import added_facts
from features.records.clock import to_microseconds
from features.records.parts.checking import check_part, facts_of
from features.records.parts.splitting import split
from features.settings.source import HistorySource
from tests.features.conftest import NOW, SCHEMA, Export

UNTIL = to_microseconds(NOW)

LEADS = [
    "lead_id,created_at,source,employees,budget",
    "L1,2026-01-01T10:00:00Z,fair,1.234,small",
    "L2,2026-01-02T10:00:00Z,FAIR,,",
    "L3,2026-01-03,fair,7,large",
    "L4,2026-01-04T10:00:00,web,-1,none",  # without a zone, where others name one
    "L5,2026-01-05T10:00:00Z,Web,€ 5,none",
    "L6,2026-01-06T10:00:00Z,Web,$ 5,huge",
    "L6,2026-01-07T10:00:00Z,Web,5,none",  # a second row of one lead
    ",2026-01-07T10:00:00Z,Web,5,none",
    "L8,never,web,5,none",
    "L9,1970-01-01,web,5,none",
    "L10,2026-01-09T10:00:00Z,web,5",  # a cell too few
    *[f"M{number},2026-01-0{number % 9 + 1},fair,x,small" for number in range(30)],
]
EVENTS = [
    "lead_id,kind,occurred_at,value,text,actor",
    "L1,call,2026-01-05T10:00:00Z,2.500,,lead",
    "L2,visit,2026-01-01T09:00:00Z,,,nobody",
    "L3,budget,2026-01-07T09:00:00Z,,vast,",
    "L3,employees,2026-01-08T09:00:00Z,9,,rep",
    "L77,call,2026-01-08T09:00:00Z,9,,rep",
    "L8,call,2026-01-08T09:00:00Z,9,,rep",
]
OUTCOMES = [
    "lead_id,closed_at,won,amount",
    "L1,2026-02-01,won,1.000",
    "L1,2026-02-03,lost,",
    "L2,,lost,12",
    "L3,2026-01-03,won,5",
    "L5,2026-01-01,lost,5",
    "L6,soon,won,5",
    "M1,2026-03-01,won,3",
    "M2,2026-03-01,maybe,3",
]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> tuple[HistorySource, Path]:
    export = Export(tmp_path_factory.mktemp("export"))
    for name, lines in (("leads", LEADS), ("events", EVENTS), ("outcomes", OUTCOMES)):
        export.write(f"{name}.csv", *lines)
    outcomes = {"table": "outcomes", "undated_lost": "export"}
    return HistorySource.model_validate(
        {"source": ".", "events": {"table": "events"}, "outcomes": outcomes}
    ), export.folder


def report(checked: CheckedHistory) -> dict[str, object]:
    """Return all that is said of a history, without its columns."""
    return {
        "summary": asdict(checked.summary),
        "rows": [*map(asdict, checked.broken), *map(asdict, checked.aside)],
        "counts": [*map(asdict, checked.counts), *map(asdict, checked.aside_counts)],
        "fingerprint": checked.fingerprint,
        "known_until": checked.history.known_until,
    }


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.integers(1, 40), seed=st.integers(0, 99))
def test_report_of_parts_is_that_of_the_whole(source: tuple[HistorySource, Path], parts: int, seed: int) -> None:
    history, folder = source
    raws = read_raws(history, SCHEMA, folder)
    whole = check_raws(raws, history, SCHEMA, UNTIL).checked
    cut = {name: dict(split(raw, parts)) for name, raw in raws.items()}
    order = np.random.default_rng(seed).permutation(parts).tolist()

    of_part = [{name: cut[name][part] for name in cut} for part in order]
    facts = reduce(added_facts, [facts_of(part, history, SCHEMA, UNTIL) for part in of_part])
    sums = reduce(add, [check_part(part, history, SCHEMA, UNTIL, facts).sums for part in of_part])

    assert report(checked_of(whole.history, sums, history, UNTIL)) == report(whole)


def test_the_report_speaks_of_what_no_part_can_see_alone(source: tuple[HistorySource, Path]) -> None:
    history, folder = source

    notes = " ".join(check_raws(read_raws(history, SCHEMA, folder), history, SCHEMA, UNTIL).checked.summary.notes)

    assert "spellings in 'source' are 2 values" in notes
    assert "holds several currencies (EUR in 1 row, USD in 1 row)" in notes
    assert "'1.234' in 'employees' is read as 1.234" in notes
    assert "1 lost lead without a time of close" in notes
