"""What the model has to answer for: how its promises held, what drives its scores, and which version served when and why."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
import sqlalchemy as sa
from pydantic import Field

from features.records.clock import to_datetime
from features.settings.fields import Obstacle
from models.close.reasons.drivers import obstacle_shares, subject_sizes
from models.close.reasons.sentences import own_day
from models.close.record import CalibrationBand, bands
from models.registry import CHAMPION, Registry, RegistryError
from serving.champion.champion import Champion
from serving.schemas.score import Band, Message, ModelVersion, Probability, band_message
from serving.settings.settings import LearnsFrom
from serving.store import reading
from serving.store.first_scores import first_promises
from training.gate.decision import PromotionDecision, recorded
from training.metrics import JudgingSettings

MAX_SCORES = 2000
"""Latest scores whose reasons tell what drives them."""
CLOSE = "close_model"


class Driver(Message):
    """How much of what moves the scores speaks to an obstacle."""

    obstacle: Obstacle
    share: Probability


class Quarter(Message):
    """How a model that was trained at a quarter's start did on it; figures are null where too few outcomes support them."""

    name: str
    leads: int
    won: int
    log_loss: float | None
    roc_auc: float | None
    won_over_expected: float | None


class Version(Message):
    """A version in the registry."""

    version: str
    serves: bool
    registered_at: datetime
    log_loss: float | None = Field(description="On later leads that the tested model had not seen; null of a refresh.")
    roc_auc: float | None
    refreshed_from: str | None = Field(
        description="The version of which it is a refresh; null of one that was trained."
    )


class Turn(Message):
    """The champion changed."""

    version: str
    previous: str | None
    at: datetime | None
    how: str = Field(description="first, promoted, overruled, refreshed, rolled back or set.")
    by: str
    reason: str


class Registered(Message):
    """What the registry keeps."""

    versions: tuple[Version, ...] = Field(description="The latest first.")
    turns: tuple[Turn, ...] = Field(description="Every change of the champion, the latest first.")
    quarters: tuple[Quarter, ...] = Field(
        description="The backtest of the champion's training; empty where none was made."
    )


class ModelAccount(Message):
    """The model that answers, and its record."""

    model: ModelVersion
    horizon_days: int
    decided_by: str | None = Field(
        default=None,
        description="How people call the day by which a lead is decided; null where the settings name none.",
    )
    base_rate: Probability
    abstention: str | None
    beside_rival: str | None = Field(
        default=None,
        description="How it stood to the nearest of the simpler things that a model must beat, when it was tested; null of a "
        "version that kept none.",
    )
    tested: tuple[Band, ...] = Field(
        description="What became of leads by what they were called, when the model was tested."
    )
    kept: tuple[Band, ...] = Field(description="The same of this service's own first scores whose horizon has passed.")
    drivers: tuple[Driver, ...] = Field(
        description="By the test of its training, the strongest first, as its report says; of a version that "
        "kept none, by its latest scores. Empty of a model that gives every lead the same chance."
    )
    registered: Registered | None = Field(description="Null where the registry does not answer.")
    trouble: str | None = Field(description="Why the registry does not answer.")
    learns_from: LearnsFrom = Field(
        description="What trainings and refreshes read: the export, the service's own store, or both."
    )
    outcomes_unknown: int = Field(
        description="Outcomes in the store that the model does not know: recorded later, or told since."
    )
    differences: tuple[str, ...] = Field(
        description="Where the settings of today, which intake goes by, and those of the model's training differ; what a training would bring."
    )


class RegistryFigures(NamedTuple):
    """What the registry keeps, or why it does not answer."""

    registered: Registered | None
    trouble: str | None = None


class StoreFigures(NamedTuple):
    """What a store says of its champion: how its promises held, what drives its latest scores, and how many outcomes it does not know."""

    bands: tuple[Band, ...]
    drivers: tuple[Driver, ...]
    outcomes_unknown: int


def read_stored(connection: sa.Connection, champion: Champion, now: int) -> StoreFigures:
    """Return what the scores of a store say by a time (microseconds UTC); every first score is read."""
    unknown = reading.outcomes_unknown(connection, *champion.model.outcomes_known)
    return StoreFigures(tuple(_kept(connection, champion, now)), tuple(_drivers(connection, champion)), unknown)


def account(champion: Champion, kept: RegistryFigures, stored: StoreFigures, learns_from: LearnsFrom) -> ModelAccount:
    """Return what the champion has to answer for."""
    model, record = champion.model, champion.beside.record
    tested = () if record is None else tuple(band_message(band, record.tested_since) for band in record.bands)
    return ModelAccount(
        model=champion.version,
        horizon_days=model.schema.horizon_days,
        decided_by=own_day(model.schema),
        base_rate=model.base_rate,
        abstention=model.certainty.abstention or None,
        beside_rival=(record.beside_rival or None) if record else None,
        tested=tuple(band for band in tested if round(band.leads)),
        kept=stored.bands,
        drivers=stored.drivers,
        registered=kept.registered,
        trouble=kept.trouble,
        learns_from=learns_from,
        outcomes_unknown=stored.outcomes_unknown,
        differences=tuple(champion.differences),
    )


def ask_registry(find: Callable[[], Registry] | None, serving: str) -> RegistryFigures:
    """Return what the registry of a service keeps, which may take it a minute."""
    if find is None:
        return RegistryFigures(None, "this service was built with its model inside, and knows of no registry")
    try:
        return RegistryFigures(registered_in(find(), serving))
    except (RegistryError, LookupError, ValueError, OSError) as error:
        return RegistryFigures(None, str(error))


def last_decision(find: Callable[[], Registry] | None) -> PromotionDecision | None:
    """Return what the gate said last, with marks for the ids of leads; None where it has said nothing, or the registry does not answer."""
    if find is None:
        return None
    try:
        registry = find()
        judged = [one for one in registry.versions() if one.tags.get("gate/document")]
        if not judged:
            return None
        latest = max(judged, key=lambda one: one.tags["gate/at"])
        return recorded(latest.version, registry)
    except (RegistryError, LookupError, ValueError, OSError):
        return None


def registered_in(registry: Registry, serving: str) -> Registered:
    """Return what a registry keeps, with the backtest of the training behind the version that serves.

    Raises
    ------
    RegistryError
        If it does not answer.
    """
    versions = registry.versions()
    tags = {one.version: one.tags for one in versions}
    trained = serving
    while "refreshed_from" in tags.get(trained, {}):
        trained = tags[trained]["refreshed_from"]
    backtest = registry.document(trained, "backtest.json") if trained in tags else None
    return Registered(
        versions=tuple(
            Version(
                version=one.version,
                serves=CHAMPION in one.aliases,
                registered_at=one.created_at,
                log_loss=one.metrics.get(f"{CLOSE}/log_loss"),
                roc_auc=one.metrics.get(f"{CLOSE}/roc_auc"),
                refreshed_from=one.tags.get("refreshed_from"),
            )
            for one in versions
        ),
        turns=tuple(
            Turn(
                version=turn.version,
                previous=turn.previous,
                at=turn.cause.at,
                how=turn.cause.kind,
                by=turn.cause.by,
                reason=turn.cause.reason,
            )
            for turn in reversed(registry.changes())
        ),
        quarters=tuple(_quarters({} if backtest is None else backtest["by_quarter"])),
    )


def _quarters(by_quarter: Mapping[str, Any]) -> Iterator[Quarter]:
    for name, by_model in by_quarter.items():
        figures = by_model[CLOSE]
        yield Quarter(
            name=name,
            leads=figures["leads_won"] + figures["leads_not_won"],
            won=figures["leads_won"],
            log_loss=figures["log_loss"],
            roc_auc=figures["roc_auc"],
            won_over_expected=figures["observed_over_expected"],
        )


def _kept(connection: sa.Connection, champion: Champion, now: int) -> Iterator[Band]:
    said = first_promises(connection, now, champion.model.schema)
    if not len(said.probability):
        return
    edges = _edges(() if champion.beside.record is None else champion.beside.record.bands)
    for band in bands(edges, said.probability, said.won.astype(np.float64), np.ones(len(said.won))):
        if band.leads:
            yield band_message(band, to_datetime(said.since))


def _edges(tested: Sequence[CalibrationBand]) -> tuple[float, ...]:
    """Return between what the model was tested, so that the two records can be held against each other."""
    return tuple(band.low for band in tested[1:]) or JudgingSettings().score_edges


def _drivers(connection: sa.Connection, champion: Champion) -> Iterator[Driver]:
    """Yield what drives the scores: as the training found it, so that its report says the same; else by the latest scores."""
    if champion.model.certainty.abstention:
        return
    record = champion.beside.record
    shares = dict(record.drivers if record else ()) or _by_latest(connection, champion)
    for obstacle, share in shares.items():
        yield Driver(obstacle=obstacle, share=share)


def _by_latest(connection: sa.Connection, champion: Champion) -> dict[Obstacle, float]:
    name = champion.version.name, champion.version.version
    contributions = np.array(reading.latest_contributions(connection, *name, MAX_SCORES))
    if not len(contributions):
        return {}
    features = champion.model.features
    return obstacle_shares(features, subject_sizes(features, contributions))
