"""How a model's probabilities held: what became of earlier leads that it called as likely, and how the open ones spread."""

from datetime import datetime
from itertools import pairwise
from typing import Annotated

import numpy as np
from pydantic import Field

from features.records.history import Floats
from features.settings.fields import Obstacle
from features.settings.frozen import Frozen
from models.close.reasons.wording import counted, percent

RECORD_FILE = "record.json"
"""The text file that a record is kept in."""
GRID = np.linspace(0, 1, 101)
"""Shares of the open leads at which their probabilities are kept."""

ENOUGH_FOR_A_SHARE = 30
"""Of fewer leads, how many closed is told as a count."""

Probability = Annotated[float, Field(ge=0, le=1)]
Weight = Annotated[float, Field(ge=0)]


class CalibrationBand(Frozen):
    """Leads that were called between two probabilities, the lower one among them, and how many of them closed.

    Attributes
    ----------
    leads, won, expected
        Leads by the share of all moments that lie in the band.
    """

    low: Probability
    high: Probability
    leads: Weight
    won: Weight
    expected: Weight

    @property
    def rate(self) -> float | None:
        """Share that closed; None of no lead."""
        return min(self.won / self.leads, 1.0) if self.leads else None


class VersionRecord(Frozen):
    """What a version knows of itself.

    Attributes
    ----------
    tested_since
        The bands are of moments after this time, called by a model that knew nothing later.
    bands
        From the least likely; together they hold every probability.
    open
        Probabilities of the leads that were open in the end, at the shares of `GRID`; empty where none was.
    drivers
        By obstacle, the share of what moved the scores of the test; the largest first, empty in versions made before it was kept.
    beside_rival
        How the model stood to its nearest rival in the test, in words; empty in versions made before it was kept.
    """

    tested_since: datetime
    bands: tuple[CalibrationBand, ...]
    open: tuple[Probability, ...] = ()
    drivers: tuple[tuple[Obstacle, Probability], ...] = ()
    beside_rival: str = ""

    def band(self, probability: float) -> CalibrationBand | None:
        """Return the band of a probability."""
        return next((band for band in reversed(self.bands) if band.low <= probability), None)

    def percentile(self, probability: float) -> float | None:
        """Return the share of the open leads that are less likely; those that are as likely count half.

        Examples
        --------
        >>> record = VersionRecord(tested_since=datetime(2026, 1, 1), bands=(), open=tuple(np.linspace(0, 0.5, 101)))
        >>> record.percentile(0.25), record.percentile(0.9)
        (0.5, 1.0)
        """
        if not self.open:
            return None
        below, upto = (np.searchsorted(self.open, probability, side=side) for side in ("left", "right"))
        if below < upto:
            return float((below + upto - 1) / 2 / (len(self.open) - 1))
        return float(np.interp(probability, self.open, GRID))


def bands(edges: tuple[float, ...], probability: Floats, won: Floats, weight: Floats) -> tuple[CalibrationBand, ...]:
    """Return what became of moments (n,) by their probability, between edges."""
    limits = (0.0, *edges, 1.0)
    place = np.searchsorted(np.array(edges), probability, side="right")
    sums = [np.bincount(place, values, len(limits) - 1) for values in (weight, weight * won, weight * probability)]
    return tuple(
        CalibrationBand(low=low, high=high, leads=leads, won=wins, expected=expected)
        for (low, high), leads, wins, expected in zip(pairwise(limits), *(some.tolist() for some in sums), strict=True)
    )


def spread(probability: Floats) -> tuple[float, ...]:
    """Return the probabilities (n,) of open leads at the shares of `GRID`."""
    return tuple(np.quantile(probability, GRID).tolist()) if len(probability) else ()


def closed_of_called(called: str, leads: float, won: float) -> str:
    """Say what became of leads that were called as likely, by the share of their moments.

    Examples
    --------
    >>> closed_of_called("10 to 20 %", 412.3, 57.7)
    'Of 412 leads we called 10 to 20 %, 14 % closed.'
    >>> closed_of_called("70 to 100 %", 3.9, 2.9)
    'Of 4 leads we called 70 to 100 %, 3 closed.'
    >>> closed_of_called("0 to 2 %", 249.8, 0.4), closed_of_called("0 to 2 %", 249.8, 0)
    ('Of 250 leads we called 0 to 2 %, hardly any closed.', 'Of 250 leads we called 0 to 2 %, none closed.')
    """
    if not round(leads):
        return f"No earlier lead was called {called}."
    if round(won) == 0:  # a lead counts by its moments: one of several is less than a lead
        closed = "hardly any" if won else "none"
    else:
        closed = percent(min(won / leads, 1.0)) if leads >= ENOUGH_FOR_A_SHARE else str(round(won))
    return f"Of {counted(round(leads), 'lead', 'leads')} we called {called}, {closed} closed."
