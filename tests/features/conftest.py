"""A small export in a temporary folder: three CSV files that break no rule, to be bent by each test."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from features.records.checks import CheckedHistory, check_history
from features.records.reading import RawTable, TableName, read_table
from features.settings.schema import LeadSchema
from features.settings.source import HistorySource

NOW = datetime(2026, 6, 1, tzinfo=UTC)

SCHEMA = LeadSchema.model_validate(
    {
        "fields": {
            "source": {"role": "channel"},
            "employees": {"role": "answer", "type": "number", "obstacle": "money", "minimum": 0},
            "budget": {"role": "answer", "obstacle": "money", "values": ["none", "small", "large"], "ordered": True},
            "notes": {"role": "late", "type": "text"},
        },
        "kinds": {
            "call": {"obstacle": "hurry", "actor": "rep"},
            "visit": {"obstacle": "desire"},
        },
    }
)

FILES = {
    "leads": [
        "lead_id,created_at,source,employees,budget",
        "L1,2026-01-01T10:00:00Z,fair,12,small",
        "L2,2026-01-02T10:00:00Z,web,,",
        "L3,2026-01-03T10:00:00Z,,7,large",
    ],
    "events": [
        "lead_id,kind,occurred_at,recorded_at,value,text,actor",
        "L1,call,2026-01-05T10:00:00Z,2026-01-06T10:00:00Z,30,,lead",
        "L2,visit,2026-01-01T09:00:00Z,2026-01-02T10:00:00Z,,,",
        "L2,budget,2026-01-07T09:00:00Z,2026-01-07T09:00:00Z,,large,",
        "L3,employees,2026-01-08T09:00:00Z,2026-01-08T09:00:00Z,9,,rep",
    ],
    "outcomes": [
        "lead_id,closed_at,recorded_at,won,amount",
        "L1,2026-02-01T10:00:00Z,2026-02-02T10:00:00Z,true,1000",
        "L3,2026-02-03T10:00:00Z,2026-02-03T10:00:00Z,false,",
    ],
}


@dataclass(frozen=True)
class Export:
    """A folder of files and what is usually done with them."""

    folder: Path

    def write(self, name: str, *lines: str, encoding: str = "utf-8") -> Path:
        path = self.folder / name
        path.write_bytes("".join(f"{line}\n" for line in lines).encode(encoding))
        return path

    def add(self, table: str, *lines: str) -> None:
        with (self.folder / f"{table}.csv").open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)

    def source(self, **keys: Any) -> HistorySource:
        events = {"events": {"table": "events"}} if (self.folder / "events.csv").exists() else {}
        return HistorySource.model_validate({"source": str(self.folder), **events, **keys})

    def read(self, name: TableName = "leads", schema: LeadSchema = SCHEMA, **keys: Any) -> RawTable:
        return read_table(self.source(**keys), schema, name, self.folder)

    def check(self, schema: LeadSchema = SCHEMA, **keys: Any) -> CheckedHistory:
        """Check with these keys of the schema and of the source."""
        ours = {key: keys.pop(key) for key in LeadSchema.model_fields if key in keys}
        schema = LeadSchema.model_validate({**schema.model_dump(), **ours})
        return check_history(self.source(**keys), schema, NOW, self.folder)


@pytest.fixture
def folder(tmp_path: Path) -> Export:
    """An export without files."""
    return Export(tmp_path)


@pytest.fixture
def export(folder: Export) -> Export:
    """An export of three leads, four events and two outcomes."""
    for table, lines in FILES.items():
        folder.write(f"{table}.csv", *lines)
    return folder
