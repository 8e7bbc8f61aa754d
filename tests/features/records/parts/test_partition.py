"""A partition holds every row of an export in the part of its lead, so that its parts are checked as the whole is."""

from __future__ import annotations

import sqlite3
from dataclasses import asdict
from functools import reduce
from operator import add
from pathlib import Path

import pandas as pd
import pytest

from features.records.checks import CheckedHistory, check_raws, checked_of, read_raws
from features.records.checks.facts import added_facts
from features.records.parts.checking import check_part, facts_of
from features.records.parts.manifest import Manifest, PartitionError
from features.records.parts.reading import placed, read_part
from features.records.parts.writing import partition
from features.settings.source import HistorySource
from tests.features.conftest import SCHEMA, Export
from tests.features.records.checks.test_sums import EVENTS, LEADS, OUTCOMES, UNTIL, report


@pytest.fixture
def export(tmp_path: Path) -> Export:
    (tmp_path / "export").mkdir()
    export = Export(tmp_path / "export")
    for name, lines in (("leads", LEADS), ("events", EVENTS), ("outcomes", OUTCOMES)):
        export.write(f"{name}.csv", *lines)
    return export


def source_of(place: str = ".", **more: object) -> HistorySource:
    tables = {"events": {"table": "events"}, "outcomes": {"table": "outcomes", "undated_lost": "export"}}
    return HistorySource.model_validate({"source": place, **tables, **more})


def checked_parts(target: Path, source: HistorySource) -> CheckedHistory:
    """Check a partition part by part; the history itself is that of the last part."""
    manifest = Manifest.read(target)
    raws = [read_part(target, number, manifest, source) for number in range(manifest.parts)]
    facts = reduce(added_facts, [facts_of(part, source, SCHEMA, UNTIL) for part in raws])
    checked = [check_part(part, source, SCHEMA, UNTIL, facts) for part in raws]
    sums = reduce(add, [one.sums for one in checked])
    return checked_of(checked[-1].checked.history, sums, source, UNTIL)


@pytest.mark.parametrize("parts", [1, 7])
def test_parts_have_the_report_of_the_export(export: Export, tmp_path: Path, parts: int) -> None:
    source = source_of()
    whole = check_raws(read_raws(source, SCHEMA, export.folder), source, SCHEMA, UNTIL).checked

    partition(source, SCHEMA, export.folder, tmp_path / "parts", parts, max_bytes=1)

    assert report(checked_parts(tmp_path / "parts", source)) == report(whole)


def test_a_database_and_parquet_are_partitioned_as_files_are(export: Export, tmp_path: Path) -> None:
    (tmp_path / "parquet").mkdir()
    with sqlite3.connect(tmp_path / "history.db") as connection:
        for name in ("leads", "events", "outcomes"):
            table = pd.read_csv(export.folder / f"{name}.csv", dtype=str, on_bad_lines="skip")
            table.to_sql(name, connection, index=False)
            table.to_parquet(tmp_path / "parquet" / f"{name}.parquet")
    connection.close()

    for place in ("sqlite:///history.db", "parquet"):
        source = source_of(place)
        whole = check_raws(read_raws(source, SCHEMA, tmp_path), source, SCHEMA, UNTIL).checked
        partition(source, SCHEMA, tmp_path, tmp_path / f"parts of {place[:3]}", 5)
        assert report(checked_parts(tmp_path / f"parts of {place[:3]}", source)) == report(whole)


def test_a_day_that_is_appended_is_in_the_parts(export: Export, tmp_path: Path) -> None:
    source, target = source_of(), tmp_path / "parts"
    partition(source, SCHEMA, export.folder, target, 3)
    (tmp_path / "day").mkdir()
    day = Export(tmp_path / "day")
    day.write("leads.csv", LEADS[0], "N1,2026-05-01T10:00:00Z,fair,5,small", "N2,never,fair,5,small")
    day.write("events.csv", EVENTS[0])
    day.write("outcomes.csv", OUTCOMES[0], "M3,2026-05-01,won,5")

    manifest = partition(source, SCHEMA, day.folder, target)

    checked = checked_parts(target, source)
    assert manifest.parts == 3
    assert checked.summary.rows["leads"] == len(LEADS) - 1 + 2
    assert checked.summary.won == checked_parts_before(export).summary.won + 1
    (late,) = [row for row in checked.broken if row.lead_id == "N2"]
    assert placed(late, manifest.tables).row == 3  # of the day's own file


def checked_parts_before(export: Export) -> CheckedHistory:
    source = source_of()
    return check_raws(read_raws(source, SCHEMA, export.folder), source, SCHEMA, UNTIL).checked


def test_other_settings_are_refused(export: Export, tmp_path: Path) -> None:
    partition(source_of(), SCHEMA, export.folder, tmp_path / "parts", 3)

    with pytest.raises(PartitionError, match="must be read by the settings that it was made with"):
        partition(source_of(id_form=["strip"]), SCHEMA, export.folder, tmp_path / "parts")
    with pytest.raises(PartitionError, match="has 3 parts, got 4"):
        partition(source_of(), SCHEMA, export.folder, tmp_path / "parts", 4)
    with pytest.raises(PartitionError, match=r"got no partition\.json in it"):
        Manifest.read(tmp_path)


def test_leads_that_are_one_person_are_refused(export: Export, tmp_path: Path) -> None:
    source = source_of(leads={"table": "leads", "merged_into": "source"})

    with pytest.raises(PartitionError, match=r"leads\.merged_into must not be set for a partition"):
        partition(source, SCHEMA, export.folder, tmp_path / "parts")


def test_an_interrupted_append_leaves_the_parts_as_they_were(export: Export, tmp_path: Path) -> None:
    source, target = source_of(), tmp_path / "parts"
    partition(source, SCHEMA, export.folder, target, 3)
    before = report(checked_parts(target, source))

    def stop(name: str, _done: int) -> None:
        if name == "parts":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        partition(source, SCHEMA, export.folder, target, progress=stop)

    assert report(checked_parts(target, source)) == before
    assert asdict(Manifest.read(target))["appended"] == 1
