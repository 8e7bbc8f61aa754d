"""What outcomes say of sources, the funnel and reps, for the detail part: tables and charts of the same reports that the commands print."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from features.records.history import History
from models.accountability.accounts import SourceAccount, SourceAccounts, hold_to_account
from models.accountability.change import RangedFigure
from models.accountability.channels import main_channel
from models.accountability.funnel import Funnel, FunnelRow, funnel
from models.accountability.pictures import skills_chart, sources_chart
from models.accountability.reps import WARNING, RepsReport, judge_reps
from models.accountability.settings import AccountabilitySettings
from models.charts.axes import across, chart, in_percent, named, steps, svg_points, upward
from models.charts.chart import AxisMark, Chart, Line
from models.close.reasons.wording import fine_percent
from models.decision.settings import DecisionSettings
from training.report.page import Table
from training.report.words import NOT_TOLD, fixed, spoken

MAX_ROWS = 15
STAGES: Mapping[str, tuple[Callable[[FunnelRow], float | None], str]] = {
    "responded": (lambda row: row.response_rate, "close_model"),
    "suspects": (lambda row: row.suspect_rate, "scorecard"),
    "prospects": (lambda row: row.prospect_rate, "base_rate"),
}
"""Columns of the funnel before the wins: the share, and the style of its line."""


@dataclass(frozen=True)
class OutcomeReports:
    """Sources, funnel and reps as of the end of a history."""

    sources: SourceAccounts
    funnel: Funnel
    reps: RepsReport

    @property
    def unqualified(self) -> tuple[str, ...]:
        """Where leads are not being qualified, in words: to be read before anything about closers."""
        return tuple(each.says for each in self.funnel.unqualified)


def outcomes_of(history: History, settings: AccountabilitySettings, decision: DecisionSettings) -> OutcomeReports:
    """Return what outcomes say as of the end of a history; what was spent by month is left to `glengarry sources`."""
    until = history.known_until
    return OutcomeReports(
        hold_to_account(history, settings, until, decision),
        funnel(history, settings, until, "quarter"),
        judge_reps(history, settings, until),
    )


def outcome_tables(outcomes: OutcomeReports) -> Iterator[Table]:
    """Yield a table of the sources, of the funnel and of the reps, each where there is something to tell."""
    if outcomes.sources.rows:
        yield _sources(outcomes.sources)
    if outcomes.funnel.cohorts:
        yield _funnel(outcomes.funnel)
    if outcomes.reps.rows:
        yield _reps(outcomes)


def outcome_charts(outcomes: OutcomeReports) -> Iterator[Chart]:
    """Yield pictures of the same."""
    channel = main_channel(outcomes.sources)
    of_channel = [row for row in outcomes.sources.rows if row.channel == channel]
    by_source = sources_chart(of_channel[:MAX_ROWS], channel)
    if by_source:
        yield by_source
    cohorts = [(row, closed) for row in outcomes.funnel.cohorts if (closed := row.closed) is not None]
    if cohorts:
        yield _by_quarter(cohorts)
    skills = skills_chart(outcomes.reps.of("rep"))
    if skills:
        yield skills


def _sources(accounts: SourceAccounts) -> Table:
    columns = (
        "",
        "verdict",
        "leads",
        "closed",
        "won",
        "expected",
        "revenue",
        "cost",
        "revenue by cost",
        "why it loses",
    )
    rows = tuple(
        (
            f"{row.verdict.value or 'not known'} ({spoken(row.verdict.channel)})",
            row.verdict.verdict,
            f"{row.leads:,}",
            _interval(row.closed),
            f"{row.won:,}",
            _number(row.expected),
            _number(row.revenue),
            _number(row.cost),
            _per_cost(row),
            row.loss_reason,
        )
        for row in accounts.rows[:MAX_ROWS]
    )
    note = "Those first that made or lost most money. Expected: wins by now if leads closed by their own answers alone, wherever they came from."
    return Table(f"Sources, leads of {accounts.settings.windows_days[-1]} days", columns, rows, note)


def _funnel(told: Funnel) -> Table:
    columns = ("", "leads", *STAGES, "won", "closed", "days to a response", "days from prospect to win")
    rows = tuple(
        (
            f"{row.value}{' (young)' if row.immature else ''}",
            f"{row.leads:,}",
            *(_share(share(row)) for share, _ in STAGES.values()),
            f"{row.won:,}",
            _interval(row.closed),
            *(NOT_TOLD if days is None else fixed(days, 1) for days in (row.days_to_response, row.days_to_won)),
        )
        for row in told.cohorts
    )
    note = f"By the quarter of creation. Shares are what they will be {told.horizon_days} days after creation; days are medians."
    return Table("The funnel", columns, rows, note)


def _reps(outcomes: OutcomeReports) -> Table:
    rows = tuple(
        (
            row.rep_id if row.actor == "rep" else f"agent {row.rep_id}",
            f"{row.leads:,}",
            f"{row.won:,}",
            fixed(row.expected, 1),
            _skill(row.closing_skill),
            f"{row.brought:,}",
            _skill(row.generating_skill),
        )
        for row in outcomes.reps.rows
    )
    falls = [fall.says for fall in outcomes.reps.falls]
    columns = ("", "leads", "won", "expected", "closing", "brought", "generating")
    return Table("Reps: two skills", columns, rows, " ".join([*outcomes.unqualified, *falls, WARNING]))


def _by_quarter(cohorts: list[tuple[FunnelRow, RangedFigure]]) -> Chart:
    rows = [row for row, _ in cohorts]
    x, y = across(-0.5, len(rows) - 0.5), upward(0, 1)
    lines = []
    for name, (share, style) in STAGES.items():
        told = [(at, passed) for at, row in enumerate(rows) if (passed := share(row)) is not None]
        lines.append(Line(svg_points([x(at) for at, _ in told], [y(value) for _, value in told]), style, name))
    marks = [
        AxisMark(
            x(at), y(closed.value), y(closed.low), y(closed.high), f"{row.value}: {fine_percent(closed.value)} won"
        )
        for at, (row, closed) in enumerate(cohorts)
    ]
    return chart(
        "The funnel, by quarter of creation",
        "Share of the leads that pass each stage within the horizon; the dots are those won.",
        ("quarter of creation", "share of leads"),
        named([str(row.value) for row in rows], x),
        in_percent(steps(0, 1), y),
        tuple(lines),
        tuple(marks),
    )


def _share(share: float | None) -> str:
    return NOT_TOLD if share is None else fine_percent(share)


def _interval(share: RangedFigure | None) -> str:
    if share is None:
        return NOT_TOLD
    return f"{fine_percent(share.value)} ({fine_percent(share.low)} to {fine_percent(share.high)})"


def _skill(skill: RangedFigure | None) -> str:
    if skill is None:
        return "not enough data"
    return f"{fixed(skill.value, 2)} ({fixed(skill.low, 2)} to {fixed(skill.high, 2)})"


def _per_cost(row: SourceAccount) -> str:
    if row.cost is None:
        return "not known"
    return NOT_TOLD if row.revenue_per_cost is None else fixed(row.revenue_per_cost, 1)


def _number(figure: float | None) -> str:
    return "not known" if figure is None else f"{figure:,.0f}"
