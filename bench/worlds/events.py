"""What leads, reps and marketing do while a lead is open: Poisson events that fade with its age, some moved by its hidden interest."""

from dataclasses import dataclass

import numpy as np

from bench.worlds.closing import EVENING, Closing
from bench.worlds.population import Floats, Places, Population
from bench.worlds.structure import Kind, Structure, stream

MORNING = 9 / 24


@dataclass(frozen=True)
class Events:
    """Events on record before the world ends, in any order; `kind` is a position, times are days since the start."""

    lead: Places
    kind: Places
    occurred: Floats
    recorded: Floats


def happen(structure: Structure, people: Population, closing: Closing) -> Events:
    """Draw the events of leads until each closes, or the world ends."""
    rng = stream(structure.seed, "events")
    parts = [_of_kind(structure, rng, place, people, closing) for place in range(len(structure.kinds))]
    if not parts:
        return Events(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0))
    lead, kind, occurred, recorded = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Events(lead, kind, occurred, recorded)


def rate(kind: Kind, interest: Floats) -> Floats:
    """Return events a day at first of leads of such an interest."""
    return kind.a_day * np.exp(kind.reacts * interest - kind.reacts**2 / 2)


def exposure(structure: Structure, kind: Kind, created: Floats, as_of: Floats) -> Floats:
    """Return over how many days, at the first day's rate, events of a lead open until `as_of` are on record then."""
    recording = structure.recording
    if recording.weekly_events:
        return _faded(kind, _last_monday(as_of) - created)
    at_once, late = _faded(kind, as_of - created), _faded(kind, as_of - created - recording.late_days)
    return (1 - recording.late) * at_once + recording.late * late


def _faded(kind: Kind, days: Floats) -> Floats:
    return kind.fading_days * -np.expm1(-np.maximum(days, 0.0) / kind.fading_days)


def _last_monday(time: Floats) -> Floats:
    monday: Floats = np.floor((time - MORNING) / 7) * 7 + MORNING
    return monday


def _of_kind(
    structure: Structure, rng: np.random.Generator, place: int, people: Population, closing: Closing
) -> tuple[Places, Places, Floats, Floats]:
    kind, recording = structure.kinds[place], structure.recording
    open_days = np.maximum(np.minimum(closing.days, structure.days) - people.created, 0.0)
    count = rng.poisson(rate(kind, people.interest) * _faded(kind, open_days))
    lead = np.repeat(np.arange(len(people)), count)
    share = rng.random(len(lead)) * -np.expm1(-open_days[lead] / kind.fading_days)
    occurred = people.created[lead] - kind.fading_days * np.log1p(-share)
    late = rng.random(len(lead)) < recording.late
    if not recording.clock:
        occurred = np.floor(occurred) + EVENING
    recorded = np.where(late, occurred + recording.late_days, occurred)
    if recording.weekly_events:
        recorded = _last_monday(occurred) + 7
    elif not recording.clock:
        recorded = np.where(late, np.floor(recorded) + EVENING, recorded)
    known = recorded <= structure.days
    return lead[known], np.full(int(known.sum()), place), occurred[known], recorded[known]
