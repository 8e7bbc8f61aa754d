"""Refreshing the champion: its books and its offset follow the outcomes that have come in; nothing is trained."""

from dataclasses import replace
from datetime import datetime

import numpy as np

from features.matrix.matrix import catalogue
from features.records.checks import CheckedHistory
from features.records.clock import to_datetime, to_microseconds
from models.registry import CHAMPION, RegisteredVersion, Registry, Run
from models.registry.champions import Cause
from training.fitting.offsets import REFRESHING
from training.gate import recorded_scores
from training.judging import drift
from training.rounds.artifacts import renewed

KNOWN_UNTIL = "known_until"
"""Tag of a refreshed version: the outcomes known by then are in it."""
TOLD_UNTIL = "told_until"
"""Tag of a version: outcomes that the service was told by then, by its store's clock, are in it."""


class OtherSettingsError(ValueError):
    """The settings have changed since the champion was trained."""


def new_outcomes(checked: CheckedHistory, registry: Registry) -> int:
    """Return how many outcomes the champion does not know, at least: recorded later, or told to the service later, with whatever time.

    Raises
    ------
    NoModelError
        If there is no champion.
    RegistryError
        If MLflow cannot be reached.
    """
    tags = registry.version(registry.version_of(CHAMPION)).tags
    known, told = tags.get(KNOWN_UNTIL, tags.get("trained_until")), tags.get(TOLD_UNTIL)
    recorded = checked.history.outcomes.recorded_at
    if known is None:
        return len(recorded)
    since = int(np.sum(recorded > _time(known)))
    late = 0 if told is None or checked.told_at is None else int(np.sum(checked.told_at > _time(told)))
    return max(since, late)


def _time(text: str) -> int:
    return to_microseconds(datetime.fromisoformat(text))


def told_tag(checked: CheckedHistory) -> dict[str, str]:
    """Return the tag that says which outcomes of a store are known; none of an export alone."""
    return {} if checked.told_until is None else {TOLD_UNTIL: to_datetime(checked.told_until).isoformat()}


def refresh(checked: CheckedHistory, registry: Registry, at: datetime | None = None, by: str = "") -> RegisteredVersion:
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
    if catalogue(checked.history.schema) != model.blend.features:
        raise OtherSettingsError(
            f"A refresh must find the settings that version {version} was trained with, "
            "got others: bring back the fields, kinds and windows of then, or run `glengarry train`."
        )
    tags = {
        "refreshed_from": version,
        KNOWN_UNTIL: to_datetime(checked.history.known_until).isoformat(),
        "fingerprint": checked.fingerprint,
        **told_tag(checked),
    }
    newer = replace(model.refreshed(checked.history), told_until=checked.told_until)
    tags[REFRESHING] = newer.offset.in_words()
    documents = {recorded_scores.FILE: recorded_scores.record(newer, checked.history).to_json()}
    reference = registry.document(version, drift.FILE)  # inputs are held against the training, not against the refresh
    run = Run("refresh", tags=tags, documents=documents | ({drift.FILE: reference} if reference else {}))
    refreshed = registry.log(run, newer, beside=renewed(beside, newer, checked.history))
    # What was begun at that time serves from when it was made, not before.
    since = None if at is None else max(at, refreshed.created_at)
    cause = Cause("refreshed", since, by, f"outcomes known until {tags[KNOWN_UNTIL][:10]}")
    registry.make_champion(refreshed.version, cause, instead_of=version)
    return refreshed
