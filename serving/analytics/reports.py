"""Sources, the funnel and reps by the history that a training would read: computed beside the requests, one at a time, and kept for a while.

A report reads the whole history, which takes seconds and as much memory as its history. So no two are computed at once, and only what was
made of the history is kept.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol, TypeVar

from features.records.history import History
from features.records.reading import ReadingError
from features.records.spend import read_spend
from features.settings.schema import LeadSchema
from models.accountability.accounts import SourceAccount, SourceAccounts, hold_to_account
from models.accountability.funnel import Funnel, FunnelRow, funnel
from models.accountability.groups import Cohort
from models.accountability.losses import ReasonShare
from models.accountability.reps import RepsReport, judge_reps
from models.accountability.unqualified import Unqualified
from models.decision.settings import DecisionSettings
from serving.analytics.cache import SingleFlightCache
from serving.analytics.report_settings import ReportSettings
from serving.champion.champion import Champion
from serving.store.engine import StoreError
from serving.store.store import Store

Kind = Literal["sources", "funnel", "reps"]
OfValue = TypeVar("OfValue", SourceAccount, FunnelRow, ReasonShare, Unqualified)
"""A row that is of one value of a channel."""

KEPT_SECONDS = 300.0
MAX_KEPT = 32


class Report(Protocol):
    """What outcomes say as of a date; everything of it that leaves the service is its JSON."""

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain values."""
        ...


@dataclass(frozen=True)
class ReportRequest:
    """A report: of what, as of when (microseconds UTC; None for now), and by which cohorts."""

    kind: Kind
    as_of: int | None = None
    by: Cohort = "month"


class Reports:
    """Reports of a store by a yardstick, in the schema of the champion that serves."""

    def __init__(self, store: Store, yardstick: ReportSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self._store, self.yardstick = store, yardstick
        self._kept: SingleFlightCache[Report] = SingleFlightCache(KEPT_SECONDS, MAX_KEPT, clock)

    async def get(self, wanted: ReportRequest, champion: Champion) -> Report:
        """Return a report, computed within the last minutes.

        Raises
        ------
        StoreError
            If the store cannot be read.
        """
        return await self._kept.get(
            (wanted, champion.deployment.version), lambda: compute(self._store, self.yardstick, champion, wanted)
        )


def compute(store: Store, yardstick: ReportSettings, champion: Champion, wanted: ReportRequest) -> Report:
    """Return a report by what is known now.

    Raises
    ------
    StoreError
        If it cannot be read.
    """
    history = read(store, yardstick, champion.model.schema)
    as_of = history.known_until if wanted.as_of is None else wanted.as_of
    settings = yardstick.accountability
    match wanted.kind:
        case "reps":
            return judge_reps(history, settings, as_of)
        case "funnel":
            return funnel(history, settings, as_of, wanted.by)
        case "sources":
            return _sources(history, yardstick, champion, as_of)


def source_accounts(store: Store, yardstick: ReportSettings, champion: Champion) -> SourceAccounts:
    """Return the accounts of sources by what is known now.

    Raises
    ------
    StoreError
        If the store cannot be read.
    """
    history = read(store, yardstick, champion.model.schema)
    return _sources(history, yardstick, champion, history.known_until)


def _sources(history: History, yardstick: ReportSettings, champion: Champion, as_of: int) -> SourceAccounts:
    decision = DecisionSettings() if champion.decider is None else champion.decider.settings
    source = yardstick.spend
    spend = None if source is None else read_spend(source, history.schema, yardstick.folder)
    return hold_to_account(history, yardstick.accountability, as_of, decision, spend)


def read(store: Store, yardstick: ReportSettings, schema: LeadSchema) -> History:
    """Return the history that reports judge: what the store holds and, where the settings name one, the export beside it.

    Raises
    ------
    StoreError
        If a part of it cannot be read.
    """
    try:
        return yardstick.origin.read(schema, store).history
    except ReadingError as error:
        raise StoreError(f"The history must be readable, got: {error}") from error


def of_rep(report: Report, rep_id: str | None, brought_by: str) -> Report:
    """Return what a rep sees of a report: their own numbers and how those of all are spread, and nobody else's name.

    Parameters
    ----------
    rep_id
        None for a key that names no rep, which sees no rep's numbers.
    brought_by
        The channel whose values are reps.
    """

    def own(rows: tuple[OfValue, ...]) -> tuple[OfValue, ...]:
        return tuple(row for row in rows if row.channel != brought_by or row.value in (None, rep_id))

    match report:
        case SourceAccounts():
            spent = report.unassigned
            if report.settings.costs.channel == brought_by:
                spent = {name: amount for name, amount in spent.items() if name == rep_id}
            losses = replace(report.losses, rows=own(report.losses.rows))
            return replace(report, rows=own(report.rows), losses=losses, unassigned=spent)
        case Funnel():
            return replace(report, sources=own(report.sources), unqualified=own(report.unqualified))
        case RepsReport():
            rows = tuple(row for row in report.of("rep") if row.rep_id == rep_id)
            falls = tuple(fall for fall in report.falls if fall.rep_id in (None, rep_id))
            return replace(report, rows=rows, falls=falls, unqualified=own(report.unqualified))
    return report
