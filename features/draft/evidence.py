"""What speaks for a column having been written after the fact: who has it, or how well it alone tells the outcome."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import TargetEncoder

from features.draft.sheets import MOST_VALUES, Column
from features.history import Floats

FEWEST = 10
"""Leads that must have been won, and not won, for a column to be measured."""


def lateness(column: Column, ended: Floats) -> str:
    """Return why a column looks as if it knew how leads `ended`; empty if it does not."""
    if np.isnan(ended).all():
        return ""
    area = _area(column, ended == 1)
    told = f"alone it tells won from not won with an AUC of {area:.2f}, too well to have been known before"
    return filled_in_late(column, ended) or (told if area > 0.8 else "")


def filled_in_late(column: Column, ended: Floats) -> str:
    """Return the evidence that a column is filled in when a lead is closed or won."""
    given = column.texts.notna().to_numpy()
    for rows, what in ((ended == 1, "won"), (~np.isnan(ended), "closed")):
        if given.all() or rows.mean() > 0.9 or given.sum() < 20 or not rows.any():
            continue
        share, without = rows[given].mean(), rows[~given].mean()
        if share > 0.95 and without < 0.5 * share:
            return f"filled in where the lead was {what} ({share:.0%} of the rows that have it, {without:.0%} of the others)"
    return ""


def _area(column: Column, won: NDArray[np.bool_]) -> float:
    """Return how well a column ranks wins: 0.5 not at all, 1 perfectly. Each value ranks by the other half's wins."""
    if min(won.sum(), (~won).sum()) < FEWEST:
        return 0.5
    values = column.given.fillna("")
    if column.numbers is not None and len(column.counts) > MOST_VALUES:
        values = (column.numbers.rank(pct=True) * 20).round()  # in twenty parts
    codes = pd.factorize(values)[0].reshape(-1, 1)
    halves = TargetEncoder(target_type="binary", cv=StratifiedKFold(2, shuffle=True, random_state=0))
    return float(roc_auc_score(won, halves.fit_transform(codes, won)[:, 0]))
