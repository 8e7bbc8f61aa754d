"""The guard: how far an offset is applied, as it was judged inside the past."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np

from features.records.history import Floats
from models.close.level.level_shift import LEVELS, Shifts


@dataclass(frozen=True)
class Guard:
    """How far an offset is applied, and what that rests on: later moments of an earlier model, as served and as it stands still.

    Attributes
    ----------
    channels
        Whether channel values have offsets: an insurance, so that they do unless it was seen to harm.
    level
        The shares of the quick and of the steady level that are applied at first, together at most 1; 0 where neither was seen to help by more
        than chance.
    moments, weeks
        It was judged by so many moments, of so many calendar weeks.
    channels_gain, channels_error, level_gain, level_error
        Log loss that each saved a moment, with the standard error over weeks; above 0 is better.
    """

    WHOLE: ClassVar = (1.0, 0.0)

    channels: bool = True
    level: Sequence[float] = (0.0,) * LEVELS
    moments: int = 0
    weeks: int = 0
    channels_gain: float = 0.0
    channels_error: float = 0.0
    level_gain: float = 0.0
    level_error: float = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the offset can move at all."""
        return self.channels or any(self.level)

    def applied(self, shifts: Shifts) -> tuple[Floats, Floats]:
        """Return what is applied to all leads, and what beyond that to those of each group: two times (n,)."""
        return (shifts.level * shifts.share).sum(axis=1), shifts.group if self.channels else np.zeros(len(shifts.group))

    def in_words(self, has_level: bool, has_channel: bool = True) -> str:
        """Return in a sentence what is followed between two trainings, where a level is applied by now or not."""
        judged = f"judged by {self.moments:,} later moments" if self.moments else "nothing later to judge it by"
        if not self.is_open:
            return f"Refreshing is off for this model: inside the past it made forecasts worse ({judged})."
        parts = (*((("each channel value", self.channels),) if has_channel else ()), ("the level", has_level))
        followed = " and ".join(name for name, on in parts if on) or "no part yet"
        left = next((name for name, on in parts if not on), None)
        still = f"; {left} stands still" if left else ""
        return f"Refreshing follows {followed}{still} ({judged})."

    def to_json(self) -> dict[str, Any]:
        """Return the guard as plain values."""
        return {**asdict(self), "level": list(self.level)}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Guard":
        """Read what `to_json` wrote."""
        return cls(**{**content, "level": tuple(content["level"])})
