"""The offset: what recent outcomes say beyond the model, for all leads and for each channel value, without retraining.

No model sees a source go bad before its leads mature. But of the leads that came in lately some are won already, and the model says how
many should be. The leads of the last year are held against that, week by week of their creation, also those that came in before the
training: what was learned of a source is not lost by training anew. A channel value's own offset is an insurance against a source that goes
bad: it lowers, and never raises. How far the offset moves is decided by how many outcomes there are, by what it was worth inside the past
(`models.close.level.guard`), and by what it has been worth since (`models.close.level.trust`).

It is set at the start of each day (UTC), from what was recorded before.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.matrix.feature import EVERYONE, Feature
from features.records.history import Floats, History, Moments
from models.close.level.cohorts import Cohorts
from models.close.level.course import ShiftCourse
from models.close.level.delays import Delays
from models.close.level.guard import Guard


@dataclass(frozen=True)
class Offset:
    """The offsets of everyone and of each value of a channel since the training, in log-odds.

    Attributes
    ----------
    delays
        How soon outcomes become known, learned at training; None for an offset of before cohorts, which is followed no further.
    guard
        How far it is applied.
    channel
        The channel whose values have offsets of their own; None if there is none.
    since
        Microseconds UTC: the end of the training, before which there is none.
    course
        What was believed at each update since.
    """

    delays: Delays | None
    guard: Guard
    channel: str | None
    since: int
    course: ShiftCourse

    @classmethod
    def fresh(cls, delays: Delays, channel: str | None, since: int, guard: Guard | None = None) -> "Offset":
        """Return the offset of a model whose leads have not been looked at: zero for all."""
        return cls(delays, guard or Guard(), channel, since, ShiftCourse.none())

    @property
    def moves(self) -> bool:
        """Whether outcomes that come in change anything."""
        return self.delays is not None and self.guard.is_open

    def in_words(self) -> str:
        """Return in a sentence what is followed of the outcomes that come in."""
        if self.delays is None:
            return (
                "Refreshing is off for this model: an earlier version of Glengarry trained it. Run `glengarry train`."
            )
        applied = self.course.share[-1] if len(self.course.share) else np.array(self.guard.level)
        return self.guard.in_words(bool(applied.any()), has_channel=self.channel is not None)

    def features(self) -> tuple[Feature, ...]:
        """Return the features that stand for the columns of `at`."""
        names = (EVERYONE, self.channel) if self.channel else (EVERYONE,)
        return tuple(Feature(f"{name}_recently", "recent", name, "source", "log-odds") for name in names)

    def at(self, history: History, moments: Moments) -> NDArray[np.float32]:
        """Return (n, 1 or 2) the log-odds to add at each moment, known from the outcomes that were recorded before."""
        columns = self.guard.applied(self.course.at(history, moments, self.channel))
        return np.column_stack(columns[: len(self.features())]).astype(np.float32)

    def followed(self, history: History, moments: Moments, margin: Floats, until: int | None = None) -> "Offset":
        """Follow the outcomes of a history, up to the last day whose start it covers.

        Parameters
        ----------
        moments, margin
            First scores (n,) of leads, and the log-odds (n,) that the model promised at each, without offset.
        until
            Microseconds UTC: follow no later day.
        """
        if self.delays is None or not self.guard.is_open:
            return self
        end = history.known_until if until is None else min(until, history.known_until)
        cohorts = Cohorts.of(history, moments, margin, self.delays, self.channel)
        return replace(self, course=ShiftCourse.follow(cohorts, self.since, end, np.array(self.guard.level)))

    def to_json(self) -> dict[str, Any]:
        """Return the offset as plain values."""
        return {
            "delays": asdict(self.delays) if self.delays else None,
            "guard": self.guard.to_json(),
            "channel": self.channel,
            "since": self.since,
            "course": self.course.to_json(),
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Offset":
        """Read what `to_json` wrote, also that of versions before cohorts."""
        if "courses" in content:
            return cls._of_days(content)
        delays, guard = content["delays"], Guard.from_json(content["guard"])
        course = ShiftCourse.from_json(content["course"])
        return cls(Delays(**delays) if delays else None, guard, content["channel"], content["since"], course)

    @classmethod
    def _of_days(cls, content: Mapping[str, Any]) -> "Offset":
        """Read an offset that was followed from day to day: it serves as it was, and is followed no further."""
        courses, channel = content["courses"], content["channel"]
        values = {value: group for group, value in enumerate(courses[channel]["values"])} if channel else {}
        level = np.array(courses[EVERYONE]["mean"], np.float64)
        group = np.array(courses[channel]["mean"] if channel else [], np.float64).reshape(len(level), len(values))
        days = courses[EVERYONE]["first_day"] + np.arange(len(level))
        course = ShiftCourse(days, values, np.pad(level, ((0, 0), (0, 1))), np.tile(Guard.WHOLE, (len(days), 1)), group)
        return cls(None, Guard(level=Guard.WHOLE), channel, content["since"], course)
