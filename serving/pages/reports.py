"""The pages of sources, funnel and reps: the same reports as the API gives, as their reader may see them, in tables and a picture."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from models.accountability.channels import in_order
from models.accountability.pictures import skills_chart
from models.charts.chart import Chart
from models.close.reasons.sentences import capitalized
from serving.pages.words import day, money

Row = Mapping[str, Any]

MAX_ROWS, MAX_LINES = 25, 8
AXIS, SPARK, SPARK_HIGH = 100, 40, 14
"""Of the pictures in a table, in units of each: how wide the axis is, and the way of the last year, and how high that is."""
RATES = ("close_rate_a_year_ago", "close_rate_last_quarter", "close_rate_now")
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


def sources_page(told: Row, path: str, currency: str = "") -> ReportPage:
    """Lay out `SourceAccounts.to_json`: a table for each channel; amounts are in a currency, where one is named."""
    rows = told["sources"]
    tables: list[ReportTable] = []
    for name in in_order(told):
        of_channel = [row for row in rows if row["channel"] == name]
        lines = tuple(f"{_text('value')(row)}: {row['loss_reason']}" for row in of_channel[:MAX_LINES])
        table = _table(name.replace("_", " "), SOURCE_COLUMNS, of_channel)
        drawn, axis = intervals(of_channel[:MAX_ROWS])
        tables.append(replace(table, lines=lines, intervals=drawn, axis=axis, is_folded=bool(tables)))
    notices = ((told["together"],) if told["together"] else ()) + tuple(
        f"{capitalized(_named(row))}: {row['says']}" for row in rows if row["verdict"] in ("alarm", "watch")
    )
    notes = (
        "Expected: wins by now if leads closed by their own answers alone, wherever they came from. Money: revenue less cost, or where a source "
        "is in watch or alarm, less what its missing wins would have brought. A dash: too few leads or wins support it, or nobody recorded it.",
    )
    soft = f"Leads of {told['days']} days, those first that made or lost most money."
    soft = f"{soft} Amounts are in {currency}." if currency and rows else soft
    if not tables:
        return ReportPage(path, "Sources", soft, told["as_of"][:10], notices, (), nothing=NO_CHANNEL)
    return ReportPage(path, "Sources", soft, told["as_of"][:10], notices, tuple(tables), notes)


def funnel_page(told: Row, path: str, currency: str = "") -> ReportPage:  # noqa: ARG001 - as of every report
    """Lay out `Funnel.to_json`: the cohorts, then the sources."""
    cohorts = with_heat(_table("By the time of creation", FUNNEL_COLUMNS, told["cohorts"][::-1]))
    sources = replace(_table("By source, the latest leads", FUNNEL_COLUMNS, told["sources"]), is_folded=True)
    notes = (
        f"Shares are what they will be {told['horizon_days']} days after creation; young: some leads have not had that long, and count in part. "
        "Days are medians from the stage before. A dash: too few leads have had the time.",
    )
    tables = [table for table in (cohorts, sources) if table.rows]
    if any(row["value"] == "agent" for row in told["first_touch"]):
        columns = {
            "First touched by": _first_touch,
            **{name: FUNNEL_COLUMNS[name] for name in FUNNEL_COLUMNS if name != "Leads of"},
        }
        tables.insert(1, _table("By who touched them first, the latest leads", columns, told["first_touch"]))
    soft = "How far leads come, and how soon."
    stages, of = funnel_stages(told["cohorts"])
    return ReportPage(
        path, "Funnel", soft, told["as_of"][:10], _unqualified(told), tuple(tables), notes, stages=stages, stages_of=of
    )


def funnel_stages(cohorts: Sequence[Row]) -> tuple[tuple[FunnelStage, ...], str]:
    """Return the funnel of the latest leads that have had their time, and in words whose it is; none where none have.

    Where more are won than were prospects, it says why.
    """
    ripe = [row for row in cohorts if not row["immature"] and row["close_rate"] is not None]
    if not ripe:
        return (), ""
    latest = ripe[-1]
    shares = [("Leads", 1.0), *((name, latest[key]) for name, key in STAGES.items() if latest[key] is not None)]
    stages = tuple(
        FunnelStage(name, f"{100 * share:.0f} %", round(50 * (1 - share), 1), round(100 * share, 1))
        for name, share in shares
    )
    of = f"Of 100 leads of {latest['value']}, the latest that have had their time"
    prospects = latest["prospect_rate"]
    if prospects is not None and latest["close_rate"] > prospects:
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


def reps_page(told: Row, path: str, currency: str = "") -> ReportPage:  # noqa: ARG001 - as of every report
    """Lay out `RepsReport.to_json`, or the part of it that a rep sees: what is wrong with the leads stands first."""
    falls = tuple(fall["says"] for fall in told["falls"])
    reps, agents = ([row for row in told["reps"] if row["actor"] == actor] for actor in ("rep", "agent"))
    tables = [_table("Two skills", REP_COLUMNS, reps)] if reps else []
    if agents:
        tables.append(_table("Agents, by version", {"Agent": _text("rep_id"), **AGENT_COLUMNS}, agents))
    spread = {name: figures for name, figures in told["distribution"].items() if figures}
    if spread:
        rows = [{"skill": name, **figures} for name, figures in spread.items()]
        tables.append(_table("How they are spread over all reps", SPREAD_COLUMNS, rows))
    return ReportPage(
        path,
        "Reps",
        "Closing what one gets, and bringing leads that are worth it; 1 is the team.",
        told["as_of"][:10],
        (*_unqualified(told), *falls),
        tuple(tables),
        ((DRAWN,) if reps else ()) + (told["warning"],),
        skills_chart(reps),
    )


def intervals(rows: Sequence[Row]) -> tuple[tuple[Interval | None, ...], str]:
    """Return the picture of each row, and where the axis that they share ends."""
    highs = [row["close_high"] for row in rows if row["close_high"] is not None]
    recent = [row[name] for row in rows for name in RATES if row[name] is not None]
    top = max([*highs, *recent], default=0.0)
    if not top:
        return tuple(None for _ in rows), ""
    return tuple(_interval(row, top) for row in rows), f"{100 * top:.0f} %"


def _interval(row: Row, top: float) -> Interval | None:
    if row["close_rate"] is None:
        return None
    x, low, high = (round(AXIS * row[name] / top, 1) for name in ("close_rate", "close_low", "close_high"))
    known = [(place, row[name]) for place, name in enumerate(RATES) if row[name] is not None]
    points = [
        f"{SPARK * place / (len(RATES) - 1):.1f} {SPARK_HIGH - 2 - (SPARK_HIGH - 4) * rate / top:.1f}"
        for place, rate in known
    ]
    return Interval(x, low, round(max(high - low, 1.0), 1), "M" + "L".join(points) if len(points) > 1 else "")


def _unqualified(told: Row) -> tuple[str, ...]:
    return tuple(each["says"] for each in told["unqualified"])


def _table(title: str, columns: Mapping[str, Callable[[Row], str]], rows: Sequence[Row]) -> ReportTable:
    """Return a table of the rows, without the columns of which nothing is known in any of them."""
    shown = {name: [cell(row) for row in rows[:MAX_ROWS]] for name, cell in columns.items()}
    names = [name for name, cells in shown.items() if not cells or set(cells) != {UNKNOWN}]
    cells = tuple(zip(*(shown[name] for name in names), strict=True))
    hidden = len(rows) - len(cells)
    return ReportTable(title, tuple(names), cells, f"{hidden:,} more are in the API." if hidden else "")


def _named(row: Row) -> str:
    channel = row["channel"].replace("_", " ")
    return f"{channel} {row['value']}" if row["value"] else f"{channel} not known"


def _cohort(row: Row) -> str:
    value = row["value"] if row["channel"] in ("month", "quarter") else _named(row)
    return f"{value} (young)" if row["immature"] else str(value)


def _first_touch(row: Row) -> str:
    return {"person": "a person", "agent": "an agent"}.get(row["value"], "nobody yet")


def _count(name: str) -> Callable[[Row], str]:
    return lambda row: f"{row[name]:,}"


def _text(name: str) -> Callable[[Row], str]:
    return lambda row: str(row[name] or "not known")


def _figure(name: str, places: int = 0) -> Callable[[Row], str]:
    return lambda row: UNKNOWN if row[name] is None else f"{row[name]:,.{places}f}"


def _money(name: str) -> Callable[[Row], str]:
    return lambda row: UNKNOWN if row[name] is None else money(row[name])


def _percent(name: str) -> Callable[[Row], str]:
    return lambda row: UNKNOWN if row[name] is None else f"{100 * row[name]:.0f} %"


def _closed(row: Row) -> str:
    if row["close_rate"] is None:
        return UNKNOWN
    return f"{100 * row['close_rate']:.0f} % ({100 * row['close_low']:.0f} to {100 * row['close_high']:.0f})"


def _then(row: Row) -> str:
    told = [_percent(name)(row) for name in RATES]
    return UNKNOWN if set(told) == {UNKNOWN} else ", ".join(told)


def _skill(name: str) -> Callable[[Row], str]:
    def say(row: Row) -> str:
        if row[name] is None:
            return "not enough data"
        return f"{row[name]:.2f} ({row[f'{name}_low']:.2f} to {row[f'{name}_high']:.2f})"

    return say


SOURCE_COLUMNS: Mapping[str, Callable[[Row], str]] = {
    "Source": _text("value"),
    "Verdict": _text("verdict"),
    "Leads": _count("leads"),
    "Won of them": _closed,
    "A year ago, last quarter, now": _then,
    "Won": _count("won"),
    "Expected": _figure("expected"),
    "Revenue": _money("revenue"),
    "Cost": _money("cost"),
    "Cost a win": _money("cost_per_win"),
    "Money": _money("money"),
}
STAGES = {"Responded": "response_rate", "Suspects": "suspect_rate", "Prospects": "prospect_rate", "Won": "close_rate"}
"""Of the funnel, by the name under which each is told."""
HEATED = (*STAGES,)
FUNNEL_COLUMNS: Mapping[str, Callable[[Row], str]] = {
    "Leads of": _cohort,
    "Leads": _count("leads"),
    "Responded": _percent("response_rate"),
    "Suspects": _percent("suspect_rate"),
    "Prospects": _percent("prospect_rate"),
    "Won": _closed,
    "Days to a response": _figure("days_to_response", 1),
    "To suspect": _figure("days_to_suspect", 1),
    "To prospect": _figure("days_to_prospect", 1),
    "To the win": _figure("days_to_won", 1),
}
REP_COLUMNS: Mapping[str, Callable[[Row], str]] = {
    "Rep": _text("rep_id"),
    "Leads": _count("leads"),
    "Won": _count("won"),
    "Expected": _figure("expected", 1),
    "Closing": _skill("closing"),
    "Brought": _count("brought"),
    "Generating": _skill("generating"),
}
AGENT_COLUMNS = {name: cell for name, cell in REP_COLUMNS.items() if name != "Rep"}
SPREAD_COLUMNS: Mapping[str, Callable[[Row], str]] = {
    "Skill": _text("skill"),
    "Reps": _count("reps"),
    "Lowest quarter up to": _figure("lowest_quarter", 2),
    "Median": _figure("median", 2),
    "Highest quarter from": _figure("highest_quarter", 2),
}
