"""Fitting the close model as of a cut-off: only what was recorded by then is used, features and labels alike."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from features.feature import Feature
from features.history import Moments
from features.matrix import Matrix
from features.track_record import keep_books
from models.close.booster import Booster
from models.close.calibration import fit_level
from models.close.certainty import NOT_MEASURED, Certainty, spread_of_rate
from models.close.model import CloseModel
from models.close.sentences import COMPARED, counted
from training.moments import labels_known_at
from training.offsets import fresh_offset
from training.samples import Dataset, Sample, training_sample
from training.settings import TrainingSettings
from training.tuning import Sampler, Tuning, tune, won_and_not


class TooFewOutcomesError(ValueError):
    """There is nothing to learn from."""


@dataclass(frozen=True)
class Fitted:
    """A close model, and the facts of its fit that a report should state.

    Attributes
    ----------
    tuning
        How its trees were grown, and what that was taken from.
    clipped
        Share of moments whose weight was cut to the limit.
    sample
        What the trees were grown on.
    """

    model: CloseModel
    tuning: Tuning
    clipped: float
    sample: Sample

    @property
    def moments(self) -> int:
        """Number of moments that the trees were grown on."""
        return len(self.sample.rows)


def fit_close_model(
    dataset: Dataset, settings: TrainingSettings, cutoff: int, sampler: Sampler = training_sample
) -> Fitted:
    """Fit the close model with what was known at a cut-off.

    The latest matured moments before the cut-off decide how trees are grown, how many, and the slope of the calibration, with
    models that ended before them. The trees are then grown anew on all that is known, and the latest labels set the level.

    A model that has seen fewer leads won, or not won, than the settings ask for abstains: it answers with the base rate. So does one
    that no number of trees could better: no tree at all is a number too.

    Parameters
    ----------
    cutoff
        Microseconds UTC: nothing recorded later is used.
    sampler
        What is learned from; another than that of the settings serves comparisons.

    Raises
    ------
    TooFewOutcomesError
        If no lead was won, or none was not: then nothing can be said at all.
    """
    sample, clipped = sampler(dataset, settings, cutoff)
    middle = split_time(dataset, settings, cutoff, settings.later_share)
    tuning = tune(dataset, settings, middle, cutoff, sampler)
    certainty = _certainty(dataset, sample, settings, tuning)
    X, y, weight = sample.arrays(dataset.X)
    booster = Booster.fit(tuning.growth, dataset.features, X, y, weight, tuning.rounds)
    latest = dataset.moments.as_of[sample.rows] > tuning.middle
    calibration = fit_level(tuning.slope, booster.margin(X[latest]), y[latest], weight[latest])
    known = dataset.history.as_known_at(cutoff) if cutoff < dataset.history.known_until else None
    model = CloseModel(
        dataset.history.schema,
        booster,
        calibration,
        dataset.books if known is None else keep_books(known),
        fresh_offset(dataset, settings, cutoff),
        float(np.average(y, weights=weight)),
        cutoff,
        certainty,
        typical(dataset.features, X),
    )
    return Fitted(model, tuning, clipped, sample)


def typical(features: Sequence[Feature], X: Matrix) -> dict[str, float]:
    """Return by feature the middle of what is known of it (n, f), where sentences compare with that."""
    columns = {feature.name: X[:, place] for place, feature in enumerate(features) if feature.measure in COMPARED}
    known = {name: column[~np.isnan(column)] for name, column in columns.items()}
    return {name: float(np.median(column)) for name, column in known.items() if len(column)}


def split_time(dataset: Dataset, settings: TrainingSettings, cutoff: int, later_share: float) -> int:
    """Return the time that leaves the given share of the leads matured by a cut-off after it."""
    created = dataset.history.leads.created_at
    labels = labels_known_at(
        dataset.history, Moments(np.arange(len(created), dtype=np.int32), created), cutoff, settings.settling_days
    )
    matured = created[labels.matured]
    if not len(matured):
        raise TooFewOutcomesError(
            f"No lead is older than the horizon of {dataset.history.schema.horizon_days} days: "
            "shorten horizon_days or wait until outcomes are known."
        )
    return int(np.quantile(matured, 1 - later_share, method="lower"))


def _certainty(dataset: Dataset, sample: Sample, settings: TrainingSettings, tuning: Tuning) -> Certainty:
    """Return the certainty of a model as far as it follows from the outcomes that it has seen."""
    won, not_won = won_and_not(dataset, sample)
    if min(won, not_won) < 1:
        raise TooFewOutcomesError(
            f"A training needs leads that were won and leads that were not, got {won} and {not_won}: "
            "wait for more outcomes, or lengthen the history."
        )
    spread = spread_of_rate(float(np.average(sample.y, weights=sample.weight)), won + not_won)
    if min(won, not_won) >= settings.fewest_won:
        return NOT_MEASURED if tuning.better else Certainty(spread=spread, abstention=no_skill(tuning.later, "moments"))
    fewer = counted(won, "lead was won", "leads were won")
    if not_won < won:
        fewer = counted(not_won, "lead was not won", "leads were not won")
    reason = f"too few outcomes to say more than the base rate: {fewer} so far, and it takes {settings.fewest_won}"
    return Certainty(spread=spread, abstention=reason)


def no_skill(count: int, of: str) -> str:
    """Return why a model abstains that was held against so many later leads or moments."""
    return f"on {count:,} later {of} the model told no more than the base rate"
