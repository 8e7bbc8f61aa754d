"""Leads of a file on their way to a score, and what was chosen for the file."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from features.records.leads.checking import LeadProblem
from serving.batch.cells import CellColumn


@dataclass(frozen=True)
class Choices:
    """What a file of leads may go without: columns, events; a file that holds its events; and the folder from which the history is named."""

    allow_missing: bool = False
    no_events: bool = False
    events: Path | None = None
    folder: Path = Path()


@dataclass
class FileLead:
    """One lead as it was found: a record or the cells of a row, and what is wrong with it already."""

    row: int
    record: object = None
    cells: dict[str, Any] | None = None
    problems: tuple[LeadProblem, ...] = ()


@dataclass
class LeadFile:
    """A file of leads that is being read.

    Attributes
    ----------
    total, done
        Bytes, or rows of a Parquet file.
    lost
        Rows of the events file that are no event of anybody.
    notes
        What people should know, in sentences; there may be more at the end.
    """

    total: int
    done: int = 0
    lost: int = 0
    notes: list[str] = field(default_factory=list)
    batches: Iterable[list[FileLead]] = ()


def to_leads(numbers: Iterable[int], columns: Mapping[str, CellColumn]) -> list[FileLead]:
    """Return the rows of columns, each with what is wrong with its cells."""
    cells = zip(*(column.cells for column in columns.values()), strict=True)
    leads = [
        FileLead(row, cells=dict(zip(columns, of_row, strict=True))) for row, of_row in zip(numbers, cells, strict=True)
    ]
    for column in columns.values():
        for at, problem in column.problems.items():
            leads[at].problems += (problem,)
    return leads
