"""What came of replays, and the audit trail."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from features.records.clock import to_datetime

if TYPE_CHECKING:
    from serving.analytics.replay import Replayed
    from serving.store.reading import AuditEntry

SHOWN = 20
"""Scores that are named; the others are counted."""
TOLD_EVERY = 1000


@dataclass
class Replays:
    """Counts of many replays, and the first that differ; those that are reworded are among the same."""

    same: int = 0
    reworded: int = 0
    erased: int = 0
    differing: int = 0
    shown: list["Replayed"] = field(default_factory=list)


def count_replays(replays: Iterable["Replayed"], tell: Callable[[int], None]) -> Replays:
    """Count replays as they come, and tell now and then how many there were."""
    result = Replays()
    for done, one in enumerate(replays, start=1):
        if one.erased:
            result.erased += 1
        elif one.difference is None:
            result.same += 1
            result.reworded += one.reworded
        else:
            result.differing += 1
            result.shown += [one] if len(result.shown) < SHOWN else []
        if done % TOLD_EVERY == 0:
            tell(done)
    return result


def replays_json(result: Replays) -> dict[str, Any]:
    """Return counts and differences as plain values."""
    differences = [
        {
            "lead_id": one.lead_id,
            "as_of": to_datetime(one.as_of).isoformat(),
            "model_version": one.model_version,
            "difference": one.difference,
        }
        for one in result.shown
    ]
    counts = {name: getattr(result, name) for name in ("same", "reworded", "differing", "erased")}
    return {**counts, "differences": differences}


def print_replays(console: Console, result: Replays) -> None:
    """Print how many scores came out the same, and which did not."""
    for one in result.shown:
        console.print(
            f"{one.lead_id} as of {to_datetime(one.as_of).isoformat()} by version {one.model_version}: {one.difference}",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
    reworded = f", of which {result.reworded:,} would be put in other words today" if result.reworded else ""
    erased = f", {result.erased:,} of erased leads cannot be had again" if result.erased else ""
    console.print(
        f"{result.same:,} scores are the same to the last bit{reworded}; {result.differing:,} differ{erased}.",
        highlight=False,
        soft_wrap=True,
    )


def audit_json(entries: Sequence["AuditEntry"]) -> list[dict[str, Any]]:
    """Return entries of the audit trail as plain values."""
    return [{**asdict(entry), "at": to_datetime(entry.at).isoformat()} for entry in entries]


def print_audit(console: Console, entries: Sequence["AuditEntry"]) -> None:
    """Print entries of the audit trail, the latest first."""
    if not entries:
        console.print("The audit trail has no entry of then.")
        return
    table = Table("when", "what", "by whose key", "of what", "more", title="Audit trail", title_justify="left")
    for entry in entries:
        who = entry.key_name or entry.key_id or ""
        cells = (f"{to_datetime(entry.at):%Y-%m-%d %H:%M:%S}", entry.action, who, entry.subject, entry.detail)
        table.add_row(*map(escape, cells))
    console.print(table)
