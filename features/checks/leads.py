"""The rules of the leads table: one sound row a lead; and of the other two, whose lead is there."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features import ids
from features.checks.columns import as_text, nulls, with_nulls
from features.checks.sheet import Sheet
from features.fields import LONGEST_TEXT
from features.history import Integers, Leads, Strings
from features.settings import LeadField, LeadSchema


@dataclass(frozen=True)
class Ids:
    """Every id of the leads table, and the position of its lead; -1 for a lead whose row is broken."""

    known: pa.Array
    position: Integers
    place: str

    def find(self, sheet: Sheet) -> Integers:
        """Return the position of each row's lead, -1 with a report where there is none."""
        sheet.check_ids()
        found = pc.index_in(sheet.ids, value_set=self.known)
        unknown = nulls(found) & ~nulls(sheet.ids)
        remedy = "export that lead too, or take this row out"
        sheet.refuse("lead_id", unknown, f"must be the id of a lead in {self.place}", remedy)
        at: Integers = self.position[pc.fill_null(found, len(self.known)).to_numpy()]
        broken = ~nulls(found) & (at < 0)
        remedy = "repair that lead's row first"
        sheet.refuse("lead_id", broken, f"must be the id of a lead whose own row in {self.place} is sound", remedy)
        return at


def check_leads(sheet: Sheet, schema: LeadSchema) -> tuple[Ids, Leads]:
    """Return the sound leads, and where each id is among them."""
    sheet.check_ids()
    unfit, long = pc.match_substring_regex(sheet.ids, ids.UNFIT), pc.greater(pc.utf8_length(sheet.ids), ids.LONGEST_ID)
    for broken, rule, remedy in ((unfit, ids.FIT, ids.FIT_REMEDY), (long, ids.LENGTH, "shorten it")):
        sheet.refuse("lead_id", pc.fill_null(broken, False).to_numpy() & sheet.good, rule, remedy)
    encoded = sheet.ids.combine_chunks().dictionary_encode()
    code = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
    again = code >= 0
    again[np.unique(code, return_index=True)[1]] = False
    sheet.refuse("lead_id", again, "must not be that of an earlier row", "keep one row a lead: the first one stands")
    created = sheet.times("created_at")
    fields = {name: sheet.encoded(name, field) for name, field in schema.encoded.items()}
    channels = {name: _channel(sheet, name, field) for name, field in schema.channels.items()}
    good = np.flatnonzero(sheet.good)
    leads = Leads(sheet.ids.to_numpy().astype(np.object_), created, fields, channels).take(good)
    position = np.full(len(encoded.dictionary) + 1, -1, np.int32)
    position[code[good]] = np.arange(len(good), dtype=np.int32)
    if late := schema.by_role("late"):
        sheet.notes.append(f"Not read, being late: {', '.join(late)}.")
    if not len(sheet):
        sheet.notes.append(f"{sheet.raw.place} has no rows.")
    return Ids(encoded.dictionary, position, sheet.raw.place), leads


def _channel(sheet: Sheet, name: str, field: LeadField) -> Strings:
    column = as_text(with_nulls(sheet.raw.cells.column(name), field.missing))
    if field.values:
        sheet.encoded(name, field)
    else:
        too_long = pc.fill_null(pc.greater(pc.utf8_length(column), LONGEST_TEXT), False).to_numpy()
        sheet.refuse(name, too_long, f"must have at most {LONGEST_TEXT:,} characters", "shorten it")
    texts: Strings = column.to_numpy().astype(np.object_)
    texts[nulls(column)] = None
    return texts
