"""A model beside what it must beat, on the same later matured moments."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from features.matrix.matrix import Matrix, catalogue, feature_matrix
from features.records.clock import DAY
from features.records.history import Floats, Strings
from models.baselines import (
    Baseline,
    BaseRate,
    ChannelRate,
    Logistic,
    ProfileOnly,
    Scorecard,
    admit_profile,
    profile_columns,
)
from models.close.linear_fit import by_rank_alone
from training.fitting.fit import Fitted, fit_alike, fit_close_model, split_time
from training.fitting.offsets import refreshed_daily
from training.judging.learning_curve import LearningCurve, learning_curve
from training.metrics import Judgement, JudgingSettings, Metrics, Trial, judge, measure
from training.samples.dataset import Dataset, Sample, matured_sample, training_sample
from training.samples.inner_split import compared
from training.settings import TrainingSettings
from training.side_by_side import side_by_side

Rows = NDArray[np.int64]

NOT_REFRESHED = "close_model_not_refreshed"
"""The close model as it is at the end of its training, with books and offset that never move on."""
CLOSE, WITH_PROFILE, PROFILE = "close_model", "close_model_with_profile", "profile_only"
BASE_RATE = "base_rate"
AGE = "age"
"""Grouping by days since the lead came in: the first score is what a form gets."""
NOT_KNOWN = "not known"
"""Name of a channel's group of leads that do not say."""


@dataclass(frozen=True)
class Evaluation:
    """How models trained until `cutoff` did on moments after it.

    Attributes
    ----------
    cutoff
        Microseconds UTC.
    metrics
        By model: close_model (refreshed with each day's outcomes), close_model_not_refreshed, base_rate, channel_rate, scorecard, logistic; where leads have profile or context fields also
        profile_only, and where some of these are not admitted yet, close_model_with_profile.
    test, lead
        The moments, with what became of them, and the lead (n,) of each.
    probability
        By model, one probability (n,) a moment of `test`.
    judgement
        The same models with intervals, calibration by channel, quarter and score band, and what each gains over each other.
    scorecard
        The points, as people read them.
    curve
        What fewer leads would have cost; None where that cannot be tried.
    """

    cutoff: int
    fitted: Fitted
    metrics: Mapping[str, Metrics]
    test: Sample
    lead: NDArray[np.int32]
    probability: Mapping[str, Floats]
    judgement: Judgement
    scorecard: str
    curve: LearningCurve | None = None


def evaluate(dataset: Dataset, settings: TrainingSettings, judging: JudgingSettings | None = None) -> Evaluation:
    """Train as of a time that leaves the latest matured leads for the test, and measure on them."""
    now = dataset.history.known_until
    cutoff = split_time(dataset, settings, now, settings.test_share)
    fitted = fit_close_model(dataset, settings, cutoff)
    test = matured_sample(dataset, settings, cutoff, now)
    X = dataset.X[test.rows]
    beside, profiled = fit_baselines(dataset, fitted.sample), with_profile(dataset)
    of_profile: list[dict[str, Floats]] = side_by_side(
        [
            partial(model_with_profile, dataset, profiled, settings, cutoff, fitted, test.rows),
            partial(profile_alone, profiled, settings, cutoff, fitted, test.rows),
        ]
    )
    with_fields, alone = of_profile
    probability = {
        CLOSE: fitted.model.predict(refreshed_daily(fitted.model, dataset, test.rows)),
        NOT_REFRESHED: fitted.model.predict(fitted.model.matrix(dataset.history, dataset.moments.take(test.rows))),
        **{name: baseline.predict(X) for name, baseline in beside.items()},
        **alone,
        **with_fields,
    }
    lead = dataset.moments.lead[test.rows]
    metrics = {name: measure(test.y, predicted, test.weight, lead) for name, predicted in probability.items()}
    trial = Trial.of(test.y, test.weight, lead)
    judgement = judge(trial, probability, groups(dataset, test.rows), judging)
    curve = None
    if not fitted.model.certainty.abstention:
        curve = learning_curve(dataset, settings, cutoff, fitted, test, judging)
    return Evaluation(cutoff, fitted, metrics, test, lead, probability, judgement, str(beside["scorecard"]), curve)


def fit_baselines(dataset: Dataset, sample: Sample) -> dict[str, Baseline]:
    """Return what any model must beat, trained on a sample with the features of the close model."""
    X, y, weight = sample.arrays(dataset.X)
    fits: dict[str, Callable[[], Baseline]] = {
        BASE_RATE: partial(BaseRate, y, weight),
        "channel_rate": partial(ChannelRate, dataset.features, X, y, weight),
        "scorecard": partial(Scorecard, dataset.features, X, y, weight),
        "logistic": partial(Logistic, X, y, weight, by_rank_alone(dataset.features)),
    }
    return dict(zip(fits, side_by_side([*fits.values()]), strict=True))


def baselines(dataset: Dataset, settings: TrainingSettings, cutoff: int, X: Matrix) -> dict[str, Floats]:
    """Return the probabilities of the baselines, trained until a cut-off, for rows (n, f)."""
    sample = training_sample(dataset, settings, cutoff)
    return {name: baseline.predict(X) for name, baseline in fit_baselines(dataset, sample).items()}


def profile_alone(
    profiled: Dataset, settings: TrainingSettings, cutoff: int, fitted: Fitted, rows: Rows
) -> dict[str, Floats]:
    """Return the probabilities of what goes by profile and context and by nothing else, for rows (n,) of a dataset.

    `profiled` is the dataset as `with_profile` returns it. The model is trained until a cut-off on the very sample of the close model
    `fitted`, and finds how many trees it takes. Without such fields there is none.
    """
    columns = profile_columns(profiled.history.schema)
    if not len(columns):
        return {}
    model = _profile_only(profiled, columns, settings, cutoff, fitted.sample)
    return {PROFILE: model.predict(profiled.X[rows][:, columns])}


def model_with_profile(
    dataset: Dataset, profiled: Dataset, settings: TrainingSettings, cutoff: int, fitted: Fitted, rows: Rows
) -> dict[str, Floats]:
    """Return the probabilities of the close model with profile and context besides, for rows (n,) of a dataset.

    It is trained until a cut-off on the sample of the close model `fitted`, and made of the same parts. Without such fields there is none;
    where the settings admit them all, the close model goes by them already.
    """
    if profiled is dataset:
        return {}
    if fitted.model.certainty.abstention:  # it may be that only the others tell something
        alike = settings.model_copy(update={"undetermined": fitted.labels})
        model = fit_close_model(profiled, alike, cutoff).model
    else:
        model = fit_alike(profiled, settings, cutoff, fitted)
    return {WITH_PROFILE: model.predict(refreshed_daily(model, profiled, rows))}


def with_profile(dataset: Dataset) -> Dataset:
    """Return the dataset with the features of profile and context fields too; the same where it has them all."""
    schema = admit_profile(dataset.history.schema)
    if catalogue(schema) == dataset.features:
        return dataset
    history = replace(dataset.history, schema=schema)
    return replace(dataset, history=history, X=feature_matrix(history, dataset.moments, dataset.books))


def groups(dataset: Dataset, rows: Rows) -> dict[str, Strings]:
    """Return by grouping the name (n,) of the group of each of these rows: its quarter, its age, and its value of each channel."""
    as_of, lead = dataset.moments.as_of[rows], dataset.moments.lead[rows]
    days = (as_of - dataset.history.leads.created_at[lead]) // DAY
    digits = len(str(days.max(initial=0)))
    age = np.array([f"day {day:0{digits}d}" for day in days.tolist()], np.object_)
    month = as_of.astype("datetime64[us]").astype("datetime64[M]").astype(np.int64)
    quarter = np.array([f"{1970 + number // 4} Q{number % 4 + 1}" for number in (month // 3).tolist()], np.object_)
    channels = {
        f"channel:{name}": np.array([NOT_KNOWN if value is None else value for value in values[lead]], np.object_)
        for name, values in dataset.history.leads.channels.items()
    }
    return {"quarter": quarter, AGE: age, **channels}


def _profile_only(
    dataset: Dataset, columns: Rows, settings: TrainingSettings, cutoff: int, sample: Sample
) -> ProfileOnly:
    """Fit on a sample as many trees as served best, grown on what had matured earlier, on what came later."""
    middle = split_time(dataset, settings, cutoff, settings.later_share)
    matured_only = settings.model_copy(update={"undetermined": "left_out"})
    early = compared(dataset, settings, training_sample(dataset, matured_only, middle))
    later = compared(dataset, settings, matured_sample(dataset, settings, middle, cutoff))
    X = dataset.X[:, columns]
    features = [dataset.features[column] for column in columns]
    enough = settings.fewest_won // 2 <= np.count_nonzero(later.y) < len(later.y) and early.y.any()
    stopping = (early.arrays(X), later.arrays(X)) if enough else None
    return ProfileOnly(settings.booster, features, settings.booster.cautious_rounds, sample.arrays(X), stopping)
