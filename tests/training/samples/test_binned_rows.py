"""Rows in bins: whoever takes some of them grows the trees that the same rows give alone, and no later row tells where a bin ends."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from features.matrix.matrix import Matrix
from models.close.booster import Binned, Booster, binned
from tests.models.company import SETTINGS, dataset
from training.fitting.fit import fit_close_model, split_time
from training.samples import binned_rows
from training.samples.binned_rows import BinnedRows
from training.samples.dataset import Dataset, Sample, training_sample
from training.samples.inner_split import InnerSplit, inner_split
from training.samples.moments import labels_known_at

DATA = dataset()
NOW = DATA.history.known_until
MIDDLE = split_time(DATA, SETTINGS, NOW, SETTINGS.later_share)


def split() -> InnerSplit:
    return inner_split(DATA, SETTINGS, MIDDLE, NOW, training_sample)


def grown(bins: BinnedRows, known: Sample, unseen: Sample, level: np.ndarray | None = None) -> str:
    rows, later = bins.of(known.rows, known.y, known.weight, level), bins.of(unseen.rows, unseen.y, unseen.weight)
    return Booster.grown_stopping(SETTINGS.booster, DATA.features, rows, later).to_text()


def test_trees_of_all_rows_are_those_of_bins_of_their_own() -> None:
    labels = labels_known_at(DATA.history, DATA.moments, NOW, SETTINGS.settling_days)
    rows = np.flatnonzero((DATA.moments.as_of <= NOW) & ~labels.over)
    y, weight = np.random.default_rng(1).random(len(rows)), np.linspace(0.5, 1.5, len(rows))
    ours = Booster.grown(SETTINGS.booster, DATA.features, DATA.binned(NOW, SETTINGS).of(rows, y, weight), 20)
    assert ours.to_text() == Booster.fit(SETTINGS.booster, DATA.features, DATA.X[rows], y, weight, 20).to_text()


def test_who_took_rows_before_changes_nothing() -> None:
    one, bins = split(), DATA.binned(NOW, SETTINGS)
    other = replace(one.early, y=1 - one.early.y)
    texts = [grown(bins, early, one.later) for early in (one.early, other, one.early)]
    levelled = grown(bins, one.early, one.later, np.linspace(-2.0, 2.0, len(one.early.rows)))
    assert texts[0] == texts[2] == grown(DATA.binned(NOW, SETTINGS), one.early, one.later)
    assert len({texts[0], texts[1], levelled}) == 3


def test_no_later_row_tells_where_a_bin_ends() -> None:
    early = split().early
    later = DATA.moments.as_of > MIDDLE
    X = DATA.X.copy()
    X[later] *= 100
    changed: Dataset = replace(DATA, X=X)
    ours, theirs = (
        Booster.grown(
            SETTINGS.booster,
            DATA.features,
            data.binned(MIDDLE, SETTINGS).of(early.rows, early.y, early.weight),
            20,
        ).to_text()
        for data in (DATA, changed)
    )
    assert ours == theirs


def test_a_training_cuts_the_rows_of_its_dataset_once_and_their_bounds_once(monkeypatch: pytest.MonkeyPatch) -> None:
    cut: list[int] = []

    def counting(X: Matrix, *given: Any, **named: Any) -> Binned:
        cut.append(len(X))
        return binned(X, *given, **named)

    monkeypatch.setattr(binned_rows, "binned", counting)
    fit_close_model(DATA, SETTINGS, NOW)
    labels = labels_known_at(DATA.history, DATA.moments, NOW, SETTINGS.settling_days)
    known = DATA.moments.as_of <= NOW
    assert cut == [int((known & ~labels.over).sum()), int(known.sum())]
