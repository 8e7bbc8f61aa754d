"""What the audit says of the columns of an export that nobody has described yet: the same judge as of a history."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from features.leaks import AuditedColumn, Finding, Sign, audit
from features.leaks.coding import Coded, code_numbers, code_texts, code_times
from features.leaks.finding import percent_to_tenth
from features.records.clock import DAY, NEVER, Microseconds
from features.records.history import Events, Floats, History, Leads, Outcomes
from features.scaffold.layout import Layout
from features.scaffold.outcome import Mask
from features.scaffold.sheets import Column
from features.settings.schema import LeadSchema

UNMEASURED = "What it tells cannot be measured until it is known how leads ended."
NEARLY_ALL = 0.8
"""Share of closed leads in which a number must be the days to the close for it to be one."""

NEAR_DAYS = 1.5
"""Days by which counted ones may miss, as clocks and zones differ."""
MOST_MISSED = 0.5
"""Share of the misses of chance that numbers may have and yet count days: small ones lie near quick closes whatever they say."""
FEWEST_COUNTED = 20
"""Rows, and days between the first and the last of them, from which it is no chance that numbers count to one day."""


def as_history(layout: Layout, horizon_days: int) -> History:
    """Return when leads came and how they ended, as far as it can be told, without anything else; a row without a day has its place."""
    created = created_at(layout)
    ended = np.flatnonzero(~np.isnan(layout.ended))
    closed = np.where(np.isnan(layout.closed_at), created, layout.closed_at)[ended].astype(np.int64)
    closed = np.maximum(closed, created[ended])
    rows = np.array([f"{row}" for row in range(len(created))], np.object_)
    leads = Leads(rows, created, {}, {})
    won = layout.ended[ended] == 1
    outcomes = Outcomes(ended.astype(np.int32), closed, closed, won, np.full(len(ended), np.nan))
    until = max(int(created.max(initial=0)), int(closed.max(initial=0)))
    return History(LeadSchema(horizon_days=horizon_days), leads, Events.none(), outcomes, until)


def created_at(layout: Layout) -> Microseconds:
    """Return when each row was created; where no column tells, its place stands for it, a row a minute."""
    if layout.created is None:
        return np.arange(layout.leads.rows, dtype=np.int64) * 60_000_000
    times = layout.created.times
    known = times[times != NEVER]
    return np.where(times == NEVER, np.median(known).astype(np.int64) if len(known) else 0, times)


def audited(columns: Sequence[Column], layout: Layout, created: Microseconds) -> list[AuditedColumn]:
    """Return columns as the audit takes them."""
    return [
        AuditedColumn(column.name, column.name, None, coded(column, created), dated=not layout.flat)
        for column in columns
    ]


def coded(column: Column, created: Microseconds) -> Coded:
    """Return a column's cells as codes."""
    if column.type == "date":
        return code_times(column.times, created)
    if column.type == "number" and column.numbers is not None:
        return code_numbers(column.numbers.to_numpy(np.float64))
    texts = column.texts.astype(object)
    return code_texts(pa.array(texts.where(texts.notna(), None), pa.string()))


def judge(columns: Sequence[Column], layout: Layout, history: History) -> dict[str, Finding]:
    """Return what is wrong with columns, or cannot be told of them, by name."""
    found = audit(history, audited(columns, layout, history.leads.created_at))
    if np.isnan(layout.ended).all():
        found = tuple(replace(finding, evidence=UNMEASURED) for finding in found if finding.severity == "undated")
    findings = {finding.field: finding for finding in found}
    for column in columns:
        if sign := _counts_the_days(column, layout, history) or _counts_to_the_export(column, layout, history):
            findings[column.name] = Finding(column.name, sign.severity, sign.evidence, "", 1.0)
    return findings


def _counts_the_days(column: Column, layout: Layout, history: History) -> Sign | None:
    """Return what it means that a number is the days from creation to close."""
    if column.numbers is None or column.type != "number":
        return None
    days = (layout.closed_at - history.leads.created_at) / DAY
    rows = ~np.isnan(days) & column.numbers.notna().to_numpy()
    if rows.sum() < FEWEST_COUNTED or np.ptp(days[rows]) < 5:
        return None
    numbers = column.numbers.to_numpy(np.float64)[rows]
    near, by_chance = float((np.abs(numbers - days[rows]) <= NEAR_DAYS).mean()), _near_by_chance(numbers, days[rows])
    if near < NEARLY_ALL or 1 - near > MOST_MISSED * (1 - by_chance):
        return None
    return Sign(
        "severe", f"For {percent_to_tenth(near)} of the closed leads it is the number of days from creation to close."
    )


def _near_by_chance(numbers: Floats, days: Floats) -> float:
    """Return the share of pairs of any number and any row's days that are near each other: what numbers of nothing would reach."""
    days = np.sort(days)
    near = np.searchsorted(days, numbers + NEAR_DAYS, "right") - np.searchsorted(days, numbers - NEAR_DAYS, "left")
    return float(near.mean() / len(days))


def _counts_to_the_export(column: Column, layout: Layout, history: History) -> Sign | None:
    """Return what it means that a number is the days from a time of each row, or of each open one, to one and the same day."""
    if column.numbers is None or column.type != "number":
        return None
    numbers = column.numbers.to_numpy(np.float64)
    is_open = np.isnan(layout.ended)
    times = [("open leads", "creation", np.where(is_open, history.leads.created_at, NEVER))]
    times += [("leads", repr(day.name), day.times) for day in layout.leads.times_but()]
    for whose, since, days in times:
        rows = (days != NEVER) & ~np.isnan(numbers)
        if rows.sum() < FEWEST_COUNTED or np.ptp(days[rows]) < FEWEST_COUNTED * DAY:
            continue
        until = days[rows] / DAY + numbers[rows]
        is_near = np.abs(until - np.median(until)) <= NEAR_DAYS
        near = float(is_near.mean())
        if min(near, _by_day(is_near, days[rows])) >= NEARLY_ALL:
            return Sign(
                "severe",
                f"For {percent_to_tenth(near)} of the {whose} it is the number of days from {since} to one and the same day: that of the export.",
            )
    return None


def _by_day(holds: Mask, days: Microseconds) -> float:
    """Return the share of rows of which something holds, where each day counts as much as another: many rows of one day are one import."""
    _, day, rows = np.unique(days // DAY, return_inverse=True, return_counts=True)
    return float(np.average(holds, weights=1 / rows[day]))
