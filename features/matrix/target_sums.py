"""What leads add to the records of their channels: whole numbers by value and day, the same in however many parts they are added up.

A part of a history gives its `target_sums`; sums are added with `+`, in any order; `finish` makes the books of the whole. One machine
does the same with one part.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.matrix.feature import EVERYONE
from features.matrix.text_model import Readings, read_texts
from features.matrix.track_record import (
    EXPECTED,
    LEADS,
    MILLIONTHS,
    SETTLED,
    WON,
    TargetStatistics,
    codes_of,
    distinct_values,
    each_once,
    numbered,
    totals_by,
)
from features.records.clock import DAY
from features.records.history import History, Strings
from features.settings.schema import TrackRecordSettings

Counts = NDArray[np.int64]

COUNTED = 3
"""Columns of a tally that leads add to: LEADS, SETTLED and WON. EXPECTED follows from those of everyone."""


@dataclass(frozen=True)
class ValueSums:
    """What is entered under the values of one channel.

    Attributes
    ----------
    values
        Each value once, in the order of their codes; None, for "not known", comes last.
    code, day
        Of each entry (n,), both rising together: position in `values`, and days since 1970-01-01 UTC.
    amounts
        What the entries add to the columns of a tally (n, 3).
    """

    values: Sequence[str | None]
    code: Counts
    day: Counts
    amounts: Counts

    @classmethod
    def of(cls, values: Sequence[str | None], code: Counts, day: Counts, amounts: Counts) -> "ValueSums":
        """Add up entries (n,) in any order, with amounts (n, 3), by value and day."""
        if not len(day):
            return cls(values, code, day, amounts)
        first = int(day.min())
        width = int(day.max()) - first + 1
        keys, place = each_once(code * width + day - first)
        # Sums of whole numbers below 2**53 are exact in doubles.
        of_key = np.stack([np.bincount(place, column, len(keys)) for column in amounts.T], axis=1)
        return cls(values, keys // width, keys % width + first, of_key.astype(np.int64))

    def __add__(self, other: "ValueSums") -> "ValueSums":
        values = distinct_values(np.array([*self.values, *other.values], np.object_))
        at = {value: place for place, value in enumerate(values)}
        codes = [np.array([at[value] for value in one.values], np.int64)[one.code] for one in (self, other)]
        day, amounts = np.concatenate((self.day, other.day)), np.concatenate((self.amounts, other.amounts))
        return self.of(values, np.concatenate(codes), day, amounts)

    def until(self, day: int) -> "ValueSums":
        """Return what is entered up to a day; the values stay, as they are known."""
        known = self.day <= day
        return ValueSums(self.values, self.code[known], self.day[known], self.amounts[known])


@dataclass(frozen=True)
class TargetSums:
    """What leads add to the books: by channel, and under `EVERYONE` all of them."""

    channels: Mapping[str, ValueSums]

    def __add__(self, other: "TargetSums") -> "TargetSums":
        return TargetSums({name: sums + other.channels[name] for name, sums in self.channels.items()})

    def finish(
        self, known_until: int, settings: TrackRecordSettings, texts: Mapping[str, Readings] | None = None
    ) -> TargetStatistics:
        """Return the books up to the last day that is covered whole by what is known until a time (microseconds UTC)."""
        closed_day = known_until // DAY - 1
        sums = {name: one.until(closed_day) for name, one in self.channels.items()}
        everyone = sums[EVERYONE]
        expected = _expected(everyone, settings)
        first_day = int(everyone.day.min(initial=closed_day))
        width = closed_day - first_day + 2
        codes = numbered({name: one.values for name, one in sums.items()})
        keys, totals = [np.empty(0, np.int64)], [np.zeros((1, EXPECTED + 1), np.int64)]
        for number, (name, one) in enumerate(sums.items()):
            code = np.array(list(codes[name].values()), np.int64)[one.code]
            of_settled = one.amounts[:, SETTLED] * expected[np.searchsorted(everyone.day, one.day)]
            key, of_key = totals_by(code * width + one.day - first_day, np.stack([*one.amounts.T, of_settled]))
            keys.append(key)
            # Every lead is entered under one value of each channel, so each channel adds up to the same.
            totals.append(of_key[1:] + number * of_key[-1])
        return TargetStatistics(
            closed_day, first_day, width, codes, np.concatenate(keys), np.concatenate(totals), texts or {}
        )


def fit_target_statistics(history: History) -> TargetStatistics:
    """Enter every lead of a history into the books of its channels, up to the last day that the history covers whole."""
    return target_sums(history).finish(history.known_until, history.schema.track_record, read_texts(history))


def target_sums(history: History) -> TargetSums:
    """Return what the leads of a history, or of a part of one, add to the books of their channels."""
    lead, day, amounts = _entries(history)
    everyone = ValueSums.of([EVERYONE], np.zeros(len(lead), np.int64), day, amounts)
    channels = {name: history.leads.channels[name] for name in history.schema.channels}
    return TargetSums(
        {EVERYONE: everyone, **{name: _by_value(of, lead, day, amounts) for name, of in channels.items()}}
    )


def _by_value(of_leads: Strings, lead: Counts, day: Counts, amounts: Counts) -> ValueSums:
    values = distinct_values(of_leads)
    code = codes_of(of_leads, {value: place for place, value in enumerate(values)})
    return ValueSums.of(values, code[lead], day, amounts)


def _entries(history: History) -> tuple[Counts, Counts, Counts]:
    """Return the entries that every lead makes: it came in, it was settled, its win was known or withdrawn.

    They are the position of the lead (n,), the day (n,), and what is added to each column of a tally (n, 3).
    """
    leads, outcomes = history.leads, history.outcomes_in_order()
    every = np.arange(len(leads), dtype=np.int32)
    matured_at = history.won_until(every, leads.created_at)
    is_first = np.diff(outcomes.lead, prepend=-1) > 0
    settled_at = history.silent_at(every, matured_at)
    first = outcomes.take(is_first)
    settled_at[first.lead] = np.minimum(settled_at[first.lead], first.recorded_at)
    in_time = (outcomes.won & (outcomes.closed_at <= matured_at[outcomes.lead])).astype(np.int64)
    change = in_time - np.where(is_first, 0, np.roll(in_time, 1))
    amounts = np.zeros((2 * len(leads) + len(outcomes), COUNTED), np.int64)
    amounts[: len(leads), LEADS] = 1
    amounts[len(leads) : 2 * len(leads), SETTLED] = 1
    amounts[2 * len(leads) :, WON] = change
    times = np.concatenate((leads.created_at, settled_at, outcomes.recorded_at))
    return np.concatenate((every, every, outcomes.lead)), times // DAY, amounts


def _expected(everyone: ValueSums, settings: TrackRecordSettings) -> Counts:
    """Return for each day of everyone's entries the rate, in millionths, in the shortest window up to that day."""
    days = everyone.day
    totals = np.concatenate((np.zeros((1, COUNTED), np.int64), np.cumsum(everyone.amounts, axis=0)))
    ever = totals[1:]
    recent = ever - totals[np.searchsorted(days, days - settings.days[0], side="right")]
    parent = ever[:, WON] / np.maximum(ever[:, SETTLED], 1)
    rate = (recent[:, WON] + settings.prior_leads * parent) / (recent[:, SETTLED] + settings.prior_leads)
    expected: Counts = np.rint(np.clip(rate, 0, 1) * MILLIONTHS).astype(np.int64)
    return expected
