"""Columns that are filled in only where a lead ended one way: that somebody filled them in tells how."""

from collections.abc import Iterator

import numpy as np

from features.leaks.coding import Coded
from features.leaks.finding import Severity, Sign, percent_to_tenth, worst
from features.leaks.labels import Fates, Mask

ALMOST_NEVER = 0.05
RARELY = 0.15
"""Limits of the share of the cells to be expected that are there: severe, suspicious. An honest column has about 1."""
SELDOM_AN_ID = 0.4
"""Limit for a column that names each lead: ids are given by whoever makes a record, an order or a contract, not by a lead."""
FAR_FEWER = 0.5
"""Share of leads that lack a value that was to be expected, from which it is suspicious too."""
MIN_EXPECTED = 20.0
"""So many cells must be expected before their absence means something."""


def presence(coded: Coded, fates: Fates) -> tuple[Sign, ...]:
    """Return what it means that a column is filled in: the weightiest sign, if there is one.

    Among leads of the same stretches of time, so that a question that was asked only since last year is not taken for one that
    only late leads answer. A column filled in only for lost or open leads may also be the mark of a bad source or of a new
    form, so by itself it is suspicious at most.
    """
    won, lost = fates.won & fates.settled, fates.settled & ~fates.won
    against: tuple[tuple[str, Mask, str, Mask, Severity], ...] = (
        ("won leads", won, "leads not won", lost, "severe"),
        ("closed leads", fates.closed, "open leads", ~fates.closed, "severe"),
        ("leads not won", lost, "won leads", won, "suspicious"),
        ("open leads", ~fates.closed, "closed leads", fates.closed, "suspicious"),
    )
    signs = [sign for pair in against for sign in _compare(coded, fates, *pair)]
    return tuple(sign for sign in signs if sign.severity == worst(signs))[:1]


def _compare(
    coded: Coded, fates: Fates, ours: str, where: Mask, theirs: str, elsewhere: Mask, gravest: Severity
) -> Iterator[Sign]:
    """Yield what it means that a column is filled in for some leads and not, or hardly, for others."""
    filled, rarely = coded.filled, SELDOM_AN_ID if coded.names_leads else RARELY
    expected, found, leads = _expected(filled, where, elsewhere, fates)
    few = found <= rarely * expected or expected - found >= FAR_FEWER * leads
    if expected >= MIN_EXPECTED and few:
        had, all_ours = int(np.count_nonzero(filled & where)), int(where.sum())
        yield Sign(
            gravest if found <= ALMOST_NEVER * expected else "suspicious",
            f"It is filled in for {had:,} of {all_ours:,} {ours} ({percent_to_tenth(had / all_ours)}), but for {found:,} of "
            f"{leads:,} {theirs} of the same time, where {expected:,.0f} would be expected.",
        )


def _expected(filled: Mask, where: Mask, elsewhere: Mask, fates: Fates) -> tuple[float, int, int]:
    """Return how many leads elsewhere would have a value if it were filled in as here, how many have, and of how many."""
    rows, rows_filled, others, others_filled = (
        np.bincount(fates.stretch[leads], minlength=fates.stretches)
        for leads in (where, where & filled, elsewhere, elsewhere & filled)
    )
    both = (rows > 0) & (others > 0)
    expected = float((others[both] * rows_filled[both] / rows[both]).sum())
    return expected, int(others_filled[both].sum()), int(others[both].sum())
