"""How trees are to be grown: a few ways are held against each other inside the past, and the simplest of the good ones is taken.

Which way is best depends on the history: on how many leads it has, and on how much of what is known of them matters only together. So
every training asks its own later moments, which lie before its cut-off: each way grows trees on what was known before them. Ways
that differ by less than chance would make them differ are not told apart; of those the simplest is taken, which is also the cheapest to explain.

Source: the one-standard-error rule, Breiman, Friedman, Olshen & Stone 1984, with the standard error of the paired difference over leads.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.history import Floats
from models.close.booster import Booster
from models.close.calibration import Affine, fit_affine
from models.close.certainty import log_odds
from models.close.settings import BoosterSettings
from training.samples import Dataset, Sample, matured_sample, training_sample
from training.settings import Growth, TrainingSettings

LEAST_GAIN = 1e-6
"""Less log loss than this is gained by rounding."""

Sampler = Callable[[Dataset, TrainingSettings, int], tuple[Sample, float]]
"""What can be learned from at a cut-off, and the share of moments whose weight was cut."""


@dataclass(frozen=True)
class Way:
    """How one way of growing trees did on the later moments.

    Attributes
    ----------
    name
        The `Growth`.
    trees
        How many were best.
    log_loss
        On the later moments, with slope and level as they were there: both are set anew in the end; lower is better.
    worse, standard_error
        By how much it is higher than that of the best way, and how far chance may move this difference.
    """

    name: Growth
    trees: int
    log_loss: float
    worse: float
    standard_error: float


@dataclass(frozen=True)
class Tuning:
    """How to grow trees, and slope and level of their margin, found on so many later moments, after the middle.

    Attributes
    ----------
    growth, name
        The way of growing trees that was taken.
    ways
        What it was taken from, the simplest first; empty where there were too few later outcomes to compare.
    rounds
        Trees to grow.
    slope, level
        By how much an earlier model has to be stretched, and the log-odds by which it missed the level.
    later
        Moments that decided; of 0, nothing was decided.
    middle
        Microseconds UTC: they are later.
    better
        Whether the trees foretold these moments better than the base rate did.
    """

    growth: BoosterSettings
    name: Growth
    ways: tuple[Way, ...]
    rounds: int
    slope: float
    level: float
    later: int
    middle: int
    better: bool = True

    def to_json(self) -> dict[str, Any]:
        """Return what was compared and what was taken, as plain values."""
        return {"taken": self.name, "ways": [asdict(way) for way in self.ways], "later_moments": self.later}


class _Grown(NamedTuple):
    """Trees that were best on the later moments: their margin (n,) there, and by how much it misses slope and level."""

    growth: BoosterSettings
    rounds: int
    margin: Floats
    missed: Affine


def tune(
    dataset: Dataset, settings: TrainingSettings, middle: int, cutoff: int, sampler: Sampler = training_sample
) -> Tuning:
    """Compare the settings' ways of growing trees on the moments between a middle and a cut-off that had matured by then."""
    later = matured_sample(dataset, settings, middle, cutoff)
    early, _ = sampler(dataset, settings, middle)
    if min(won_and_not(dataset, early)) < 1 or min(won_and_not(dataset, later)) < settings.fewest_won // 2:
        rounds = settings.booster.cautious_rounds
        return Tuning(settings.booster, Growth.AS_SET, (), rounds, 1.0, 0.0, 0, middle)
    grown = dict(_grown(dataset, settings, early, later))
    ways = compare(
        {name: (of.rounds, _losses(of.missed(of.margin), later.y)) for name, of in grown.items()},
        later.weight,
        dataset.moments.lead[later.rows],
    )
    name = simplest(ways, settings.tuning.standard_errors).name
    growth, rounds, margin, missed = grown[name]
    base = np.full(len(later.y), log_odds(float(np.average(early.y, weights=early.weight))))
    gain = np.average(_losses(base, later.y) - _losses(margin, later.y), weights=later.weight)
    return Tuning(growth, name, ways, rounds, missed.slope, missed.shift, len(later.y), middle, bool(gain > LEAST_GAIN))


def _grown(
    dataset: Dataset, settings: TrainingSettings, early: Sample, later: Sample
) -> Iterator[tuple[Growth, _Grown]]:
    """Yield by way what it has grown."""
    known, unseen = early.arrays(dataset.X), later.arrays(dataset.X)
    for way in settings.tuning.ways:
        growth = way.of(settings.booster)
        booster = Booster.fit_stopping(growth, dataset.features, known, unseen)
        margin = booster.margin(unseen[0])
        yield way, _Grown(growth, booster.rounds, margin, fit_affine(margin, later.y, later.weight))


def compare(
    tried: Mapping[Growth, tuple[int, Floats]], weight: Floats, lead: NDArray[np.integer[Any]]
) -> tuple[Way, ...]:
    """Return ways side by side, from the trees that each grew and its log losses at moments (n,) of leads (n,).

    The standard error is that of a ratio of sums over leads: moments of a lead are no new evidence.
    """
    mean = {name: float(np.average(losses, weights=weight)) for name, (_, losses) in tried.items()}
    best = tried[min(mean, key=lambda name: mean[name])][1]

    def way(name: Growth, trees: int, losses: Floats) -> Way:
        worse = float(np.average(losses - best, weights=weight))
        of_lead = np.bincount(lead, weight * (losses - best - worse))
        return Way(name, trees, mean[name], worse, float(np.sqrt(np.sum(of_lead**2)) / weight.sum()))

    return tuple(way(name, *of) for name, of in tried.items())


def simplest(ways: tuple[Way, ...], standard_errors: float) -> Way:
    """Return the first way that is worse than the best by no more than so many standard errors."""
    return next(way for way in ways if way.worse <= standard_errors * way.standard_error)


def _losses(margin: Floats, y: Floats) -> Floats:
    """Return the log loss (n,) of each of some log-odds (n,)."""
    return np.logaddexp(0.0, margin) - y * margin


def won_and_not(dataset: Dataset, sample: Sample) -> tuple[int, int]:
    """Return how many leads of a sample were won, and how many were not."""
    lead = dataset.moments.lead[sample.rows]
    won = len(np.unique(lead[sample.y > 0.5]))
    return won, len(np.unique(lead)) - won
