"""What somebody has corrected of a draft: columns by the names of the export, each choice one that the draft could have made itself."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field

from features.records.reading.table import listed, nearest
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
    roles, types, obstacles
        By column of the leads, those of joined tables by `table.column`; the role "" leaves it out.
    ordered
        By column of the leads, whether its answers lie from low to high.
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

    def typed(self, leads: Sheet) -> Sheet:
        """Return the table of the leads with its columns of the types that were chosen; other tables have columns of the same names."""
        return replace(leads, columns=[self.typed_column(column) for column in leads.columns])

    def typed_column(self, column: Column) -> Column:
        """Return a column of the leads, of the type that was chosen."""
        chosen = self.types.get(column.name)
        return column if chosen is None or chosen == column.type else replace(column, chosen=chosen)

    def refuse_strangers(self, leads: Sheet) -> None:
        """Refuse what is said of columns that the leads, with all tables that are joined to them, have not.

        Raises
        ------
        CorrectionError
            If there is such a column.
        """
        for key in ("roles", "types", "obstacles", "ordered"):
            for name in getattr(self, key):
                named_column(name, leads, key)

    def values(self, end: End) -> tuple[str, ...]:
        """Return the values that say that a lead ended so."""
        return tuple(value for value, chosen in self.ends.items() if chosen == end)


NO_CORRECTIONS = Corrections()


def named_column(name: str, sheet: Sheet, key: str) -> Column | None:
    """Return the column that a key names in a table; None where none is asked for.

    Raises
    ------
    CorrectionError
        If the table has none of this name.
    """
    if not name:
        return None
    found = next((column for column in sheet.columns if column.name == name), None)
    if found is None:
        raise not_there(key, f"a column of {sheet.name}", name, [column.name for column in sheet.columns])
    return found


def not_there(key: str, what: str, got: str, there: Sequence[str]) -> CorrectionError:
    """Return the error of a correction that names what is not there."""
    return CorrectionError(
        f"{key} must name {what}, got {got!r}: {nearest(got, there)}there are {listed(list(there))}. Name one of them, or leave it out."
    )
