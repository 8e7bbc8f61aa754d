"""How far leads of which the same is known differ in their own chance: what nobody has told yet.

Outcomes alone cannot say: where one lead in five is won, each may have that chance, or every fifth may be certain. But a lead speaks
of each obstacle more than once, in answers and in what it does, each time with an error of its own. What two halves of it agree
about is real, and how far they fall short of each other says how much is missing: as the reliability of a test is
found from its halves.

Source: true-score variance from parallel halves, Spearman 1910 and Brown 1910; Lord & Novick 1968, "Statistical theories of
mental test scores", chapters 3 and 5. What nothing speaks to, such as the skill of whoever will work the lead, is not seen.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.feature import EVERYONE, Feature
from features.history import Floats
from models.close.booster import Booster
from models.close.calibration import fit_affine
from models.close.certainty import FLATTENING
from training.samples import Dataset, Sample, matured_sample
from training.settings import TrainingSettings

SPLITS = 8
"""So many ways to halve what is known; what they say is averaged."""
MOST_LEADS = 10_000
"""Leads, each at one of its moments, that halves are held against each other on."""
ROUNDS, LEARNING_RATE = 60, 0.15
"""Trees for a comparison, not for a score: fewer, with larger steps."""
MOST_UNTOLD = 1.5
"""Standard deviation in log-odds where halves agree about nothing: with it, a chance of 10 % may as well be 1 or 40 %."""
STEPS = 100
SUMMARIES = frozenset(
    {"answers_given", "active_days", "last_word", "unanswered_touches", "reply_hours", "days_to_first"}
)
"""Measures of many subjects at once: in one half, they would pass on the errors of the other."""
ACTORS = frozenset({"lead", "rep"})

Columns = list[int]


@dataclass(frozen=True)
class Agreement:
    """How far two halves of what is known, and the whole, tell leads apart, in log-odds squared.

    Attributes
    ----------
    first, second, whole
        Variances of the margins that follow from each.
    together
        Covariance of the margins of the halves.
    """

    first: float
    second: float
    together: float
    whole: float

    @property
    def untold(self) -> float:
        """Standard deviation, in log-odds, of what is not known of leads; `MOST_UNTOLD` where the halves do not agree.

        The variance of what can be known is `first * second / together`; what the whole knows of it is taken off. A margin
        tells the log-odds of a mean, which is nearer to 0 than the mean of the log-odds, and the more so the less is known: how far
        is found together with what is untold, step by step.
        """
        if min(self.first, self.second, self.together) <= 0:
            return MOST_UNTOLD
        total = self.first * self.second / self.together
        for _ in range(STEPS):
            scale = _stretched(self.first, total) * _stretched(self.second, total) / (self.first * self.second)
            total = (total + self.first * self.second / self.together * scale**0.5) / 2
            if total > MOST_UNTOLD**2 + _stretched(self.whole, total):
                return MOST_UNTOLD
        return float(max(total - _stretched(self.whole, total), 0.0) ** 0.5)


def _stretched(variance: float, total: float) -> float:
    """Return the variance of means of log-odds, from that of log-odds of means, where `total` can be known.

    It is `variance * (1 + FLATTENING * (total - result))`, solved for the result.
    """
    return variance * (1 + FLATTENING * total) / (1 + FLATTENING * variance)


def untold(dataset: Dataset, settings: TrainingSettings, cutoff: int) -> float:
    """Return the standard deviation, in log-odds, by which leads of which the same is known differ, as known at a cut-off."""
    sample = matured_sample(dataset, settings, int(dataset.moments.as_of.min()) - 1, cutoff)
    rng = np.random.default_rng(settings.booster.seed)
    units = knowledge(dataset.features)
    if len(units) < 2:
        return MOST_UNTOLD
    compared = _one_each(dataset, sample, rng)
    trial = _Trial(dataset, settings, compared, rng.random(len(compared.rows)) < 0.5)
    pairs = [[trial.margin(half) for half in pair] for pair in halves(dataset.features, units, rng)]
    whole = trial.margin([*range(len(dataset.features))])
    return Agreement(
        float(np.mean([first.var() for first, _ in pairs])),
        float(np.mean([second.var() for _, second in pairs])),
        float(np.mean([(first * second).mean() for first, second in pairs])),
        float(whole.var()),
    ).untold


def knowledge(features: tuple[Feature, ...]) -> dict[str, Columns]:
    """Return by subject the columns that tell of it alone."""
    units: dict[str, Columns] = {}
    for column, feature in enumerate(features):
        if not (_is_time(feature) or feature.measure in SUMMARIES or feature.subject in ACTORS):
            units.setdefault(feature.subject, []).append(column)
    return units


def _is_time(feature: Feature) -> bool:
    """Whether a feature says when it is, not who the lead is: both halves know that."""
    return feature.measure == "lead_age" or feature.subject == EVERYONE


def halves(
    features: tuple[Feature, ...], units: dict[str, Columns], rng: np.random.Generator
) -> Iterator[tuple[Columns, Columns]]:
    """Yield halves of what is known, so that both speak to each obstacle where it is spoken to twice."""
    time = [column for column, feature in enumerate(features) if _is_time(feature)]
    for _ in range(SPLITS):
        subjects = sorted(rng.permutation(sorted(units)), key=lambda subject: features[units[subject][0]].obstacle)
        first, second = ([column for subject in subjects[half::2] for column in units[subject]] for half in (0, 1))
        yield first + time, second + time


def _one_each(dataset: Dataset, sample: Sample, rng: np.random.Generator) -> Sample:
    """Return one moment of each lead, of `MOST_LEADS` at most, at random."""
    shuffled = rng.permutation(len(sample.rows))
    _, first = np.unique(dataset.moments.lead[sample.rows[shuffled]], return_index=True)
    return sample.take(np.sort(rng.permutation(shuffled[first])[:MOST_LEADS]))


@dataclass(frozen=True)
class _Trial:
    """Leads, each at one moment, in two folds (n,)."""

    dataset: Dataset
    settings: TrainingSettings
    sample: Sample
    fold: NDArray[np.bool_]

    def margin(self, columns: Columns) -> Floats:
        """Return calibrated margins (n,) of trees that know these columns alone and were grown on the other fold.

        Of each age they have mean 0.
        """
        X, y, _ = self.sample.arrays(self.dataset.X)
        known, weight = X[:, columns], np.ones(len(y))
        catalogue = self.dataset.features
        features = tuple(catalogue[column] for column in columns)
        booster = self.settings.booster.model_copy(update={"learning_rate": LEARNING_RATE})
        margin = np.zeros(len(y))
        for fold in (self.fold, ~self.fold):
            trees = Booster.fit(booster, features, known[fold], y[fold], weight[fold], ROUNDS)
            raw = trees.margin(known[~fold])
            margin[~fold] = fit_affine(raw, y[~fold], weight[~fold])(raw)
        age = self._age()
        return margin - (np.bincount(age, margin) / np.bincount(age))[age]

    def _age(self) -> NDArray[np.intp]:
        """Return which age each moment is at (n,)."""
        moments = self.dataset.moments.take(self.sample.rows)
        age: NDArray[np.intp]
        _, age = np.unique(moments.as_of - self.dataset.history.leads.created_at[moments.lead], return_inverse=True)
        return age
