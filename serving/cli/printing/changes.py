"""What changed the scores of a lead, in words."""

from collections import Counter
from collections.abc import Iterator

from rich.console import Console

from serving.schemas.records import Change, ChangePart, LeadChanges

NAMED = 3
"""Subjects of a step that are named, the strongest first."""


def print_changes(console: Console, told: LeadChanges) -> None:
    """Print each change of a lead's score and its three parts, in points of probability; they add up."""
    if not told.changes:
        console.print(
            f"Lead {told.lead_id} has no two scores to compare, or is not in the store.", markup=False, highlight=False
        )
    for change in told.changes:
        for line in _lines(change):
            console.print(line, markup=False, highlight=False, soft_wrap=True)


def _lines(change: Change | None) -> Iterator[str]:
    if change is None:
        yield "A change whose earlier model is not to be had, or cannot read the lead."
        return
    moments = f"{change.since:%Y-%m-%d %H:%M} to {change.until:%Y-%m-%d %H:%M} UTC"
    yield f"{moments}: {_points(change.points)}"
    yield f"  time passing      {_part(change.time)}"
    yield f"  new records       {_part(change.records)}{_records(change)}"
    yield f"  the new model     {_part(change.model)}"


def _part(part: ChangePart) -> str:
    named = ", ".join(f"{subject.subject} {subject.contribution:+.2f}" for subject in part.subjects[:NAMED])
    return _points(part.points) + (f" (log-odds: {named})" if named else "")


def _points(change: float) -> str:
    return f"{100 * change:+.1f} points"


def _records(change: Change) -> str:
    counts = Counter(change.new_records)
    return f"; came in: {', '.join(f'{count} × {kind}' for kind, count in counts.items())}" if counts else ""
