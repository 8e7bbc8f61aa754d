"""Answers that stand in the leads table as they were given later: the better, the later they are read."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from features.leaks.coding import code_numbers
from features.leaks.finding import Sign, percent_to_tenth
from features.leaks.labels import Fates, Mask
from features.leaks.univariate import read_alone
from features.records.clock import DAY, NEVER
from features.records.history import Floats, History

MIN_ANSWERS = 50
NEARLY_ALL = 0.98
"""Share of leads whose latest answer stands in the leads table, from which that is no chance."""
MOSTLY_ALIKE = 0.45
"""If two leads answer alike as often, agreement says nothing: asked again, a lead says the same by right. So of answers that
are yes or no this cannot be told."""
BETTER = 0.03
"""Gain in ranking over the answers as they stood before the close, from which reading them later is reading the outcome."""


def later(name: str, history: History, fates: Fates) -> Iterator[Sign]:
    """Yield what it means that an answer's later changes stand in the leads table, as if said when the lead came in."""
    schema, stated = history.schema, history.leads.fields[name]
    answer = history.events.kind == schema.event_codes[name]
    latest, latest_at = _last(history, answer)
    rows = (latest_at > history.leads.created_at + DAY) & ~np.isnan(latest)
    same = rows & (stated == latest)
    if rows.sum() < MIN_ANSWERS or same.sum() < NEARLY_ALL * rows.sum() or _alike(latest[rows]) > MOSTLY_ALIKE:
        return
    closed = np.where(fates.closed, fates.closed_at, np.iinfo(np.int64).max)[history.events.lead]
    before = _last(history, answer & (history.events.recorded_at <= closed))[0]
    as_known = np.where(rows, before, stated)
    alone = read_alone(code_numbers(stated), fates), read_alone(code_numbers(as_known), fates)
    after = int((same & fates.closed & (latest_at > fates.closed_at)).sum())
    yield Sign(
        "severe" if after >= MIN_ANSWERS and alone[0].ranks - alone[1].ranks >= BETTER else "suspicious",
        f"For {int(same.sum()):,} of {int(rows.sum()):,} leads that answered more than a day after they came in, the leads "
        f"table holds that later answer ({after:,} were recorded after the close). Read as it stands, it ranks won leads "
        f"above others in {percent_to_tenth(alone[0].ranks)} of pairs; read as it was known before the close, in "
        f"{percent_to_tenth(alone[1].ranks)}.",
    )


def _alike(answers: Floats) -> float:
    """Return the chance that two leads answer the same."""
    return float(((np.unique(answers, return_counts=True)[1] / len(answers)) ** 2).sum())


def _last(history: History, chosen: Mask) -> tuple[Floats, NDArray[np.int64]]:
    """Return the value and time of the last recorded of some events of each lead; NaN and NEVER without one."""
    events = history.events.take(chosen)
    order = np.argsort(events.recorded_at, kind="stable")
    value, at = np.full(len(history.leads), np.nan), np.full(len(history.leads), NEVER)
    value[events.lead[order]] = events.value[order]
    at[events.lead[order]] = events.recorded_at[order]
    return value, at
