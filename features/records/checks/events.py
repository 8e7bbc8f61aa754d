"""The rules of the events table: a known kind and lead, recorded when or after it occurred, with a value that fits."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.records.checks.columns import Rows, nulls
from features.records.checks.leads import Ids
from features.records.checks.sheet import CheckedSheet, one_of
from features.records.history import Events, Floats, Leads, Strings, named_agent
from features.records.parsing.cells import as_text
from features.records.reading import ReadingError
from features.settings.fields import ACTORS, LeadField
from features.settings.schema import LeadSchema
from features.settings.source import EventsSource
from features.settings.words import fold

Kinds = NDArray[np.int16]


def check_events(sheet: CheckedSheet, schema: LeadSchema, source: EventsSource, ids: Ids, leads: Leads) -> Events:
    """Return the sound events.

    Raises
    ------
    ReadingError
        If there are answers among them, but no column that could hold one.
    """
    kind = _kinds(sheet, schema, source)
    lead = ids.find(sheet)
    occurred, days = sheet.days_and_times("occurred_at")
    recorded = sheet.recorded("occurred_at", occurred, days)
    value = _values(sheet, schema, kind)
    actor = _actors(sheet, schema, kind)
    said = _texts(sheet, schema, kind, value)
    events = Events(lead, kind, occurred, recorded, value, actor, sheet.texts("rep_id"), said, _agents(sheet, actor))
    events = events.take(np.flatnonzero(sheet.good))
    early = int((events.occurred_at < leads.created_at[events.lead]).sum())
    sheet.note(early, "event", " occurred before the lead was created, such as a visit before the form; they are kept.")
    return events


def _texts(sheet: CheckedSheet, schema: LeadSchema, kind: Kinds, value: Floats) -> Strings | None:
    """Return what was written with events whose text is read; None if there is no such event."""
    codes = [schema.event_codes[name] for name in schema.messages]
    rows = np.flatnonzero(np.isin(kind, codes))
    column = sheet.texts("text") if len(rows) else None
    if column is None:
        return None
    texts: Strings = np.full(len(sheet), None, np.object_)
    # A word for "not known" is no answer.
    said = rows[(kind[rows] < len(schema.kinds)) | ~np.isnan(value[rows])]
    texts[said] = column[said]
    return texts


def _kinds(sheet: CheckedSheet, schema: LeadSchema, source: EventsSource) -> Kinds:
    """Return each row's code of its kind, after leaving out the kinds that the settings ignore."""
    if source.all_kind is not None:
        return np.full(len(sheet), schema.event_codes[source.all_kind], np.int16)
    ignored = pc.is_in(as_text(sheet.known("kind")), value_set=pa.array(source.ignore, pa.string())).to_numpy()
    if ignored.any():
        sheet.note(int(ignored.sum()), "event", " of the kinds to ignore left out.")
        sheet.keep(~ignored, "of kinds to ignore")
    allowed = dict.fromkeys([*(name for name in schema.event_codes if name not in source.kinds), *source.kinds])
    codes = {name: schema.event_codes[source.kinds.get(name, name)] for name in allowed}
    folded = {fold(name): code for name, code in reversed(codes.items())}
    remedy = "name the kind under [kinds], map it under [history.events.kinds], or list it in history.events.ignore"
    return sheet.codes("kind", lambda text: codes.get(text, folded.get(fold(text))), one_of(codes), remedy).astype(
        np.int16
    )


def _values(sheet: CheckedSheet, schema: LeadSchema, kind: Kinds) -> Floats:
    """Return the number that came with each event, or the answer that it is, encoded."""
    value = np.full(len(sheet), np.nan)
    if "value" in sheet:
        rows = np.flatnonzero((kind >= 0) & (kind < len(schema.kinds)))
        value[rows] = sheet.encoded("value", schema.number, rows)
    for name, field in schema.answers.items():
        rows = np.flatnonzero(kind == schema.event_codes[name])
        if len(rows):
            _read_answers(sheet, name, field, rows, value)
    return value


def _read_answers(sheet: CheckedSheet, name: str, field: LeadField, rows: Rows, value: Floats) -> None:
    """Put the answers to a field into `value`: from the column `text` or, where that is empty, from `value`."""
    fit = ("text", "value") if field.type in ("number", "flag") else ("text",)
    columns = [ours for ours in fit if ours in sheet]
    if not columns:
        raise ReadingError(
            f"{sheet.raw.place} has answers to {name!r} but no column to hold them: map the export's as text under "
            f"[history.events.columns], or list the kind in history.events.ignore."
        )
    for ours in columns:
        empty = nulls(sheet.known(ours).take(rows))
        value[rows[~empty]] = sheet.encoded(ours, field, rows[~empty], needed=True, of=name)
        rows = rows[empty]


def _actors(sheet: CheckedSheet, schema: LeadSchema, kind: Kinds) -> NDArray[np.int8]:
    usual = [-1 if kind.actor is None else ACTORS.index(kind.actor) for kind in schema.kinds.values()]
    usual += [ACTORS.index("lead")] * len(schema.answers)
    actor = np.array([*usual, -1])[kind]  # the last for kind -1, which is broken
    if "actor" in sheet:
        codes: dict[str, int] = {name: code for code, name in enumerate(ACTORS)}
        remedy = "correct it, or leave it empty"
        given = sheet.codes(
            "actor", lambda text: codes.get(fold(text)), one_of(ACTORS), remedy, empty=True, needed=False
        )
        actor = np.where(given >= 0, given, actor)
    return actor.astype(np.int8)


def _agents(sheet: CheckedSheet, actor: NDArray[np.int8]) -> Strings | None:
    """Return which agent each event is of; None if none names one."""
    rows = np.flatnonzero(actor == ACTORS.index("agent"))
    names, versions = sheet.texts("agent_name"), sheet.texts("agent_version")
    if names is None or not len(rows):
        return None
    agents: Strings = np.full(len(sheet), None, np.object_)
    for row in rows:
        agents[row] = named_agent(names[row], None if versions is None else versions[row])
    return agents
