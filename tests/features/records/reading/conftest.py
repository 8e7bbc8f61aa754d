"""A table with one column of its own, and how it is read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from features.settings.schema import LeadSchema
from tests.features.conftest import Export

PLAIN = LeadSchema.model_validate({"fields": {"city": {"role": "channel"}}})
HEADER = "lead_id,created_at,city"


def cities(folder: Export, **keys: Any) -> list[str]:
    texts: list[str] = folder.read(schema=PLAIN, **keys).cells.column("city").to_pylist()
    return texts


def write_parquet(folder: Export, **columns: object) -> None:
    times = pa.array([datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)])
    pq.write_table(pa.table({"lead_id": ["L1", "L2"], "created_at": times} | columns), folder.folder / "leads.parquet")
