"""The ladder: on which step a lead stands at a moment, since when, and what it lacks for the next.

The steps are read off the same as-of records as the features: what was recorded by the moment counts, and nothing later.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from features.matrix.answers import KnownAnswers, categories, known_answers
from features.matrix.asof import running_total
from features.matrix.block import Block, blocks
from features.records.clock import DAY, NEVER, Microseconds
from features.records.history import Floats, History, Moments
from features.settings.ladder import STEPS, Requirement, Step, StepCondition
from features.settings.schema import LeadSchema
from models.decision.ladder_rules import rules

Steps: TypeAlias = NDArray[np.int8]
"""Positions in `STEPS`."""
Met: TypeAlias = NDArray[np.bool_]

NAME, TARGET, SUSPECT, PROSPECT = range(len(STEPS))


@dataclass(frozen=True)
class Places:
    """Where leads stand at moments, n rows.

    Attributes
    ----------
    step
        Position in `STEPS`.
    since
        When the lead came to stand there; microseconds UTC.
    met
        (n, requirements) which requirements of the ladder are met.
    """

    step: Steps
    since: Microseconds
    met: Met


@dataclass(frozen=True)
class Ladder:
    """The ladder of a company, by its settings."""

    schema: LeadSchema

    @cached_property
    def requirements(self) -> tuple[tuple[Step, Requirement], ...]:
        """Every requirement with its step, in the order of the columns of `Places.met`."""
        every = rules(self.schema)
        return tuple((step, one) for step in STEPS[1:] for one in every[step] or ())

    @cached_property
    def undefined(self) -> tuple[Step, ...]:
        """Steps that no lead can reach, as neither the settings nor the fields and kinds say what they require."""
        defined = {step for step, _ in self.requirements}
        return tuple(step for step in STEPS[1:] if step not in defined)

    def places(self, history: History, moments: Moments) -> Places:
        """Return where leads stand at moments and since when."""
        changes = self._candidates(history, moments)
        met = self.met(history, Moments(*(np.concatenate(pair) for pair in _pairs(changes, moments))))
        step = self.steps(met)
        first = len(changes)
        since = _since(changes, step[:first], moments)
        return Places(step[first:], since, met[first:])

    def first_reached(self, history: History) -> Microseconds:
        """Return when each lead first stood on each step or a higher one (n, steps), `NEVER` where it has not; all as recorded."""
        leads = np.arange(len(history.leads), dtype=np.int32)
        changes = self._candidates(history, Moments(leads, history.leads.created_at))
        changes = changes.take(changes.as_of <= history.known_until)
        step = self.steps(self.met(history, changes))
        first = np.full((len(leads), len(STEPS)), np.iinfo(np.int64).max)
        for number in range(len(STEPS)):
            there = step >= number
            np.minimum.at(first[:, number], changes.lead[there], changes.as_of[there])
        return np.where(first == np.iinfo(np.int64).max, NEVER, first)

    def steps(self, met: Met) -> Steps:
        """Return the step (n,) of those who meet these requirements (n, requirements); each stands on exactly one.

        Raising what is met never lowers the step.
        """

        def all_of(step: int) -> Met:
            columns = [column for column, (of, _) in enumerate(self.requirements) if of == STEPS[step]]
            return np.asarray(met[:, columns].all(axis=1) if columns else np.zeros(len(met)), np.bool_)

        target, suspect, asked = (all_of(step) for step in (TARGET, SUSPECT, PROSPECT))
        if STEPS[SUSPECT] in self.undefined:
            suspect = asked
        return np.where(asked & suspect, PROSPECT, np.where(suspect, SUSPECT, np.where(target, TARGET, NAME))).astype(
            np.int8
        )

    def missing(self, step: int, met: Met) -> tuple[Step | None, tuple[str, ...]]:
        """Return the next step for a lead that stands on one, and in words what it lacks for it (of `met`, one row)."""
        above = [name for name in STEPS[step + 1 :] if name not in self.undefined]
        if not above:
            return None, ()
        told = tuple(
            requirement.missing or in_words(self.schema, requirement)
            for (of, requirement), held in zip(self.requirements, met, strict=True)
            if of == above[0] and not held
        )
        return above[0], told

    def met(self, history: History, moments: Moments) -> Met:
        """Return (n, requirements) what is met at moments."""
        met = np.zeros((len(moments), len(self.requirements)), np.bool_)
        if met.size:
            for block in blocks(history, moments):
                met[block.rows] = self._of_block(block)
        return met

    def _of_block(self, block: Block) -> Met:
        known = known_answers(block)
        columns = [
            np.logical_or.reduce([_holds(condition, block, known) for condition in requirement.any_of])
            for _, requirement in self.requirements
        ]
        return np.column_stack(columns)

    @cached_property
    def _delays(self) -> dict[int, NDArray[np.bool_]]:
        """By the microseconds after which an event may count anew or no more, which codes of events it holds for; 0 is at once."""
        delays: dict[int, NDArray[np.bool_]] = {}
        for _, requirement in self.requirements:
            for condition in requirement.any_of:
                code = self.schema.event_codes.get(str(condition.kind or condition.field))
                if code is not None:
                    for delay in {0, (condition.within_days or 0) * DAY}:
                        delays.setdefault(delay, np.zeros(len(self.schema.event_codes), np.bool_))[code] = True
        return delays

    def _candidates(self, history: History, moments: Moments) -> Moments:
        """Return when a step may change: at creation, as something is recorded, and when that no longer counts."""
        leads = np.unique(moments.lead)
        is_asked = np.zeros(len(history.leads), np.bool_)
        is_asked[leads] = True
        lead, time = [leads], [history.leads.created_at[leads]]
        for delay, holds in self._delays.items():
            rows = np.flatnonzero(holds[history.events.kind] & is_asked[history.events.lead])
            lead.append(history.events.lead[rows])
            time.append(history.events.recorded_at[rows] + delay)
        every = Moments(np.concatenate(lead).astype(np.int32), np.concatenate(time))
        return every.take(every.as_of >= history.leads.created_at[every.lead])


def in_words(schema: LeadSchema, requirement: Requirement) -> str:
    """Say what a lead lacks that does not meet a requirement."""
    return f"It has not {' or '.join(_said(schema, condition) for condition in requirement.any_of)}."


def _said(schema: LeadSchema, condition: StepCondition) -> str:
    if condition.kind is not None:
        kind = schema.kinds[condition.kind]
        count, within = int(condition.at_least or 1), ""
        if condition.within_days:
            within = f" in the last {condition.within_days} days"
        name = kind.singular if count == 1 else kind.plural
        if not name:
            often = f" {count} times" if count > 1 else ""
            return f"made “{condition.kind.replace('_', ' ')}”{often}{within}"
        article = "an" if name[0].lower() in "aeiou" else "a"
        return f"made {count if count > 1 else article} {name}{within}"
    field = schema.fields[str(condition.field)]
    label = field.label or str(condition.field).replace("_", " ")
    if condition.values:
        return f"answered {' or '.join(f'“{value}”' for value in condition.values)} about {label}"
    return f"said {label}"


def _holds(condition: StepCondition, block: Block, known: KnownAnswers) -> Met:
    """Return for the moments of a block whether a condition holds."""
    if condition.kind is not None:
        return _happened(condition, block) >= (condition.at_least or 1)
    name = str(condition.field)
    field = block.schema.fields[name]
    answers = list(block.schema.answers)
    value: Floats = known.values[:, answers.index(name)] if name in answers else block.field(name)
    if condition.values:
        codes = [categories(field).index(one) for one in condition.values]
        return np.asarray((value[:, None] == codes).any(axis=1), np.bool_)
    if field.type == "flag":
        return np.asarray(value == 1, np.bool_)
    return np.asarray(~np.isnan(value) if condition.at_least is None else value >= condition.at_least, np.bool_)


def _happened(condition: StepCondition, block: Block) -> NDArray[np.int64]:
    """Return how many events of a condition's kind count at each moment of a block."""
    kind = block.schema.event_codes[str(condition.kind)]
    totals = running_total((block.timeline.events.kind == kind)[None], np.int64)[0]
    begin = block.begin
    if condition.within_days is not None:
        begin = block.timeline.until(block.leads, block.as_of - condition.within_days * DAY)
    counted: NDArray[np.int64] = totals[block.end] - totals[begin]
    return counted


def _pairs(first: Moments, second: Moments) -> Iterator[tuple[NDArray[np.generic], NDArray[np.generic]]]:
    yield first.lead, second.lead
    yield first.as_of, second.as_of


def _since(changes: Moments, step: Steps, moments: Moments) -> Microseconds:
    """Return for each moment the latest of its lead's changes by then that brought another step than before.

    All are laid in one order, of lead and time, changes before moments; what holds at a moment is then the last before it.
    """
    first = len(changes)
    lead, time = (np.concatenate(pair) for pair in _pairs(changes, moments))
    is_moment = np.arange(first + len(moments)) >= first
    order = np.lexsort((is_moment, time, lead))
    is_change = np.flatnonzero(~is_moment[order])
    rows = order[is_change]
    is_new = np.ones(len(rows), np.bool_)
    is_new[1:] = (lead[rows[1:]] != lead[rows[:-1]]) | (step[rows[1:]] != step[rows[:-1]])
    last = np.zeros(len(order), np.int64)
    last[is_change[is_new]] = is_change[is_new]
    np.maximum.accumulate(last, out=last)
    since = np.empty(len(moments), np.int64)
    at = np.flatnonzero(is_moment[order])
    since[order[at] - first] = time[order[last[at]]]
    return since
