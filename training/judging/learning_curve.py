"""The learning curve: what a model that learned from some of the leads loses beside one that learned from all, on the same later leads.

It says whether a longer history would help, and how many leads are enough. The kind of model that weighs most in the blend learns anew from an eighth,
a quarter, a half and all of the leads, each time for as long as serves best on later moments, and is judged on the test, which none has seen. Leads are
drawn by a hash of their ids, each part within the next, so that no part hangs on the order of the rows.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from scipy.special import expit

from features.records.history import Floats, Moments, Strings
from training.fitting.fit import Fitted
from training.fitting.tuning import learn
from training.metrics import Figure, JudgingSettings, Trial
from training.metrics.compare import less, resample
from training.metrics.figure import verdict
from training.samples.dataset import Dataset, Sample, training_sample
from training.samples.inner_split import inner_split
from training.samples.thinning import draws
from training.settings import TrainingSettings
from training.side_by_side import side_by_side

PARTS = (0.125, 0.25, 0.5)
"""Shares of the leads that are tried beside all of them."""


@dataclass(frozen=True)
class CurvePoint:
    """What a part of the leads is worth.

    Attributes
    ----------
    leads
        How many were learned from.
    lost
        Log loss less that of the model that learned from all: above 0, fewer leads cost so much.
    """

    leads: int
    lost: Figure


@dataclass(frozen=True)
class LearningCurve:
    """What each part of the leads is worth beside all.

    Attributes
    ----------
    leads
        All that were learned from: those that had matured where the test run took its last look at what it learned from.
    points
        From the fewest leads on; without parts in which too few were won, or were not.
    """

    leads: int
    points: tuple[CurvePoint, ...]

    @property
    def enough(self) -> int | None:
        """The fewest leads with which, as with each larger part, nothing was lost by more than chance; None if that takes all, or cannot be told."""
        found = None
        for point in reversed(self.points):
            if verdict(point.lost) not in ("no clear difference", "better"):
                break
            found = point.leads
        return found

    @property
    def said(self) -> str:
        """What the curve says of a longer history."""
        half = self.points[-1]
        cost = (
            f"learning from {half.leads:,} of {self.leads:,} leads, the log loss of its main part would have been higher by "
            f"{half.lost.value:.4f} ({half.lost.low:.4f} to {half.lost.high:.4f})"
        )
        match verdict(half.lost):
            case "cannot tell":
                return "Too few outcomes tell whether more leads would make it better."
            case "worse":
                return f"More leads still help: {cost}."
            case _:
                return f"That more leads would help does not show: {cost}."

    def to_json(self) -> dict[str, Any]:
        """Return the curve as plain values."""
        points = [{"leads": point.leads, "lost": point.lost.to_json()} for point in self.points]
        return {"leads": self.leads, "points": points, "enough": self.enough, "said": self.said}


def learning_curve(
    dataset: Dataset,
    settings: TrainingSettings,
    cutoff: int,
    fitted: Fitted,
    test: Sample,
    judging: JudgingSettings | None = None,
) -> LearningCurve | None:
    """Return what parts of the leads are worth on a test; None where too little was known in time, or no part has enough outcomes.

    Parameters
    ----------
    fitted
        The close model of the cut-off, whose heaviest kind is tried.
    test
        Moments after the cut-off, of which no part knows anything.
    """
    judging = judging or JudgingSettings()
    matured_only = settings.model_copy(update={"undetermined": "left_out"})
    split = inner_split(dataset, matured_only, fitted.tuning.middle, cutoff, training_sample)
    if split.by_lead:
        return None
    place = drawn_leads(dataset.history.leads.lead_id)
    shares = [share for share in PARTS if _can_learn(dataset, settings, split.early.of_leads(dataset, place < share))]
    if not shares:
        return None
    kind = max(fitted.tuning.members, key=lambda member: member.weight).name
    bins = dataset.binned(cutoff, settings)
    unseen = bins.of(split.later.rows, split.later.y, split.later.weight)

    def promised(share: float) -> Floats:
        part = split.early.of_leads(dataset, place < share) if share < 1 else split.early
        rows = bins.of(part.rows, part.y, part.weight)
        learned = learn(kind, settings, dataset.features, part.arrays(dataset.X), rows, unseen)
        return np.asarray(expit(learned.margin(dataset.X[test.rows])), np.float64)

    every = [*shares, 1.0]
    said = dict(zip(map(str, every), side_by_side([partial(promised, share) for share in every]), strict=True))
    trial = Trial.of(test.y, test.weight, dataset.moments.lead[test.rows])
    figures = resample(trial, said, judging)
    counts = [split.early.of_leads(dataset, place < share).lead_count(dataset) for share in shares]
    lost = [less(trial, "log_loss", figures[str(share)], figures[str(1.0)], judging.level) for share in shares]
    return LearningCurve(split.early.lead_count(dataset), tuple(map(CurvePoint, counts, lost)))


def drawn_leads(lead_ids: Strings) -> Floats:
    """Return a number (n,) from 0 to 1 for each lead, even and by its id alone: those under a share are that part of any history.

    Examples
    --------
    >>> both, one = drawn_leads(np.array(["a", "b"], np.object_)), drawn_leads(np.array(["b"], np.object_))
    >>> bool(both[1] == one[0]), bool(both[0] != both[1])
    (True, True)
    """
    count = len(lead_ids)
    return draws(lead_ids, Moments(np.arange(count, dtype=np.int32), np.zeros(count, np.int64)))


def _can_learn(dataset: Dataset, settings: TrainingSettings, part: Sample) -> bool:
    return min(part.won_and_not(dataset)) >= settings.fewest_won
