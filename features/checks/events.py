"""The rules of the events table: a known kind and lead, recorded when or after it occurred, with a value that fits."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.checks.broken import many
from features.checks.columns import Rows, as_text, nulls
from features.checks.leads import Ids
from features.checks.sheet import Sheet, one_of
from features.history import Events, Floats, Leads
from features.reading import ReadingError
from features.settings import ACTORS, EventsSource, LeadField, LeadSchema

Kinds = NDArray[np.int16]


def check_events(sheet: Sheet, schema: LeadSchema, source: EventsSource, ids: Ids, leads: Leads) -> Events:
    """Return the sound events.

    Raises
    ------
    ReadingError
        If there are answers among them, but no column that could hold one.
    """
    kind = _kinds(sheet, schema, source)
    lead = ids.find(sheet)
    occurred = sheet.times("occurred_at")
    recorded = sheet.recorded("occurred_at", occurred)
    value = _values(sheet, schema, kind)
    actor = _actors(sheet, schema, kind)
    events = Events(lead, kind, occurred, recorded, value, actor, sheet.texts("rep_id")).take(
        np.flatnonzero(sheet.good)
    )
    early = int((events.occurred_at < leads.created_at[events.lead]).sum())
    if early:
        told = f"{many(early, 'event')} occurred before the lead was created, such as a visit before the form"
        sheet.notes.append(f"{sheet.raw.place}: {told}; they are kept.")
    return events


def _kinds(sheet: Sheet, schema: LeadSchema, source: EventsSource) -> Kinds:
    """Return each row's code of its kind, after leaving out the kinds that the settings ignore."""
    ignored = pc.is_in(as_text(sheet.known("kind")), value_set=pa.array(source.ignore, pa.string())).to_numpy()
    if ignored.any():
        sheet.notes.append(f"{sheet.raw.place}: {many(int(ignored.sum()), 'event')} of the kinds to ignore left out.")
        sheet.keep(~ignored)
    allowed = dict.fromkeys([*(name for name in schema.event_codes if name not in source.kinds), *source.kinds])
    codes = {name: schema.event_codes[source.kinds.get(name, name)] for name in allowed}
    remedy = "name the kind under [kinds], map it under [history.events.kinds], or list it in history.events.ignore"
    return sheet.codes("kind", codes.get, one_of(codes), remedy).astype(np.int16)


def _values(sheet: Sheet, schema: LeadSchema, kind: Kinds) -> Floats:
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


def _read_answers(sheet: Sheet, name: str, field: LeadField, rows: Rows, value: Floats) -> None:
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
        value[rows[~empty]] = sheet.encoded(ours, field, rows[~empty])
        rows = rows[empty]


def _actors(sheet: Sheet, schema: LeadSchema, kind: Kinds) -> NDArray[np.int8]:
    usual = [-1 if kind.actor is None else ACTORS.index(kind.actor) for kind in schema.kinds.values()]
    usual += [ACTORS.index("lead")] * len(schema.answers)
    actor = np.array([*usual, -1])[kind]  # the last for kind -1, which is broken
    if "actor" in sheet:
        codes: dict[str, int] = {name: code for code, name in enumerate(ACTORS)}
        given = sheet.codes("actor", codes.get, one_of(ACTORS), "correct it, or leave it empty", empty=True)
        actor = np.where(given >= 0, given, actor)
    return actor.astype(np.int8)
