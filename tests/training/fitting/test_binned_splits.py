"""Splits in bins: whoever learns from shared bins grows the trees that bins of its own would have given."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from features.matrix.matrix import Matrix
from models.close.booster import Binned, Booster, binned
from tests.models.company import SETTINGS, dataset
from training.fitting import binned_splits
from training.fitting.binned_splits import BinnedSplits
from training.fitting.fit import split_time
from training.samples.dataset import training_sample
from training.samples.inner_split import InnerSplit, inner_split

DATA = dataset()
NOW = DATA.history.known_until
MIDDLE = split_time(DATA, SETTINGS, NOW, SETTINGS.later_share)


def split() -> InnerSplit:
    return inner_split(DATA, SETTINGS, MIDDLE, NOW, training_sample)


def grown(bins: BinnedSplits, of: InnerSplit, level: np.ndarray | None = None) -> str:
    known, unseen = bins.of(of, level)
    return Booster.grown_stopping(SETTINGS.booster, DATA.features, known, unseen).to_text()


def test_trees_are_those_of_bins_of_their_own() -> None:
    one = split()
    other = replace(one, early=replace(one.early, y=1 - one.early.y), later=replace(one.later, y=1 - one.later.y))
    bins = BinnedSplits(DATA, SETTINGS.booster.min_leads_in_leaf)
    shared = [grown(bins, each) for each in (one, other, one)]
    known, unseen = one.early.arrays(DATA.X), one.later.arrays(DATA.X)
    alone = Booster.fit_stopping(SETTINGS.booster, DATA.features, known, unseen).to_text()
    assert shared[0] == shared[2] == alone
    assert shared[1] != shared[0]


def test_a_level_is_forgotten_by_the_next() -> None:
    one, bins = split(), BinnedSplits(DATA, SETTINGS.booster.min_leads_in_leaf)
    before = grown(bins, one)
    assert grown(bins, one, np.linspace(-2.0, 2.0, len(one.early.rows))) != before
    assert grown(bins, one) == before


def test_rows_are_cut_into_bins_once(monkeypatch: pytest.MonkeyPatch) -> None:
    cut: list[int] = []

    def counting(X: Matrix, *given: Any, **named: Any) -> Binned:
        cut.append(len(X))
        return binned(X, *given, **named)

    monkeypatch.setattr(binned_splits, "binned", counting)
    one, bins = split(), BinnedSplits(DATA, SETTINGS.booster.min_leads_in_leaf)
    for _ in range(3):
        bins.of(one)
    assert cut == [len(one.early.rows), len(one.later.rows)]
    bins.of(replace(one, early=one.early.take(np.arange(100))))
    assert cut[2:] == [100, len(one.later.rows)]
