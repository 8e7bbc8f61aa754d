"""The bootstrap over leads: a lead's moments stay together, and all models see the same replicates."""

from collections.abc import Iterator

import numpy as np

from features.records.history import Floats
from training.metrics.settings import JudgingSettings

MAX_COUNTS = 4_000_000
"""Counts (leads × replicates) that are held at a time: 32 MB."""


def replicate_counts(leads: int, settings: JudgingSettings) -> Iterator[Floats]:
    """Yield how often each lead counts, (leads, replicates), in batches of replicates; the same for the same seed.

    Counts are Poisson with mean 1, each lead's apart from the others': for more than a few leads that is the bootstrap with a size
    that varies, which moves no figure that is a ratio of sums. A replicate without any lead counts each once.

    Source: Hanley & MacGibbon 2006, "Creating non-parametric bootstrap samples using Poisson frequencies".
    """
    rng = np.random.default_rng(settings.seed)
    batch = max(1, MAX_COUNTS // leads)
    for start in range(0, settings.replicates, batch):
        counts = rng.poisson(1.0, (leads, min(batch, settings.replicates - start))).astype(np.float64)
        counts[:, ~counts.any(axis=0)] = 1.0
        yield counts
