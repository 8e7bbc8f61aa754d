"""The blocks of the settings that say where a history lies, and what happened since."""

from collections.abc import Iterable, Iterator

import numpy as np

from features.draft.fields import DraftedField, is_rep
from features.draft.layout import Layout
from features.draft.sheets import MOST_VALUES, Column, best, named
from features.draft.toml import CHECK, Names, line
from features.draft.words import ACTORS, OBSTACLES, likeliest, says, words

HEAD = f"""\
# Drafted by `glengarry init` from what the files look like. Read every line that says `{CHECK}`, correct it,
# then run `glengarry check`."""
NO_ID = f"""\
# {CHECK}: no column of {{file}} tells each row from all others, so nothing names a lead.
# Export the record's id, or add a running number, and name it here: lead_id = "..."
"""
NO_DAY = f"""\
# {CHECK}: no column of {{file}} holds a time, so nobody could tell what was known when: a lead must have been
# created some day. Export that day and name it here: created_at = "...". If only the order of the rows is known,
# a small script may date them by it (row order, running number or month names) before they are read.
"""
NO_OUTCOMES = f"""\
# {CHECK}: no file says how leads ended. Export won and lost with their day, one row a lead, as
# outcomes.csv with the columns lead_id, closed_at, won; or name the table and its columns here.
"""
NO_CLOSE = f"""\
# {CHECK}: no column holds the day on which a lead was closed. Export it and name it: closed_at = "..."
"""
ONE_DAY = f"""\
# {CHECK}: there is one day only, so outcomes count as known on it. Export the day of the decision if you can.
"""
NOTHING = f"""\
[fields]
# {CHECK}: no column says anything of a lead, so a model knows their age and how everyone's close, and no more.
# Export what leads answered, where they came from, or what happened since (events), and run `glengarry init` again.
"""


def head(layout: Layout) -> Iterator[str]:
    """Yield what holds for the whole file: the horizon covers three wins in four."""
    yield HEAD
    horizon = 90
    if len(layout.days_to_win):
        days = np.quantile(layout.days_to_win, 0.75)
        horizon = next((size for size in (30, 60, 90, 180) if days <= size), 365)
        yield f"\n# Three in four wins came within {days:.0f} days."
    yield f"horizon_days = {horizon}"
    yield "lookback_days = [7, 30, 90]"
    yield line("time_zone", "UTC", "of times that name no zone")


def history(folder: str, layout: Layout) -> Iterator[str]:
    """Yield where the files lie and how they are written."""
    yield "[history]"
    yield line("source", folder)
    if layout.time_format:
        other = layout.time_format.replace("%d/%m", "%m/%d")
        doubt = None if other == layout.time_format else f"day first, or month first ({other})?"
        yield line("time_format", layout.time_format, doubt)
    for key, default in (("encoding", "utf-8"), ("delimiter", ",")):
        found = {getattr(sheet, key) for sheet in (layout.leads, layout.events, layout.outcomes) if sheet} - {default}
        if found:
            yield line(key, min(found), "one must do for all files: convert the others" if len(found) > 1 else None)
    yield '# exported_at = "2026-01-01T00:00:00+00:00"  # until when the files are complete; else their latest record'
    if layout.others:
        yield f"# Not used: {', '.join(sheet.name for sheet in layout.others)}."


def leads(layout: Layout, fields: Iterable[DraftedField], left_out: list[str]) -> Iterator[str]:
    """Yield the leads table and its columns."""
    file, created = layout.leads.name, layout.created
    yield "[history.leads]"
    yield line("table", file)
    yield "\n[history.leads.columns]"
    yield from _mapped("lead_id", layout.lead_id) if layout.lead_id else [NO_ID.format(file=file).rstrip()]
    if created is None:
        yield NO_DAY.format(file=file).rstrip()
    else:
        empty = int((1 - created.filled) * layout.leads.rows + 0.5)
        broken = f"; {empty:,} rows have no {created.name!r} and will be reported as broken" if empty else ""
        if broken or created.name != "created_at":
            yield f"# {CHECK}: when the lead was created{broken}"
        yield from _mapped("created_at", created)
    yield from (line(field.ours, field.theirs) for field in fields if field.ours != field.theirs)
    yield from left_out


def outcomes(layout: Layout, late: Iterable[DraftedField]) -> Iterator[str]:
    """Yield the outcomes table, its columns, and which values mean won, lost and open."""
    if layout.outcomes is None:
        yield NO_OUTCOMES.rstrip()
        return
    yield "[history.outcomes]"
    yield line("table", layout.outcomes.name)
    if layout.won is None:
        yield line("all_won", True, "no column tells won from lost, so each row is taken for a win")
    for result in ("won", "lost", "open"):
        if values := [value for value, meant in layout.results.items() if meant == result]:
            yield line(f"{result}_values", values, "not decided yet?" if result == "open" else None)
    yield "\n[history.outcomes.columns]"
    yield from _mapped("lead_id", layout.outcome_id)
    yield from _mapped("won", layout.won)
    if layout.closed is None or layout.closed is layout.created:
        yield (NO_CLOSE if layout.closed is None else ONE_DAY).rstrip()
    yield from _mapped("closed_at", layout.closed)
    yield from _mapped("amount", layout.amount, "what the deal was worth?")
    reps = list(filter(is_rep, layout.outcomes.columns))
    rep = best("rep", reps)
    others = "".join(f", or {other.name}" for other in reps if other is not rep)
    yield from _mapped("rep_id", rep, f"who closed the deal{others}?")
    if not layout.flat:
        yield from _mapped("recorded_at", best("recorded", named("recorded", layout.outcomes.times_but())))
    yield from (line(field.ours, field.theirs) for field in late)


def events(layout: Layout, kinds: dict[str, str]) -> Iterator[str]:
    """Yield the events table, its columns, and our names of its `kinds`."""
    if layout.events is None or layout.kind is None:
        return
    yield "[history.events]"
    yield line("table", layout.events.name)
    if ignored := [value for value in layout.kind.values if value not in kinds]:
        yield line("ignore", ignored, "rare")
    times = layout.events.times_but()
    recorded = best("recorded", named("recorded", times)) or best(
        "created", [time for time in times if is_creation(time)]
    )
    yield "\n[history.events.columns]"
    yield from _mapped("lead_id", layout.event_id)
    yield from _mapped("kind", layout.kind)
    yield from _mapped("occurred_at", best("occurred", layout.events.times_but(recorded)) or recorded)
    yield from _mapped("recorded_at", recorded)
    if renamed := [line(value, ours) for value, ours in kinds.items() if value != ours]:
        yield "\n[history.events.kinds]"
        yield from renamed


def is_creation(column: Column) -> bool:
    """Return whether a column says when a row was made: what happened is known from then on."""
    return bool(says(column.name, "created create"))


def kind_names(layout: Layout, names: Names, fields: list[DraftedField]) -> dict[str, str]:
    """Return our name of each kind of event; one of the name of a field is an answer that was given later."""
    answers = {name: field.ours for field in fields if field.role == "answer" for name in (field.ours, field.theirs)}
    values = layout.kind.values[:MOST_VALUES] if layout.kind else []
    return {value: answers.get(value) or names.take(value) for value in values}


def kind(ours: str) -> Iterator[str]:
    """Yield a kind of event: which obstacle it speaks to, and who acts."""
    obstacle, actor = likeliest(ours, OBSTACLES), likeliest(ours, ACTORS)
    yield f"[kinds.{ours}]"
    yield line("obstacle", obstacle or "desire", "")
    if actor:
        yield line("actor", actor, "")
    yield line("singular", " ".join(words(ours)))


def _mapped(ours: str, column: Column | None, doubt: str | None = None) -> list[str]:
    return [] if column is None or column.name == ours else [line(ours, column.name, doubt)]
