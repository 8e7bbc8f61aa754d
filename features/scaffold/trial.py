"""A draft tried: what `check` reads by it, said in its head, and asked about where rows break rules or an end is missing."""

from collections.abc import Iterator
from dataclasses import replace

from features.records.checks import CheckedHistory, HistorySummary
from features.scaffold import Draft
from features.scaffold.blocks import HEAD
from features.scaffold.toml import CHECK, one_line

READ = "# Read by this draft: "
"""Begins the line that says what was read."""
MAX_RULES = 3
"""Broken rules that are shown, those of most rows."""
FEW = 0.01
"""Share of the rows up to which broken ones are the export's own mistakes, and no question to the draft."""


def tried(drafted: Draft, checked: CheckedHistory) -> Draft:
    """Return a draft that says in its head what was read by it, and asks about what is broken or missing."""
    lines = [f"{READ}{_read(checked.summary)}", *_faults(checked)]
    return _said(drafted, lines)


def failed(drafted: Draft, error: Exception) -> Draft:
    """Return a draft that says why nothing can be read by it, which is its problem."""
    why = f"Nothing can be read by this draft: {error}"
    return replace(_said(drafted, [f"# {CHECK} first: {why}"]), problem=why)


def _said(drafted: Draft, lines: list[str]) -> Draft:
    return replace(drafted, text=drafted.text.replace(HEAD, "\n".join([HEAD, *map(one_line, lines)]), 1))


def _read(summary: HistorySummary) -> str:
    days = summary.median_days_to_close
    closes = "" if days is None else f", half of the closes within {days:.0f} days"
    broken = sum(summary.broken.values())
    of_rows = f"{broken:,} of {sum(summary.rows.values()):,} rows broken" if broken else "no row is broken"
    return f"{summary.won:,} won, {summary.lost:,} lost, {summary.open:,} open{closes}; {of_rows}."


def _faults(checked: CheckedHistory) -> Iterator[str]:
    """Yield what no draft should leave: rows that break rules, leads that no row is of, an end that no lead has."""
    summary = checked.summary
    if checked.counts:
        broken, rows = sum(summary.broken.values()), sum(summary.rows.values())
        many = f"{CHECK} first: is the draft wrong, or the export? Left out: " if broken > FEW * rows else "Left out: "
        yield f"# {many}{_rules(checked)}."
    if not summary.won + summary.lost + summary.open:
        yield f"# {CHECK} first: no lead is left by this draft. Is the table of the leads the right one, and their day?"
    elif not summary.won:
        yield f"# {CHECK} first: no lead is won by this draft, so that there is nothing to learn. What says won?"
    elif not summary.lost:
        stay = "leads that stay open count as not won" if summary.open else "so that there is nothing to learn"
        yield f"# {CHECK} first: no lead is lost by this draft, {stay}. Are the lost ones in the export?"


def _rules(checked: CheckedHistory) -> str:
    """Return the rules that rows break, those of most rows first."""
    rules = sorted(checked.counts, key=lambda count: -count.rows)
    shown = "; ".join(
        f"{one.file}, {f'column {one.column!r}' if one.column else 'the row'} {one.rule} ({one.rows:,})"
        for one in rules[:MAX_RULES]
    )
    return shown + (f"; and {len(rules) - MAX_RULES} rules more" if len(rules) > MAX_RULES else "")
