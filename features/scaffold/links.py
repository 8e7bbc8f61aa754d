"""Which columns of which tables hold the same ids, and by which rules they are the same however they are written."""

from collections.abc import Iterable
from functools import cache

import pandas as pd

from features.records.parsing.ids import find_id_form, form_id
from features.scaffold.sheets import Column, Sheet
from features.scaffold.words import COLUMNS, says

MOSTLY = 0.5
"""Share of the values of a column that must be ids for it to refer to them."""
LOOKED_AT = 2_000
"""Ids of a column that are looked at where rules are tried."""
ANY = ("strip", "integer", "casefold")
"""Rules that are always tried when tables are told apart."""


@cache
def _written(column: Column, rules: tuple[str, ...]) -> frozenset[str]:
    return frozenset(form_id(value, rules) for value in column.values)


def met(column: Column, ids: Column, rules: tuple[str, ...] = ()) -> float:
    """Return the share of the different values of a column that are ids."""
    ours = _written(column, rules)
    return len(ours & _written(ids, rules)) / len(ours) if ours else 0.0


@cache
def rules_of(column: Column, ids: Column) -> tuple[str, ...]:
    """Return the fewest rules by which most values of a column are ids."""
    if met(column, ids) > 1 - MOSTLY / 10:
        return ()
    return tuple(find_id_form(ids.values[: 50 * LOOKED_AT], column.values[:LOOKED_AT]).rules)


def form(pairs: Iterable[tuple[Column, Column]]) -> tuple[str, ...]:
    """Return the rules by which the ids of all tables meet: those of each pair, each rule once."""
    return tuple(dict.fromkeys(rule for column, ids in pairs for rule in rules_of(column, ids)))


def same(texts: pd.Series, rules: tuple[str, ...]) -> pd.Series:
    """Return ids as the rules write them."""
    return texts.map({value: form_id(str(value), rules) for value in texts.dropna().unique()})


def link(sheet: Sheet, ids: Column | None) -> Column | None:
    """Return the column of a sheet whose values are ids, if there is one; one of the same name before others."""
    found = links(sheet, ids)
    return found[0] if found else None


def links(sheet: Sheet, ids: Column | None) -> list[Column]:
    """Return all columns of a sheet that hold ids, the likeliest first."""
    if ids is None:
        return []
    known = [column for column in sheet.columns if column is not ids and _points(column, ids)]
    return sorted(
        known,
        key=lambda column: (
            -(column.name == ids.name and not _is_own_number(column)),
            -says(column.name, COLUMNS["id"]),
            -column.filled,
        ),
    )


def _is_own_number(column: Column) -> bool:
    """Return whether a column is called as any table calls its own number, and is one: it meets some ids of others by chance."""
    return column.identifies and column.name.strip().casefold() in (
        "id",
        "#",
        "nr",
        "nr.",
        "no",
        "no.",
        "key",
        "uuid",
        "guid",
    )


@cache
def _points(column: Column, ids: Column) -> bool:
    if len(column.counts) < 2 or column.type in ("flag", "date", "text"):
        return False
    if max(met(column, ids), met(column, ids, ANY)) > MOSTLY:
        return True
    if len(column.counts) < min(10, len(ids.counts)) or not _alike(column, ids):
        return False
    return met(column, ids, rules_of(column, ids)) > MOSTLY


def _alike(column: Column, ids: Column) -> bool:
    """Return whether values are of about the same length: rules are tried on likely columns alone, as trying takes long."""
    ours, theirs = (sorted(map(len, each.values[:200])) for each in (column, ids))
    return abs(ours[len(ours) // 2] - theirs[len(theirs) // 2]) <= 8


def is_undated_log(sheet: Sheet, lead_id: Column | None) -> bool:
    """Return whether a table has several rows of a lead, and no time of any: a list of names has one of each."""
    key = link(sheet, lead_id)
    return key is not None and not sheet.times_but() and len(key.counts) < key.texts.notna().sum()
