"""Sources, the funnel and reps by the history that a training would read: computed beside the requests, one at a time, and kept for a while.

A report reads the whole history, which takes seconds and as much memory as its history. So no two are computed at once, and only what was
made of the history is kept.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from features.records.history import History
from features.records.reading import ReadingError
from features.records.spend import read_spend
from features.settings.schema import LeadSchema
from models.accountability.accounts import hold_to_account
from models.accountability.funnel import funnel
from models.accountability.groups import Cohort
from models.accountability.reps import judge_reps
from models.decision.settings import DecisionSettings
from serving.analytics.cache import SingleFlightCache
from serving.analytics.report_settings import ReportSettings
from serving.champion.champion import Champion
from serving.store.engine import StoreError
from serving.store.store import Store

Json = dict[str, Any]
Kind = Literal["sources", "funnel", "reps"]

KEPT_SECONDS = 300.0
MAX_KEPT = 32


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
        self._kept: SingleFlightCache[Json] = SingleFlightCache(KEPT_SECONDS, MAX_KEPT, clock)

    async def get(self, wanted: ReportRequest, champion: Champion) -> Json:
        """Return a report, computed within the last minutes.

        Raises
        ------
        StoreError
            If the store cannot be read.
        """
        return await self._kept.get(
            (wanted, champion.deployment.version), lambda: compute(self._store, self.yardstick, champion, wanted)
        )


def compute(store: Store, yardstick: ReportSettings, champion: Champion, wanted: ReportRequest) -> Json:
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
            return judge_reps(history, settings, as_of).to_json()
        case "funnel":
            return funnel(history, settings, as_of, wanted.by).to_json()
        case "sources":
            decision = DecisionSettings() if champion.decider is None else champion.decider.settings
            source = yardstick.spend
            spend = None if source is None else read_spend(source, history.schema, yardstick.folder)
            return hold_to_account(history, settings, as_of, decision, spend).to_json()


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


def of_rep(wanted: ReportRequest, report: Mapping[str, Any], rep_id: str | None, brought_by: str) -> Json:
    """Return what a rep sees of a report: his or her own numbers and how those of all are spread, and nobody else's name.

    Parameters
    ----------
    rep_id
        None for a key that names no rep, which sees no rep's numbers.
    brought_by
        The channel whose values are reps.
    """
    by_value = ("sources", "losses", "unqualified")
    seen: Json = {name: _without_others(report[name], rep_id, brought_by) for name in by_value if name in report}
    if wanted.kind == "reps":
        seen["reps"] = [row for row in report["reps"] if row["rep_id"] == rep_id and row.get("actor") != "agent"]
        seen["falls"] = [fall for fall in report["falls"] if fall["rep_id"] in (None, rep_id)]
    if report.get("cost_channel") == brought_by:
        seen["unassigned"] = {name: spent for name, spent in report["unassigned"].items() if name == rep_id}
    return {**report, **seen}


def _without_others(rows: list[Json], rep_id: str | None, brought_by: str) -> list[Json]:
    return [row for row in rows if row["channel"] != brought_by or row["value"] in (None, rep_id)]
