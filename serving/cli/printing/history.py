"""A checked history and its leaks."""

from collections.abc import Sequence
from dataclasses import asdict
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from features.leaks import Finding
    from features.records.checks import CheckedHistory
    from features.scaffold import Draft


def print_drafted(console: Console, drafted: "Draft", file: Path) -> None:
    """Print what a draft reads, if it was tried, and what it asks, the gravest first."""
    from features.scaffold.toml import CHECK
    from features.scaffold.trial import READ

    console.print(f"Wrote {file}.", markup=False, soft_wrap=True)
    text = drafted.text.splitlines()
    for at, line in enumerate(text):
        if line.startswith(READ):
            console.print(line.removeprefix("# "), markup=False, highlight=False, soft_wrap=True)
        if line.startswith(f"# {CHECK} first"):
            below = takewhile(lambda next_line: next_line.startswith("#   "), text[at + 1 :])
            for shown in (line, *below):
                console.print(shown.removeprefix("# "), markup=False, highlight=False, soft_wrap=True)
    if drafted.problem:
        console.print(drafted.problem, style="red", markup=False, highlight=False, soft_wrap=True)
    console.print(
        f"{drafted.questions} lines say {CHECK!r}. Read them, then run: glengarry check --settings {file}",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )


def checked_json(checked: "CheckedHistory") -> dict[str, Any]:
    """Return a checked history as plain values."""
    summary = asdict(checked.summary)
    for name in ("since", "until"):
        summary[name] = None if summary[name] is None else summary[name].isoformat()
    return {
        "summary": summary,
        "broken": [asdict(row) for row in checked.broken],
        "counts": [asdict(count) for count in checked.counts],
        "fingerprint": checked.fingerprint,
    }


def print_checked(console: Console, checked: "CheckedHistory") -> None:
    """Print what was read and what is broken."""
    summary = checked.summary
    read = Table("table", "rows", "broken", title="History", title_justify="left")
    for table, rows in summary.rows.items():
        read.add_row(escape(table), f"{rows:,}", f"{summary.broken.get(table, 0):,}")
    console.print(read)
    if summary.since is not None and summary.until is not None:
        console.print(f"From {summary.since:%Y-%m-%d} to {summary.until:%Y-%m-%d}.", highlight=False)
    median = (
        "" if summary.median_days_to_close is None else f" Median days to close: {summary.median_days_to_close:.0f}."
    )
    console.print(f"Won {summary.won:,}, lost {summary.lost:,}, open {summary.open:,}.{median}", highlight=False)
    for note in summary.notes:
        console.print(f"Note: {note}", markup=False, highlight=False, soft_wrap=True)
    if checked.broken:
        _print_broken(console, checked)


def print_differences(console: Console, differences: Sequence[str]) -> None:
    """Print where the settings and the model that serves differ."""
    for sentence in differences:
        console.print(f"Settings and model differ: {sentence}", markup=False, highlight=False, soft_wrap=True)


def _print_broken(console: Console, checked: "CheckedHistory") -> None:
    console.print()
    for row in checked.broken:
        console.print(str(row), markup=False, highlight=False, soft_wrap=True)
    counts = Table("file", "column", "rule", "rows", title="Broken rows, all of them", title_justify="left")
    for count in checked.counts:
        counts.add_row(*map(escape, (count.file, count.column, count.rule)), f"{count.rows:,}")
    console.print(counts)
    console.print(
        "Broken rows are left out of a training; mend them in the export, or the settings that read it.",
        highlight=False,
    )


def findings_json(findings: Sequence["Finding"]) -> list[dict[str, Any]]:
    """Return the findings of a leak audit as plain values."""
    return [asdict(finding) for finding in findings]


def print_findings(console: Console, findings: Sequence["Finding"], columns: int) -> None:
    """Print the findings of a leak audit, the worst first, those with the same remedy together."""
    alike: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        alike.setdefault((finding.severity, finding.remedy), []).append(finding)
    for (severity, remedy), group in alike.items():
        console.print(f"{severity.upper()}. {remedy}", markup=False, highlight=False, soft_wrap=True)
        for finding in group:
            console.print(f"  {finding.field}: {finding.evidence}", markup=False, highlight=False, soft_wrap=True)
        console.print()
    severe = sum(finding.severity == "severe" for finding in findings)
    console.print(
        f"{columns:,} columns looked at, {len(findings):,} named, {severe:,} of them severe.", highlight=False
    )
