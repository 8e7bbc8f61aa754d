"""What drives the numbers: the share of what moves later leads' scores that speaks to each obstacle."""

from collections.abc import Sequence
from typing import get_args

import numpy as np

from features.feature import EVERYONE, Feature
from features.history import Floats
from features.settings import ACTORS, LeadSchema, Obstacle
from models.close.explanation import subject_columns
from training.offsets import refreshed_daily
from training.report.material import Material
from training.report.page import Answer, Driver
from training.report.words import joined, percent, spoken

MEANING = {
    "need": "what they need",
    "money": "what they can pay",
    "hurry": "how soon they want it",
    "desire": "how much they want it",
    "trust": "how you deal with each other",
    "source": "where they came from, and how that source is closing",
}
MOST_ROWS = 2000
"""Moments whose contributions are taken; they are spread evenly over the test."""
MOST_SUBJECTS = 3
RECENTLY = ", recently"
"""How the subject of an offset ends."""
LEAST = 0.005
"""A subject with a smaller share of everything is not worth a name."""


def driven(drivers: Sequence[Driver]) -> Answer:
    """Answer what moves the scores most."""
    question = "What drives the scores?"
    moving = [driver for driver in drivers if driver.bar > 0]
    if not moving:
        return Answer(question, "unsure", "Nothing: every lead gets the same chance.")
    silent = [driver.name for driver in drivers if not driver.bar]
    more = [f"Nothing that is recorded moves a score by {joined(silent, 'or')}."] if silent else []
    first = moving[0]
    return Answer(
        question,
        "plain",
        f"{first.name.capitalize()} most of all: {first.meaning}, with {first.share} of what moves a score.",
        tuple(more),
    )


def drivers(material: Material) -> tuple[Driver, ...]:
    """Return the obstacles, the one that moves scores most first."""
    grounds = material.result.grounds
    evaluation, dataset = grounds.evaluation, grounds.dataset
    step = -(-len(evaluation.test.rows) // MOST_ROWS)
    rows, weight = evaluation.test.rows[::step], evaluation.test.weight[::step]
    model = evaluation.fitted.model
    contributions = model.explain(refreshed_daily(model, dataset, rows)).contributions
    return by_obstacle(model.features, contributions, weight, material.schema)


def by_obstacle(
    features: Sequence[Feature], contributions: Floats, weight: Floats, schema: LeadSchema
) -> tuple[Driver, ...]:
    """Return the share of each obstacle in the mean absolute contributions (n, f), with weights (n,) that count leads.

    What is said about one subject is added up before its size is taken: features about the same share their contribution by chance.
    """
    columns = subject_columns(features)
    size = {
        subject: float(np.average(np.abs(contributions[:, own].sum(axis=1)), weights=weight))
        for subject, own in columns.items()
    }
    everything = sum(size.values())
    found = []
    for obstacle in get_args(Obstacle):
        own = {name: size[name] for name in columns if features[columns[name][0]].obstacle == obstacle}
        share = sum(own.values()) / everything if everything else 0.0
        strongest = sorted((name for name in own if own[name] > LEAST * everything), key=lambda name: -own[name])
        most = joined([_named(name, schema) for name in strongest[:MOST_SUBJECTS]])
        found.append(Driver(obstacle, MEANING[obstacle], percent(share), share, most))
    return tuple(sorted(found, key=lambda driver: -driver.bar))


def _named(subject: str, schema: LeadSchema) -> str:
    """Return a subject as people name it."""
    of = subject.removesuffix(RECENTLY)
    name = "all leads" if of == EVERYONE else spoken(of)
    if subject.endswith(RECENTLY):
        return f"how {name if of == EVERYONE else 'each ' + name} closed lately"
    if of == EVERYONE or of in schema.channels:
        return f"record of {name if of == EVERYONE else 'the ' + name}"
    if of in ACTORS:
        return f"what the {name} did"
    return schema.kinds[of].plural or name if of in schema.kinds else name
