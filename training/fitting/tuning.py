"""How a training learns: kinds of model are weighed against each other inside its past, and blended by what each told.

Which kind is right depends on the history: on how many leads it has, and on how much of what is known of them matters only together. So
every training asks its own inner split: each kind learns from the early part, and weights are found on the later one. No kind is best in
every history, and their errors differ, so that a weighted sum in log-odds loses less than the best of them. What the sum saved beside the
base rate is then weighed against chance, and its weights are drawn to the base rate by as much: a gate on its sign alone, or on a
standard error, is wrong half of the time in small histories, and costs most where it is.

Where leads were split, since too little was known in time, each kind learns what is beyond the level of its time, and what it saved is held
against the base rate of its time.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import scipy

from features.matrix.feature import Feature
from features.matrix.matrix import Matrix
from features.records.history import Floats
from models.close.blend import Blend, Part
from models.close.booster import Binned, Booster, binned
from models.close.calibration import Affine, fit_latest_level, fit_level, log_losses
from models.close.linear import RankLogistic
from models.close.linear_fit import by_rank_alone, fit_rank_logistic
from training.fitting.evidence import Evidence
from training.fitting.time_levels import TimeLevels
from training.fitting.weighing import KindWeights
from training.samples.binned_rows import BinnedRows
from training.samples.dataset import Dataset, Sample, Sampler, sharing, training_sample
from training.samples.inner_split import InnerSplit, can_judge, inner_splits
from training.settings import ModelKind, TrainingSettings
from training.side_by_side import side_by_side


@dataclass(frozen=True)
class Member:
    """A kind of model in a blend.

    Attributes
    ----------
    name
        The `ModelKind`.
    trees
        How many to grow; 0 of one that has none.
    weight
        What its log-odds are multiplied by; of 0, it is left out.
    log_loss
        On the later moments, on its own, with slope and level as they were there; NaN where nothing was held against any.
    """

    name: ModelKind
    trees: int
    weight: float
    log_loss: float = float("nan")


@dataclass(frozen=True)
class EarlyModel:
    """The blend of the middle, trained on what was known then: all later outcomes are new to it.

    Attributes
    ----------
    middle
        Microseconds UTC: it knows nothing that was recorded later, unless `by_lead`.
    by_lead
        Whether it was held against other leads of the same time, not against later moments.
    """

    middle: int
    by_lead: bool
    blend: Blend
    calibration: Affine

    def margin(self, X: Matrix) -> Floats:
        """Return calibrated log-odds (n,) of rows (n, f) of the catalogue."""
        return self.calibration(self.blend.margin(X))


@dataclass(frozen=True)
class Tuning:
    """What the blend is made of, found on so many later moments.

    Attributes
    ----------
    members
        In the order of the settings, also those without weight.
    level
        Log-odds by which the early blend missed the level.
    later
        Moments that decided; of 0, nothing was decided.
    middle
        Microseconds UTC, of the inner split.
    evidence
        What the blend saved on these moments beside the base rate. Its weights are drawn to the base rate as far as chance saves as much, and
        a model that saved nothing abstains; None if nothing was decided.
    early
        What foretold them; None if nothing was decided.
    """

    members: tuple[Member, ...]
    level: float
    later: int
    middle: int
    evidence: Evidence | None = None
    early: EarlyModel | None = field(default=None, compare=False, repr=False)

    def to_json(self) -> dict[str, Any]:
        """Return what was weighed, as plain values."""
        members = [
            {**asdict(member), "log_loss": None if np.isnan(member.log_loss) else member.log_loss}
            for member in self.members
        ]
        evidence = None if self.evidence is None else self.evidence._asdict()
        by_lead = bool(self.early and self.early.by_lead)
        return {"members": members, "later_moments": self.later, "by_lead": by_lead, "evidence": evidence}

    @property
    def tells_of_time(self) -> bool:
        """Whether it was held against later moments: where leads were split, what is known of the latest is mostly who ended soon."""
        return self.early is not None and not self.early.by_lead

    @property
    def saved_nothing(self) -> bool:
        """Whether the base rate foretold the later moments as well."""
        return self.evidence is not None and not self.evidence.reliability


class _Tried(NamedTuple):
    """A part that learned from the early part, and its log-odds (n,) of the later one."""

    name: ModelKind
    part: Part
    margin: Floats


class _Held(NamedTuple):
    """What was held against the later part of a split: the kinds, their log-odds (k, n), and the base rate's (n,)."""

    tried: list[_Tried]
    margins: Floats
    base: Floats


def tune(
    dataset: Dataset,
    settings: TrainingSettings,
    middle: int,
    cutoff: int,
    sampler: Sampler = training_sample,
    bins: BinnedRows | None = None,
) -> Tuning:
    """Weigh the settings' kinds of model on inner splits of what is known at a cut-off; each kind grows as many trees as in the middle one."""
    if bins is None:
        bins = dataset.binned(cutoff, settings)
        sampler = sharing(sampler, bins)
    splits = inner_splits(dataset, settings, middle, cutoff, sampler)
    later = _together([split.later for split in splits])
    too_few = any(min(split.early.won_and_not(dataset)) < 1 for split in splits)
    if too_few or not can_judge(dataset, settings, later):
        return Tuning(_cautious(settings), 0.0, 0, middle)
    held = _held(dataset, settings, splits, bins)
    margins, base = (np.concatenate(of, axis=-1) for of in zip(*((one.margins, one.base) for one in held), strict=True))
    weighed = KindWeights.of(margins, later.y, later.weight, base, by_lead=splits[0].by_lead)
    evidence = _evidence(dataset, later, weighed.foretold, base)
    drawn = weighed.weights * (evidence.reliability or 1.0)
    members = tuple(_member(kind, later, share) for kind, share in zip(_by_kind(held), drawn.tolist(), strict=True))
    parts = [(member.weight, one.part) for member, one in zip(members, held[0].tried, strict=True)]
    early = _early_model(dataset, settings, splits[0], Blend.of(dataset.features, parts))
    return Tuning(members, weighed.shift, len(later.y), middle, evidence, early)


def grow(
    dataset: Dataset,
    settings: TrainingSettings,
    members: Sequence[Member],
    X: Matrix,
    y: Floats,
    weight: Floats,
    level: Floats | None = None,
    rows: Binned | None = None,
) -> Blend:
    """Return a blend of members that learn anew from rows (n, f), what is beyond their level (n,) where one is given.

    `rows` are the same in bins, where they have been cut already.
    """
    features = dataset.features
    fewest = settings.booster.min_leads_in_leaf
    in_bins = binned(X, y, weight, features, level=level, fewest=fewest) if rows is None else rows

    def grown(member: Member) -> tuple[float, Part]:
        if member.name is ModelKind.LOGISTIC:
            return member.weight, _logistic(features, X, y, weight, level)
        return member.weight, Booster.grown(member.name.of(settings.booster), features, in_bins, member.trees)

    return Blend.of(features, side_by_side([partial(grown, member) for member in members if member.weight]))


def _held(dataset: Dataset, settings: TrainingSettings, splits: Sequence[InnerSplit], bins: BinnedRows) -> list[_Held]:
    times = [_time_levels(dataset, split) for split in splits]
    trials = [_trials(dataset, settings, *of, bins) for of in zip(splits, times, strict=True)]
    done = iter(side_by_side([trial for of_split in trials for trial in of_split]))
    tried = [list(islice(done, len(of_split))) for of_split in trials]
    return [
        _Held(of_split, np.array([one.margin for one in of_split]), _base(dataset, split, level))
        for of_split, split, level in zip(tried, splits, times, strict=True)
    ]


def _by_kind(held: Sequence[_Held]) -> Iterator[tuple[_Tried, ...]]:
    """Yield of each kind what it was in each split."""
    return zip(*(one.tried for one in held), strict=True)


def _member(kind: Sequence[_Tried], later: Sample, weight: float) -> Member:
    loss = log_losses(np.concatenate([one.margin for one in kind]), later.y)
    trees = round(float(np.median([_trees(one.part) for one in kind])))
    return Member(kind[0].name, trees, weight, float(np.average(loss, weights=later.weight)))


def _together(samples: Sequence[Sample]) -> Sample:
    parts = ((of.rows, of.y, of.weight, of.leads, of.won) for of in samples)
    return Sample(*(np.concatenate(of) for of in zip(*parts, strict=True)))


def _trials(
    dataset: Dataset, settings: TrainingSettings, split: InnerSplit, times: TimeLevels | None, bins: BinnedRows
) -> list[Callable[[], _Tried]]:
    """Return of each kind how it learns from the early part, as many trees as serve best on the later one."""
    features, known, later = dataset.features, split.early.arrays(dataset.X), dataset.X[split.later.rows]
    level, later_level = (
        times.at(dataset.moments.as_of[of.rows]) if times else None for of in (split.early, split.later)
    )
    rows = bins.of(split.early.rows, split.early.y, split.early.weight, level)
    unseen = bins.of(split.later.rows, split.later.y, split.later.weight, later_level)

    def tried(way: ModelKind) -> _Tried:
        part = learn(way, settings, features, known, rows, unseen, level)
        return _Tried(way, part, part.margin(later))

    return [partial(tried, way) for way in settings.tuning.ways]


def learn(
    way: ModelKind,
    settings: TrainingSettings,
    features: tuple[Feature, ...],
    known: tuple[Matrix, Floats, Floats],
    rows: Binned,
    unseen: Binned,
    level: Floats | None = None,
) -> Part:
    """Return a kind of model that has learned from X (n, f), y (n,) and weights (n,), trees as many as served best on moments unseen.

    `rows` are the same in bins, with their level (n,) where one is given.
    """
    if way is ModelKind.LOGISTIC:
        return _logistic(features, *known, level)
    return Booster.grown_stopping(way.of(settings.booster), features, rows, unseen)


def _time_levels(dataset: Dataset, split: InnerSplit) -> TimeLevels | None:
    """Return the levels of the time in which leads were split; None where time was."""
    early = split.early
    return TimeLevels.of(dataset.moments.as_of[early.rows], early.y, early.weight) if split.by_lead else None


def _base(dataset: Dataset, split: InnerSplit, times: TimeLevels | None) -> Floats:
    """Return the log-odds (n,) of the base rate at the later moments; where leads were split, those of the base rate of their time."""
    if times is not None:
        return times.at(dataset.moments.as_of[split.later.rows])
    rate = float(np.average(split.early.y, weights=split.early.weight))
    return np.full(len(split.later.rows), scipy.special.logit(rate))


def _logistic(features: Sequence[Feature], X: Matrix, y: Floats, weight: Floats, level: Floats | None) -> RankLogistic:
    directions = [feature.direction for feature in features]
    return fit_rank_logistic(directions, X, y, weight, by_rank=by_rank_alone(features), level=level)


def _trees(part: Part) -> int:
    return part.rounds if isinstance(part, Booster) else 0


def _cautious(settings: TrainingSettings) -> tuple[Member, ...]:
    """Return members of equal weight with few trees, for where nothing can be decided."""
    ways = settings.tuning.ways
    rounds = {way: 0 if way is ModelKind.LOGISTIC else way.of(settings.booster).cautious_rounds for way in ways}
    return tuple(Member(way, rounds[way], 1 / len(ways)) for way in ways)


def _early_model(dataset: Dataset, settings: TrainingSettings, split: InnerSplit, blend: Blend) -> EarlyModel:
    """Return a blend as a model of the middle: its level is that of the latest moments known then, as a training sets it."""
    as_of = dataset.moments.as_of[split.early.rows]
    latest = (as_of > np.quantile(as_of, 1 - settings.later_share, method="lower")) & (not split.by_lead)
    X, y, weight = split.early.arrays(dataset.X)
    calibration = fit_latest_level(blend.margin(X), y, weight, latest)
    return EarlyModel(split.middle, split.by_lead, blend, calibration)


def _evidence(dataset: Dataset, later: Sample, foretold: Floats, base: Floats) -> Evidence:
    """Return what log-odds (n,) of the later moments saved beside the base rate.

    Both have the level of these moments, so that a ranking that tells something is kept where the level was missed.
    """
    y, weight = later.y, later.weight
    saved = log_losses(fit_level(1.0, base, y, weight)(base), y) - log_losses(foretold, y)
    return Evidence.of(saved, weight, dataset.moments.lead[later.rows])
