"""The history of an installation: its export and what its service was told, as one, for whoever asks."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import sqlalchemy as sa

from features.records.checks import CheckedHistory, CheckedTables, check_history, check_tables, fingerprint
from features.records.checks.summary import summary_of
from features.records.checks.united import unite_checked
from features.records.clock import to_datetime
from features.records.notes import many
from features.settings.mapping import fitting
from features.settings.schema import LeadSchema
from features.settings.source import HistorySource
from serving.settings.settings import LearnsFrom, Settings
from serving.settings.store_source import history_source
from serving.store import reading
from serving.store.store import Store, open_store
from serving.store.tombstones import tombstones


def learning(learns_from: LearnsFrom, unknown: int) -> str:
    """Say what is learned from, and how many outcomes that the service was told the model does not know.

    Examples
    --------
    >>> learning("files", 2)
    'It learns from the export alone, as store.learned_from is false: 2 outcomes that the service was told since never reach it.'
    >>> learning("store", 0)
    'It learns from what the service is told; it knows every outcome that the service was told.'
    """
    verb = "is" if unknown == 1 else "are"
    known = (
        f"{many(unknown, 'outcome')} that the service was told {verb} not known to it yet"
        if unknown
        else "it knows every outcome that the service was told"
    )
    match learns_from:
        case "files":
            reach = "reaches" if unknown == 1 else "reach"
            never = f"{many(unknown, 'outcome')} that the service was told since never {reach} it"
            alone = "It learns from the export alone, as store.learned_from is false"
            return f"{alone}: {never}." if unknown else f"{alone}."
        case "store":
            return f"It learns from what the service is told; {known}."
        case "files and store":
            return f"It learns from the export and from what the service is told, as one history; {known}."


@dataclass(frozen=True)
class Origin:
    """Where the history of an installation comes from.

    Attributes
    ----------
    learns_from
        The export, the service's own store, or both.
    export
        None where there is none.
    folder
        Where a relative export is looked for.
    """

    learns_from: LearnsFrom = "store"
    export: HistorySource | None = None
    folder: Path = Path()

    @classmethod
    def of(cls, settings: Settings) -> "Origin":
        """Return what the settings say."""
        return cls(settings.learns_from, settings.export, settings.folder)

    def read(self, schema: LeadSchema, store: Store | None) -> CheckedHistory:
        """Read the history and check it; `store` is None where there is none yet.

        Raises
        ------
        ReadingError
            If a table cannot be read.
        StoreError
            If the store cannot be reached: without it, the history would be another.
        """
        if store is None or self.learns_from == "files":
            return self._read(schema, store)
        told_at = np.array(
            store.ask(reading.told_at), np.int64
        )  # first: what is told while the rest is read is new again
        return replace(self._read(schema, store), told_at=told_at)

    def _read(self, schema: LeadSchema, store: Store | None) -> CheckedHistory:
        if self.export is None:
            if store is None:
                raise LookupError("The history must lie in an export or in the store, got neither: name an export.")
            return _told(store, schema).checked
        files = check_history(fitting(self.export, schema), schema, datetime.now(UTC), self.folder)
        if store is None:
            return files
        erased = store.ask(tombstones).among(files.history.leads.lead_id)
        files = without(files, erased)
        notes = [] if not erased else [erased_note(len(erased))]
        if self.learns_from == "files" or store.ask(_is_empty):
            return with_notes(files, notes)
        return unite_checked(files, _told(store, schema, files), notes)


def read_history(settings: Settings, schema: LeadSchema | None = None) -> CheckedHistory:
    """Return the history of an installation, checked as of now; by its settings' own schema if no other is given.

    Raises
    ------
    ReadingError, StoreError
        If a part of it cannot be read.
    """
    with _store_of(settings) as store:
        return Origin.of(settings).read(schema or settings.lead_schema, store)


@contextmanager
def _store_of(settings: Settings) -> Iterator[Store | None]:
    """Open the store, whose erasures hold also where the export alone is learned from; None where no service has made one yet."""
    if settings.learns_from != "store" and not settings.store_is_there:
        yield None
        return
    store = open_store(settings.store_url, settings.folder)
    try:
        yield store
    finally:
        store.close()


def without(files: CheckedHistory, erased: set[str]) -> CheckedHistory:
    """Return an export without some leads and all that is known of them."""
    if not erased:
        return files
    kept = np.flatnonzero([lead_id not in erased for lead_id in files.history.leads.lead_id])
    history = files.history.of_leads(kept)
    summary = summary_of(
        history,
        files.summary.rows,
        files.summary.broken,
        files.summary.aside,
        files.summary.passed,
        files.summary.notes,
    )
    return replace(files, history=history, summary=summary, fingerprint=fingerprint(history))


def with_notes(files: CheckedHistory, notes: Sequence[str]) -> CheckedHistory:
    """Return an export with what else there is to say of it."""
    summary = replace(files.summary, notes=(*files.summary.notes, *notes))
    return replace(files, summary=summary) if notes else files


def _told(store: Store, schema: LeadSchema, files: CheckedHistory | None = None) -> CheckedTables:
    """Return what a store holds, complete until now; its clock may be ahead of one that was set back."""
    now = max(datetime.now(UTC), to_datetime(int(store.ask(reading.latest))))
    url = store.engine.url.render_as_string(hide_password=False)
    source = history_source(url, with_waiting=files is not None).model_copy(update={"exported_at": now})
    return check_tables(source, schema, now, Path(), None if files is None else files.history.leads)


def _is_empty(connection: sa.Connection) -> bool:
    return not any(connection.execute(query).scalar() for query in reading.ANY_RECORD)


def erased_note(count: int) -> str:
    """Return what is said of leads that an export still has though they were erased."""
    them = "it" if count == 1 else "them"
    return f"{many(count, 'lead')} of the export left out, having been erased in the service: take {them} out of the export too."
