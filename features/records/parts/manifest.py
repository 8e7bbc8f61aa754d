"""What a partition says of itself: how many parts it has, from which tables they come, and what was told of these."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from features.records.notes import Note
from features.settings.schema import LeadSchema
from features.settings.source import HistorySource

FILE = "partition.json"
FORMAT = 1
"""Raised whenever parts are written in another way."""


class PartitionError(ValueError):
    """A partition that cannot be made or read: the message says which, what is there and what to do."""


@dataclass(frozen=True)
class PartSource:
    """A file or SQL table whose rows are in the parts.

    Attributes
    ----------
    before
        What is added to the numbers of its rows, so that no two rows of a table have one number.
    """

    name: str
    before: int


@dataclass(frozen=True)
class TableManifest:
    """What is said of a table as a whole.

    Attributes
    ----------
    columns
        The export's name of each of our columns.
    last
        The greatest number of a row.
    """

    columns: Mapping[str, str]
    places: tuple[PartSource, ...] = ()
    last: int = 0
    blank: int = 0
    passed: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()

    @property
    def place(self) -> str:
        """What people call the table."""
        return ", ".join(dict.fromkeys(place.name for place in self.places))

    def place_of(self, row: int) -> tuple[str, int]:
        """Return the file of a row, and its number there."""
        place = next(place for place in reversed(self.places) if row > place.before)
        return place.name, row - place.before


@dataclass(frozen=True)
class Manifest:
    """A partition of a history.

    Attributes
    ----------
    settings
        A digest of the settings by which the tables were read.
    appended
        How many exports are in it; each has files of its own.
    read_at
        When the latest of them was begun to be read, microseconds UTC.
    """

    parts: int
    settings: str
    appended: int
    tables: Mapping[str, TableManifest]
    read_at: int = 0

    def write(self, folder: Path) -> None:
        """Put the manifest in its place at once: before, the partition is what it was."""
        unfinished = folder / f".{FILE}.{os.getpid()}"
        unfinished.write_text(json.dumps({"format": FORMAT, **asdict(self)}, ensure_ascii=False), encoding="utf-8")
        unfinished.replace(folder / FILE)

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """Read what `write` wrote.

        Raises
        ------
        PartitionError
            If the folder is no partition, or one of another version.
        """
        try:
            content = json.loads((folder / FILE).read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise PartitionError(
                f"{folder} must be a partition, got no {FILE} in it: make one with `glengarry partition`."
            ) from error
        if content.pop("format") != FORMAT:
            raise PartitionError(f"{folder} was written by another version: make it anew with `glengarry partition`.")
        tables = {name: _table(table) for name, table in content.pop("tables").items()}
        return cls(**content, tables=tables)

    def check(self, folder: Path, source: HistorySource, schema: LeadSchema) -> None:
        """Refuse settings other than those by which the parts were read.

        Raises
        ------
        PartitionError
            If they differ.
        """
        if self.settings != settings_digest(source, schema):
            raise PartitionError(
                f"{folder} must be read by the settings that it was made with, got others under [history] or [fields]: "
                f"make it anew with `glengarry partition`."
            )

    def part(self, folder: Path, number: int) -> Path:
        """Return the folder of a part."""
        return folder / f"part-{number:05}"

    def with_table(self, name: str, table: TableManifest) -> "Manifest":
        """Return it with what is said of a table."""
        return replace(self, tables={**self.tables, name: table})


def settings_digest(source: HistorySource, schema: LeadSchema) -> str:
    """Return a name for how tables are read: wherever they lie, and whenever they were exported."""
    read_by = source.model_copy(update={"source": "", "exported_at": None})
    columns = sorted((name, field.role) for name, field in schema.fields.items())
    return hashlib.sha256(json.dumps([read_by.model_dump_json(), columns]).encode()).hexdigest()[:16]


def _table(content: dict[str, Any]) -> TableManifest:
    places = tuple(PartSource(**place) for place in content.pop("places"))
    notes = tuple(Note.from_json(note) for note in content.pop("notes"))
    return TableManifest(**content, places=places, notes=notes)
