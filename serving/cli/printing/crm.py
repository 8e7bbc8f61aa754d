"""What was written back into a CRM or would be, what was pulled, and how both stand."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from features.records.clock import to_datetime
from serving.settings.crm import CrmSettings
from serving.store.crm_health import TROUBLE

if TYPE_CHECKING:
    from serving.crm.pull import PullReport
    from serving.crm.write_plan import PlannedWrite, WriteReport
    from serving.store.crm_records import CrmCounts, CrmPosition, CrmRecord

SHOWN = 30
"""Leads that are named; the others are counted."""


@dataclass(frozen=True)
class CrmStanding:
    """How write-back and pull of a CRM stand; positions by name."""

    settings: CrmSettings
    counts: "CrmCounts"
    positions: Mapping[str, "CrmPosition"]
    troubles: Sequence["CrmRecord"]


def written_json(report: "WriteReport") -> dict[str, Any]:
    """Return what was written as plain values."""
    told = {name: value for name, value in vars(report).items() if name != "planned"}
    return told | {"planned": [_planned_json(one) for one in report.planned]}


def _planned_json(one: "PlannedWrite") -> dict[str, Any]:
    values = {name: value for name, value in one.values.content.items() if name not in ("subjects", "moved")}
    return {
        "lead_id": one.lead.lead_id,
        "records": [asdict(remote) for remote in one.remotes],
        "before": None if one.before is None else one.before.probability,
        **values,
        "scored_at": to_datetime(one.values.scored_at).isoformat(),
    }


def print_written(console: Console, report: "WriteReport", settings: CrmSettings) -> None:
    """Print what was written, or would be."""
    if report.planned:
        table = Table("lead", "record", "before", "now", "route", "step", "ask next")
        for one in report.planned[:SHOWN]:
            before = "" if one.before is None else f"{one.before.probability:.0%}"
            record = " or ".join(f"{remote.kind} {remote.remote_id}" for remote in one.remotes) or "by its mail address"
            cells = (one.lead.lead_id, record, before, f"{one.values.probability:.0%}", one.values.route or "")
            table.add_row(*map(escape, cells), one.values.step or "", escape(one.values.question))
        console.print(table)
    for lead_id, why in list(report.troubles.items())[:SHOWN]:
        console.print(f"{lead_id}: {why}", highlight=False, markup=False, soft_wrap=True)
    if report.made:
        console.print(f"New properties: {', '.join(report.made)}.", highlight=False, markup=False, soft_wrap=True)
    console.print(_sum(report, settings), highlight=False, markup=False, soft_wrap=True)


def _sum(report: "WriteReport", settings: CrmSettings) -> str:
    others = f"{report.unchanged:,} have not changed, {report.elsewhere:,} are none of its"
    if report.testing:
        why = "" if settings.state == "on" else f' (state = "{settings.state}")'
        return f"crm {report.crm} would be told of {len(report.planned):,} leads{why}; {others}. Nothing was written."
    found = (
        f", {report.found:,} found by their mail address, {report.created:,} made"
        if report.found or report.created
        else ""
    )
    aside = f", {len(report.troubles):,} set aside" if report.troubles else ""
    return f"crm {report.crm} was told of {report.written:,} leads{found}{aside}; {others}."


def pulled_json(report: "PullReport") -> dict[str, Any]:
    """Return what was pulled as plain values."""
    return asdict(report)


def print_pulled(console: Console, report: "PullReport") -> None:
    """Print what was pulled."""
    records = ", ".join(f"{count:,} {kind}" for kind, count in report.records.items()) or "nothing"
    if report.testing:
        said = f"crm {report.crm} has changed {records}. Nothing was stored."
    else:
        stored = ", ".join(f"{count:,} {name}" for name, count in report.stored.items() if count) or "nothing"
        said = (
            f"crm {report.crm} has changed {records}: {stored} told, {report.unread:,} not understood, "
            f"{report.erased:,} of people who were erased."
        )
    console.print(said, highlight=False, markup=False, soft_wrap=True)


def standings_json(standings: Sequence[CrmStanding]) -> list[dict[str, Any]]:
    """Return how CRMs stand as plain values."""
    return [
        {
            "crm": one.settings.name,
            "vendor": one.settings.vendor,
            "state": one.settings.state,
            "written": one.counts.written,
            "written_at": _time(one.counts.written_at),
            "troubles": dict(one.counts.troubles),
            "pulled_until": {
                name.removeprefix("pull "): _time(position.at)
                for name, position in one.positions.items()
                if name.startswith("pull ")
            },
            "trouble": _trouble(one),
            "set_aside": [{"lead_id": record.lead_id, "why": record.trouble} for record in one.troubles],
        }
        for one in standings
    ]


def print_standings(console: Console, standings: Sequence[CrmStanding]) -> None:
    """Print how CRMs stand."""
    if not standings:
        console.print(
            "The settings name no CRM: see [[crm]] in docs/how-to/write-back.md.", markup=False, soft_wrap=True
        )
    for one in standings_json(standings):
        pulls = "".join(f", {kind} pulled until {until}" for kind, until in one["pulled_until"].items())
        told = f"{one['crm']} ({one['vendor']}, {one['state']}): {one['written']:,} leads told, the last {one['written_at']}{pulls}"
        console.print(told, highlight=False, markup=False, soft_wrap=True)
        kinds = Counter({why.partition(":")[0]: 0 for why in one["troubles"]})
        for why, count in one["troubles"].items():
            kinds[why.partition(":")[0]] += count
        for why, count in kinds.items():
            console.print(f"  set aside, {why}: {count:,}", highlight=False, markup=False)
        for record in one["set_aside"]:
            console.print(f"    {record['lead_id']}: {record['why']}", highlight=False, markup=False, soft_wrap=True)
        if one["trouble"]:
            console.print(f"  is tried again: {one['trouble']}", highlight=False, markup=False, soft_wrap=True)


def _trouble(one: CrmStanding) -> str:
    position = one.positions.get(TROUBLE)
    return "" if position is None else position.place


def _time(at: int | None) -> str | None:
    return None if at is None else to_datetime(at).isoformat(timespec="seconds")
