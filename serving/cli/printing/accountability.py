"""What outcomes say of sources, the funnel and reps."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from features.records.clock import to_datetime
from models.accountability.accounts import SourceAccount, SourceAccounts
from models.accountability.change import RangedFigure
from models.accountability.channels import in_order
from models.accountability.funnel import Funnel, FunnelRow
from models.accountability.reps import WARNING, RepSkills, RepsReport, Worker
from models.accountability.unqualified import Unqualified

MAX_COHORTS, MAX_SOURCES = 16, 12
"""Rows of a table; the others are in the JSON."""
NAME_WIDTH = 14
ROOMY = 125
"""Columns of a terminal in which the accounts of sources have room; in fewer they stand closer, without the revenue by cost."""
ROOMY_STAGES = 95
"""Columns of a terminal in which the stages of the funnel have room."""
STAGES: Mapping[str, tuple[Callable[[FunnelRow], float | None], Callable[[FunnelRow], float | None]]] = {
    "respond": (lambda row: row.response_rate, lambda row: row.days_to_response),
    "suspect": (lambda row: row.suspect_rate, lambda row: row.days_to_suspect),
    "prospect": (lambda row: row.prospect_rate, lambda row: row.days_to_prospect),
}
"""Columns of the funnel before "won", each with its share and the days that it takes from the stage before."""


def print_sources(console: Console, accounts: SourceAccounts) -> None:
    """Print the accounts of sources: a table for each channel, then what is to be said."""
    rows = accounts.rows
    if not rows:
        console.print("No lead says where it came from: give a field the role channel.", highlight=False)
        return
    _say(
        console,
        f"Sources as of {_day(accounts.as_of)}, leads of {accounts.days} days, by the money that they made or lost",
    )
    channels = in_order(accounts)
    for channel in channels:
        of_channel = [row for row in rows if row.channel == channel]
        console.print(_accounts_table(channel, of_channel[:MAX_SOURCES], console.width >= ROOMY))
    for row in rows:
        if row.channel == channels[0] or row.is_called:
            _say(console, f"{_name(row)}: {accounts.says(row)} {row.loss_reason}")
    if accounts.together:
        _say(console, accounts.together)
    for note in _account_notes(accounts):
        _say(console, note)


def _day(time: int) -> str:
    return to_datetime(time).date().isoformat()


def _accounts_table(channel: str, rows: Sequence[SourceAccount], roomy: bool) -> Table:
    title = channel.replace("_", " ")
    by_cost = ("per cost", "cost a win") if roomy else ("a win",)
    columns = ("", "leads", "closed, %", "won", "expected", "revenue", "cost", *by_cost, "")
    table = Table(*columns, title=title, title_justify="left", padding=(0, 1 if roomy else 0))
    table.columns[0].min_width = NAME_WIDTH - 2
    for column in table.columns[1:-1]:
        column.no_wrap = True
    for row in rows:
        table.add_row(
            escape(row.value or "not known"),
            f"{row.leads:,}",
            _closed(row.closed),
            f"{row.won:,}",
            _number(row.expected),
            _number(row.revenue),
            _number(row.cost),
            *([_number(row.revenue_per_cost, 1)] if roomy else []),
            _number(row.cost_per_win),
            row.verdict.verdict,
        )
    return table


def _number(figure: float | None, places: int = 0) -> str:
    return "–" if figure is None else f"{figure:,.{places}f}"


def _account_notes(accounts: SourceAccounts) -> Iterator[str]:
    yield (
        "Expected: wins by now if leads closed by their own answers alone. Costs of leads that are too young to be won count in part. "
        "A dash is where too few leads or wins support a figure, or nothing is recorded."
    )
    if not any(row.costed for row in accounts.rows):
        yield "No costs are known: name them under [accountability.costs]."
    for value, amount in accounts.unassigned.items():
        channel = accounts.settings.costs.channel
        yield f"{amount:,.0f} was spent on {channel} {value!r} in months in which no lead of it came."
    counts = Counter(row.verdict.verdict for row in accounts.rows)
    yield f"In all: {', '.join(f'{count} {verdict}' for verdict, count in counts.items())}. Every value is in --json."


def _name(row: SourceAccount | FunnelRow) -> str:
    channel = row.channel.replace("_", " ")
    return f"{channel} '{row.value}'" if row.value else f"{channel} not known"


def print_funnel(console: Console, funnel: Funnel) -> None:
    """Print the funnel: what is wrong with the leads stands first."""
    _print_unqualified(console, funnel.unqualified)
    if not funnel.cohorts:
        _say(console, "There are no leads yet.")
        return
    title = f"Funnel as of {_day(funnel.as_of)}: leads by {funnel.cohorts[0].channel} of creation"
    roomy = console.width >= ROOMY_STAGES
    console.print(_stages_table(title, funnel.cohorts[-MAX_COHORTS:], lambda row: str(row.value), roomy))
    if funnel.has_agents:
        title = "Funnel by who touched them first"
        console.print(_stages_table(title, funnel.first_touch, lambda row: row.toucher, roomy))
    if funnel.sources:
        console.print(_stages_table("Funnel by source", funnel.sources[:MAX_SOURCES], _name, roomy))
    notes = (
        f"Shares are of all leads, as they will be {funnel.horizon_days} days after creation; a dash is where too few have had the time. "
        "Days are medians: to the response, from there to suspect, to prospect, to the win.",
        "* Some are younger than that: their counts will grow.",
        _skipped(funnel.cohorts),
    )
    for note in notes:
        _say(console, note)
    hidden = max(len(funnel.cohorts) - MAX_COHORTS, 0) + max(len(funnel.sources) - MAX_SOURCES, 0)
    if hidden:
        _say(console, f"{hidden:,} more rows are in --json.")


def _skipped(cohorts: Sequence[FunnelRow]) -> str:
    if not any(row.prospects for row in cohorts):
        return "No lead is on record as a prospect: see [ladder] in the settings."
    won, skipped = sum(row.won for row in cohorts), sum(row.skipped for row in cohorts)
    return f"Of {won:,} won leads {skipped:,} never were prospects on record."


def _stages_table(title: str, rows: Sequence[FunnelRow], name: Callable[[FunnelRow], str], roomy: bool) -> Table:
    columns = ("", "leads", *STAGES, "closed, %", "days")
    table = Table(*columns, title=title, title_justify="left", padding=(0, 1 if roomy else 0))
    table.columns[0].min_width = NAME_WIDTH - 2
    for column in table.columns[1:]:
        column.no_wrap = True
    for row in rows:
        table.add_row(
            escape(name(row)),
            f"{row.leads:,}{'*' if row.immature else ''}",
            *(_share(share(row)) for share, _ in STAGES.values()),
            _closed(row.closed),
            "/".join(_days(days) for days in (*(days(row) for _, days in STAGES.values()), row.days_to_won)),
        )
    return table


def _share(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.0f} %"


def _days(days: float | None) -> str:
    return "–" if days is None else f"{days:.0f}" if days >= 10 or days == 0 else f"{days:.1f}"


def _closed(closed: RangedFigure | None) -> str:
    if closed is None:
        return "–"
    return f"{100 * closed.value:.0f} ({100 * closed.low:.0f}–{100 * closed.high:.0f})"


def _print_unqualified(console: Console, called: Sequence[Unqualified]) -> None:
    for each in called:
        _say(console, each.says)


def print_reps(console: Console, report: RepsReport) -> None:
    """Print the skills of reps: what is wrong with the leads and what a fall points to stand first."""
    _print_unqualified(console, report.unqualified)
    for fall in report.falls:
        _say(console, fall.says)
    if not report.rows:
        _say(console, "No event and no outcome says which rep it was of: map rep_id under [history.events.columns].")
        return
    for actor, words, unit in WORKERS:
        if rows := report.of(actor):
            title = f"{words} as of {_day(report.as_of)}: closing and generating leads, 1 is {unit}"
            console.print(_skills_table(title, actor, rows))
    if not any(row.brought for row in report.rows):
        _say(
            console,
            "No lead names a rep who brought it: see brought_by under [accountability] in docs/reference/settings.md.",
        )
    _say(console, WARNING)


WORKERS: tuple[tuple[Worker, str, str], ...] = (
    ("rep", "Reps", "the team"),
    ("agent", "Agents, by version,", "all agents"),
)
"""Who works leads, how a table of them is called, and what the unit of their skills is."""


def _skills_table(title: str, actor: Worker, rows: Sequence[RepSkills]) -> Table:
    table = Table(
        actor, "leads", "won", "expected", "closing", "brought", "generating", title=title, title_justify="left"
    )
    for row in rows:
        table.add_row(
            escape(row.rep_id),
            f"{row.leads:,}",
            f"{row.won:,}",
            f"{row.expected:.0f}",
            _skill(row.closing_skill),
            f"{row.brought:,}",
            _skill(row.generating_skill),
        )
    return table


def _skill(skill: RangedFigure | None) -> str:
    return "not enough data" if skill is None else f"{skill.value:.2f} ({skill.low:.2f}–{skill.high:.2f})"


def _say(console: Console, sentence: str) -> None:
    console.print(sentence, markup=False, highlight=False, soft_wrap=True)
