"""Channels' records as of a moment: how a source's earlier leads closed by then, and how many it pours in.

The books of a channel are closed at each midnight UTC: a moment sees the days that had ended by then. A lead enters the
books once, on the day on which it is settled: when its first outcome was recorded or, if that comes first, when its
horizon had passed without a win. A win or a correction recorded later changes the wins of the day it was recorded on, never an
earlier day. Rates are taken over windows, each shrunk toward the next longer one and the longest toward all leads, so that recent
outcomes weigh most and a source with three leads claims nothing. The lift of a channel holds its wins against those that
leads settled on the same days would have had anywhere: where the whole company's rate moves, the lift stands still.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count, repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.matrix.asof import running_total
from features.matrix.block import Block
from features.matrix.feature import EVERYONE, Feature
from features.matrix.text_model import Readings
from features.records.clock import DAY, Microseconds
from features.records.history import Floats, Strings
from features.settings.schema import LeadSchema
from features.settings.words import fold

Counts = NDArray[np.int64]

LEADS, SETTLED, WON, EXPECTED = range(4)
"""Columns of a tally, rows of what is entered: leads that came in, leads that were settled, how many of these were won, and expected to be, in millionths."""
MILLIONTHS = 1_000_000
MAX_POSSIBLE, FEW_POSSIBLE = 8, 4096
"""So many times as many keys as there are may be possible, or so many in all, for them to be ticked off."""
FOR_EVER = 10**7
"""A window of days longer than any history."""


@dataclass(frozen=True)
class TargetStatistics:
    """The records of every value of every channel, and of everyone, by day.

    Attributes
    ----------
    closed_day
        The last day that is entered (days since 1970-01-01 UTC).
    first_day, width
        The first day, and how many numbers a code takes of the range of the key.
    codes
        By channel, the code of each value; no two channels share one. None stands for "not known".
    key
        `code * width + (day - first_day)`, rising.
    totals
        Running totals (n + 1, 4) over the rows of `key`: leads, settled, won, expected. All are whole numbers.
    texts
        Beside the channels: what words tell, by the name of the answer.
    """

    closed_day: int
    first_day: int
    width: int
    codes: Mapping[str, Mapping[str | None, int]]
    key: Counts
    totals: Counts
    texts: Mapping[str, Readings] = field(default_factory=dict)

    def day(self, as_of: Microseconds) -> Counts:
        """Return the last closed day that each moment sees."""
        return np.minimum(as_of // DAY - 1, self.closed_day)

    def code(self, channel: str, values: Strings) -> Counts:
        """Return the code of each value of a channel; -1 for one that the books have never seen.

        One that differs from a known value in blanks and capitals alone is that value, as it is in files.
        """
        codes = codes_of(values, self.codes[channel])
        unknown = [at for at in np.flatnonzero(codes < 0).tolist() if values[at] is not None]
        if unknown:
            alike = {
                fold(value): code for value, code in reversed(list(self.codes[channel].items())) if value is not None
            }
            codes[unknown] = [alike.get(fold(values[at]), -1) for at in unknown]
        return codes

    def tally(self, code: Counts, day: Counts, windows: Sequence[int]) -> Counts:
        """Count leads, settled, won and expected, (n, codes, windows, 4), in windows of so many days that end with each day.

        Parameters
        ----------
        code
            (n, codes); the keys of -1 lie before all others, so it counts nothing.
        day
            (n,), the last day of the windows, at most `closed_day`.
        windows
            Days of each window.
        """
        since_first = np.maximum(np.subtract.outer(day - self.first_day, (0, *windows)), -1)
        key = (code * self.width)[:, :, None] + since_first[:, None]
        totals = self.totals.take(np.searchsorted(self.key, key, side="right"), axis=0)
        counts: Counts = totals[:, :, :1] - totals[:, :, 1:]
        return counts

    def to_json(self) -> dict[str, Any]:
        """Return the books as plain values."""
        return {
            "closed_day": self.closed_day,
            "first_day": self.first_day,
            "width": self.width,
            "channels": [{"name": name, "values": list(codes)} for name, codes in self.codes.items()],
            "key": self.key.tolist(),
            "totals": self.totals.tolist(),
            "texts": {name: readings.to_json() for name, readings in self.texts.items()},
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "TargetStatistics":
        """Read what `to_json` wrote."""
        return cls(
            content["closed_day"],
            content["first_day"],
            content["width"],
            numbered({channel["name"]: channel["values"] for channel in content["channels"]}),
            np.array(content["key"], np.int64),
            np.array(content["totals"], np.int64).reshape(-1, 4),
            {name: Readings.from_json(readings) for name, readings in content.get("texts", {}).items()},
        )


def codes_of(values: Strings, codes: Mapping[str | None, int]) -> Counts:
    """Return the code of each value; -1 for one that has none."""
    return np.fromiter(map(codes.get, values, repeat(-1)), np.int64, len(values))


def distinct_values(values: Strings) -> list[str | None]:
    """Return the values that occur in one order, whatever the order of leads; None comes last."""
    return sorted(set(values), key=lambda value: (value is None, value or ""))


def numbered(values: Mapping[str, Sequence[str | None]]) -> dict[str, dict[str | None, int]]:
    """Return a code for each value of each channel."""
    code = count()
    return {name: {value: next(code) for value in some} for name, some in values.items()}


def totals_by(key: Counts, amounts: Counts) -> tuple[Counts, Counts]:
    """Return each key once, rising, and the running totals (keys + 1, m) of the amounts (m, n) over the keys."""
    keys, place = each_once(key)
    # Sums of whole numbers below 2**53 are exact in doubles.
    of_key = np.stack([np.bincount(place, row, len(keys)) for row in amounts])
    return keys, np.ascontiguousarray(running_total(of_key, np.int64).T)


def each_once(key: Counts) -> tuple[Counts, Counts]:
    """Return each key once, rising, and the place of each among them, in the shape of the keys.

    Where there are not many more possible keys than keys, they are ticked off: sorting takes up to ten times as long.
    """
    first, last = (int(key.min()), int(key.max())) if key.size else (0, 0)
    span = last - first + 1
    if span > max(MAX_POSSIBLE * key.size, FEW_POSSIBLE):
        keys, place = np.unique(key, return_inverse=True)
        return keys, place.reshape(key.shape)
    since_first = key - first
    is_there = np.zeros(span, np.bool_)
    is_there[since_first] = True
    places: Counts = np.cumsum(is_there, dtype=np.int32)[since_first] - np.int64(1)
    return is_there.nonzero()[0] + first, places


def track_record_features(schema: LeadSchema) -> tuple[Feature, ...]:
    """Return the features that `track_record` computes, in its order."""
    return tuple(feature for name in (EVERYONE, *schema.channels) for feature in _channel_features(schema, name))


def _channel_features(schema: LeadSchema, name: str) -> Iterator[Feature]:
    days = schema.track_record.days
    for window in days:
        yield Feature(f"{name}_close_rate_{window}d", "close_rate", name, "source", "share", 1, window)
    yield Feature(f"{name}_new_leads_{days[0]}d", "new_leads", name, "source", "leads", 0, days[0])
    if name != EVERYONE:
        yield Feature(f"{name}_lift_{days[-1]}d", "lift", name, "source", "times", 1, days[-1])


def track_record(block: Block, books: TargetStatistics) -> NDArray[np.float32]:
    """Compute the features of everyone and of each channel (n, f) for the moments of a block.

    Many moments of a block share a day and a channel's value: each page of the books is read once.
    """
    settings = block.schema.track_record
    code, day, page = _pages(_codes(block, books), books.day(block.as_of))
    counts = books.tally(code[:, None], day, (*settings.days, FOR_EVER))[:, 0]
    ever, counts = counts[:, -1], counts[:, :-1]
    ever_rate = ever[:, WON] / np.where(ever[:, SETTLED] > 0, ever[:, SETTLED], np.nan)
    columns = np.empty((len(code), len(settings.days) + 2), np.float32)
    columns[:, :-2] = _rates(counts, settings.prior_leads, ever_rate, code, day)
    columns[:, -2] = counts[:, 0, LEADS]
    columns[:, -1] = _lift(counts[:, -1], settings.prior_won)
    of_moments = columns.take(page, axis=0)
    # Everyone has no lift over everyone.
    return np.concatenate((of_moments[:, 0, :-1], of_moments[:, 1:].reshape(len(block), -1)), axis=1)


def _pages(codes: Counts, day: Counts) -> tuple[Counts, Counts, Counts]:
    """Return the pages that some moments look up: code (p,) and day (p,) of each, by rising code, and (n, codes) which."""
    first, days = day.min(), np.ptp(day) + 1
    pages, page = each_once((codes + 1) * days + (day - first)[:, None])
    return pages // days - 1, pages % days + first, page


def _lift(counts: Counts, prior: float) -> Floats:
    """Return wins over expected wins (...), shrunk toward 1 by as many wins as `prior` says."""
    return (np.maximum(counts[..., WON], 0) + prior) / (counts[..., EXPECTED] / MILLIONTHS + prior)


def _codes(block: Block, books: TargetStatistics) -> Counts:
    """Return (n, 1 + channels) the codes of everyone and of each moment's channel values."""
    codes = np.zeros((len(block), 1 + len(block.schema.channels)), np.int64)
    is_new = np.ones(len(block), np.bool_)
    np.not_equal(block.leads[1:], block.leads[:-1], out=is_new[1:])
    lead, of_moment = block.leads[is_new], np.cumsum(is_new) - 1
    for column, name in enumerate(block.schema.channels, start=1):
        codes[:, column] = books.code(name, block.history.leads.channels[name][lead])[of_moment]
    return codes


def _rates(counts: Counts, prior: float, ever_rate: Floats, code: Counts, day: Counts) -> Floats:
    """Return the rate of each page over each window, (p, windows), from its tally.

    A rate is shrunk toward that of the next longer window; the longest of everyone toward the rate of all time, and the
    longest of a channel toward the longest of everyone on the same day.
    """
    settled: Floats = np.add(counts[..., SETTLED], prior)
    rates: Floats = counts[..., WON] / settled
    weight: Floats = prior / settled
    of_everyone = (code == 0).nonzero()[0]
    of_channels = code.nonzero()[0]
    rates[of_everyone] = _with_parents(rates[of_everyone], weight[of_everyone], ever_rate[of_everyone])
    above = of_everyone[np.searchsorted(day[of_everyone], day[of_channels])]
    rates[of_channels] = _with_parents(rates[of_channels], weight[of_channels], rates[above, -1])
    # A correction may fall into a window before which its lead was settled; the rate is a share all the same.
    return np.minimum(np.maximum(rates, 0.0), 1.0)


def _with_parents(rates: Floats, weight: Floats, parent: Floats) -> Floats:
    """Return each rate (p, windows), the longest first, with what it takes from the one above it."""
    for window in reversed(range(rates.shape[-1])):
        rates[:, window] += weight[:, window] * parent
        parent = rates[:, window]
    return rates
