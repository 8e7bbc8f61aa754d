"""A checked export and what a service was told beside it, as one checked history."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from features.records.checks import CheckedHistory, CheckedTables, fingerprint
from features.records.checks.summary import summary_of
from features.records.clock import END_OF_TIME, to_datetime
from features.records.history import History
from features.records.notes import many
from features.records.union import Union, unite

Counts = Mapping[str, int]


def unite_checked(files: CheckedHistory, told: CheckedTables, notes: Iterable[str] = ()) -> CheckedHistory:
    """Return an export and what a service was told as one history, each record once.

    It is complete until the export is or, once the service was told an outcome that is later, until now. Where outcomes come with exports
    alone, nobody can tell yet what became of the leads since, and they are left out. Leads that stand in the export alone
    are followed until the export's end, and from then on when the service was first told something of them: a service that is told of few
    leads says nothing of the others.

    Parameters
    ----------
    told
        Checked with the leads of `files` as those that stand elsewhere.
    notes
        What else there is to say.
    """
    store, until = told.checked, files.history.known_until
    union = unite(files.history, store.history)
    is_later = bool((union.told > until).any())
    history = union.history.as_known_at(union.history.known_until if is_later else until)
    if is_later:
        history = _followed(history, told, until)
    in_both = _in_both(files.history, told, union)
    rows = {name: count - in_both.get(name, 0) for name, count in _added(files, store, "rows").items()}
    said = (*notes, _origins(store, in_both), *_left_out(union.history, history), *_silent(history))
    broken, aside = _added(files, store, "broken"), _added(files, store, "aside")
    passed = {**store.summary.passed, **files.summary.passed}
    summary = summary_of(history, rows, broken, aside, passed, (*files.summary.notes, *store.summary.notes, *said))
    return CheckedHistory(
        history,
        files.broken + store.broken,
        files.counts + store.counts,
        files.aside + store.aside,
        files.aside_counts + store.aside_counts,
        summary,
        fingerprint(history),
    )


def _followed(history: History, told: CheckedTables, until: int) -> History:
    """Return a history in which leads that the service does not hold are followed until a time, and again once it was told of them."""
    store, every = told.checked.history, np.arange(len(history.leads), dtype=np.int32)
    own = pd.Index(told.sheets["leads"].ids.to_pylist())
    first = np.full(len(store.leads), END_OF_TIME)
    for records in (store.events, store.outcomes):
        np.minimum.at(first, records.lead, records.recorded_at)
    again = pd.Series(first, store.leads.lead_id).reindex(history.leads.lead_id, fill_value=END_OF_TIME).to_numpy()
    again = np.where(pd.Index(history.leads.lead_id).isin(own), until, np.maximum(again, until))
    if (again == until).all():
        return history
    followed = replace(history.leads, followed_until=np.full(len(every), until), followed_again=again)
    return replace(history, leads=followed)


def _in_both(files: History, told: CheckedTables, union: Union) -> dict[str, int]:
    ids = told.sheets["leads"].ids
    leads = pc.is_in(pa.array(files.leads.lead_id, pa.string()), value_set=ids)
    return {
        "leads": int(np.count_nonzero(leads)),
        "events": union.events_in_both,
        "outcomes": union.outcomes_in_both,
    }


def _added(files: CheckedHistory, store: CheckedHistory, name: Literal["rows", "broken", "aside"]) -> dict[str, int]:
    one, other = (getattr(checked.summary, name) for checked in (files, store))
    return {table: one.get(table, 0) + other.get(table, 0) for table in {**one, **other}}


def _origins(store: CheckedHistory, in_both: Counts) -> str:
    more = ", ".join(many(store.summary.rows[name] - count, name.removesuffix("s")) for name, count in in_both.items())
    return (
        f"The history is the export and what the service was told, each record once: {more} stand in the store alone."
    )


def _silent(history: History) -> Iterator[str]:
    until, every = history.leads.followed_until, np.arange(len(history.leads), dtype=np.int32)
    if until is None:
        return
    is_open = np.isin(every, history.outcomes.lead, invert=True)
    silent = int(np.count_nonzero(is_open & ~history.is_followed(every, history.known_until)))
    if silent:
        yield (
            f"{many(silent, 'open lead')} of the export alone, of which the service was told nothing: followed until "
            f"{to_datetime(int(until.min())):%Y-%m-%d %H:%M} UTC, when the export ends, as silence since says nothing."
        )


def _left_out(whole: History, history: History) -> Iterator[str]:
    leads = len(whole.leads) - len(history.leads)
    if leads:
        yield (
            f"{many(leads, 'lead')} of the store came in after {to_datetime(history.known_until):%Y-%m-%d %H:%M} UTC, until when the "
            "export is complete, and no outcome was told since: left out until a newer export, or until outcomes are told."
        )
