"""An invented company: who asked, and what became of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

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
