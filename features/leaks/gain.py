"""What a column that is left out would add to those in use: a small model of trees with it and without, on the later leads."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from features.leaks.coding import Coded
from features.leaks.columns import AuditedColumn, columns_of
from features.leaks.labels import Fates, Mask, fates_of
from features.leaks.univariate import PRIOR_LEADS
from features.records.history import Floats, History

LEFT_OUT = ("profile", "context")
"""Roles that no close model looks at unless a field is admitted."""
MAX_LEADS = 20_000
"""Leads that are looked at, the latest; more would make the draft slow and the figure no clearer."""
EARLIER = 2 / 3
"""Share of the leads, by time, that the small model learns from."""
MIN_OF_EACH = 20
"""Won, and not won, leads that must be there both earlier and later."""
SURE = 2.0
"""Standard errors by which a gain must differ from none to be one."""
TREES = {"max_iter": 50, "max_leaf_nodes": 8, "min_samples_leaf": 30, "learning_rate": 0.1, "early_stopping": False}


@dataclass(frozen=True)
class Gain:
    """What columns would add to those in use, on leads later than those learnt from.

    Attributes
    ----------
    columns
        As the export calls them.
    log_loss, error
        By how much the log loss a lead would fall (higher is better), and its standard error.
    without
        Log loss without them.
    """

    columns: tuple[str, ...]
    log_loss: float
    error: float
    without: float

    @property
    def is_sure(self) -> bool:
        """Whether there is a gain beyond chance."""
        return self.log_loss > SURE * self.error

    def __str__(self) -> str:
        figures = f"{100 * self.log_loss / self.without:z.1f} % of the log loss (give or take {100 * self.error / self.without:.1f})"
        if self.is_sure:
            return f"would save {figures} on the later third of the leads"
        if self.log_loss < -SURE * self.error:
            return f"would cost {figures.replace('-', '')} on the later third of the leads"
        return f"would change nothing that can be told from chance: {figures}"


def gains_of(history: History) -> tuple[Gain, ...]:
    """Return what admitting each field that no close model looks at would add, and last what all of them would.

    They are the profile and context fields that the settings do not admit. None if there are none, or too few outcomes to tell.
    """
    fields = history.schema.fields
    columns = columns_of(history)
    out = [column for column in columns if column.role in LEFT_OUT and not fields[column.field].admitted]
    if not out:
        return ()
    used = [column for column in columns if fields[column.field].is_feature]
    return gains(used, [[column] for column in out] + [out] * (len(out) > 1), fates_of(history))


def gains(
    used: Sequence[AuditedColumn], candidates: Iterable[Sequence[AuditedColumn]], fates: Fates
) -> tuple[Gain, ...]:
    """Return what each group of columns would add to those in use; nothing where there are too few outcomes to tell.

    The model learns from the earlier leads whose outcome was known before the later ones came in.
    """
    rows = np.flatnonzero(fates.settled)
    rows = rows[np.argsort(fates.created_at[rows], kind="stable")][-MAX_LEADS:]
    later = np.arange(len(rows)) >= EARLIER * len(rows)
    if not len(rows) or not later.any():
        return ()
    since = fates.created_at[rows[later]].min()
    early = ~later & (~fates.closed[rows] | (fates.closed_at[rows] < since))
    y = fates.won[rows].astype(np.float64)
    if min(min(y[part].sum(), (1 - y[part]).sum()) for part in (early, later)) < MIN_OF_EACH:
        return ()
    base = [_numbers(column.coded, rows, y, early) for column in used if not column.coded.names_leads]
    without = _losses(base, y, early, later)
    found = []
    for group in candidates:
        added = [_numbers(column.coded, rows, y, early) for column in group]
        saved = without - _losses([*base, *added], y, early, later)
        error = float(saved.std(ddof=1) / np.sqrt(len(saved)))
        found.append(Gain(tuple(column.name for column in group), float(saved.mean()), error, float(without.mean())))
    return tuple(found)


def _numbers(coded: Coded, rows: np.ndarray, y: Floats, early: Mask) -> Floats:
    """Return a column as one number a lead: binned values in their order, texts by their rate of wins among the earlier."""
    code = coded.code[rows]
    if coded.ordered:
        return np.where(code > 0, code, np.nan).astype(np.float64)
    width = int(coded.code.max(initial=0)) + 1
    leads = np.bincount(code[early], minlength=width)
    won = np.bincount(code[early], weights=y[early], minlength=width)
    rate: Floats = ((won + PRIOR_LEADS * y[early].mean()) / (leads + PRIOR_LEADS))[code]
    return rate


def _losses(columns: Sequence[Floats], y: Floats, early: Mask, later: Mask) -> Floats:
    """Return the log loss of each later lead by a model of the earlier ones."""
    if columns:
        X = np.column_stack(columns)
        model = HistGradientBoostingClassifier(random_state=0, **TREES).fit(X[early], y[early])
        p = model.predict_proba(X[later])[:, 1]
    else:
        p = np.full(int(later.sum()), y[early].mean())
    p = np.clip(p, 1e-6, 1 - 1e-6)
    losses: Floats = -np.log(np.where(y[later] > 0, p, 1 - p))
    return losses
