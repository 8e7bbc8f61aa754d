"""Fitting the close model as of a cut-off: only what was recorded by then is used, features and labels alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.special import expit

from features.matrix.feature import Feature
from features.matrix.matrix import Matrix
from features.matrix.target_sums import fit_target_statistics
from features.records.clock import DAY, NEVER
from features.records.history import Moments
from models.close.blend import Blend
from models.close.calibration import Affine, fit_latest_level
from models.close.level.offset import Offset
from models.close.model import CloseModel
from models.close.reasons.sentences import COMPARED, counted
from models.close.uncertainty import NOT_MEASURED, Certainty
from training.fitting.label_choice import with_labels
from training.fitting.level_forecast import AHEAD_DAYS, forecast_level
from training.fitting.offsets import initial_offset
from training.fitting.time_levels import TimeLevels
from training.fitting.tuning import Tuning, grow, tune
from training.samples.binned_rows import BinnedRows
from training.samples.dataset import Dataset, Sample, Sampler, drawn_once, matured_sample, sharing, training_sample
from training.samples.moments import labels_known_at
from training.settings import TrainingSettings
from training.side_by_side import both, one_blas_thread


class TooFewOutcomesError(ValueError):
    """There is nothing to learn from."""


@dataclass(frozen=True)
class Fitted:
    """A close model, and the facts of its fit that a report should state.

    Attributes
    ----------
    tuning
        What its blend is made of, and how that was found.
    sample
        What it learned from.
    labels
        How it learned from open leads, as `undetermined` in the settings names it.
    """

    model: CloseModel
    tuning: Tuning
    sample: Sample
    labels: str

    @property
    def moments(self) -> int:
        """Number of moments that it learned from."""
        return len(self.sample.rows)


@one_blas_thread
def fit_close_model(
    dataset: Dataset, settings: TrainingSettings, cutoff: int, sampler: Sampler = training_sample
) -> Fitted:
    """Fit the close model with what was known at a cut-off.

    The latest matured moments before the cut-off decide what is blended: how many trees of each kind, and the weights, with models that
    ended before them. All then learn anew from all that is known, and the latest labels move the level. Where leads were split, all learn what is
    beyond the level of their time, and the level is foretold from how it has moved.

    A model that has seen fewer leads won, or not won, than the settings ask for abstains: it answers with the base rate. So does one
    whose blend told those moments no better than the base rate.

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
    middle = split_time(dataset, settings, cutoff, settings.later_share)
    bins = dataset.binned(cutoff, settings)
    chooses_labels = sampler is training_sample
    sampler = drawn_once(sharing(sampler, bins))
    if chooses_labels:
        settings = with_labels(dataset, settings, middle, cutoff, sampler, bins)
    sample, tuning = both(
        partial(sampler, dataset, settings, cutoff), partial(tune, dataset, settings, middle, cutoff, sampler, bins)
    )
    certainty = _certainty(dataset, sample, settings, tuning)
    offset = initial_offset(dataset, settings, cutoff, tuning.early)
    model = _learned(dataset, settings, cutoff, sample, tuning, certainty, offset, bins)
    return Fitted(model, tuning, sample, settings.undetermined)


@one_blas_thread
def fit_alike(dataset: Dataset, settings: TrainingSettings, cutoff: int, other: Fitted) -> CloseModel:
    """Fit the close model on other features of the moments that another was fitted on at this cut-off.

    It learns from the same labels, is made of the same kinds, each as large and of the same weight, and follows outcomes as far: the features
    are all in which the two differ, and nothing is chosen twice.
    """
    model = other.model
    bins = dataset.binned(cutoff, settings)
    return _learned(dataset, settings, cutoff, other.sample, other.tuning, model.certainty, model.offset, bins)


def _learned(
    dataset: Dataset,
    settings: TrainingSettings,
    cutoff: int,
    sample: Sample,
    tuning: Tuning,
    certainty: Certainty,
    offset: Offset,
    bins: BinnedRows,
) -> CloseModel:
    """Return the model that learns from a sample as it was found to learn best, with its offset followed to the cut-off."""
    X, y, weight = sample.arrays(dataset.X)
    as_of = dataset.moments.as_of[sample.rows]
    levels = None if tuning.tells_of_time else TimeLevels.of(as_of, y, weight).at(as_of)
    blend = grow(dataset, settings, tuning.members, X, y, weight, levels, bins.of(sample.rows, y, weight, levels))
    latest = (as_of > tuning.middle) & tuning.tells_of_time
    calibration = fit_latest_level(blend.margin(X), y, weight, latest)
    if not tuning.tells_of_time:
        calibration = _foretold(dataset, settings, cutoff, blend, calibration)
    known = dataset.history.as_known_at(cutoff) if cutoff < dataset.history.known_until else None
    model = CloseModel(
        dataset.history.schema,
        blend,
        calibration,
        dataset.books if known is None else fit_target_statistics(known),
        offset,
        float(np.average(y, weights=weight)),
        cutoff,
        certainty,
        typical(dataset.features, X),
    )
    rows = np.flatnonzero(dataset.moments.as_of <= cutoff)
    return model.followed(dataset.history, dataset.moments.take(rows), dataset.X[rows], cutoff)


def _foretold(dataset: Dataset, settings: TrainingSettings, cutoff: int, blend: Blend, calibration: Affine) -> Affine:
    """Return a calibration at the level that is foretold by matured moments: the blend of leads that were split holds none of its time."""
    matured = matured_sample(dataset, settings, NEVER, cutoff)
    if not len(matured.rows):
        return calibration
    X, won, weight = matured.arrays(dataset.X)
    promised = expit(calibration(blend.margin(X)))
    as_of = dataset.moments.as_of[matured.rows]
    off = forecast_level(as_of, won, promised, weight, cutoff + AHEAD_DAYS * DAY)
    return Affine(shift=calibration.shift + off, slope=calibration.slope)


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
    won, not_won = sample.won_and_not(dataset)
    if min(won, not_won) < 1:
        raise TooFewOutcomesError(
            f"A training needs leads that were won and leads that were not, got {won} and {not_won}: "
            "wait for more outcomes, or lengthen the history."
        )
    rate = float(np.average(sample.y, weights=sample.weight))
    if min(won, not_won) >= settings.fewest_won:
        no_better = no_skill(tuning.later, "moments")
        return Certainty.of_base_rate(rate, won + not_won, no_better) if tuning.saved_nothing else NOT_MEASURED
    fewer = counted(won, "lead was won", "leads were won")
    if not_won < won:
        fewer = counted(not_won, "lead was not won", "leads were not won")
    reason = f"too few outcomes to say more than the base rate: {fewer} so far, and it takes {settings.fewest_won}"
    return Certainty.of_base_rate(rate, won + not_won, reason)


def no_skill(count: int, of: str) -> str:
    """Return why a model abstains that was held against so many later leads or moments."""
    return f"on {count:,} later {of} the model told no more than the base rate"
