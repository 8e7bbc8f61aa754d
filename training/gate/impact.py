"""Whose score a promotion would move, and why: every open lead as of one moment, once by each model."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from features.matrix.matrix import Matrix
from features.records.history import Floats, Moments
from models.close.model import CloseModel
from models.close.reasons.explanation import subject_columns
from training.gate.comparison import Contestant, moved
from training.gate.preview import ImpactReason, Preview, ScoreMove
from training.samples.moments import open_leads
from training.settings import GateSettings

BASE = "all leads"
"""The subject of what the base value contributes: where the scores of all leads start."""
REASONS = 3
"""Reasons that are told of a move, the strongest; they need not add up to all of it."""


def preview(challenger: Contestant, champion: Contestant, settings: GateSettings) -> Preview | None:
    """Score every lead that is open at the end of the history by both models, with the outcomes known by then; None if none is open."""
    history = challenger.history
    moments = open_leads(history)
    known = np.isin(history.leads.lead_id[moments.lead].astype(str), champion.history.leads.lead_id.astype(str))
    moments = moments.take(known)
    if not len(moments):
        return None
    new, old = challenger.model.refreshed(history), champion.model.refreshed(champion.history)
    X_new = new.matrix(history, moments)
    moments_of_old = moved(moments, history, champion.history)
    X_old = old.matrix(champion.history, moments_of_old)
    before, after = old.predict(X_old), new.predict(X_new)
    step = after - before
    largest = np.argsort(-np.abs(step), kind="stable")[: settings.listed]
    largest = largest[step[largest] != 0]
    gained, lost = _by_subject(new, X_new[largest]), _by_subject(old, X_old[largest])
    moves = tuple(
        ScoreMove(str(history.leads.lead_id[moments.lead[row]]), float(before[row]), float(after[row]), reasons)
        for row, reasons in zip(largest, _reasons(gained, lost, step[largest]), strict=True)
    )
    moving = int(np.count_nonzero(np.abs(step) > settings.move))
    was, becomes = _routes(champion, old, moments_of_old, X_old), _routes(challenger, new, moments, X_new)
    rerouted = None if was is None or becomes is None else int(np.count_nonzero(was != becomes))
    return Preview(len(moments), moving, rerouted, settings.move, float(before.mean()), float(after.mean()), moves)


def _routes(contestant: Contestant, model: CloseModel, moments: Moments, X: Matrix) -> NDArray[np.int8] | None:
    """Return the routes (n,) of leads by one of the two; None if it decides none."""
    decider = contestant.decider
    return decider.routes(model, contestant.history, moments, X) if decider else None


def _by_subject(model: CloseModel, X: np.ndarray) -> dict[str, Floats]:
    """Return the log-odds (n,) that each subject contributes, the base value among them: together the margin."""
    explained = model.explain(X)
    columns = subject_columns(model.features)
    sums = {subject: explained.contributions[:, own].sum(axis=1) for subject, own in columns.items()}
    return {BASE: np.full(len(X), explained.base_value), **sums}


def _reasons(gained: Mapping[str, Floats], lost: Mapping[str, Floats], step: Floats) -> list[tuple[ImpactReason, ...]]:
    """Share out each move (n,) in proportion to what each subject's log-odds have changed, the strongest first."""
    subjects = [*gained, *(subject for subject in lost if subject not in gained)]
    zero = np.zeros(len(step))
    change = np.column_stack([gained.get(name, zero) - lost.get(name, zero) for name in subjects])
    total = change.sum(axis=1)
    points = change * (step / np.where(total != 0, total, np.nan))[:, None]
    strongest = np.argsort(-np.abs(change), axis=1, kind="stable")[:, :REASONS]
    return [
        tuple(
            ImpactReason(subjects[column], float(points[row, column])) for column in columns if change[row, column] != 0
        )
        for row, columns in enumerate(strongest)
    ]
