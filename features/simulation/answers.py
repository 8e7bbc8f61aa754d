"""What the leads say: noisy readings of their traits, left out where the trait is weak, given or changed later."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from features.records.clock import DAY, Microseconds, to_datetime
from features.records.history import Floats, Integers
from features.simulation.company import RecordKeeping, WorldSettings, quarter_starts
from features.simulation.people import People
from features.simulation.schema import ANSWERS
from features.simulation.sources import OBSTACLES
from features.simulation.truth import sigmoid

FIVE_STEPS = (-1.2, -0.4, 0.4, 1.2)
LONGEST_DATE_DAYS = 730
LATER_DAYS = 10.0
"""Mean days until an answer is given or changed."""
ASKED_NOISE = 0.7
"""Noise of an answer that was given later: a rep asked, so it is nearer to the truth."""


class TraitReading(NamedTuple):
    """How a trait becomes an answer: where the steps between values lie, how noisy it is, how often it is left out."""

    steps: tuple[float, ...] = FIVE_STEPS
    noise: float = 1.0
    left_out: float = 0.1
    shuffled: tuple[int, ...] = ()


READINGS = {
    "outcome_wanted": TraitReading(),
    "cost_of_not_solving": TraitReading(steps=(), noise=1.2, left_out=0.3),
    "budget": TraitReading(left_out=0.2),
    "paid_by": TraitReading(steps=(-0.7, 0.1, 0.8), noise=1.2, left_out=0.2),
    "timeline": TraitReading(),
    "needed_by": TraitReading(steps=(), noise=1.2, left_out=0.6),
    "uses_now": TraitReading(shuffled=(0, 2, 1, 3, 4)),
    "wants_contact": TraitReading(steps=(0.6,), noise=1.2, left_out=0.0),
    "knows_us": TraitReading(),
    "decides": TraitReading(noise=1.2, left_out=0.2),
}
"""By answer; `shuffled` gives the values of an unordered answer in the order of the trait."""


@dataclass(frozen=True)
class SimulatedAnswers:
    """Answers given later, n rows: who, which (position in `ANSWERS`), how long after creation, and what.

    `value` is the number of a number field, otherwise NaN; `text` the position in `vocabulary`, or -1.
    """

    lead: Integers
    answer: Integers
    days: Floats
    value: Floats
    text: Integers


def given_at_first(rng: np.random.Generator, settings: WorldSettings, people: People) -> dict[str, Floats]:
    """Return each answer as it was given at creation, as a reading of the trait; NaN where it was left out."""
    readings = {}
    for name in READINGS:
        reading = _read(rng, settings.records, people, name, np.arange(len(people), dtype=np.int32), 1.0)
        reading[rng.random(len(people)) < _left_out(settings.records, people, name)] = np.nan
        readings[name] = reading
    return readings


def given_later(
    rng: np.random.Generator, settings: WorldSettings, people: People, first: dict[str, Floats]
) -> SimulatedAnswers:
    """Draw the answers that come in or change after creation, whether or not the lead is still open then."""
    records, said = settings.records, []
    for position, name in enumerate(ANSWERS):
        missing = np.isnan(first[name])
        chance = np.where(missing, records.answered_later * sigmoid(_trait(people, name)), records.changed_later)
        rows = np.flatnonzero(rng.random(len(people)) < chance).astype(np.int32)
        days = rng.exponential(LATER_DAYS, len(rows))
        reading = _read(rng, records, people, name, rows, ASKED_NOISE)
        value, text = _speak(settings, name, reading, people.created_at[rows])
        said.append(SimulatedAnswers(rows, np.full(len(rows), position, np.int32), days, value, text))
    columns = ([getattr(each, column) for each in said] for column in ("lead", "answer", "days", "value", "text"))
    return SimulatedAnswers(*(np.concatenate(column) for column in columns))


def when_asked(
    rng: np.random.Generator, settings: WorldSettings, name: str, trait: Floats, created_at: Microseconds
) -> list[str | float | bool]:
    """Return what leads with these traits (n,) answer to a question that a rep asks them, as a form would send it."""
    reading, field = _around(rng, settings.records, name, trait, ASKED_NOISE), ANSWERS[name]
    match field.type:
        case "number":
            return list(amount_named(reading).tolist())
        case "flag":
            return [bool(place) for place in code(name, reading)]
        case "date":
            return [to_datetime(date).date().isoformat() for date in date_named(created_at, reading).tolist()]
        case _:
            return [field.values[place] for place in code(name, reading)]


def promise(first: dict[str, Floats]) -> Floats:
    """Return how promising each lead looks from its first answers: mean 0, standard deviation 1."""
    looks: Floats = np.zeros(len(next(iter(first.values()))))
    for reading in first.values():
        looks += np.nan_to_num(reading, nan=-0.3)
    scaled: Floats = (looks - looks.mean()) / max(float(looks.std()), 1e-9)
    return scaled


def code(name: str, reading: Floats) -> Integers:
    """Return the position of the value that a reading stands for, -1 where it is NaN."""
    place: Integers = np.searchsorted(READINGS[name].steps, reading).astype(np.int32)
    if READINGS[name].shuffled:
        place = np.array(READINGS[name].shuffled, np.int32)[place]
    return np.where(np.isnan(reading), -1, place).astype(np.int32)


def amount_named(reading: Floats) -> Floats:
    """Return the yearly cost of not solving it that a reading stands for."""
    cost: Floats = np.exp(9.0 + 0.8 * reading).round(-2)
    return cost


def date_named(created_at: Microseconds, reading: Floats) -> Microseconds:
    """Return the date, as midnight, that a reading stands for; NaN readings give that of creation."""
    days = np.clip(np.exp(4.6 - 0.6 * np.nan_to_num(reading)), 1, LONGEST_DATE_DAYS).astype(np.int64)
    return (created_at // DAY + days) * DAY


def vocabulary(settings: WorldSettings) -> list[str]:
    """Return every text that an answer may be: the values of all categories, no and yes, and the dates."""
    days = (quarter_starts(settings)[-1] - quarter_starts(settings)[0]) // DAY + LONGEST_DATE_DAYS + 2
    dates = pd.date_range(pd.Timestamp(_first_date(settings), unit="us"), periods=int(days)).strftime("%Y-%m-%d")
    return [*(value for field in ANSWERS.values() for value in field.values), "no", "yes", *dates]


def _speak(settings: WorldSettings, name: str, reading: Floats, created_at: Microseconds) -> tuple[Floats, Integers]:
    """Return the number and the position in the vocabulary that say a reading in an event."""
    nothing = np.full(len(reading), np.nan)
    category_values = sum(len(field.values) for field in ANSWERS.values())
    match ANSWERS[name].type:
        case "number":
            return amount_named(reading), np.full(len(reading), -1, np.int32)
        case "flag":
            return nothing, category_values + code(name, reading)
        case "date":
            days = (date_named(created_at, reading) - _first_date(settings)) // DAY
            return nothing, (category_values + 2 + days).astype(np.int32)
        case _:
            return nothing, _offset(name) + code(name, reading)


def _offset(name: str) -> int:
    names = list(ANSWERS)
    return sum(len(ANSWERS[earlier].values) for earlier in names[: names.index(name)])


def _first_date(settings: WorldSettings) -> int:
    return int(quarter_starts(settings)[0]) // DAY * DAY


def _trait(people: People, name: str) -> Floats:
    trait: Floats = people.traits[:, OBSTACLES.index(str(ANSWERS[name].obstacle))]
    return trait


def _read(
    rng: np.random.Generator, records: RecordKeeping, people: People, name: str, rows: Integers, noise: float
) -> Floats:
    return _around(rng, records, name, _trait(people, name)[rows], noise)


def _around(rng: np.random.Generator, records: RecordKeeping, name: str, trait: Floats, noise: float) -> Floats:
    """Return noisy readings (n,) of a trait."""
    reading: Floats = trait + records.noise * READINGS[name].noise * noise * rng.standard_normal(len(trait))
    return reading


def _left_out(records: RecordKeeping, people: People, name: str) -> Floats:
    """Return the chance that an answer is left out: who has no money does not say the budget."""
    share = READINGS[name].left_out
    if not share:
        return np.zeros(len(people))
    odds = np.log(share / (1.0 - share)) - records.missing_slope * _trait(people, name)
    return np.minimum(records.missing * sigmoid(odds), 1.0)
