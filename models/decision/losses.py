"""Why a lead is likeliest lost, if it is lost: trees over recorded reasons, calibrated, silent where they cannot tell."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray
from scipy.special import log_softmax, softmax

from features.matrix.feature import Feature
from features.matrix.matrix import Matrix
from features.records.history import Floats, Outcomes
from models.close.lightgbm import lgb
from models.decision.settings import LOSS_REASONS, LossReason
from models.decision.trees import grow, predict

SOFTMAX = {"objective": "multiclass", "num_class": len(LOSS_REASONS), "metric": "multi_logloss"}
LATER_SHARE = 0.25
PRIOR = 1.0
"""Each reason counts as recorded so often before any is."""

WORDS: Mapping[LossReason, str] = {
    "not a buyer": r"not a buyer|vendor|seller|job|student|spam|fake|wrong number|duplicate",
    "money": r"money|budget|price|expensive|cost|fund|credit",
    "hurry": r"hurry|timing|time|later|postpon|date|not now|urgen",
    "trust": r"trust|reference|risk|security|unknown|reput|decision maker|authority",
    "desire": r"desire|interest|competitor|other supplier|prefer|status quo|no response|unresponsive",
    "need": r"need|fit|requirement|feature|use case|problem",
}
"""By what words a recorded reason is understood that the settings do not name; the first that is found counts."""


def understood(text: str | None, named: Mapping[str, LossReason]) -> LossReason | None:
    """Return what a recorded reason means; None if that cannot be told.

    Examples
    --------
    >>> understood("Too expensive", {}), understood("Other", {}), understood("X1", {"X1": "trust"})
    ('money', None, 'trust')
    """
    if text is None:
        return None
    if text in named:
        return named[text]
    return next((reason for reason, words in WORDS.items() if re.search(words, text, re.IGNORECASE)), None)


def reason_codes(outcomes: Outcomes, named: Mapping[str, LossReason]) -> NDArray[np.int64]:
    """Return the position (n,) of each outcome's reason in `LOSS_REASONS`; -1 where none is recorded or understood."""
    if outcomes.reason is None:
        return np.full(len(outcomes), -1)
    meant = {text: understood(text, named) for text in set(outcomes.reason.tolist())}
    codes = {text: -1 if reason is None else LOSS_REASONS.index(reason) for text, reason in meant.items()}
    return np.array([codes[text] for text in outcomes.reason], np.int64)


@dataclass(frozen=True)
class LossFigures:
    """How the model of reasons does on later lost leads.

    Attributes
    ----------
    log_loss, shares_log_loss
        Of the model, and of the mere shares of the reasons beside it; lower is better.
    named, right
        Share of the leads for which a reason is named, and how many of these are right.
    promised
        The mean probability of the reasons that are named; `right` where the model is calibrated.
    """

    lost: int
    log_loss: float | None = None
    shares_log_loss: float | None = None
    named: float | None = None
    right: float | None = None
    promised: float | None = None


@dataclass(frozen=True)
class LossModel:
    """The probability of each of `LOSS_REASONS`, should a lead be lost.

    Attributes
    ----------
    shares
        How common each reason is.
    sharpness
        By which the trees' scores are multiplied, so that probabilities mean what they say.
    """

    shares: tuple[float, ...]
    lost: int
    trees: lgb.Booster | None = None
    sharpness: float = 1.0

    def probability(self, X: Matrix) -> Floats:
        """Return probabilities (n, reasons) that sum to 1."""
        if self.trees is None:
            return np.tile(np.array(self.shares), (len(X), 1))
        return softmax(self.sharpness * predict(self.trees, X, raw=True), axis=1)

    def to_json(self) -> dict[str, Any]:
        """Return plain values; the trees are LightGBM's own text."""
        trees = None if self.trees is None else self.trees.model_to_string()
        return {"shares": list(self.shares), "lost": self.lost, "sharpness": self.sharpness, "trees": trees}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "LossModel":
        """Read what `to_json` wrote."""
        text = content["trees"]
        trees = None if text is None else lgb.Booster(model_str=text)
        return cls(tuple(content["shares"]), content["lost"], trees, content["sharpness"])


@dataclass(frozen=True)
class Lost:
    """Moments of lost leads, n rows in the order of the leads' creation: their reason by position, and weights that count leads."""

    X: Matrix
    reason: NDArray[np.int64]
    weight: Floats

    def part(self, rows: slice) -> "Lost":
        """Return some of them."""
        return Lost(self.X[rows], self.reason[rows], self.weight[rows])

    @property
    def rows(self) -> tuple[Matrix, Floats, Floats]:
        """Return (X, y, weight)."""
        return self.X, self.reason.astype(np.float64), self.weight


def fit_losses(features: tuple[Feature, ...], lost: Lost, fewest: int, abstain: float) -> tuple[LossModel, LossFigures]:
    """Fit the shares and, from `fewest` lost leads on, trees; they stay if they tell later losses better than the shares."""
    count = round(float(lost.weight.sum()))
    model = LossModel(_shares(lost), count)
    if count < fewest:
        return model, LossFigures(count)
    middle = int(len(lost.reason) * (1 - LATER_SHARE))
    early, later = lost.part(slice(middle)), lost.part(slice(middle, None))
    stopped = grow(features, SOFTMAX, early.rows, later.rows)
    rounds = max(stopped.best_iteration, 1)
    scores = predict(stopped, later.X, raw=True)  # by the trees that served best, as LightGBM does by itself
    sharpness = _sharpness(scores, later)
    p = softmax(sharpness * scores, axis=1)
    plain = np.tile(np.array(_shares(early)), (len(later.reason), 1))
    figures = _figures(count, p, plain, later, abstain)
    if _log_loss(np.log(p), later) >= _log_loss(np.log(plain), later):
        return model, figures
    return LossModel(model.shares, count, grow(features, SOFTMAX, lost.rows, rounds=rounds), sharpness), figures


def _figures(count: int, p: Floats, plain: Floats, later: Lost, abstain: float) -> LossFigures:
    best = p.argmax(axis=1)
    named = p.max(axis=1) >= abstain
    weight = later.weight[named]
    right = float(np.average(best[named] == later.reason[named], weights=weight)) if named.any() else None
    promised = float(np.average(p.max(axis=1)[named], weights=weight)) if named.any() else None
    share = float(np.average(named, weights=later.weight))
    return LossFigures(count, _log_loss(np.log(p), later), _log_loss(np.log(plain), later), share, right, promised)


def _shares(lost: Lost) -> tuple[float, ...]:
    counts = np.bincount(lost.reason, lost.weight, minlength=len(LOSS_REASONS)) + PRIOR
    return tuple((counts / counts.sum()).tolist())


def _sharpness(scores: Floats, later: Lost) -> float:
    """Return the factor on the scores under which the reasons of later losses are likeliest."""
    found = scipy.optimize.minimize_scalar(
        lambda s: _log_loss(log_softmax(np.exp(s) * scores, axis=1), later), bounds=(-1.5, 0.7)
    )
    return float(np.exp(found.x))


def _log_loss(logs: Floats, lost: Lost) -> float:
    return float(-np.average(logs[np.arange(len(logs)), lost.reason], weights=lost.weight))
