"""Exports of invented companies in the shapes of CRMs: who asked, what became of them, and what is right to make of each column.

Shares no code with the draft that is tried on them: the company is drawn here, and what is right is written beside each column by hand.
"""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

EXPORTED = datetime(2026, 3, 1, 9, 0)  # noqa: DTZ001 - exports write local times without a zone
LEADS = 500


@dataclass(frozen=True)
class Lead:
    """One invented lead; `end` is "won", "lost" or "open"."""

    n: int
    created: datetime
    end: str
    closed: datetime | None
    source: int
    budget: int
    product: int
    hurry: int
    size: int
    industry: int
    country: int
    first: str
    last: str
    company: str
    visits: int
    asked_before: bool
    newsletter: bool
    amount: float
    reason: int
    rep: int
    stage: int
    calls: tuple[datetime, ...]

    @property
    def won(self) -> bool:
        """Whether it was won."""
        return self.end == "won"

    @property
    def lost(self) -> bool:
        """Whether it was lost."""
        return self.end == "lost"

    @property
    def due(self) -> datetime:
        """When its owner hoped for the close."""
        return self.created + timedelta(days=60)


FIRST = (
    "Ann",
    "Ben",
    "Cora",
    "Dan",
    "Eva",
    "Finn",
    "Gina",
    "Hugo",
    "Ida",
    "Jon",
    "Kira",
    "Leo",
    "Mona",
    "Nils",
    "Olga",
    "Paul",
)
LAST = (
    "Abel",
    "Brandt",
    "Costa",
    "Dupont",
    "Ekman",
    "Ferrari",
    "Garcia",
    "Huber",
    "Ivanov",
    "Jansen",
    "Keller",
    "Lopez",
    "Moreau",
)


def company(seed: int, leads: int = LEADS) -> list[Lead]:
    """Return the leads of an invented company, of whom about a third are won."""
    rng = np.random.default_rng(seed)
    found = []
    for n in range(leads):
        created = EXPORTED - timedelta(minutes=int(rng.integers(60 * 24, 60 * 24 * 500)))
        source, budget, product, hurry = (int(rng.integers(0, most)) for most in (5, 4, 4, 3))
        size, industry, country = int(rng.integers(1, 900)), int(rng.integers(0, 5)), int(rng.integers(0, 4))
        visits, asked_before = int(rng.poisson(3)), bool(rng.random() < 0.3)
        margin = -1.6 + 0.5 * budget + 0.4 * (source == 1) - 0.5 * (source == 3) + 0.3 * hurry + 0.1 * visits
        days = float(rng.gamma(2.0, 12.0)) + 0.3
        closed = created + timedelta(days=days)
        ended = closed < EXPORTED and rng.random() < 0.93
        won = ended and rng.random() < 1 / (1 + np.exp(-margin))
        calls = tuple(
            created + timedelta(days=float(day)) for day in np.sort(rng.uniform(0.1, min(days, 40), rng.integers(0, 4)))
        )
        found.append(
            Lead(
                n=n,
                created=created.replace(microsecond=0),
                end="won" if won else "lost" if ended else "open",
                closed=closed.replace(microsecond=0) if ended else None,
                source=source,
                budget=budget,
                product=product,
                hurry=hurry,
                size=size,
                industry=industry,
                country=country,
                first=FIRST[rng.integers(0, 16)],
                last=LAST[rng.integers(0, 13)],
                company=f"{LAST[rng.integers(0, 13)]} {n % 97} Ltd",
                visits=visits,
                asked_before=asked_before,
                newsletter=bool(rng.random() < 0.5),
                amount=round(float(rng.lognormal(8, 0.7)), 2),
                reason=int(rng.integers(0, 3)),
                rep=int(rng.integers(0, 4)),
                stage=int(rng.integers(0, 3)),
                calls=tuple(call for call in calls if call < EXPORTED),
            )
        )
    return found


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


def text_of(rows: Sequence[Sequence[Any]], delimiter: str = ",", quote: int = csv.QUOTE_MINIMAL) -> str:
    """Return rows as CSV."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, quoting=quote, lineterminator="\r\n").writerows(rows)  # type: ignore[arg-type]
    return out.getvalue()


def table(columns: Sequence[Col], leads: Sequence[Lead]) -> list[list[Any]]:
    """Return the header and the rows of a table of leads."""
    rows = [["" if (cell := column.cell(lead)) is None else cell for column in columns] for lead in leads]
    return [[column.name for column in columns], *rows]


def truth(
    columns: Sequence[Col], leads: Sequence[Lead], lead_id: str, created: str, closed: tuple[str, ...], events: int = 0
) -> Truth:
    """Return what is right, from what stands beside the columns."""
    won, lost = sum(lead.won for lead in leads), sum(lead.lost for lead in leads)
    roles = {column.name: column.roles for column in columns if column.roles and column.roles != ("outcome",)}
    types = {column.name: column.type for column in columns if column.type}
    return Truth(won, lost, len(leads) - won - lost, lead_id, created, closed, roles, types, events)


def write(folder: Path, name: str, text: str, encoding: str = "utf-8") -> None:
    """Write a file of an export."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(text.encode(encoding))


def euro(amount: float) -> str:
    """Return an amount as Germans and Spaniards write it.

    Examples
    --------
    >>> euro(1234.5)
    '1.234,50'
    """
    return f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))


def sf_id(prefix: str, n: int, long: bool = True) -> str:
    """Return an id of 15 or 18 characters."""
    return f"{prefix}Qx{n:010d}" + ("AAX" if long else "")


ANSWER, CHANNEL, PROFILE, LATE, CONTACT, OUT = (
    ("answer",),
    ("channel",),
    ("profile",),
    ("late",),
    ("contact", ""),
    ("",),
)
OUTCOME = ("outcome",)
"""What tells how a lead ended: read as such, or late, or left out, as long as no model is shown it."""
FACT = ("late", "")
ACCOUNT = ("account", "contact", "", "profile")
