"""How models are judged: what is asked, and how intervals are taken."""

from typing import Annotated

from pydantic import AfterValidator, Field

from features.settings.frozen import Frozen, Whole

Share = Annotated[float, Field(gt=0, lt=1)]


def _rising(shares: tuple[float, ...]) -> tuple[float, ...]:
    if list(shares) != sorted(set(shares)):
        raise ValueError(f"must rise without repeats, got {list(shares)}")
    return shares


Shares = Annotated[tuple[Share, ...], AfterValidator(_rising)]


class JudgingSettings(Frozen):
    """How models are judged.

    Attributes
    ----------
    top_shares
        Shares of the leads, the most likely first, of which the wins are counted.
    thresholds
        Probabilities from which on a lead is called, where net benefit is told.
    score_edges
        Probabilities between which calibration is told by band.
    replicates, level, seed
        Of the bootstrap over leads; `level` is the coverage of intervals.
    """

    top_shares: Shares = (0.1, 0.2, 0.3)
    thresholds: Shares = (0.05, 0.1, 0.2, 0.3, 0.5)
    score_edges: Shares = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7)
    replicates: Annotated[Whole, Field(ge=100, le=100_000)] = 500
    level: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    seed: Whole = 7
