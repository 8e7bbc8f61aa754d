"""A record of what a model said when it was made, so that it can be shown that the registry gives the same model back.

The rows stand in the record beside what was said of them, bit for bit, so that the proof needs no history: what came in later,
or was corrected, changes nothing in it.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.matrix.matrix import Matrix
from features.records.history import Floats, History, Moments
from models.close.model import CloseModel

RECORDED = 200
"""Leads in a record, the latest."""
FILE = "replay.json"
"""The record's name among the documents of a run."""


@dataclass(frozen=True)
class RecordedScores:
    """Rows of a model's matrix (n, f), and the log-odds (n,) and probabilities (n,) that it gave."""

    X: Matrix
    margin: Floats
    probability: Floats

    def to_json(self) -> dict[str, Any]:
        """Return the record as plain values: bytes in base64, little-endian."""
        return {
            "shape": list(self.X.shape),
            "X": _text(self.X.astype("<f4")),
            "margin": _text(self.margin.astype("<f8")),
            "probability": _text(self.probability.astype("<f8")),
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "RecordedScores":
        """Read what `to_json` wrote."""
        X = np.frombuffer(base64.b64decode(content["X"]), "<f4").reshape(content["shape"])
        margin, probability = (
            np.frombuffer(base64.b64decode(content[name]), "<f8") for name in ("margin", "probability")
        )
        return cls(X.astype(np.float32), margin.astype(np.float64), probability.astype(np.float64))


def record(model: CloseModel, history: History) -> RecordedScores:
    """Return what a model says of the latest leads of a history as they came in."""
    X = latest_rows(model, history, RECORDED)
    return RecordedScores(X, model.margin(X), model.predict(X))


def replayed(model: CloseModel, kept: RecordedScores) -> NDArray[np.bool_]:
    """Return for each row (n,) of a record whether the model says the same of it to the bit."""
    if kept.X.shape[1] != len(model.features):
        return np.zeros(len(kept.X), np.bool_)
    same_margin: NDArray[np.bool_] = model.margin(kept.X).view(np.int64) == kept.margin.view(np.int64)
    same_probability: NDArray[np.bool_] = model.predict(kept.X).view(np.int64) == kept.probability.view(np.int64)
    return same_margin & same_probability


def latest_rows(model: CloseModel, history: History, most: int) -> Matrix:
    """Return the model's matrix of the latest leads at their creation."""
    lead = np.argsort(history.leads.created_at, kind="stable")[-most:].astype(np.int32)
    return model.matrix(history, Moments(lead, history.leads.created_at[lead]))


def _text(array: NDArray[np.generic]) -> str:
    return base64.b64encode(array.tobytes()).decode("ascii")
