"""Exports with columns dropped, names taken away and the order shuffled, and what is then right to make of them."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from bench._exports.company import Lead
from bench._exports.truth import Truth
from features.records.reading import tables_in
from features.scaffold.sheets import load
from features.scaffold.united import united

Export = Callable[[Path, list[Lead]], Truth]
MAX_DROPPED, MAX_RENAMED = 3, 4
NEUTRAL = ("Feld {}", "Field {}", "Col{}", "x{}", "Champ {}", "custom_{}")


def mutated(export: Export, seed: int) -> Export:
    """Return an export of which up to three columns are dropped and up to four have names that say nothing; rows and columns in any order.

    A column of one name is dropped or renamed in all tables, as tables meet by names too.
    """

    def write(folder: Path, leads: list[Lead]) -> Truth:
        right = export(folder, leads)
        tables = {
            sheet.name: pd.DataFrame({c.name: c.given for c in sheet.columns})
            for sheet in united(load(folder), tables_in(folder))
        }
        for file in folder.iterdir():
            file.unlink()
        rng = np.random.default_rng(seed)
        names = sorted({name for table in tables.values() for name in table.columns})
        chosen = rng.permutation(names).tolist()
        dropped = chosen[: rng.integers(0, MAX_DROPPED + 1)]
        renamed = chosen[len(dropped) : len(dropped) + int(rng.integers(0, MAX_RENAMED + 1))]
        form = NEUTRAL[rng.integers(0, len(NEUTRAL))]
        now = {name: form.format(names.index(name) + 1) for name in renamed}
        for name, table in tables.items():
            kept = table.drop(columns=dropped, errors="ignore").rename(columns=now).sample(frac=1, random_state=seed)
            if kept.shape[1]:
                kept = kept[rng.permutation(kept.columns)]
                kept.to_csv(folder / f"{re.sub('[^A-Za-z0-9]+', '_', Path(name).stem)}.csv", index=False)
        return _right(right, set(map(_plain, dropped)), {_plain(name): new for name, new in now.items()})

    write.__name__ = f"{export.__name__} {seed}"
    return write


def _right(right: Truth, dropped: set[str], now: dict[str, str]) -> Truth:
    def there(name: str) -> bool:
        return not dropped & {_plain(name), _own(name)}

    def named(name: str) -> str:
        plain, own = _plain(name), _own(name)
        return now.get(plain) or (plain.removesuffix(own) + now[own] if own in now else plain)

    return replace(
        right,
        lead_id=named(right.lead_id) if there(right.lead_id) else "",
        created=named(right.created) if there(right.created) else "",
        closed=tuple(named(name) for name in right.closed if there(name)),
        roles={named(name): role for name, role in right.roles.items() if there(name)},
        types={named(name): kind for name, kind in right.types.items() if there(name)},
    )


def _own(name: str) -> str:
    """Return the plain name of a column without that of the table that it is joined from."""
    return _plain(name).split(".", 1)[-1].strip()


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).split())


def mutations(exports: tuple[Export, ...], count: int, seed: int) -> Iterator[Export]:
    """Yield so many mutated exports, each of another of some exports while there are any left."""
    rng = np.random.default_rng(seed)
    for at in range(count):
        if at % len(exports) == 0:
            order = rng.permutation(len(exports))
        yield mutated(exports[order[at % len(exports)]], int(rng.integers(0, 2**31)))
