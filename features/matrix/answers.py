"""Features of what the lead said: the answer known at the moment, whether there is one, and how long ago it was given."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.matrix.asof import last_occurred
from features.matrix.block import Block
from features.matrix.feature import Feature, obstacle_of, sign
from features.records.clock import DAY, NEVER, Microseconds
from features.records.history import Floats
from features.settings.fields import LeadField
from features.settings.schema import LeadSchema

LARGEST = float(np.finfo(np.float32).max)
"""The matrix holds 32-bit numbers: one beyond these counts as the largest, so that none becomes infinite."""
UNITS = {"number": "", "flag": "yes or no", "category": "step", "date": "days ahead", "text": "words"}
ENDINGS = {"date": "_days_ahead", "text": "_words"}


@dataclass(frozen=True)
class KnownAnswers:
    """What was known of the fields that are features, as of some moments.

    Attributes
    ----------
    values
        (n, fields) encoded values, NaN where not answered: first the answers, then what else is admitted.
    given_at
        (n, answers) when the answer, or the lack of one, was given; microseconds UTC.
    """

    values: Floats
    given_at: Microseconds


def answer_features(schema: LeadSchema) -> tuple[Feature, ...]:
    """Return the features that `answers` computes, in its order."""
    said = [(name, obstacle_of(field)) for name, field in schema.answers.items()]
    return (
        *(feature for name, field in used_fields(schema).items() for feature in _value_features(name, field)),
        *(Feature(f"{name}_answered", "answered", name, obstacle, "yes or no") for name, obstacle in said),
        *(Feature(f"{name}_answer_age", "answer_age", name, obstacle, "days") for name, obstacle in said),
        Feature("answers_given", "answers_given", "lead", "trust", "answers"),
        Feature("lead_age", "lead_age", "lead", "hurry", "days"),
        *_deadline_features(schema),
    )


def answers(block: Block) -> NDArray[np.float32]:
    """Compute the features of fields (n, f) for the moments of a block."""
    known, as_of = known_answers(block), block.as_of[:, None]
    fields = enumerate(used_fields(block.schema).values())
    columns = [_value_columns(field, known.values[:, place : place + 1], as_of) for place, field in fields]
    given = ~np.isnan(known.values[:, : len(block.schema.answers)])
    age = np.where(given, (as_of - known.given_at) / DAY, np.nan)
    count = given.sum(axis=1, keepdims=True)
    lead_age = (as_of - block.created_at[:, None]) / DAY
    deadline = () if block.schema.decided_by is None else (_days_until_deadline(block),)
    return np.concatenate((*columns, given, age, count, lead_age, *deadline), axis=1, dtype=np.float32)


def _deadline_features(schema: LeadSchema) -> Iterator[Feature]:
    if schema.decided_by is not None:
        yield Feature(f"days_until_{schema.decided_by}", "days_until", schema.decided_by, "hurry", "days")


def _days_until_deadline(block: Block) -> Floats:
    """Return (n, 1) how many days are left until the day ends by which the lead is decided; NaN where it names none."""
    deadline = block.history.deadline[block.leads]
    days: Floats = np.where(deadline == NEVER, np.nan, (deadline + 1 - block.as_of) / DAY)
    return days[:, None]


def known_answers(block: Block) -> KnownAnswers:
    """Return what each moment of a block knows of the fields that are features.

    A later answer replaces the one that the lead was created with; of several that were recorded by then, the one that was given last holds,
    in whatever order they were recorded.
    """
    schema, events = block.schema, block.timeline.events
    known = _as_created(block)
    rows = np.flatnonzero(events.kind >= len(schema.kinds))
    if len(rows):
        marks = events.kind[rows] - len(schema.kinds) == np.arange(len(schema.answers))[:, None]
        last = last_occurred(marks, events.occurred_at[rows], events.lead[rows])
        last = last.take(np.searchsorted(rows, block.end), axis=1).T
        changed = np.nonzero(last >= np.searchsorted(rows, block.begin)[:, None])
        event = rows[last[changed]]
        known.values[changed] = events.value[event]
        known.given_at[changed] = events.occurred_at[event]
    # Adding zero makes -0 and 0 the same to the last bit.
    return KnownAnswers(np.minimum(np.maximum(known.values, -LARGEST), LARGEST) + 0.0, known.given_at)


def used_fields(schema: LeadSchema) -> dict[str, LeadField]:
    """Return the fields whose values are features: first the answers, then what else is admitted."""
    return {**schema.answers, **{name: field for name, field in schema.encoded.items() if field.admitted}}


def _as_created(block: Block) -> KnownAnswers:
    fields = used_fields(block.schema)
    values = np.empty((len(block), len(fields)))
    for place, name in enumerate(fields):
        values[:, place] = block.field(name)
    given_at = np.empty((len(block), len(block.schema.answers)), np.int64)
    given_at[:] = block.created_at[:, None]
    return KnownAnswers(values, given_at)


def _is_one_hot(field: LeadField) -> bool:
    return field.type == "category" and not field.ordered


def _value_features(name: str, field: LeadField) -> Iterator[Feature]:
    obstacle = obstacle_of(field)
    if _is_one_hot(field):
        for value in categories(field):
            yield Feature(f"{name}_is_{_slug(value)}", "is_value", name, obstacle, "yes or no", value=value)
        return
    full_name = name + ENDINGS.get(field.type, "")
    yield Feature(full_name, "value", name, obstacle, UNITS[field.type], sign(field.direction))


def _value_columns(field: LeadField, value: Floats, as_of: Microseconds) -> Floats:
    """Return (n, columns) for one field's values (n, 1)."""
    if _is_one_hot(field):
        return np.where(np.isnan(value), np.nan, value == np.arange(len(categories(field))))
    if field.type == "date":
        return (value - as_of) / DAY
    return value


def categories(field: LeadField) -> tuple[str, ...]:
    """Return the values that a field may have, by code."""
    return (*field.values, "other") if field.others else field.values


def _slug(value: str) -> str:
    """Return a value as a part of a name; values that differ may come out alike.

    Examples
    --------
    >>> _slug("Trade show (Berlin)")
    'trade_show__berlin'
    """
    return "".join(letter if letter.isalnum() else "_" for letter in value.lower()).strip("_")
