"""Exports of invented companies, and their drafts read back; tables of rows that ended, and their readings."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features.records.checks import CheckedHistory, check_history
from features.scaffold import draft_settings
from features.scaffold.outcome import Reading
from features.scaffold.readings import readings
from features.scaffold.sheets import Column, Sheet
from features.scaffold.signs import find_signs
from features.settings.schema import LeadSchema
from features.settings.source import HistorySource

NOW = datetime(2026, 6, 1, tzinfo=UTC)
LEADS = 300


@dataclass(frozen=True)
class Draft:
    """A drafted file, read back."""

    text: str

    @property
    def keys(self) -> dict[str, Any]:
        return tomllib.loads(self.text)

    @property
    def source(self) -> HistorySource:
        return HistorySource(**self.keys["history"])

    @property
    def schema(self) -> LeadSchema:
        return LeadSchema(**{key: self.keys[key] for key in LeadSchema.model_fields if key in self.keys})

    @property
    def roles(self) -> dict[str, str]:
        return {name: field.role for name, field in self.schema.fields.items()}

    def comment(self, words: str) -> str:
        """Return the comment that has these words."""
        (line,) = [line for line in self.text.splitlines() if line.startswith("#") and words in line]
        return line

    def check(self) -> CheckedHistory:
        return check_history(self.source, self.schema, NOW, Path())


def draft(folder: Path) -> Draft:
    return Draft(draft_settings(folder))


def write(folder: Path, name: str, *rows: tuple[object, ...], delimiter: str = ",", encoding: str = "utf-8") -> None:
    lines = [delimiter.join("" if cell is None else str(cell) for cell in row) for row in rows]
    (folder / name).write_text("\n".join(lines), encoding=encoding)


def day(number: int) -> date:
    return date(2025, 1, 1) + timedelta(days=int(number))


def write_company(folder: Path) -> None:
    """A CRM with names of its own: leads, what happened, deals, and a list of products that does not matter."""
    rng = np.random.default_rng(7)
    spend, origin = rng.choice(["small", "medium", "large"], LEADS), rng.choice(["fair", "web", "n/a"], LEADS)
    won = rng.random(LEADS) < 0.4
    header = (
        "Record Id",
        "createDate",
        "Lead Source",
        "Budget",
        "Team Size",
        "Country",
        "Is Decider",
        "Owner",
        "Tags",
        "Constant",
    )
    write(
        folder,
        "contacts.csv",
        header,
        *[
            (
                *(f"C{at}", f"{day(at // 3)}T09:00:00Z", origin[at], spend[at], rng.integers(1, 500)),
                *("DE" if at % 3 else "FR", "yes" if at % 2 else "no", f"rep {at % 5}"),
                *("signed!" if won[at] and at % 2 == 0 else None, "same"),
            )
            for at in range(LEADS)
        ],
    )
    kinds = rng.choice(["Phone Call", "Page Visit", "Budget"], 900)
    write(
        folder,
        "crm_history.csv",
        ("contact", "type", "happened_at", "logged_at", "text"),
        *[
            (
                f"C{lead}",
                kind,
                f"{day(lead // 3 + 1)}T10:00:00Z",
                f"{day(lead // 3 + 2)}T10:00:00Z",
                "small" if kind == "Budget" else "",
            )
            for lead, kind in zip(rng.integers(0, LEADS, 900), kinds, strict=True)
        ],
    )
    write(
        folder,
        "deals.csv",
        ("deal_no", "contact", "stage", "close_date", "amount", "discount_given"),
        *[
            (
                f"D{at}",
                f"C{at}",
                "Closed Won" if won[at] else "Closed Lost",
                f"{day(at // 3 + 20)}T10:00:00Z",
                100,
                at % 7,
            )
            for at in range(0, LEADS, 2)
        ],
    )
    write(folder, "products.csv", ("product", "price"), ("A", 1), ("B", 2))


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Draft:
    folder = tmp_path_factory.mktemp("company")
    write_company(folder)
    return draft(folder)


def flat_rows(rng: np.random.Generator) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for at in range(LEADS):
        won = bool(rng.random() < 0.3)
        reason = None if won else "price"
        knows = won if rng.random() < 0.97 else not won
        status = "Won" if won else "Lost" if at < 250 else "Negotiating"
        rows.append(
            (at, f"{day(at):%d.%m.%Y}", rng.choice(["mail", "fair"]), "hot" if knows else "cold", reason, status)
        )
    return rows


def write_flat(folder: Path, **writing: str) -> None:
    header = ("Nr", "Datum date", "Kanal source", "mood", "why", "Status")
    write(folder, "Anfragen.csv", header, *flat_rows(np.random.default_rng(3)), **writing)


ROWS = 120
END = np.array(["won", "lost", "open"])[np.arange(ROWS) % 3]
"""How each row of a table ended, a third of them each way."""


def column(name: str, cells: list[Any]) -> Column:
    return Column(name, pd.Series([None if cell is None else str(cell) for cell in cells], dtype="str"))


def by_end(won: Any, lost: Any, still: Any) -> list[Any]:
    return [{"won": won, "lost": lost, "open": still}[end] for end in END]


def closes(*ends: str) -> list[Any]:
    return [f"{day(at + 20):%Y-%m-%d}" if END[at] in ends else None for at in range(ROWS)]


def read(**columns: list[Any]) -> list[Reading]:
    created = column("created", [f"{day(at):%Y-%m-%d}" for at in range(ROWS)])
    others = [column(name.replace("_", " "), cells) for name, cells in columns.items()]
    sheet = Sheet("any.csv", [created, *others])
    return readings(find_signs(sheet, created))


def right(reading: Reading) -> bool:
    return bool((reading.state == np.select([END == "won", END == "lost"], [1, 0], -1)).all())


def counts(drafted: Draft) -> tuple[int, int, int]:
    summary = drafted.check().summary
    return summary.won, summary.lost, summary.open
