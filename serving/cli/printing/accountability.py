"""What outcomes say of sources, the funnel and reps."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from models.accountability.channels import in_order

MAX_COHORTS, MAX_SOURCES = 16, 12
"""Rows of a table; the others are in the JSON."""
NAME_WIDTH = 14
ROOMY = 125
"""Columns of a terminal in which the accounts of sources have room; in fewer they stand closer, without the revenue by cost."""
ROOMY_STAGES = 95
"""Columns of a terminal in which the stages of the funnel have room."""
STAGES = (
    ("respond", "response_rate", "days_to_response"),
    ("suspect", "suspect_rate", "days_to_suspect"),
    ("prospect", "prospect_rate", "days_to_prospect"),
)
"""Columns of the funnel before "won", each with its share and the days that it takes from the stage before."""


def print_sources(console: Console, report: Mapping[str, Any]) -> None:
    """Print the accounts of sources, as `SourceAccounts.to_json` gives them: a table for each channel, then what is to be said."""
    rows = report["sources"]
    if not rows:
        console.print("No lead says where it came from: give a field the role channel.", highlight=False)
        return
    _say(
        console,
        f"Sources as of {report['as_of'][:10]}, leads of {report['days']} days, by the money that they made or lost",
    )
    channels = in_order(report)
    for channel in channels:
        of_channel = [row for row in rows if row["channel"] == channel]
        console.print(_accounts_table(channel, of_channel[:MAX_SOURCES], console.width >= ROOMY))
    for row in rows:
        if row["channel"] == channels[0] or row["verdict"] in ("alarm", "watch"):
            _say(console, f"{_name(row)}: {row['says']} {row['loss_reason']}")
    if report["together"]:
        _say(console, report["together"])
    for note in _account_notes(report):
        _say(console, note)


def _accounts_table(channel: str, rows: Sequence[Mapping[str, Any]], roomy: bool) -> Table:
    title = channel.replace("_", " ")
    by_cost = ("per cost", "cost a win") if roomy else ("a win",)
    columns = ("", "leads", "closed, %", "won", "expected", "revenue", "cost", *by_cost, "")
    table = Table(*columns, title=title, title_justify="left", padding=(0, 1 if roomy else 0))
    table.columns[0].min_width = NAME_WIDTH - 2
    for column in table.columns[1:-1]:
        column.no_wrap = True
    for row in rows:
        table.add_row(
            escape(row["value"] or "not known"),
            f"{row['leads']:,}",
            _close_rate(row),
            f"{row['won']:,}",
            _number(row["expected"]),
            _number(row["revenue"]),
            _number(row["cost"]),
            *([_number(row["revenue_per_cost"], 1)] if roomy else []),
            _number(row["cost_per_win"]),
            row["verdict"],
        )
    return table


def _number(figure: float | None, places: int = 0) -> str:
    return "–" if figure is None else f"{figure:,.{places}f}"


def _account_notes(report: Mapping[str, Any]) -> Iterator[str]:
    rows = report["sources"]
    yield (
        "Expected: wins by now if leads closed by their own answers alone. Costs of leads that are too young to be won count in part. "
        "A dash is where too few leads or wins support a figure, or nothing is recorded."
    )
    if not any(row["costed"] for row in rows):
        yield "No costs are known: name them under [accountability.costs]."
    for value, amount in report["unassigned"].items():
        yield f"{amount:,.0f} was spent on {report['cost_channel']} {value!r} in months in which no lead of it came."
    counts = Counter(row["verdict"] for row in rows)
    yield f"In all: {', '.join(f'{count} {verdict}' for verdict, count in counts.items())}. Every value is in --json."


def _name(row: Mapping[str, Any]) -> str:
    channel = row["channel"].replace("_", " ")
    return f"{channel} '{row['value']}'" if row["value"] else f"{channel} not known"


def print_funnel(console: Console, report: Mapping[str, Any]) -> None:
    """Print the funnel, as `Funnel.to_json` gives it: what is wrong with the leads stands first."""
    _print_unqualified(console, report)
    if not report["cohorts"]:
        _say(console, "There are no leads yet.")
        return
    title = f"Funnel as of {report['as_of'][:10]}: leads by {report['cohorts'][0]['channel']} of creation"
    roomy = console.width >= ROOMY_STAGES
    console.print(_stages_table(title, report["cohorts"][-MAX_COHORTS:], lambda row: row["value"], roomy))
    if any(row["value"] == "agent" for row in report["first_touch"]):
        console.print(_stages_table("Funnel by who touched them first", report["first_touch"], _first_touch, roomy))
    if report["sources"]:
        console.print(_stages_table("Funnel by source", report["sources"][:MAX_SOURCES], _name, roomy))
    notes = (
        f"Shares are of all leads, as they will be {report['horizon_days']} days after creation; a dash is where too few have had the time. "
        "Days are medians: to the response, from there to suspect, to prospect, to the win.",
        "* Some are younger than that: their counts will grow.",
        _skipped(report["cohorts"]),
    )
    for note in notes:
        _say(console, note)
    hidden = max(len(report["cohorts"]) - MAX_COHORTS, 0) + max(len(report["sources"]) - MAX_SOURCES, 0)
    if hidden:
        _say(console, f"{hidden:,} more rows are in --json.")


def _first_touch(row: Mapping[str, Any]) -> str:
    return {"person": "a person", "agent": "an agent"}.get(row["value"], "nobody yet")


def _skipped(cohorts: Sequence[Mapping[str, Any]]) -> str:
    if not any(row["prospects"] for row in cohorts):
        return "No lead is on record as a prospect: see [ladder] in the settings."
    won, skipped = (sum(row[name] for row in cohorts) for name in ("won", "skipped"))
    return f"Of {won:,} won leads {skipped:,} never were prospects on record."


def _stages_table(
    title: str, rows: Sequence[Mapping[str, Any]], name: Callable[[Mapping[str, Any]], str], roomy: bool
) -> Table:
    columns = ("", "leads", *(stage for stage, _, _ in STAGES), "closed, %", "days")
    table = Table(*columns, title=title, title_justify="left", padding=(0, 1 if roomy else 0))
    table.columns[0].min_width = NAME_WIDTH - 2
    for column in table.columns[1:]:
        column.no_wrap = True
    for row in rows:
        table.add_row(
            escape(name(row)),
            f"{row['leads']:,}{'*' if row['immature'] else ''}",
            *(_share(row[share]) for _, share, _ in STAGES),
            _close_rate(row),
            "/".join(_days(row[days]) for days in (*(days for _, _, days in STAGES), "days_to_won")),
        )
    return table


def _share(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.0f} %"


def _days(days: float | None) -> str:
    return "–" if days is None else f"{days:.0f}" if days >= 10 or days == 0 else f"{days:.1f}"


def _close_rate(row: Mapping[str, Any]) -> str:
    if row["close_rate"] is None:
        return "–"
    return f"{100 * row['close_rate']:.0f} ({100 * row['close_low']:.0f}–{100 * row['close_high']:.0f})"


def _print_unqualified(console: Console, report: Mapping[str, Any]) -> None:
    for found in report["unqualified"]:
        _say(console, found["says"])


def print_reps(console: Console, report: Mapping[str, Any]) -> None:
    """Print the skills of reps, as `RepsReport.to_json` gives them: what is wrong with the leads and what a fall points to stand first."""
    _print_unqualified(console, report)
    for fall in report["falls"]:
        _say(console, fall["says"])
    if not report["reps"]:
        _say(console, "No event and no outcome says which rep it was of: map rep_id under [history.events.columns].")
        return
    as_of = report["as_of"][:10]
    for actor, words in (("rep", "Reps"), ("agent", "Agents, by version,")):
        rows = [row for row in report["reps"] if row["actor"] == actor]
        if rows:
            title = f"{words} as of {as_of}: closing and generating leads, 1 is {'the team' if actor == 'rep' else 'all agents'}"
            console.print(_skills_table(title, actor, rows))
    if not any(row["brought"] for row in report["reps"]):
        _say(
            console,
            "No lead names a rep who brought it: see brought_by under [accountability] in docs/reference/settings.md.",
        )
    _say(console, report["warning"])


def _skills_table(title: str, actor: str, rows: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(
        actor, "leads", "won", "expected", "closing", "brought", "generating", title=title, title_justify="left"
    )
    for row in rows:
        table.add_row(
            escape(row["rep_id"]),
            f"{row['leads']:,}",
            f"{row['won']:,}",
            f"{row['expected']:.0f}",
            _skill(row, "closing"),
            f"{row['brought']:,}",
            _skill(row, "generating"),
        )
    return table


def _skill(row: Mapping[str, Any], name: str) -> str:
    if row[name] is None:
        return "not enough data"
    return f"{row[name]:.2f} ({row[f'{name}_low']:.2f}–{row[f'{name}_high']:.2f})"


def _say(console: Console, sentence: str) -> None:
    console.print(sentence, markup=False, highlight=False, soft_wrap=True)
