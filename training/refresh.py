"""Refreshing the champion: its books and its offset follow the outcomes that have come in; nothing is trained."""

from datetime import datetime

import numpy as np

from features.checks import CheckedHistory
from features.clock import to_datetime, to_microseconds
from features.matrix import catalogue
from models.champions import Cause
from models.registry import CHAMPION, ModelVersion, Registry, Run
from training import arrivals, replay
from training.companions import renewed

KNOWN_UNTIL = "known_until"
"""Tag of a refreshed version: the outcomes known by then are in it."""


class OtherSettingsError(ValueError):
    """The settings have changed since the champion was trained."""


def new_outcomes(checked: CheckedHistory, registry: Registry) -> int:
    """Return how many outcomes of a history were recorded after those that the champion knows.

    Raises
    ------
    NoModelError
        If there is no champion.
    RegistryError
        If MLflow cannot be reached.
    """
    tags = registry.version(registry.version_of(CHAMPION)).tags
    known = tags.get(KNOWN_UNTIL, tags.get("trained_until"))
    recorded = checked.history.outcomes.recorded_at
    return len(recorded) if known is None else int(np.sum(recorded > to_microseconds(datetime.fromisoformat(known))))


def refresh(checked: CheckedHistory, registry: Registry, at: datetime | None = None, by: str = "") -> ModelVersion:
    """Register the champion with what a history says by now, and let this version serve.

    If another model was promoted, or the champion rolled back, while this was done, that one keeps serving.

    Parameters
    ----------
    at, by
        When and by whom, for the registry's record.

    Raises
    ------
    OtherSettingsError
        If the settings no longer give the features that the champion was trained on.
    NoModelError
        If there is no champion.
    ChampionChangedError
        If another version serves by the end.
    RegistryError
        If MLflow cannot be reached.
    """
    version, model, beside = registry.load(CHAMPION)
    if catalogue(checked.history.schema) != model.booster.features:
        raise OtherSettingsError(
            f"A refresh must find the settings that version {version} was trained with, "
            "got others: bring back the fields, kinds and windows of then, or run `glengarry train`."
        )
    tags = {
        "refreshed_from": version,
        KNOWN_UNTIL: to_datetime(checked.history.known_until).isoformat(),
        "fingerprint": checked.fingerprint,
    }
    newer = model.refreshed(checked.history)
    documents = {replay.FILE: replay.record(newer, checked.history).to_json()}
    came_in = registry.document(version, arrivals.FILE)  # inputs are held against the training, not against the refresh
    run = Run("refresh", tags=tags, documents=documents | ({arrivals.FILE: came_in} if came_in else {}))
    refreshed = registry.log(run, newer, beside=renewed(beside, newer, checked.history))
    # What was begun at that time serves from when it was made, not before.
    since = None if at is None else max(at, refreshed.created_at)
    cause = Cause("refreshed", since, by, f"outcomes known until {tags[KNOWN_UNTIL][:10]}")
    registry.make_champion(refreshed.version, cause, instead_of=version)
    return refreshed
