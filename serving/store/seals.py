"""Seals: a checksum of each row from which a score follows, or that is one, so that a byte that changed on the disk is never answered.

A database of SQLite has none of its own: a digit of a probability, or of an answer, may change and everything still be read.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from zlib import crc32

from serving.store.types import write_json

SEALED: Mapping[str, tuple[str, ...]] = {
    "leads": ("created_at", "fields"),
    "events": ("kind", "occurred_at", "recorded_at", "value", "text"),
    "scores": ("as_of", "model_version", "probability", "inputs", "contributions", "answer"),
    "standing": ("scored_as_of", "probability", "expected_value", "route", "step"),
}
"""By table the columns that a seal is of; `standing` is what lists show of a lead, which has a seal of its own."""
SEAL = "seal"


class DamagedRecordError(ValueError):
    """A row of the store that is not as it was written."""


def seal_of(table: str, row: Mapping[str, Any]) -> int:
    """Return the seal of a row: any change of up to 32 bits in a row shows, and of a longer one all but one in four thousand million.

    Examples
    --------
    >>> row = {"as_of": 1, "model_version": "7", "probability": 0.25, "answer": "{}"}
    >>> seal_of("scores", row) == seal_of("scores", row | {"probability": 0.75})
    False
    """
    content = [_plain(name, row.get(name)) for name in SEALED[table]]
    return crc32(write_json(content).encode(errors="surrogatepass"))


def sealed(table: str, rows: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Return rows with their seals, of a table that has them."""
    return [{**row, SEAL: seal_of(table, row)} for row in rows] if table in SEALED else rows


def check_seal(table: str, lead_id: str, row: Mapping[str, Any], seal: int | None) -> None:
    """Refuse a row that is not as it was sealed; those of stores of before have no seal.

    Raises
    ------
    DamagedRecordError
        Naming the table, but nothing of what stands there.
    """
    if seal is not None and seal != seal_of(table, row):
        raise DamagedRecordError(
            f"A row of the table {table} must be as it was written, got another one of lead {lead_id!r}: the store was damaged "
            "or changed by another program. Restore it from a backup."
        )


def _plain(name: str, value: Any) -> Any:
    # SQLite gives -0.0 back as 0.0
    return float(value) + 0.0 if name in ("value", "probability", "expected_value") and value is not None else value
