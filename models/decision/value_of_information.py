"""What asking a lead would tell: the answers that leads like it gave, and the score under each."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from features.matrix.matrix import Matrix
from features.records.history import Floats
from models.close.model import CloseModel
from models.decision.answer_model import answer_columns
from models.decision.routes import spread_around

DONORS = 24
"""Leads of each band whose answers stand for those that a lead may give."""
BANDS = 4
CHUNK = 2000
"""Leads that are asked at once, so that memory stays bounded."""


@dataclass(frozen=True)
class Donors:
    """Past leads whose answers others may give, by band of their probability.

    Attributes
    ----------
    edges
        Probabilities (bands - 1,) that part the bands.
    X
        Their features (bands, donors, features); what they had not answered stays unanswered.
    """

    edges: Floats
    X: Matrix

    @classmethod
    def of(cls, X: Matrix, probability: Floats) -> "Donors":
        """Take donors evenly from leads (n, f) sorted into bands of equally many; with too few leads, some stand in twice."""
        edges = np.quantile(probability, np.linspace(0, 1, BANDS + 1)[1:-1])
        order = np.argsort(probability, kind="stable")
        parts = np.array_split(order, BANDS)
        rows = [
            part[np.linspace(0, len(part) - 1, DONORS).astype(int)] if len(part) else order[:1].repeat(DONORS)
            for part in parts
        ]
        return cls(edges, X[np.stack(rows)])

    def to_json(self) -> dict[str, Any]:
        """Return plain values; the features by their bytes in base 64."""
        text = base64.b64encode(np.ascontiguousarray(self.X, "<f4").tobytes()).decode("ascii")
        return {"edges": self.edges.tolist(), "shape": list(self.X.shape), "X": text}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Donors":
        """Read what `to_json` wrote."""
        X = np.frombuffer(base64.b64decode(content["X"]), "<f4").reshape(content["shape"])
        return cls(np.array(content["edges"]), X.astype(np.float32))


def after_asking(model: CloseModel, donors: Donors, X: Matrix, probability: Floats) -> Floats:
    """Return the probabilities (n, k) that leads may have once they have been asked, from the model's matrix (n, f).

    A question that the lead has answered keeps its answer; the others take those of a donor, all of one donor together, as answers
    hang together. What a donor has not answered stays open: asking is no promise of an answer.
    """
    parts = [_some(model, donors, X[at : at + CHUNK], probability[at : at + CHUNK]) for at in range(0, len(X), CHUNK)]
    return np.concatenate(parts) if parts else np.empty((0, DONORS))


def _some(model: CloseModel, donors: Donors, X: Matrix, probability: Floats) -> Floats:
    band = np.searchsorted(donors.edges, probability)
    given = donors.X[band]  # (n, k, features)
    k = given.shape[1]
    asked = np.repeat(X[:, None, :], k, axis=1)
    columns = answer_columns(model.blend)
    takes = (X[:, None, columns.answered] == 0) & (given[:, :, columns.answered] == 1)  # (n, k, questions)
    taken = takes[:, :, columns.question]
    asked[:, :, columns.values] = np.where(taken, given[:, :, columns.values], asked[:, :, columns.values])
    asked[:, :, columns.answered] += takes
    asked[:, :, columns.age] = np.where(takes, 0, asked[:, :, columns.age])
    asked[:, :, columns.given] += takes.sum(axis=2, keepdims=True)
    changed = np.concatenate((columns.values, columns.answered, columns.age, columns.given))
    return spread_around(probability, model.margins(asked, changed))
