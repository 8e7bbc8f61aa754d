"""The pages of sources, funnel and reps: the same reports as the API gives, as their reader may see them, in tables and a picture."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from features.records.clock import to_datetime
from models.accountability.accounts import SourceAccount, SourceAccounts
from models.accountability.change import RangedFigure
from models.accountability.channels import in_order
from models.accountability.funnel import Funnel, FunnelRow
from models.accountability.pictures import skills_chart
from models.accountability.reps import WARNING, RepSkills, RepsReport
from models.accountability.spread import Spread
from models.accountability.unqualified import Unqualified
from models.charts.chart import Chart
from models.close.reasons.sentences import capitalized
from serving.pages.words import day, money

Row = TypeVar("Row")
Columns = Mapping[str, Callable[[Row], str]]
"""By the title of each column, what its cell says of a row."""

MAX_ROWS, MAX_LINES = 25, 8
AXIS, SPARK, SPARK_HIGH = 100, 40, 14
"""Of the pictures in a table, in units of each: how wide the axis is, and the way of the last year, and how high that is."""
UNKNOWN = "–"
NUMBER = re.compile(r"[−\d,.]+( %)?|–")
"""A cell that is a number, or not known."""
NO_CHANNEL = "There is nothing to tell yet: no lead says where it came from, as the settings name no field of role channel, or no lead has one filled in."
DRAWN = "Closing is won over expected, drawn toward 1 as far as luck may be in it; in brackets the range in which it lies with 90 %."


@dataclass(frozen=True)
class Interval:
    """A share with its range, on the axis that all rows of a table share, and the way that it has come: a path, empty where it is not known."""

    x: float
    left: float
    width: float
    path: str


@dataclass(frozen=True)
class ReportTable:
    """A table; the first column names the rows, and `lines` say what no cell has room for.

    Attributes
    ----------
    intervals
        By row what stands in its picture, none where nothing is known; empty of a table without pictures.
    axis
        Where the axis of the pictures ends, in words.
    is_folded
        Whether it starts closed.
    heat
        By row and column how high a share is among those of its column, from 0 to 9; None where it is none. Empty of a table without.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    lines: tuple[str, ...] = ()
    intervals: tuple[Interval | None, ...] = ()
    axis: str = ""
    is_folded: bool = False
    heat: tuple[tuple[int | None, ...], ...] = ()

    @property
    def is_number(self) -> tuple[bool, ...]:
        """Whether a column holds numbers alone, which stand to the right."""
        cells = zip(*self.rows, strict=True) if self.rows else ((),) * len(self.columns)
        return tuple(bool(column) and all(NUMBER.fullmatch(cell) for cell in column) for column in cells)


@dataclass(frozen=True)
class FunnelStage:
    """How many of a hundred leads come so far; a bar of so much width from `x`, in per cent."""

    name: str
    share: str
    x: float
    width: float


@dataclass(frozen=True)
class ReportPage:
    """What a page of a report says; `notices` are to be read first."""

    path: str
    title: str
    soft: str
    as_of: str  # an ISO day, as a browser's form takes it
    notices: tuple[str, ...]
    tables: tuple[ReportTable, ...]
    notes: tuple[str, ...] = ()
    picture: Chart | None = None
    stages: tuple[FunnelStage, ...] = ()
    stages_of: str = ""
    nothing: str = "There is nothing to tell yet."

    @property
    def day(self) -> str:
        """Return the day in words."""
        return day(datetime.fromisoformat(self.as_of))


def sources_page(told: SourceAccounts, path: str, currency: str = "") -> ReportPage:
    """Lay out the accounts of sources: a table for each channel; amounts are in a currency, where one is named."""
    rows = told.rows
    tables: list[ReportTable] = []
    for name in in_order(told):
        of_channel = [row for row in rows if row.channel == name]
        lines = tuple(f"{_text(row.value)}: {row.loss_reason}" for row in of_channel[:MAX_LINES])
        table = _table(name.replace("_", " "), SOURCE_COLUMNS, of_channel)
        drawn, axis = intervals(of_channel[:MAX_ROWS])
        tables.append(replace(table, lines=lines, intervals=drawn, axis=axis, is_folded=bool(tables)))
    notices = ((told.together,) if told.together else ()) + tuple(
        f"{capitalized(_named(row))}: {told.says(row)}" for row in rows if row.is_called
    )
    notes = (
        "Expected: wins by now if leads closed by their own answers alone, wherever they came from. Money: revenue less cost, or where a source "
        "is in watch or alarm, less what its missing wins would have brought. A dash: too few leads or wins support it, or nobody recorded it.",
    )
    soft = f"Leads of {told.days} days, those first that made or lost most money."
    soft = f"{soft} Amounts are in {currency}." if currency and rows else soft
    if not tables:
        return ReportPage(path, "Sources", soft, iso_day(told.as_of), notices, (), nothing=NO_CHANNEL)
    return ReportPage(path, "Sources", soft, iso_day(told.as_of), notices, tuple(tables), notes)


def funnel_page(told: Funnel, path: str) -> ReportPage:
    """Lay out the funnel: the cohorts, then the sources."""
    cohorts = with_heat(_table("By the time of creation", FUNNEL_COLUMNS, told.cohorts[::-1]))
    sources = replace(_table("By source, the latest leads", FUNNEL_COLUMNS, told.sources), is_folded=True)
    notes = (
        f"Shares are what they will be {told.horizon_days} days after creation; young: some leads have not had that long, and count in part. "
        "Days are medians from the stage before. A dash: too few leads have had the time.",
    )
    tables = [table for table in (cohorts, sources) if table.rows]
    if told.has_agents:
        columns = {"First touched by": lambda row: row.toucher, **STAGE_COLUMNS}
        tables.insert(1, _table("By who touched them first, the latest leads", columns, told.first_touch))
    soft = "How far leads come, and how soon."
    stages, of = funnel_stages(told.cohorts)
    return ReportPage(
        path,
        "Funnel",
        soft,
        iso_day(told.as_of),
        _unqualified(told.unqualified),
        tuple(tables),
        notes,
        stages=stages,
        stages_of=of,
    )


def funnel_stages(cohorts: Sequence[FunnelRow]) -> tuple[tuple[FunnelStage, ...], str]:
    """Return the funnel of the latest leads that have had their time, and in words whose it is; none where none have.

    Where more are won than were prospects, it says why.
    """
    ripe = [(row, row.close_rate) for row in cohorts if not row.immature and row.close_rate is not None]
    if not ripe:
        return (), ""
    latest, won = ripe[-1]
    passed = ((name, share(latest)) for name, share in STAGES.items())
    shares = [("Leads", 1.0), *((name, share) for name, share in passed if share is not None)]
    stages = tuple(
        FunnelStage(name, f"{100 * share:.0f} %", round(50 * (1 - share), 1), round(100 * share, 1))
        for name, share in shares
    )
    of = f"Of 100 leads of {latest.value}, the latest that have had their time"
    prospects = latest.prospect_rate
    if prospects is not None and won > prospects:
        of += ". More are won than were prospects: a lead can be won without having asked for a contact on record"
    return stages, f"{of}."


def with_heat(table: ReportTable) -> ReportTable:
    """Return a table whose shares are coloured by how high they are in their column."""
    if not table.rows:
        return table
    columns = list(zip(*table.rows, strict=True))
    levels = [
        _levels(column) if name in HEATED else (None,) * len(column)
        for name, column in zip(table.columns, columns, strict=True)
    ]
    return replace(table, heat=tuple(zip(*levels, strict=True)))


def _levels(column: Sequence[str]) -> tuple[int | None, ...]:
    shares = [float(cell.split(" ")[0]) if cell != UNKNOWN else None for cell in column]
    known = [share for share in shares if share is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    span = max(high - low, 1.0)
    return tuple(None if share is None else round(9 * (share - low) / span) for share in shares)


def reps_page(told: RepsReport, path: str) -> ReportPage:
    """Lay out the skills of reps, or the part of them that a rep sees: what is wrong with the leads stands first."""
    falls = tuple(fall.says for fall in told.falls)
    reps, agents = told.of("rep"), told.of("agent")
    tables = [_table("Two skills", REP_COLUMNS, reps)] if reps else []
    if agents:
        tables.append(_table("Agents, by version", {"Agent": lambda row: row.rep_id, **SKILL_COLUMNS}, agents))
    both = (("closing", told.closing_spread), ("generating", told.generating_spread))
    spreads = [(name, spread) for name, spread in both if spread is not None]
    if spreads:
        tables.append(_table("How they are spread over all reps", SPREAD_COLUMNS, spreads))
    return ReportPage(
        path,
        "Reps",
        "Closing what one gets, and bringing leads that are worth it; 1 is the team.",
        iso_day(told.as_of),
        (*_unqualified(told.unqualified), *falls),
        tuple(tables),
        ((DRAWN,) if reps else ()) + (WARNING,),
        skills_chart(reps),
    )


def intervals(rows: Sequence[SourceAccount]) -> tuple[tuple[Interval | None, ...], str]:
    """Return the picture of each row, and where the axis that they share ends."""
    highs = [row.close_high for row in rows if row.close_high is not None]
    recent = [rate for row in rows for rate in row.course if rate is not None]
    top = max([*highs, *recent], default=0.0)
    if not top:
        return tuple(None for _ in rows), ""
    return tuple(_interval(row, top) for row in rows), f"{100 * top:.0f} %"


def _interval(row: SourceAccount, top: float) -> Interval | None:
    if row.closed is None:
        return None
    x, low, high = (round(AXIS * share / top, 1) for share in row.closed)
    known = [(place, rate) for place, rate in enumerate(row.course) if rate is not None]
    points = [
        f"{SPARK * place / (len(row.course) - 1):.1f} {SPARK_HIGH - 2 - (SPARK_HIGH - 4) * rate / top:.1f}"
        for place, rate in known
    ]
    return Interval(x, low, round(max(high - low, 1.0), 1), "M" + "L".join(points) if len(points) > 1 else "")


def iso_day(time: int) -> str:
    """Return the day of a time (microseconds UTC) as a browser's form takes it."""
    return to_datetime(time).date().isoformat()


def _unqualified(called: Sequence[Unqualified]) -> tuple[str, ...]:
    return tuple(each.says for each in called)


def _table(title: str, columns: Columns[Row], rows: Sequence[Row]) -> ReportTable:
    """Return a table of the rows, without the columns of which nothing is known in any of them."""
    shown = {name: [cell(row) for row in rows[:MAX_ROWS]] for name, cell in columns.items()}
    names = [name for name, cells in shown.items() if not cells or set(cells) != {UNKNOWN}]
    cells = tuple(zip(*(shown[name] for name in names), strict=True))
    hidden = len(rows) - len(cells)
    return ReportTable(title, tuple(names), cells, f"{hidden:,} more are in the API." if hidden else "")


def _named(row: SourceAccount | FunnelRow) -> str:
    channel = row.channel.replace("_", " ")
    return f"{channel} {row.value}" if row.value else f"{channel} not known"


def _cohort(row: FunnelRow) -> str:
    value = row.value if row.channel in ("month", "quarter") else _named(row)
    return f"{value} (young)" if row.immature else str(value)


def _count(number: int) -> str:
    return f"{number:,}"


def _text(name: str | None) -> str:
    return name or "not known"


def _figure(figure: float | None, places: int = 0) -> str:
    return UNKNOWN if figure is None else f"{figure:,.{places}f}"


def _money(amount: float | None) -> str:
    return UNKNOWN if amount is None else money(amount)


def _percent(share: float | None) -> str:
    return UNKNOWN if share is None else f"{100 * share:.0f} %"


def _closed(closed: RangedFigure | None) -> str:
    if closed is None:
        return UNKNOWN
    return f"{100 * closed.value:.0f} % ({100 * closed.low:.0f} to {100 * closed.high:.0f})"


def _course(row: SourceAccount) -> str:
    shares = [_percent(rate) for rate in row.course]
    return UNKNOWN if set(shares) == {UNKNOWN} else ", ".join(shares)


def _skill(skill: RangedFigure | None) -> str:
    return "not enough data" if skill is None else f"{skill.value:.2f} ({skill.low:.2f} to {skill.high:.2f})"


SOURCE_COLUMNS: Columns[SourceAccount] = {
    "Source": lambda row: _text(row.value),
    "Verdict": lambda row: row.verdict.verdict,
    "Leads": lambda row: _count(row.leads),
    "Won of them": lambda row: _closed(row.closed),
    "A year ago, last quarter, now": _course,
    "Won": lambda row: _count(row.won),
    "Expected": lambda row: _figure(row.expected),
    "Revenue": lambda row: _money(row.revenue),
    "Cost": lambda row: _money(row.cost),
    "Cost a win": lambda row: _money(row.cost_per_win),
    "Money": lambda row: _money(row.money),
}
STAGES: Mapping[str, Callable[[FunnelRow], float | None]] = {
    "Responded": lambda row: row.response_rate,
    "Suspects": lambda row: row.suspect_rate,
    "Prospects": lambda row: row.prospect_rate,
    "Won": lambda row: row.close_rate,
}
"""The shares of the funnel, by the name under which each is told."""
HEATED = (*STAGES,)
STAGE_COLUMNS: Columns[FunnelRow] = {
    "Leads": lambda row: _count(row.leads),
    "Responded": lambda row: _percent(row.response_rate),
    "Suspects": lambda row: _percent(row.suspect_rate),
    "Prospects": lambda row: _percent(row.prospect_rate),
    "Won": lambda row: _closed(row.closed),
    "Days to a response": lambda row: _figure(row.days_to_response, 1),
    "To suspect": lambda row: _figure(row.days_to_suspect, 1),
    "To prospect": lambda row: _figure(row.days_to_prospect, 1),
    "To the win": lambda row: _figure(row.days_to_won, 1),
}
FUNNEL_COLUMNS: Columns[FunnelRow] = {"Leads of": _cohort, **STAGE_COLUMNS}
SKILL_COLUMNS: Columns[RepSkills] = {
    "Leads": lambda row: _count(row.leads),
    "Won": lambda row: _count(row.won),
    "Expected": lambda row: _figure(row.expected, 1),
    "Closing": lambda row: _skill(row.closing_skill),
    "Brought": lambda row: _count(row.brought),
    "Generating": lambda row: _skill(row.generating_skill),
}
REP_COLUMNS: Columns[RepSkills] = {"Rep": lambda row: _text(row.rep_id), **SKILL_COLUMNS}
SPREAD_COLUMNS: Columns[tuple[str, Spread]] = {
    "Skill": lambda row: row[0],
    "Reps": lambda row: _count(row[1].reps),
    "Lowest quarter up to": lambda row: _figure(row[1].lowest_quarter, 2),
    "Median": lambda row: _figure(row[1].median, 2),
    "Highest quarter from": lambda row: _figure(row[1].highest_quarter, 2),
}
