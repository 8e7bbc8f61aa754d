"""What drives the numbers: the share of what moves later leads' scores that speaks to each obstacle."""

from collections.abc import Mapping, Sequence

from features.matrix.feature import EVERYONE, Feature
from features.settings.fields import ACTORS
from features.settings.schema import LeadSchema
from models.close.reasons.drivers import MEANING, obstacle_shares
from models.close.reasons.explanation import subject_columns
from models.close.reasons.wording import fine_percent
from training.judging.drivers import tested_sizes
from training.report.material import Material
from training.report.page import ReportAnswer, ReportDriver
from training.report.words import joined, spoken

MAX_SUBJECTS = 3
RECENTLY = ", recently"
"""How the subject of an offset ends."""
LEAST = 0.005
"""A subject with a smaller share of everything is not worth a name."""


def driven(drivers: Sequence[ReportDriver], abstention: str = "") -> ReportAnswer:
    """Answer what moves the scores most; of a model that gives every lead the same chance, nothing does."""
    question = "What drives the scores?"
    moving = [driver for driver in drivers if driver.bar > 0]
    if not moving:
        why = f": {abstention}" if abstention else ""
        return ReportAnswer(question, "unsure", f"Nothing: every lead gets the same chance{why}.")
    silent = [driver.name for driver in drivers if not driver.bar]
    more = [f"Nothing that is recorded moves a score by {joined(silent, 'or')}."] if silent else []
    first = moving[0]
    return ReportAnswer(
        question,
        "plain",
        f"{first.name.capitalize()} most of all: {first.meaning}, with {first.share} of what moves a score.",
        tuple(more),
    )


def drivers(material: Material) -> tuple[ReportDriver, ...]:
    """Return the obstacles, the one that moves scores most first; none of a model that gives every lead the same chance."""
    if material.result.abstention:
        return ()
    grounds = material.result.grounds
    features = grounds.evaluation.fitted.model.features
    return by_obstacle(features, tested_sizes(grounds.evaluation, grounds.dataset), material.schema)


def by_obstacle(features: Sequence[Feature], size: Mapping[str, float], schema: LeadSchema) -> tuple[ReportDriver, ...]:
    """Return the share of each obstacle in what moves scores, from how far each subject moves them."""
    columns, everything = subject_columns(features), sum(size.values())
    found = []
    for obstacle, share in obstacle_shares(features, size).items():
        own = [name for name in columns if features[columns[name][0]].obstacle == obstacle]
        strongest = sorted((name for name in own if size[name] > LEAST * everything), key=lambda name: -size[name])
        most = joined([_named(name, schema) for name in strongest[:MAX_SUBJECTS]])
        found.append(ReportDriver(obstacle, MEANING[obstacle], fine_percent(share), share, most))
    return tuple(found)


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
