"""What is right to make of an export, by hand beside each column."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench._exports.company import Lead

ANSWER, CHANNEL, PROFILE, LATE, CONTACT, OUT = (
    ("answer",),
    ("channel",),
    ("profile",),
    ("late",),
    ("contact", ""),
    ("",),
)
"""Roles of a column, of which each is right; "" leaves it out."""
OUTCOME = ("outcome",)
"""What tells how a lead ended: read as such, or late, or left out, as long as no model is shown it."""
FACT = ("late", "")
ACCOUNT = ("account", "contact", "", "profile")
EFFORT = LATE + OUT
"""What the company did or spent on a lead: no answer of the lead."""


@dataclass(frozen=True)
class Truth:
    """What is right to make of an export.

    Attributes
    ----------
    won, lost, open
        Counts of leads.
    lead_id, created, closed
        The export's columns; `closed` may be several.
    roles
        By column: the roles of which each is right; "" where it is right to leave it out.
    types
        By column, where there is but one right type.
    events
        Events that belong to leads.
    """

    won: int
    lost: int
    open: int
    lead_id: str
    created: str
    closed: tuple[str, ...]
    roles: dict[str, tuple[str, ...]]
    types: dict[str, str] = field(default_factory=dict)
    events: int = 0


@dataclass(frozen=True)
class Col:
    """A column: its header, a lead's cell, and the roles of which each is right ("outcome" for what tells how leads ended)."""

    name: str
    cell: Callable[[Lead], Any]
    roles: tuple[str, ...] = ()
    type: str = ""


def truth(
    columns: Sequence[Col], leads: Sequence[Lead], lead_id: str, created: str, closed: tuple[str, ...], events: int = 0
) -> Truth:
    """Return what is right, from what stands beside the columns."""
    won, lost = sum(lead.won for lead in leads), sum(lead.lost for lead in leads)
    roles = {column.name: column.roles for column in columns if column.roles and column.roles != ("outcome",)}
    types = {column.name: column.type for column in columns if column.type}
    return Truth(won, lost, len(leads) - won - lost, lead_id, created, closed, roles, types, events)
