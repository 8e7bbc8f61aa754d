"""What is done with a part: pure functions of a part, the settings and what all parts have come to, which give a file and sums."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from features.records.checks import CheckedTables
from features.records.checks.facts import Facts
from features.records.checks.fingerprint import content_sums
from features.records.checks.summary import end_sums
from features.records.checks.sums import CheckSums
from features.records.parts import checking
from features.records.parts.columns import PartColumns
from features.records.parts.manifest import Manifest
from features.records.parts.reading import read_part
from features.records.reading import RawTable
from features.settings.schema import LeadSchema
from features.settings.source import HistorySource
from serving.store.tombstones import NO_TOMBSTONES, Tombstones


@dataclass(frozen=True)
class Partition:
    """A history in parts, and how its rows are read.

    Attributes
    ----------
    folder
        Where it lies; every worker sees it there.
    until
        The latest that a time may be, microseconds UTC.
    erased
        What leads that were erased in the service are known by.
    """

    folder: Path
    manifest: Manifest
    source: HistorySource
    schema: LeadSchema
    until: int
    erased: Tombstones = NO_TOMBSTONES

    def raws(self, part: int) -> Mapping[str, RawTable]:
        """Return the tables of a part, as they stood in the export."""
        return read_part(self.folder, part, self.manifest, self.source)


def part_facts(part: int, partition: Partition) -> Facts:
    """Return what the rows of a part tell together."""
    return checking.facts_of(partition.raws(part), partition.source, partition.schema, partition.until)


def part_checked(part: int, partition: Partition, facts: Facts, target: Path) -> tuple[CheckSums, int]:
    """Check a part by the facts of all, write its columns, and return its part of the report and how many erased leads it had."""
    tables = checking.check_part(partition.raws(part), partition.source, partition.schema, partition.until, facts)
    columns, sums = _columns(tables), tables.sums
    erased = [partition.erased.has(one) for one in columns.history.leads.lead_id]
    if any(erased):
        columns = columns.take(np.flatnonzero(~np.array(erased)))
        sums = replace(sums, content=content_sums(columns.history), ends=end_sums(columns.history))
    columns.write(part_folder(target, part))
    return sums, sum(erased)


def part_folder(folder: Path, part: int) -> Path:
    """Return where the columns of a checked part are."""
    return folder / f"part-{part:05}"


def _columns(tables: CheckedTables) -> PartColumns:
    sheet, history = tables.sheets["leads"], tables.checked.history
    sound = set(history.leads.lead_id.tolist())
    is_sound = np.array([lead_id in sound for lead_id in tables.leads.lead_id], np.bool_)
    return PartColumns(history, sheet.raw.row[sheet.good][is_sound])
