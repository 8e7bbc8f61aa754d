"""What the model has to answer for: how its promises held, what drives its scores, and which version served when and why."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, get_args

import numpy as np
import sqlalchemy as sa
from pydantic import Field

from features.clock import DAY, to_datetime
from features.settings import Obstacle
from models.close.explanation import subject_columns
from models.close.model import CloseModel
from models.close.record import Band as Promised
from models.close.record import bands
from models.registry import CHAMPION, Registry, RegistryError
from serving.champion import Champion
from serving.messages import Band, Message, ModelVersion, Probability, band_message
from serving.store import reading
from serving.store.promises import first_promises
from training.metrics import JudgingSettings

MOST_SCORES = 2000
"""Latest scores whose reasons tell what drives them."""
CLOSE = "close_model"


class Driver(Message):
    """How much of what moves the latest scores speaks to an obstacle."""

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
    base_rate: Probability
    abstention: str | None
    tested: tuple[Band, ...] = Field(
        description="What became of leads by what they were called, when the model was tested."
    )
    kept: tuple[Band, ...] = Field(description="The same of this service's own first scores whose horizon has passed.")
    drivers: tuple[Driver, ...] = Field(description="By the latest scores, the strongest first; empty without scores.")
    registered: Registered | None = Field(description="Null where the registry does not answer.")
    trouble: str | None = Field(description="Why the registry does not answer.")


class Kept(NamedTuple):
    """What the registry keeps, or why it does not answer."""

    registered: Registered | None
    trouble: str | None = None


class Stored(NamedTuple):
    """What a service's own scores say of its champion: how its promises held, and what drives the latest."""

    bands: tuple[Band, ...]
    drivers: tuple[Driver, ...]


def read_stored(connection: sa.Connection, champion: Champion, now: int) -> Stored:
    """Return what the scores of a store say by a time (microseconds UTC); every first score is read."""
    return Stored(tuple(_kept(connection, champion, now)), tuple(_drivers(connection, champion)))


def account(champion: Champion, kept: Kept, stored: Stored) -> ModelAccount:
    """Return what the champion has to answer for."""
    model, record = champion.model, champion.beside.record
    tested = () if record is None else tuple(band_message(band, record.tested_since) for band in record.bands)
    return ModelAccount(
        model=champion.version,
        horizon_days=model.schema.horizon_days,
        base_rate=model.base_rate,
        abstention=model.certainty.abstention or None,
        tested=tuple(band for band in tested if round(band.leads)),
        kept=stored.bands,
        drivers=stored.drivers,
        registered=kept.registered,
        trouble=kept.trouble,
    )


def ask_registry(find: Callable[[], Registry] | None, serving: str) -> Kept:
    """Return what the registry of a service keeps, which may take it a minute."""
    if find is None:
        return Kept(None, "this service was built with its model inside, and knows of no registry")
    try:
        return Kept(registered_in(find(), serving))
    except (RegistryError, LookupError, ValueError, OSError) as error:
        return Kept(None, str(error))


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
    horizon = champion.model.schema.horizon_days * DAY
    said = first_promises(connection, now, horizon)
    if not len(said.probability):
        return
    edges = _edges(() if champion.beside.record is None else champion.beside.record.bands)
    for band in bands(edges, said.probability, said.won.astype(np.float64), np.ones(len(said.won))):
        if band.leads:
            yield band_message(band, to_datetime(said.since))


def _edges(tested: Sequence[Promised]) -> tuple[float, ...]:
    """Return between what the model was tested, so that the two records can be held against each other."""
    return tuple(band.low for band in tested[1:]) or JudgingSettings().score_edges


def _drivers(connection: sa.Connection, champion: Champion) -> Iterator[Driver]:
    name = champion.version.name, champion.version.version
    contributions = np.array(reading.latest_contributions(connection, *name, MOST_SCORES))
    if not len(contributions):
        return
    sizes = by_obstacle(champion.model, contributions)
    everything = sum(sizes.values())
    for obstacle in sorted(sizes, key=lambda one: -sizes[one]):
        yield Driver(obstacle=obstacle, share=sizes[obstacle] / everything if everything else 0.0)


def by_obstacle(model: CloseModel, contributions: np.ndarray) -> dict[Obstacle, float]:
    """Return how far each obstacle moves scores (n, f), on average in log-odds; what is about one subject is added up first."""
    sizes: dict[Obstacle, float] = dict.fromkeys(get_args(Obstacle), 0.0)
    for columns in subject_columns(model.features).values():
        size = float(np.abs(contributions[:, columns].sum(axis=1)).mean())
        sizes[model.features[columns[0]].obstacle] += size
    return sizes
