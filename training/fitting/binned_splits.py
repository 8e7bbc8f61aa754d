"""Inner splits in bins, each cut once for all that learn from its rows: ways of labelling them, and kinds of model."""

import numpy as np

from features.records.history import Floats
from models.close.booster import Binned, binned, labelled
from training.samples.dataset import Dataset, Sample
from training.samples.inner_split import InnerSplit


class BinnedSplits:
    """Both parts of inner splits of a dataset in bins, those of the early part; kept by their rows.

    Parameters
    ----------
    fewest
        Leads in a leaf of the trees that are to be grown.
    """

    def __init__(self, dataset: Dataset, fewest: int) -> None:
        self._dataset, self._fewest = dataset, fewest
        self._made: dict[bytes, tuple[Binned, Binned]] = {}

    def of(
        self, split: InnerSplit, level: Floats | None = None, later_level: Floats | None = None
    ) -> tuple[Binned, Binned]:
        """Return the early and the later part with the labels of this split, until it is asked for the next of the same rows.

        Parameters
        ----------
        level, later_level
            Log-odds (n,) that are known beforehand, of either part.
        """
        key = np.concatenate((split.early.rows, split.later.rows)).tobytes()
        if key not in self._made:
            early = self._cut(split.early)
            self._made[key] = early, self._cut(split.later, early)
        early, later = self._made[key]
        return (
            labelled(early, split.early.y, split.early.weight, level),
            labelled(later, split.later.y, split.later.weight, later_level),
        )

    def _cut(self, sample: Sample, reference: Binned | None = None) -> Binned:
        arrays, features = sample.arrays(self._dataset.X), self._dataset.features
        return binned(*arrays, features, reference, fewest=self._fewest)
