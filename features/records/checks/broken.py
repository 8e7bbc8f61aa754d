"""How a broken row is told: where it stands, which rule it breaks, what was got and what to do."""

from dataclasses import dataclass
from datetime import datetime

SHOWN_CHARACTERS = 200


@dataclass(frozen=True)
class BrokenRow:
    """One row that breaks a rule.

    Attributes
    ----------
    file
        File or SQL table.
    row
        As a spreadsheet shows it: the header is row 1. A record with line breaks in quotes counts as one row.
    column
        The export's name; empty if the whole row is meant.
    value
        What was got, cut to 200 characters.
    rule, remedy
        Sentences for people.
    lead_id
        Whose row it is; empty if that cannot be told.
    """

    file: str
    row: int
    column: str
    value: str
    rule: str
    remedy: str
    lead_id: str = ""

    def __str__(self) -> str:
        what = f"Column {self.column!r}" if self.column else "The row"
        whose = f" for lead {self.lead_id!r}" if self.lead_id else ""
        return f"{what} {self.rule}, got {self.value}{whose} ({self.file}, row {self.row}): {self.remedy}."


@dataclass(frozen=True)
class BrokenCount:
    """How many rows of a file break one rule in one column."""

    file: str
    column: str
    rule: str
    rows: int


def shown(value: object) -> str:
    """Return a cell as a message shows it: numbers bare, texts in quotes, at most 200 characters."""
    if value is None or value == "":
        return "nothing"
    if isinstance(value, datetime):
        return value.isoformat(" ")
    try:
        float(str(value))
    except ValueError:
        return cut(repr(value) if isinstance(value, str) else str(value))
    return cut(str(value))


def cut(text: str) -> str:
    """Return a text cut to 200 characters."""
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"
