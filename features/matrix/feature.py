"""What a feature is: a name made from its definition, and the facts that a model and a rep need about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from features.settings.fields import LeadField, Obstacle

Measure = Literal[
    "value",
    "is_value",
    "answered",
    "answer_age",
    "answers_given",
    "count",
    "days_since",
    "active_days",
    "days_to_first",
    "last_word",
    "unanswered_touches",
    "reply_hours",
    "lead_age",
    "days_until",
    "close_rate",
    "lift",
    "new_leads",
    "recent",
    "account_leads",
    "account_since",
    "account_since_kind",
    "account_events",
    "text_margin",
]
"""How a feature is measured; sentences are written by it."""

Direction = Literal[-1, 0, 1]
EVERYONE = "everyone"
"""Subject of features about all leads together rather than one channel."""


@dataclass(frozen=True)
class Feature:
    """One column of the feature matrix.

    Attributes
    ----------
    name
        Made from the definition, such as `call_count_30d`.
    measure, subject
        How it is measured, and of what: the name of a field, a kind, an actor or a channel.
    obstacle
        The obstacle that it speaks to.
    unit
        Unit of its numbers, such as "days".
    direction
        1 if a higher value may only raise the probability, -1 if only lower it, 0 if either.
    window_days
        Length of its window; None for ever.
    value
        The category that an `is_value` feature stands for; of an account, which leads or events are meant.
    """

    name: str
    measure: Measure
    subject: str
    obstacle: Obstacle
    unit: str
    direction: Direction = 0
    window_days: int | None = None
    value: str | None = None


SAID: tuple[Measure, ...] = ("value", "is_value")
"""Measures of what is said in a field."""


def said_columns(features: Sequence[Feature]) -> dict[str, list[int]]:
    """Return the columns that hold what is said in each field, by its name."""
    columns: dict[str, list[int]] = {}
    for column, feature in enumerate(features):
        if feature.measure in SAID:
            columns.setdefault(feature.subject, []).append(column)
    return columns


def sign(direction: Literal["up", "down"] | None) -> Direction:
    """Return the sign of a direction in the settings.

    Examples
    --------
    >>> sign("down")
    -1
    """
    return {"up": 1, "down": -1, None: 0}[direction]  # type: ignore[return-value]


def obstacle_of(field: LeadField) -> Obstacle:
    """Return the obstacle of a field that is a feature; channels speak of the source."""
    return field.obstacle or "source"


def window_name(days: int | None) -> str:
    """Return the ending of a feature's name for its window.

    Examples
    --------
    >>> window_name(30), window_name(None)
    ('30d', 'ever')
    """
    return "ever" if days is None else f"{days}d"
