"""The offset: what recent outcomes say beyond the model, for all leads and for each channel value, without retraining.

No model sees a source go bad before its leads mature. But each day some of the leads that came in since the training are won, and
the model says how many it expected. The difference in log-odds is followed from day to day: the level of all leads, and what each
channel value adds to it. How far they move is decided by how many outcomes there are, so that a source with three leads moves nothing.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.clock import DAY
from features.feature import EVERYONE, Feature
from features.history import Floats, History, Moments
from features.track_record import Counts
from models.close.hierarchy import follow
from models.close.timing import Timing, keep_ledger


@dataclass(frozen=True)
class Course:
    """Offsets of groups (days + 1, g) at the start of each day, in log-odds."""

    first_day: int
    mean: Floats

    @classmethod
    def zero(cls, since: int, values: Mapping[str | None, int]) -> "Course":
        """Return the course of groups that have not moved yet."""
        return cls(since // DAY, np.zeros((1, len(values))))

    def at(self, day: Counts, group: Counts) -> Floats:
        """Return the offset (n,) of groups (n,) at the start of days (n,); 0 for a group that is not known (-1)."""
        known = (group >= 0) & (day >= self.first_day)
        row = np.minimum(day[known] - self.first_day, len(self.mean) - 1)
        offset = np.zeros(len(day))
        offset[known] = self.mean[row, group[known]]
        return offset


@dataclass(frozen=True)
class Offset:
    """The offsets of everyone and of each value of a channel, day by day since the training.

    Attributes
    ----------
    timing
        How soon outcomes become known, learned at training.
    channel
        The channel whose values have offsets of their own; None if there is none.
    since
        Microseconds UTC: leads that came in from that day on are followed.
    values
        By channel (and `EVERYONE`), the group of each value.
    courses
        By channel (and `EVERYONE`), the offsets of its groups.
    """

    timing: Timing
    channel: str | None
    since: int
    values: Mapping[str, Mapping[str | None, int]]
    courses: Mapping[str, Course]

    @classmethod
    def fresh(cls, timing: Timing, channel: str | None, since: int) -> "Offset":
        """Return the offset of a model that is as new as its outcomes: zero for all."""
        values: dict[str, dict[str | None, int]] = {EVERYONE: {EVERYONE: 0}, **({channel: {}} if channel else {})}
        return cls(timing, channel, since, values, {name: Course.zero(since, of) for name, of in values.items()})

    def features(self) -> tuple[Feature, ...]:
        """Return the features that stand for the columns of `at`."""
        return tuple(Feature(f"{name}_recently", "recent", name, "source", "log-odds") for name in self.values)

    def at(self, history: History, moments: Moments) -> NDArray[np.float32]:
        """Return (n, 1 or 2) the log-odds to add at each moment, known from the outcomes of earlier days."""
        day = moments.as_of // DAY
        groups = {name: _groups(values, history, name)[moments.lead] for name, values in self.values.items()}
        columns = [course.at(day, groups[name]) for name, course in self.courses.items()]
        return np.column_stack(columns).astype(np.float32)

    def followed(self, history: History, probability: Floats, until: int | None = None) -> "Offset":
        """Follow the outcomes of the leads that came in from the training on, up to the last day that it covers whole.

        Parameters
        ----------
        probability
            What the model said of each lead (n,) at its creation, without offset.
        until
            Microseconds UTC: follow no later day.
        """
        values = {name: _values(history, name) for name in self.values}
        end = history.known_until if until is None else min(until, history.known_until)
        days = range(self.since // DAY, max(end // DAY, self.since // DAY))
        name = self.channel or EVERYONE
        group, groups = _groups(values[name], history, name), len(values[name])
        level, deviation = follow(keep_ledger(history, probability, self.timing, group, groups, days))
        moved = (level[:, None], deviation) if self.channel else (level[:, None] + deviation,)
        courses = {name: Course(days.start, mean) for name, mean in zip(values, moved, strict=True)}
        return replace(self, values=values, courses=courses)

    def to_json(self) -> dict[str, Any]:
        """Return the offset as plain values."""
        return {
            "timing": asdict(self.timing),
            "channel": self.channel,
            "since": self.since,
            "courses": {
                name: {"values": list(self.values[name]), "first_day": course.first_day, "mean": course.mean.tolist()}
                for name, course in self.courses.items()
            },
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Offset":
        """Read what `to_json` wrote."""
        parts = content["courses"]
        return cls(
            Timing(**content["timing"]),
            content["channel"],
            content["since"],
            {name: {value: group for group, value in enumerate(part["values"])} for name, part in parts.items()},
            {name: Course(part["first_day"], np.array(part["mean"], np.float64)) for name, part in parts.items()},
        )


def _values(history: History, name: str) -> dict[str | None, int]:
    """Return a group for each value of a channel, in an order of its own."""
    if name == EVERYONE:
        return {EVERYONE: 0}
    values = sorted(set(history.leads.channels[name]), key=lambda value: (value is None, value or ""))
    return {value: group for group, value in enumerate(values)}


def _groups(values: Mapping[str | None, int], history: History, name: str) -> Counts:
    """Return the group (n,) of each lead of a history; -1 for a value that has none."""
    if name == EVERYONE:
        return np.zeros(len(history.leads), np.int64)
    group = values.get
    channel = history.leads.channels[name]
    return np.fromiter((group(value, -1) for value in channel), np.int64, len(channel))
