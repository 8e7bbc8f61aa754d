"""The rules of the leads table: one sound row a lead; and of the other two, whose lead is there."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.records.account import account_of
from features.records.checks.columns import Mask, Rows, nulls, with_nulls
from features.records.checks.persons import find_persons
from features.records.checks.sheet import CheckedSheet
from features.records.clock import NEVER
from features.records.deadlines import NOT_BEFORE, NOT_BEFORE_REMEDY, end_of_days
from features.records.history import Integers, Leads, Strings, joined
from features.records.notes import Note, many
from features.records.parsing import ids
from features.records.parsing.cells import as_text
from features.records.parsing.values import LONGEST_TEXT
from features.records.reading.assembly import MERGED_INTO, PERSON
from features.settings.fields import LeadField
from features.settings.schema import LeadSchema
from features.settings.source import LeadsSource
from features.settings.words import fold


@dataclass(frozen=True)
class Ids:
    """Every id of the leads table, and the position of its lead; -1 for a lead whose row is broken.

    `created_day` tells which leads (by position) were created on a day without a clock, `person` the first lead of each one's person.
    """

    known: pa.Array
    position: Integers
    place: str
    created_day: Mask
    person: Rows

    def positions(self, sheet: CheckedSheet) -> Integers:
        """Return the position of each row's lead, -1 where there is none."""
        found = pc.index_in(sheet.ids, value_set=self.known)
        at: Integers = self.position[pc.fill_null(found, len(self.known)).to_numpy()]
        return at

    def find(self, sheet: CheckedSheet) -> Integers:
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

    def pass_over_others(self, sheet: CheckedSheet) -> None:
        """Leave out the rows of leads that are not there yet, and say how many they are."""
        waits = nulls(pc.index_in(sheet.ids, value_set=self.known)) & ~nulls(sheet.ids)
        if waits.any():
            sheet.note(int(waits.sum()), "row", " wait for their lead.")
            sheet.keep(~waits, "of leads that are not there yet")


def with_others(ids: Ids, leads: Leads, others: Leads) -> tuple[Ids, Leads]:
    """Return leads, and where each id is among them, with those of `others` of which there is no sound row here."""
    code = pc.index_in(pa.array(others.lead_id, pa.string()), value_set=ids.known)
    at = pc.fill_null(code, len(ids.known)).to_numpy()
    new = np.flatnonzero(ids.position[at] < 0)
    unknown = new[at[new] == len(ids.known)]
    number = np.full(len(others), -1, np.int32)
    number[new] = len(leads) + np.arange(len(new), dtype=np.int32)
    position = np.concatenate([ids.position[:-1], number[unknown], np.array([-1], np.int32)])
    position[at[np.setdiff1d(new, unknown)]] = number[np.setdiff1d(new, unknown)]
    known = pa.concat_arrays([ids.known, pa.array(others.lead_id[unknown], pa.string())])
    created_day = np.concatenate([ids.created_day, np.zeros(len(new), np.bool_)])
    person = np.concatenate([ids.person, len(leads) + np.arange(len(new))])
    return Ids(known, position, ids.place, created_day, person), joined(leads, others.take(new))


def check_leads(sheet: CheckedSheet, schema: LeadSchema) -> tuple[Ids, Leads]:
    """Return the sound leads, and where each id is among them."""
    merged = _take_merged(sheet)
    sheet.check_ids()
    unfit, long = pc.match_substring_regex(sheet.ids, ids.UNFIT), pc.greater(pc.utf8_length(sheet.ids), ids.LONGEST_ID)
    for broken, rule, remedy in ((unfit, ids.FIT, ids.FIT_REMEDY), (long, ids.LENGTH, "shorten it")):
        sheet.refuse("lead_id", pc.fill_null(broken, False).to_numpy() & sheet.good, rule, remedy)
    encoded = sheet.ids.combine_chunks().dictionary_encode()
    code = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
    again = code >= 0
    again[np.unique(code, return_index=True)[1]] = False
    sheet.refuse("lead_id", again, "must not be that of an earlier row", "keep one row a lead: the first one stands")
    created, created_day = sheet.days_and_times("created_at")
    fields = {name: sheet.encoded(name, field) for name, field in schema.encoded.items()}
    channels = {name: _channel(sheet, name, field) for name, field in schema.channels.items()}
    account = None if schema.account is None else _account(sheet, schema.account, schema.fields[schema.account])
    if schema.decided_by is not None:
        ends = end_of_days(fields[schema.decided_by], schema.zone)
        early = (ends != NEVER) & (created != NEVER) & (ends < created)
        sheet.refuse(schema.decided_by, early, NOT_BEFORE, NOT_BEFORE_REMEDY)
    texts = {name: _text(sheet, name, field) for name, field in schema.texts.items()}
    names = _names(sheet, schema) if schema.messages else None
    good = np.flatnonzero(sheet.good)
    ids_of_all = sheet.ids.to_numpy().astype(np.object_)
    leads = Leads(ids_of_all, created, fields, channels, account, texts, names).take(good)
    position = np.full(len(encoded.dictionary) + 1, -1, np.int32)
    position[code[good]] = np.arange(len(good), dtype=np.int32)
    person = _persons(sheet, good, leads)
    if isinstance(sheet.source, LeadsSource) and sheet.source.duplicates == "merge":
        first = person == np.arange(len(person))
        number = np.cumsum(first) - 1
        position = np.where(position >= 0, number[person[position]], -1).astype(np.int32) if len(person) else position
        leads, created_day = leads.take(np.flatnonzero(first)), created_day[good][first]
        _keep_first(sheet, good[~first])
        person = np.arange(len(leads))
    else:
        created_day = created_day[good]
    known, position = _with_merged(encoded.dictionary, position, merged)
    if late := schema.by_role("late"):
        sheet.notes.append(Note((f"Not read, being late: {', '.join(late)}.",)))
    return Ids(known, position, sheet.raw.place, created_day, person), leads


def _persons(sheet: CheckedSheet, good: Rows, leads: Leads) -> Rows:
    """Return the position of the first lead of each lead's person; without columns that tell, each is one of its own."""
    if not any(ours.startswith(PERSON) for ours in sheet.raw.columns):
        return np.arange(len(good))
    order = np.lexsort((leads.lead_id.astype(str), leads.created_at))
    person = np.empty(len(good), np.int64)
    person[order] = order[find_persons(sheet, good[order])]
    return person


def _keep_first(sheet: CheckedSheet, again: Rows) -> None:
    """Go on without later leads of the same persons: what happened to them belongs to the first."""
    if len(again):
        sheet.note(len(again), "lead", " of a person who has an earlier one: taken for that one, as duplicates says.")
        sheet.keep(~np.isin(np.arange(len(sheet)), again), "of a person who has an earlier lead")


def _take_merged(sheet: CheckedSheet) -> dict[str, str]:
    """Return the id that each merged lead was merged into, and go on without their rows."""
    if MERGED_INTO not in sheet:
        return {}
    into = as_text(sheet.known(MERGED_INTO)).to_pylist()
    merged = {str(own): str(other) for own, other in zip(sheet.ids.to_pylist(), into, strict=True) if own and other}
    merged = {own: other for own, other in merged.items() if own != other}
    is_merged = np.array([own in merged for own in sheet.ids.to_pylist()], np.bool_)
    if is_merged.any():
        sheet.note(int(is_merged.sum()), "lead", " merged into others: what happened to them belongs to these.")
        sheet.keep(~is_merged, "merged into other leads")
    return merged


def _with_merged(known: pa.Array, position: Integers, merged: dict[str, str]) -> tuple[pa.Array, Integers]:
    """Return ids and positions with those of merged leads, each at the lead that it ends in; -1 if that is none."""
    if not merged:
        return known, position
    at = dict(zip(known.to_pylist(), position.tolist(), strict=False))
    others = [own for own in merged if own not in at]
    ends = [at.get(_last(own, merged), -1) for own in others]
    ids = pa.concat_arrays([known, pa.array(others, pa.string())])
    return ids, np.array([*position[:-1], *ends, -1], np.int32)


def _last(own: str, merged: dict[str, str]) -> str:
    """Return the id at the end of a chain of merges; one that runs in a circle ends nowhere."""
    seen = {own}
    while own in merged:
        own = merged[own]
        if own in seen:
            return ""
        seen.add(own)
    return own


def _text(sheet: CheckedSheet, name: str, field: LeadField) -> Strings:
    """Return what leads wrote, None where nothing."""
    column = as_text(with_nulls(sheet.raw.cells.column(name), field.missing))
    texts: Strings = column.to_numpy().astype(np.object_)
    texts[nulls(column)] = None
    return texts


def _names(sheet: CheckedSheet, schema: LeadSchema) -> Strings | None:
    """Return what stands in the contact fields and the account, None where nothing; None without such columns."""
    columns = [column for name in schema.by_role("contact", "account") if (column := sheet.texts(name)) is not None]
    if not columns:
        return None
    names: Strings = np.full(len(sheet), None, np.object_)
    names[:] = ["\n".join(filter(None, row)) or None for row in zip(*columns, strict=True)]
    return names


def _account(sheet: CheckedSheet, name: str, field: LeadField) -> Strings:
    """Return by what the leads of one account are the same, telling each text once."""
    encoded = as_text(with_nulls(sheet.raw.cells.column(name), field.missing)).combine_chunks().dictionary_encode()
    distinct = np.empty(len(encoded.dictionary) + 1, np.object_)
    distinct[:] = [*map(account_of, encoded.dictionary.to_pylist()), None]
    accounts: Strings = distinct[pc.fill_null(encoded.indices, len(distinct) - 1).to_numpy(zero_copy_only=False)]
    return accounts


def _channel(sheet: CheckedSheet, name: str, field: LeadField) -> Strings:
    column = as_text(with_nulls(sheet.raw.cells.column(name), field.missing))
    if field.values:
        unlisted = np.isnan(sheet.encoded(name, field))
        column = pc.if_else(pa.array(unlisted), None, column)
    else:
        too_long = pc.fill_null(pc.greater(pc.utf8_length(column), LONGEST_TEXT), False).to_numpy()
        sheet.set_aside(name, too_long, f"must have at most {LONGEST_TEXT:,} characters", "shorten it")
        column = pc.if_else(pa.array(too_long), None, column)
    return _spelled(sheet, name, field, column)


def _spelled(sheet: CheckedSheet, name: str, field: LeadField, column: pa.ChunkedArray) -> Strings:
    """Return a channel's values, those that differ in blanks and capitals alone in the commonest spelling."""
    encoded = pa.chunked_array([column.combine_chunks()]).combine_chunks().dictionary_encode()
    texts = [field.spelling(text) for text in encoded.dictionary.to_pylist()]
    codes = pc.fill_null(encoded.indices, len(texts)).to_numpy(zero_copy_only=False)
    own = Counter[str]()
    for text, count in zip(texts, np.bincount(codes, minlength=len(texts)).tolist(), strict=False):
        own[text] += count
    sheet.seen.spellings[name] = own
    counts = sheet.facts.spellings.get(name, own)
    usual: dict[str, str] = {}
    for text in sorted(counts, key=lambda text: (-counts[text], text)):
        usual.setdefault(fold(text), text)
    spelled = np.array([*(usual[fold(text)] for text in texts), None], np.object_)
    if len(usual) < len(counts):
        told = f"{len(counts):,} spellings in {sheet.raw.columns[name]!r} are {many(len(usual), 'value')}"
        told = f"{sheet.raw.place}: {told}, as blanks and capitals do not tell two apart."
        sheet.notes.append(Note((told,)))
    values: Strings = spelled[codes]
    return values
