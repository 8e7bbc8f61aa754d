"""The inner split: what a training learns from to choose how it learns, and what it chooses by."""

import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.records.clock import NEVER
from features.records.history import Strings
from training.samples.dataset import Dataset, Sample, Sampler, matured_sample, most_learned, won_and_not
from training.samples.moments import labels_known_at
from training.settings import TrainingSettings

MIN_KNOWN_LEADS = 50
MIN_KNOWN_SHARE = 1 / 3
"""At the middle so many wins and so many losses have to be known, and this share of those known at the cut-off. With fewer, the early
part is too unlike the whole to choose anything by."""
ASIDE = 5
"""Where leads are split, one of so many is put aside."""
COMPARED = 0.5
"""Of as many moments as are learned from at most, so many are enough to compare ways of learning on."""
ENOUGH_ASIDE = 200
"""Of so many leads won, and so many not, put aside, chance is small enough: no further part of the leads has its turn, which costs time."""


@dataclass(frozen=True)
class InnerSplit:
    """Two parts of what is known at a cut-off.

    Attributes
    ----------
    early
        What is learned from.
    later
        What it is held against: matured moments, with the labels known at the cut-off.
    middle
        Microseconds UTC: where split by time, `early` knows nothing recorded later, and all of `later` is later.
    by_lead
        Whether the leads were split, since too little was known at the middle. Nothing that is about time can be judged then: neither how
        the level moves nor whether following it helps.
    """

    early: Sample
    later: Sample
    middle: int
    by_lead: bool


def inner_split(dataset: Dataset, settings: TrainingSettings, middle: int, cutoff: int, sampler: Sampler) -> InnerSplit:
    """Split what is known at a cut-off by time, or by lead where too little was known at the middle."""
    later = matured_sample(dataset, settings, middle, cutoff)
    if can_judge(dataset, settings, later) and enough_known(dataset, settings, middle, cutoff):
        early = sampler(dataset, settings, middle)
        return InnerSplit(compared(dataset, settings, early), compared(dataset, settings, later), middle, by_lead=False)
    is_aside = aside(dataset.history.leads.lead_id)
    early = sampler(dataset, settings, cutoff)
    later = matured_sample(dataset, settings, NEVER, cutoff)
    early, later = early.of_leads(dataset, ~is_aside), later.of_leads(dataset, is_aside)
    return InnerSplit(compared(dataset, settings, early), compared(dataset, settings, later), middle, by_lead=True)


def compared(dataset: Dataset, settings: TrainingSettings, sample: Sample) -> Sample:
    """Return as many of a sample's moments as are enough to compare ways of learning on."""
    return sample.thinned(dataset, round(COMPARED * most_learned(settings, sample.lead_count(dataset))))


def inner_splits(
    dataset: Dataset, settings: TrainingSettings, middle: int, cutoff: int, sampler: Sampler
) -> list[InnerSplit]:
    """Split what is known at a cut-off once by time; or where too little was known at the middle several times by lead.

    A fifth of a few wins is chance. Each part that is put aside has a turn, until enough leads have been put aside to judge by.
    """
    splits = [inner_split(dataset, settings, middle, cutoff, sampler)]
    if not splits[0].by_lead:
        return splits
    part = fifth(dataset.history.leads.lead_id)
    early, later = sampler(dataset, settings, cutoff), matured_sample(dataset, settings, NEVER, cutoff)
    for turn in range(1, ASIDE):
        if min(later.of_leads(dataset, part < turn).won_and_not(dataset)) >= ENOUGH_ASIDE:
            break
        known = compared(dataset, settings, early.of_leads(dataset, part != turn))
        unseen = compared(dataset, settings, later.of_leads(dataset, part == turn))
        splits.append(InnerSplit(known, unseen, middle, by_lead=True))
    return splits


def can_judge(dataset: Dataset, settings: TrainingSettings, later: Sample) -> bool:
    """Return whether enough leads of a later part were won, and enough were not, to choose anything by them."""
    return min(later.won_and_not(dataset)) >= settings.fewest_won // 2


def enough_known(dataset: Dataset, settings: TrainingSettings, middle: int, cutoff: int) -> bool:
    """Return whether of leads won, and of leads not won, enough were known at the middle."""
    then, now = (_known_leads(dataset, settings, time) for time in (middle, cutoff))
    return all(early >= max(MIN_KNOWN_LEADS, MIN_KNOWN_SHARE * known) for early, known in zip(then, now, strict=True))


def aside(lead_ids: Strings) -> NDArray[np.bool_]:
    """Return which leads (n,) are put aside first, by a hash of their id: the same ones in every history that holds them."""
    first: NDArray[np.bool_] = fifth(lead_ids) == 0
    return first


def fifth(lead_ids: Strings) -> NDArray[np.int64]:
    """Return in which turn, from 0 on, each of these leads (n,) is put aside."""
    return np.fromiter((zlib.crc32(str(lead).encode()) % ASIDE for lead in lead_ids), np.int64, len(lead_ids))


def _known_leads(dataset: Dataset, settings: TrainingSettings, cutoff: int) -> tuple[int, int]:
    """Return of how many leads it was known at a cut-off that they were won, and that they were not."""
    labels = labels_known_at(dataset.history, dataset.moments, cutoff, settings.settling_days)
    known = np.flatnonzero(labels.determined & ~labels.over & (dataset.moments.as_of <= cutoff))
    return won_and_not(dataset.moments.lead[known], labels.won[known])
