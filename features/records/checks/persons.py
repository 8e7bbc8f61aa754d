"""Leads that are one person under two ids: by mail, by telephone, or by a name that is almost the same in one company."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from features.records.checks.sheet import CheckedSheet
from features.records.history import Leads, Outcomes
from features.records.notes import many
from features.records.parsing.cells import as_text
from features.records.reading.assembly import PERSON
from features.settings.words import fold

ALIKE = 92
"""Of 100: from this likeness on, two names in one company are one; "Jon Smith" and "John Smith" have 95."""
MAX_AT_ONE = 50
"""More leads with one mail or telephone than this are a switchboard or a filler, not a person."""
MIN_DIGITS = 7
"""Digits that a telephone number has at least."""
SHOWN_SOURCES = 3
"""Sources that a note names."""


def find_persons(sheet: CheckedSheet, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the first of the leads (n,) that are the same person as each of those in these rows; itself if there is none."""
    parts = {part: _texts(sheet, PERSON + part, rows) for part in ("mail", "phone", "name", "company")}
    person = np.arange(len(rows))
    for key in ([_mail(text) for text in parts["mail"]], [_phone(text) for text in parts["phone"]]):
        _join(person, _groups(key))
    companies = parts["company"] if any(parts["company"]) else [""] * len(rows)
    _join(person, _alike(parts["name"], companies))
    return np.array([_root(person, at) for at in range(len(rows))], np.int64)


def persons_note(leads: Leads, person: NDArray[np.int64], outcomes: Outcomes) -> str:
    """Say how many leads are of a person who has an earlier one, and what that does to the rates of the sources."""
    again = person != np.arange(len(person))
    told = f"{many(int(again.sum()), 'lead')} of a person who has an earlier one"
    name = next(iter(leads.channels), None)
    if name is None:
        return told
    last = outcomes.last_of_each_lead()
    won = np.zeros(len(leads), np.bool_)
    won[last.lead] = last.won
    return told + _by_source(leads.channels[name], won, again)


def _by_source(source: NDArray[np.object_], won: NDArray[np.bool_], again: NDArray[np.bool_]) -> str:
    """Say, of the sources that have most of them, the share won with and without second leads."""
    names, counts = np.unique([str(value) for value in source[again]], return_counts=True)
    order = np.lexsort((names, -counts))[:SHOWN_SOURCES]
    texts = np.array([str(value) for value in source])
    parts = []
    for value in names[order].tolist():
        mine = texts == value
        with_all, first = won[mine].mean(), won[mine & ~again].mean() if (mine & ~again).any() else np.nan
        parts.append(f"{value!r} closes at {with_all:.1%} with them and {first:.1%} without")
    return f" ({'; '.join(parts)})" if parts else ""


def _texts(sheet: CheckedSheet, ours: str, rows: NDArray[np.int64]) -> list[str]:
    if ours not in sheet:
        return [""] * len(rows)
    return [text or "" for text in as_text(sheet.known(ours)).take(rows).to_pylist()]


def _mail(text: str) -> str:
    """Return a mail address without what does not change whose it is."""
    name, at, domain = fold(text).partition("@")
    return f"{name.partition('+')[0]}@{domain}" if at and "." in domain else ""


def _phone(text: str) -> str:
    """Return the last digits of a telephone number, as prefixes of countries are left out at times."""
    digits = re.sub(r"\D", "", text)
    return digits[-9:] if len(digits) >= MIN_DIGITS and len(set(digits)) > 2 else ""


def _groups(keys: Sequence[str]) -> Iterable[list[int]]:
    groups: dict[str, list[int]] = defaultdict(list)
    for at, key in enumerate(keys):
        if key:
            groups[key].append(at)
    return (group for group in groups.values() if 1 < len(group) <= MAX_AT_ONE)


def _alike(names: Sequence[str], companies: Sequence[str]) -> Iterable[list[int]]:
    """Yield pairs of almost the same name in the same company; without a company, a name alone tells nobody apart."""
    for group in _groups([fold(company) if name else "" for name, company in zip(names, companies, strict=True)]):
        folded = [" ".join(sorted(fold(names[at]).split())) for at in group]
        scores = process.cdist(folded, folded, scorer=fuzz.ratio, score_cutoff=ALIKE)
        yield from ([group[one], group[other]] for one, other in np.argwhere(np.triu(scores, 1) > 0))


def _join(person: NDArray[np.int64], groups: Iterable[list[int]]) -> None:
    for group in groups:
        for one, other in pairwise(group):
            first, second = sorted((_root(person, one), _root(person, other)))
            person[second] = first


def _root(person: NDArray[np.int64], at: int) -> int:
    while person[at] != at:
        at = int(person[at])
    return at
