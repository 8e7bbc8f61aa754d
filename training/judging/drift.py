"""Whether the leads that come in still say what the leads of the training said.

Leads are compared at their creation, by what they say: their answers, and whether they answer. Track records, rates and the age of the
history are no part of it: they move slowly and by themselves, so that a few weeks always differ from a year.

The reference is the year before the training, in blocks of four weeks. Answers of a steady company differ from block to block by more
than the chance of drawing leads: seasons, campaigns, forms. How much more is estimated from the blocks themselves, so that only a shift
beyond the usual ups and downs is called. A feature has drifted if its shift would be that large by chance in less than `RISK` of all looks, over all
features together (Holm 1979), *and* is large enough to matter.

The size of a shift is the population stability index, less what chance alone would bring: 0 is "as it was", above .1 is commonly called a
moderate shift, above .25 a large one.

Source of the index: Lewis 1994, "An Introduction to Credit Scoring"; of its expectation: Yurdakul 2018, "Statistical Properties of the
Population Stability Index"; of the overdispersed chi-square test: McCullagh & Nelder 1989, "Generalized Linear Models", 4.5.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from features.matrix.feature import Feature, Measure
from features.matrix.matrix import Matrix
from features.records.clock import DAY
from features.records.history import Floats, History, creations
from models.close.labels import labels_known_at
from training.samples.dataset import Dataset

FILE = "drift_reference.json"
"""The reference's name among the documents of a run."""
MEASURES: frozenset[Measure] = frozenset(("value", "is_value", "answered", "answers_given"))
"""What a lead says: the features that are compared."""
BLOCKS, BLOCK_DAYS = 13, 28
"""The reference year in blocks as long as the window of new leads that is held against it."""
MAX_BINS = 10
MIN_LEADS = 100
"""Of fewer leads, on either side, nothing is said."""
MIN_BLOCK_LEADS = 10
"""A block of fewer leads says nothing about the usual ups and downs."""
RISK = 0.001
"""Chance of a false call a look, over all features. A year holds some forty looks that are nearly independent (thirteen windows that
slide by the hour), so that at most one steady company in twenty is called within a year."""
MODERATE = 0.1
"""A population stability index under this is too small to matter, however sure."""
USUAL_VARIANCE, USUAL_BLOCKS = 0.0025, 4
"""Relative variance by which the shares of a steady company move from block to block (5 %, squared), and the blocks that this counts for."""
MIN_SHARE = 1e-4
"""Stands for a share of 0, whose logarithm there is not."""


@dataclass(frozen=True)
class Shift:
    """How far one feature of new leads is from the training's.

    Attributes
    ----------
    distance
        Population stability index less what chance brings, at least 0.
    drifted
        Whether that is more than the usual ups and downs, and enough to matter.
    """

    feature: str
    subject: str
    distance: float
    drifted: bool


def drift_reference(dataset: Dataset) -> dict[str, Any]:
    """Return how the answers of a dataset's latest leads were distributed at their creation, by block, as plain values."""
    age = dataset.history.known_until - dataset.history.leads.created_at
    block = age // (BLOCK_DAYS * DAY)
    rows = np.flatnonzero((block >= 0) & (block < BLOCKS))
    X, block = dataset.at_creation[rows], block[rows]
    said = [(column, feature) for column, feature in enumerate(dataset.features) if feature.measure in MEASURES]
    return {
        "features": [_counted(feature, column, X[:, column], block) for column, feature in said],
        "columns": len(dataset.features),
        "won_by_day": won_by_day(dataset.history),
    }


def won_by_day(history: History) -> list[float]:
    """Return the share of the wins within the horizon that were recorded by each day after creation; empty without wins."""
    labels = labels_known_at(history, creations(history), history.known_until)
    won = labels.take(labels.matured & labels.won)
    horizon = history.schema.horizon_days
    day = np.minimum(-(-won.determined_after // DAY), horizon)
    counts = np.bincount(day, minlength=horizon + 1)
    return (np.cumsum(counts) / len(day)).tolist() if len(day) else []


def _counted(feature: Feature, column: int, values: Matrix, block: NDArray[np.int64]) -> dict[str, Any]:
    edges = _edges(values[~np.isnan(values)].astype(np.float64))
    counts = [_counts(values[block == number], edges).tolist() for number in range(BLOCKS)]
    return {
        "feature": feature.name,
        "subject": feature.subject,
        "column": column,
        "edges": edges.tolist(),
        "counts": counts,
    }


def _edges(known: Floats) -> Floats:
    """Return where bins meet: between the values if there are few, or else at quantiles."""
    distinct = np.unique(known)
    if len(distinct) <= MAX_BINS:
        return (distinct[1:] + distinct[:-1]) / 2
    return np.unique(np.quantile(known, np.arange(1, MAX_BINS) / MAX_BINS))


def _counts(values: Matrix, edges: Floats) -> Floats:
    """Return how many values fall into each bin; those that are not known are counted last."""
    bins = np.where(np.isnan(values), len(edges) + 1, np.searchsorted(edges, values, side="right"))
    return np.bincount(bins, minlength=len(edges) + 2).astype(np.float64)


def drift(reference: Mapping[str, Any], X: Matrix) -> tuple[Shift, ...] | None:
    """Return how far leads (n, f), at their creation, are from a reference; None for fewer than 100 leads on a side.

    Examples
    --------
    >>> block = [45.0, 5.0, 0.0]  # of 50 leads, 45 without a call and 5 with one
    >>> told = {"feature": "called", "subject": "call", "column": 0, "edges": [0.5], "counts": [block] * 13}
    >>> drift({"features": [told]}, np.repeat([[0.0], [1.0]], [90, 10], axis=0))
    (Shift(feature='called', subject='call', distance=0.0, drifted=False),)
    >>> drift({"features": [told]}, np.repeat([[0.0], [1.0]], [50, 50], axis=0))
    (Shift(feature='called', subject='call', distance=0.867, drifted=True),)
    """
    told: Sequence[Mapping[str, Any]] = reference["features"]
    if not told or min(len(X), float(np.sum(told[0]["counts"]))) < MIN_LEADS:
        return None
    compared = [_compare(np.array(one["counts"]), _counts(X[:, one["column"]], np.array(one["edges"]))) for one in told]
    surprising = _holm([p for _, p in compared])
    return tuple(
        Shift(one["feature"], one["subject"], distance, bool(distance >= MODERATE and is_surprising))
        for one, (distance, _), is_surprising in zip(told, compared, surprising, strict=True)
    )


def _compare(blocks: Floats, now: Floats) -> tuple[float, float]:
    """Return the distance of counts now (k,) from those of blocks (b, k), and how likely one as large is by chance."""
    used = (blocks.sum(axis=0) + now) > 0
    blocks, now = blocks[:, used], now[used]
    then, new = blocks.sum(), now.sum()
    free = len(now) - 1
    if not free:
        return 0.0, 1.0
    by_chance = 1 / then + 1 / new
    p, q = (np.maximum(counts / counts.sum(), MIN_SHARE) for counts in (blocks.sum(axis=0), now))
    distance = max(0.0, float(np.sum((q - p) * np.log(q / p)) - free * by_chance))
    pooled = (blocks.sum(axis=0) + now) / (then + new)  # no bin of it is empty
    variance, looks = _variance_of_blocks(blocks, pooled)
    statistic = float(np.sum((q - p) ** 2 / pooled)) / (by_chance + variance * (1 + 1 / looks)) / free
    return distance, float(scipy.stats.f.sf(statistic, free, free * looks))


def _variance_of_blocks(blocks: Floats, pooled: Floats) -> tuple[float, int]:
    """Return the relative variance by which shares move between blocks beyond drawing leads, and how many blocks tell it.

    The moment estimator: a block's chi-square over its degrees of freedom is 1/n for the drawing of its n leads, plus the variance.
    """
    leads = blocks.sum(axis=1)
    enough = leads >= MIN_BLOCK_LEADS
    blocks, leads = blocks[enough], leads[enough]
    shares = blocks / leads[:, None]
    moved = np.sum((shares - blocks.sum(axis=0) / max(leads.sum(), 1)) ** 2 / pooled, axis=1) / (len(pooled) - 1)
    beyond = moved - 1 / leads + 1 / max(leads.sum(), 1)
    looks = USUAL_BLOCKS + len(leads)
    return max(float(beyond.sum() + USUAL_BLOCKS * USUAL_VARIANCE) / looks, 0.0), looks


def _holm(p: Sequence[float]) -> list[bool]:
    """Return which of several chances are too small for chance, the risk being held over all of them (Holm 1979)."""
    order = np.argsort(p, kind="stable")
    called = [False] * len(p)
    for rank, place in enumerate(order.tolist()):
        if p[place] > RISK / (len(p) - rank):
            break
        called[place] = True
    return called
