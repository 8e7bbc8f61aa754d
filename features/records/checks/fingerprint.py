"""By what a history is recognised: the same content has the same fingerprint, whatever the order of its rows or their parts."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pandas.util import hash_array

from features.records.history import History

Hashes = NDArray[np.uint64]

WIDTH = 2**64
"""Sums of hashes are kept to this many values each."""
LANES = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F)
"""One word a sum: two sums of differently mixed hashes are 128 bits, which no two histories share by chance."""


@dataclass(frozen=True)
class ContentSums:
    """What the rows of a part add to the fingerprint of a whole: for each table, their number and two sums of hashes."""

    tables: Mapping[str, tuple[int, int, int]]

    def __add__(self, other: "ContentSums") -> "ContentSums":
        names = self.tables.keys() | other.tables.keys()
        return ContentSums({name: _added(self.tables.get(name), other.tables.get(name)) for name in names})

    def finish(self, known_until: int) -> str:
        """Return the SHA-256 of the content of which these are the sums, known until a time (microseconds UTC)."""
        return hashlib.sha256(f"{known_until} {sorted(self.tables.items())}".encode()).hexdigest()


def fingerprint(history: History) -> str:
    """Return a SHA-256 of the content of a history, whatever the order of its rows."""
    return content_sums(history).finish(history.known_until)


def content_sums(history: History) -> ContentSums:
    """Return what the leads of a history, with their events and outcomes, add to a fingerprint."""
    whose = hash_array(history.leads.lead_id)
    tables: dict[str, Mapping[str, NDArray[Any] | None]] = {
        "leads": dict(_of_leads(history)),
        "events": {**vars(history.events), "lead": whose[history.events.lead]},
        "outcomes": {**vars(history.outcomes), "lead": whose[history.outcomes.lead]},
    }
    return ContentSums({name: _sums(columns) for name, columns in tables.items()})


def _of_leads(history: History) -> Iterator[tuple[str, NDArray[Any] | None]]:
    leads = history.leads
    yield from (("lead_id", leads.lead_id), ("created_at", leads.created_at))
    yield from ((f"field {name}", column) for name, column in leads.fields.items())
    yield from ((f"channel {name}", column) for name, column in leads.channels.items())
    yield from ((f"text of {name}", column) for name, column in leads.texts.items())
    yield from (("account of the lead", leads.account), ("names of the lead", leads.names))
    yield "until when the lead is followed", leads.followed_until
    yield "from when on the lead is followed again", leads.followed_again


def _sums(columns: Mapping[str, NDArray[Any] | None]) -> tuple[int, int, int]:
    there = [_hashes(name, column) for name, column in sorted(columns.items()) if column is not None]
    rows = _mixed(reduce(add, there))
    low, high = (int(_mixed(rows ^ np.uint64(lane)).sum(dtype=np.uint64)) for lane in LANES)
    return len(rows), low, high


def _hashes(name: str, column: NDArray[Any]) -> Hashes:
    """Return a hash of each cell under its column's name; 0 where nothing is known, so that a column of no cells is the same as none."""
    salt = np.uint64(int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little"))
    unknown: NDArray[np.bool_] = np.equal(column, np.array(None)) if column.dtype == np.object_ else column != column
    numbers = column + 0.0 if column.dtype.kind == "f" else column  # there is one zero
    hashes: Hashes = np.where(unknown, np.uint64(0), _mixed(hash_array(numbers) ^ salt))
    return hashes


def _mixed(hashes: Hashes) -> Hashes:
    """Return hashes of which each bit depends on all bits of the given ones, as sums of such keep them apart.

    Source: the finalizer of SplitMix64, Steele, Lea & Flood 2014.
    """
    hashes = (hashes ^ (hashes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    hashes = (hashes ^ (hashes >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return hashes ^ (hashes >> np.uint64(31))


def _added(one: tuple[int, int, int] | None, other: tuple[int, int, int] | None) -> tuple[int, int, int]:
    (rows, low, high), (more, low_too, high_too) = one or (0, 0, 0), other or (0, 0, 0)
    return rows + more, (low + low_too) % WIDTH, (high + high_too) % WIDTH
