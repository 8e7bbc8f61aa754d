"""The blend: a weighted sum, in log-odds, of trees and of a logistic regression, whose contributions add up as their parts' do."""

import json
from collections.abc import Mapping, Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray

from features.matrix.feature import Feature
from features.matrix.matrix import Matrix
from features.records.history import Floats
from models.close.booster import Booster
from models.close.linear import RankLogistic, total

TREES, LINEAR = "trees.txt", "linear.json"
"""The text files that a blend is kept in."""

Part = Booster | RankLogistic


class Blend:
    """Log-odds as a weighted sum of parts; a part without weight is not in it, and costs nothing.

    Parameters
    ----------
    features
        The columns of X.
    trees, linear
        What its trees say together, and its logistic regression, both weighted; None where they have no weight.
    """

    def __init__(self, features: tuple[Feature, ...], trees: Booster | None, linear: RankLogistic | None) -> None:
        self.features = features
        self.trees = trees
        self.linear = linear

    @classmethod
    def of(cls, features: tuple[Feature, ...], parts: Sequence[tuple[float, Part]]) -> Self:
        """Return the sum of parts, each times its weight."""
        boosters = [(weight, part) for weight, part in parts if weight > 0 and isinstance(part, Booster)]
        linears = [part.times(weight) for weight, part in parts if weight > 0 and isinstance(part, RankLogistic)]
        trees = Booster.weighted_sum(boosters) if boosters else None
        return cls(features, trees, linears[0] if linears else None)

    @property
    def rounds(self) -> int:
        """Number of trees."""
        return self.trees.rounds if self.trees else 0

    def margin(self, X: Matrix) -> Floats:
        """Return log-odds (n,) before calibration."""
        margin = np.zeros(len(X))
        for part in (self.trees, self.linear):
            margin += part.margin(X) if part else 0.0
        return margin

    def margins(self, X: Matrix, columns: NDArray[np.intp]) -> Floats:
        """Return log-odds (n, k) of rows (n, k, f) that within each n differ in these columns alone; to the bit those of `margin`."""
        n, k, f = X.shape
        margins = np.zeros((n, k))
        if self.trees:
            first, place = _alike(X[:, :, columns])
            margins += self.trees.margin(X.reshape(n * k, f)[first])[place].reshape(n, k)
        margins += self.linear.margins(X, columns) if self.linear else 0.0
        return margins

    def explain(self, X: Matrix) -> tuple[Floats, Floats]:
        """Return log-odds (n,) before calibration, and what each feature adds (n, f + 1) to the mean margin, which stands in the last column.

        Contributions are exact in each part; the logistic regression's log-odds are their sum.
        """
        margin, contributions = np.zeros(len(X)), np.zeros((len(X), len(self.features) + 1))
        if self.trees:
            margin += self.trees.margin(X)
            contributions += self.trees.contributions(X)
        if self.linear:
            added = self.linear.contributions(X)
            margin += total(added)
            contributions += added
        return margin, contributions

    def to_texts(self) -> dict[str, str]:
        """Return the blend as text files by name."""
        linear = {
            "features": [feature.name for feature in self.features],
            "logistic": self.linear.to_json() if self.linear else None,
        }
        return {
            TREES: self.trees.to_text() if self.trees else "",
            LINEAR: json.dumps(linear, separators=(",", ":")),
        }

    @classmethod
    def from_texts(cls, texts: Mapping[str, str], features: tuple[Feature, ...]) -> Self:
        """Read what `to_texts` wrote; of the features that there are, it has those that it was written for.

        Raises
        ------
        ValueError
            If one of these is not there, or by a release whose models were no blends.
        """
        if LINEAR not in texts:
            raise ValueError(
                f"A model must have the file {LINEAR}, got one of an earlier release without it: train it anew."
            )
        linear = json.loads(texts[LINEAR])
        there = {feature.name: feature for feature in features}
        missing = sorted(set(linear["features"]) - set(there))
        if missing:
            raise ValueError(f"The model was trained on other features; not there are {missing}: train it anew.")
        features = tuple(there[name] for name in linear["features"])
        return cls(
            features,
            Booster.from_text(texts[TREES], features) if texts[TREES] else None,
            RankLogistic.from_json(linear["logistic"]) if linear["logistic"] else None,
        )


def _alike(changed: Matrix) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return which of some rows (n, k, c), one after the other, are the first of those that are alike within an n, and each row's place among them.

    Answers of donors to what is still open are often the same, and trees take longer for a row than it takes to see that.
    """
    n, k, _ = changed.shape
    content = np.ascontiguousarray(changed).tobytes()
    size = len(content) // max(n * k, 1)
    places: dict[tuple[int, bytes], int] = {}
    rows = ((row // k, content[row * size : (row + 1) * size]) for row in range(n * k))
    place = np.fromiter((places.setdefault(row, len(places)) for row in rows), np.intp, n * k)
    return np.unique(place, return_index=True)[1], place
