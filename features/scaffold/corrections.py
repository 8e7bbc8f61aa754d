"""What somebody has corrected of a draft: columns by the names of the export, each choice one that the draft could have made itself."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field

from features.scaffold.sheets import Column, Sheet
from features.settings.fields import FieldType, Obstacle, Role
from features.settings.frozen import Days, Frozen

End = Literal["won", "lost", "open"]


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"must be a time zone such as 'Europe/Berlin', got {name!r}") from error
    return name


class CorrectionError(ValueError):
    """A correction that no row bears out; the message names the rule, what was got and the remedy."""


class Corrections(Frozen):
    """What holds instead of a guess; what is empty is guessed.

    Attributes
    ----------
    leads
        The table that holds the leads.
    created, closed, amount, reason, rep_id
        The columns of the day on which leads were created and closed, and of what is read with an outcome.
    reading
        One of the readings of outcomes that the draft names, in its words.
    ended_by, ends
        The column that tells how leads ended, and what each of its values says; a value without an end is open.
    roles
        By column; "" leaves it out.
    ordered
        By column, whether its answers lie from low to high.
    """

    horizon_days: Days | None = None
    time_zone: Annotated[str, AfterValidator(_known_zone)] = ""
    leads: str = ""
    created: str = ""
    closed: str = ""
    amount: str = ""
    reason: str = ""
    rep_id: str = ""
    reading: str = ""
    ended_by: str = ""
    ends: dict[str, End] = Field(default_factory=dict)
    roles: dict[str, Role | Literal[""]] = Field(default_factory=dict)
    types: dict[str, FieldType] = Field(default_factory=dict)
    obstacles: dict[str, Obstacle] = Field(default_factory=dict)
    ordered: dict[str, bool] = Field(default_factory=dict)

    def typed(self, sheets: Iterable[Sheet]) -> list[Sheet]:
        """Return tables whose columns are of the types that were chosen."""
        return [replace(sheet, columns=[self._typed(column) for column in sheet.columns]) for sheet in sheets]

    def _typed(self, column: Column) -> Column:
        chosen = self.types.get(column.name)
        return column if chosen is None or chosen == column.type else replace(column, chosen=chosen)

    def values(self, end: End) -> tuple[str, ...]:
        """Return the values that say that a lead ended so."""
        return tuple(value for value, chosen in self.ends.items() if chosen == end)


NO_CORRECTIONS = Corrections()


def named_column(name: str, columns: Iterable[Column]) -> Column | None:
    """Return the column of a name; None where none is asked for, or has it."""
    return next((column for column in columns if name and column.name == name), None)
