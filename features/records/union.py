"""Two histories of one company as one: an export, and what a service was told beside it.

Each record stands once. Where both hold the same record, or say different things at the same time, the second one's holds; of answers and
outcomes at different times the later holds, as in any history.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import reduce
from typing import Any, NamedTuple, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.records.clock import NEVER
from features.records.history import Events, History, Leads, Outcomes, joined
from features.settings.fields import ACTORS
from features.settings.schema import LeadSchema

T = TypeVar("T", Events, Outcomes)
Column = NDArray[Any]
Mask = NDArray[np.bool_]

SAME_EVENT = ("lead", "kind", "occurred_at", "value", "text")
SAME_OUTCOME = ("lead", "closed_at", "won", "amount")
"""What makes two rows the same record: of these columns, those that there are."""
CONTRADICTION = ("lead", "recorded_at")
"""What two outcomes share of which one alone can hold."""
BY_LEAD = np.int8(ACTORS.index("lead"))


@dataclass(frozen=True)
class Union:
    """Two histories as one.

    Attributes
    ----------
    events_in_both, outcomes_in_both
        Records that stand in both, and here once.
    told
        Outcomes that the second history alone holds, by when they were recorded (microseconds UTC).
    """

    history: History
    events_in_both: int
    outcomes_in_both: int
    told: NDArray[np.int64]


def unite(first: History, second: History) -> Union:
    """Return two histories as one, known until the later of their ends.

    Parameters
    ----------
    second
        Its leads are all that there are: those of `first` that it leaves out stay out. A lead that both have is as it was at the earlier of
        its two creations, and what it said otherwise at the later one is an answer that it gave then.
    """
    at = pd.Index(second.leads.lead_id).get_indexer(pd.Index(first.leads.lead_id)).astype(np.int32)
    leads, answers = _one_row_each(first.leads, second.leads, at, second.schema)
    events, outcomes = _moved(first.events, at), _moved(first.outcomes, at)
    new_events = events.take(_unmatched(events, second.events, SAME_EVENT))
    new_outcomes = outcomes.take(_unmatched(outcomes, second.outcomes, SAME_OUTCOME))
    new_outcomes = new_outcomes.take(~_contradicted(new_outcomes, second.outcomes))
    history = replace(
        second,
        leads=leads,
        events=joined(joined(second.events, new_events), answers),
        outcomes=joined(second.outcomes, new_outcomes),
        known_until=max(first.known_until, second.known_until),
    )
    told = second.outcomes.recorded_at[_unmatched(second.outcomes, outcomes, SAME_OUTCOME)]
    return Union(history, len(events) - len(new_events), len(outcomes) - len(new_outcomes), told)


def _one_row_each(first: Leads, second: Leads, at: NDArray[np.int32], schema: LeadSchema) -> tuple[Leads, Events]:
    """Return the leads of `second`, with what `first` says of them, and the answers that were given later than the first row."""
    here, there = np.flatnonzero(at >= 0), at[at >= 0]
    ours, theirs = first.take(here), second.take(there)
    earlier, later = ours.created_at < theirs.created_at, ours.created_at != theirs.created_at
    answers = [Events.none()]
    written = ours.texts.keys() & theirs.texts.keys()

    def merged(name: str, mine: Column, its: Column, is_answer: bool) -> Column:
        base, other = np.where(earlier, mine, its), np.where(earlier, its, mine)
        # An answer in words is a text and the number of its words: the text tells whether it is another one.
        if is_answer and (name not in written or base.dtype == np.object_):
            again = np.flatnonzero(later & ~_missing(other) & (other != base))
            times = np.maximum(ours.created_at, theirs.created_at)[again]
            said = Answers(there[again], times, other[again], None)
            if name in written:
                count = np.where(earlier, theirs.fields[name], ours.fields[name])[again]
                said = Answers(there[again], times, count, other[again])
            answers.append(_answers(said, schema.event_codes[name]))
        fill = _missing(base) & ~(later & is_answer)
        return np.where(fill, other, base)

    changed: dict[str, Any] = {
        "created_at": _put(second.created_at, there, np.minimum(ours.created_at, theirs.created_at))
    }
    for field in fields(Leads):
        mine, its, whole = (getattr(leads, field.name) for leads in (ours, theirs, second))
        if field.name in ("lead_id", "created_at") or mine is None or its is None:
            continue
        if isinstance(whole, Mapping):
            changed[field.name] = {
                name: _put(
                    column,
                    there,
                    merged(name, mine[name], its[name], field.name != "channels" and name in schema.answers),
                )
                for name, column in whole.items()
            }
        else:
            changed[field.name] = _put(whole, there, merged(field.name, mine, its, is_answer=False))
    return replace(second, **changed), reduce(joined, answers)


class Answers(NamedTuple):
    """What leads said later: who, when, encoded, and in words where it is written."""

    lead: NDArray[np.int32]
    at: NDArray[np.int64]
    value: Column
    text: Column | None


def _answers(said: Answers, code: int) -> Events:
    n = len(said.lead)
    kind, actor = np.full(n, code, np.int16), np.full(n, BY_LEAD)
    return Events(said.lead, kind, said.at, said.at, said.value, actor, text=said.text)


def _put(column: Column, at: NDArray[np.integer], values: Column) -> Column:
    column = column.copy()
    column[at] = values
    return column


def _missing(column: Column) -> Mask:
    missing: Mask
    match column.dtype.kind:
        case "f":
            missing = np.isnan(column)
        case "O":
            missing = np.array([value is None for value in column], np.bool_)
        case _:
            missing = column == NEVER
    return missing


def _moved(rows: T, at: NDArray[np.int32]) -> T:
    """Return the rows whose leads are there, by the leads' new positions."""
    rows = rows.take(at[rows.lead] >= 0)
    return replace(rows, lead=at[rows.lead])


def _unmatched(rows: T, known: T, names: tuple[str, ...]) -> Mask:
    """Return which rows are not among the known ones; of several alike, those that are more than there."""
    there = [name for name in names if getattr(rows, name, None) is not None and getattr(known, name, None) is not None]
    keys = pd.concat([pd.DataFrame({name: getattr(part, name) for name in there}) for part in (known, rows)])
    code = keys.groupby(there, dropna=False, sort=False).ngroup().to_numpy()
    before, now = code[: len(known)], code[len(known) :]
    number = pd.Series(now).groupby(now).cumcount().to_numpy()
    unmatched: Mask = number >= np.bincount(before, minlength=int(code.max(initial=-1)) + 1)[now]
    return unmatched


def _contradicted(rows: Outcomes, by: Outcomes) -> Mask:
    """Return which outcomes another one of the same lead and time takes the place of."""
    ours, theirs = (pd.MultiIndex.from_arrays([getattr(part, name) for name in CONTRADICTION]) for part in (rows, by))
    contradicted: Mask = ours.isin(theirs)
    return contradicted
