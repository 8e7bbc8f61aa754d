"""Measure what `sources`, `funnel` and `reps` take for a month of leads: `python -m bench.reports [LEADS]`.

The history is a simulated company of ten quarters, copied until the last month alone has so many leads: those of its last third are moved
into the month, with all that happened to them, and what would lie after the end is taken away. Seconds are those of one
report by itself, the process's largest memory so far stands beside them.
"""

import resource
import sys
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from bench.sources import history_of
from features.records.clock import DAY
from features.records.history import Events, History, Leads, Outcomes
from features.simulation import SOURCES, WorldSettings
from models.accountability.accounts import hold_to_account
from models.accountability.funnel import funnel
from models.accountability.reps import judge_reps
from models.accountability.settings import AccountabilitySettings, CostSettings

LEADS, COMPANY, MONTH_SHARE = 200_000, 9_000, 2 / 3


def month_of(leads: int) -> History:
    """Return a history whose last 30 days have so many leads."""
    once = history_of(WorldSettings(leads=COMPANY, seed=1))
    copies = -(-leads // round(COMPANY * MONTH_SHARE))
    history = copied(once, copies)
    created, until = history.leads.created_at, history.known_until
    late = np.argsort(created, kind="stable")[-leads:]
    moved = created.copy()
    moved[late] = until - 30 * DAY + (np.arange(leads) * 30 * DAY // leads)
    delta = moved - created
    shifted = replace(
        history,
        leads=replace(history.leads, created_at=moved),
        events=_shifted_events(history.events, delta),
        outcomes=_shifted_outcomes(history.outcomes, delta),
    )
    return shifted.as_known_at(until)


def copied(history: History, copies: int) -> History:
    """Return a history with every lead so many times."""
    n, leads = len(history.leads), history.leads
    ids = np.array([f"{lead_id}-{copy}" for copy in range(copies) for lead_id in leads.lead_id], np.object_)

    def repeated(count: int) -> np.ndarray:
        return np.tile(np.arange(count), copies)

    every = leads.take(repeated(n))
    events = history.events.take(repeated(len(history.events)))
    outcomes = history.outcomes.take(repeated(len(history.outcomes)))
    return replace(
        history,
        leads=Leads(ids, every.created_at, every.fields, every.channels),
        events=replace(events, lead=events.lead + n * _copy(len(history.events), copies)),
        outcomes=replace(outcomes, lead=outcomes.lead + n * _copy(len(history.outcomes), copies)),
    )


def _copy(rows: int, copies: int) -> np.ndarray:
    return np.repeat(np.arange(copies, dtype=np.int32), rows)


def _shifted_events(events: Events, delta: np.ndarray) -> Events:
    by = delta[events.lead]
    return replace(events, occurred_at=events.occurred_at + by, recorded_at=events.recorded_at + by)


def _shifted_outcomes(outcomes: Outcomes, delta: np.ndarray) -> Outcomes:
    by = delta[outcomes.lead]
    return replace(outcomes, closed_at=outcomes.closed_at + by, recorded_at=outcomes.recorded_at + by)


def main() -> None:
    leads = int(sys.argv[1]) if len(sys.argv) > 1 else LEADS
    history = month_of(leads)
    costs = CostSettings(per_lead={source.name: source.cost for source in SOURCES})
    settings, until = AccountabilitySettings(costs=costs), history.known_until
    reports: dict[str, Callable[[], object]] = {
        "sources": lambda: hold_to_account(history, settings, until),
        "funnel": lambda: funnel(history, settings, until),
        "reps": lambda: judge_reps(history, settings, until),
    }
    print(
        f"{len(history.leads):,} leads, {leads:,} of the last month, {len(history.events):,} events: {_memory():,.0f} MB"
    )
    for name, report in reports.items():
        start, processor = time.perf_counter(), time.process_time()
        report()
        seconds, used = time.perf_counter() - start, time.process_time() - processor
        print(f"{name}: {seconds:.1f} s, {used:.1f} s of processor time, {_memory():,.0f} MB")


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
