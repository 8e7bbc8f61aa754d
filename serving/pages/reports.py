"""The pages of sources, funnel and reps: the same reports as the API gives, as their reader may see them, in tables and a picture."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from models.accountability.channels import in_order
from serving.pages.words import day, money

Row = Mapping[str, Any]

MOST_ROWS, MOST_LINES = 25, 8
WIDTH, HEIGHT, LEFT, BOTTOM, MARGIN = 720, 420, 60, 50, 16
"""Of the picture of both skills, in its units."""
LETTER, LINE = 8, 15
"""Of a name in it: how wide a letter is, and how high a line."""
UNKNOWN = "–"
DRAWN = "Closing is won over expected, drawn toward 1 as far as luck may be in it; in brackets the range in which it lies with 90 %."


@dataclass(frozen=True)
class ReportTable:
    """A table; the first column names the rows, and `lines` say what no cell has room for."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Skill:
    """A rep in the picture: a dot with the interval of both skills."""

    x: float
    y: float
    left: float
    right: float
    top: float
    bottom: float
    name: str
    label_x: float
    label_y: float


@dataclass(frozen=True)
class SkillsPicture:
    """Both skills of reps: closing to the right, generating upward; the team stands at `one_x`, `one_y`."""

    reps: tuple[Skill, ...]
    one_x: float
    one_y: float
    width: int = WIDTH
    height: int = HEIGHT


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
    picture: SkillsPicture | None = None

    @property
    def day(self) -> str:
        """Return the day in words."""
        return day(datetime.fromisoformat(self.as_of))


def sources_page(told: Row, path: str) -> ReportPage:
    """Lay out `SourceAccounts.to_json`: a table for each channel."""
    rows = told["sources"]
    tables = []
    for name in in_order(told):
        of_channel = [row for row in rows if row["channel"] == name]
        lines = tuple(f"{_text('value')(row)}: {row['loss_reason']}" for row in of_channel[:MOST_LINES])
        tables.append(replace(_table(name.replace("_", " "), SOURCE_COLUMNS, of_channel), lines=lines))
    notices = tuple(f"{_named(row)}: {row['says']}" for row in rows if row["verdict"] in ("alarm", "watch"))
    notes = (
        "Expected: wins by now if leads closed by their own answers alone, wherever they came from. Money: revenue less cost, or where a source "
        "is called, what its missing wins would have brought. A dash: too few leads or wins support it, or nobody recorded it.",
    )
    soft = f"Leads of {told['days']} days, those first that made or lost most money."
    return ReportPage(path, "Sources", soft, told["as_of"][:10], notices, tuple(tables), notes)


def funnel_page(told: Row, path: str) -> ReportPage:
    """Lay out `Funnel.to_json`: the cohorts, then the sources."""
    cohorts = _table("By the time of creation", FUNNEL_COLUMNS, told["cohorts"][::-1])
    sources = _table("By source, the latest leads", FUNNEL_COLUMNS, told["sources"])
    notes = (
        f"Shares are what they will be {told['horizon_days']} days after creation; young: some leads have not had that long, and count in part. "
        "Days are medians from the stage before. A dash: too few leads have had the time.",
    )
    tables = tuple(table for table in (cohorts, sources) if table.rows)
    soft = "How far leads come, and how soon."
    return ReportPage(path, "Funnel", soft, told["as_of"][:10], _unqualified(told), tables, notes)


def reps_page(told: Row, path: str) -> ReportPage:
    """Lay out `RepsReport.to_json`, or the part of it that a rep sees: what is wrong with the leads stands first."""
    falls = tuple(f"A fall that points to {fall['points_to']}: {fall['evidence']}" for fall in told["falls"])
    tables = [_table("Two skills", REP_COLUMNS, told["reps"])] if told["reps"] else []
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
        ((DRAWN,) if told["reps"] else ()) + (told["warning"],),
        draw_skills(told["reps"]),
    )


def draw_skills(reps: Sequence[Row]) -> SkillsPicture | None:
    """Return where the reps lie by both skills; None where fewer than two are known."""
    both = [row for row in reps if row["closing"] is not None and row["generating"] is not None]
    if len(both) < 2:
        return None
    x = _scale([row[f"closing{end}"] for row in both for end in ("_low", "_high")], LEFT, WIDTH - MARGIN)
    y = _scale([row[f"generating{end}"] for row in both for end in ("_low", "_high")], HEIGHT - BOTTOM, MARGIN)
    labels = place_labels([(x(row["closing"]), y(row["generating"]), row["rep_id"]) for row in both])
    dots = tuple(
        Skill(
            x(row["closing"]),
            y(row["generating"]),
            x(row["closing_low"]),
            x(row["closing_high"]),
            y(row["generating_high"]),
            y(row["generating_low"]),
            row["rep_id"],
            *label,
        )
        for row, label in zip(both, labels, strict=True)
    )
    return SkillsPicture(dots, x(1.0), y(1.0))


def place_labels(dots: Sequence[tuple[float, float, str]]) -> list[tuple[float, float]]:
    """Return where the name of each dot (x, y, name) starts: beside it, at the first of four corners where it touches no other.

    Examples
    --------
    >>> place_labels([(100, 100, "R1"), (104, 102, "R2")])
    [(107, 94), (111, 118)]
    """
    taken: list[tuple[float, float, float]] = []
    for x, y, name in dots:
        wide = LETTER * len(name)
        corners = [(left, y + down) for left in (x + 7, x - 7 - wide) for down in (-6, 16)]
        inside = [place for place in corners if place[0] >= LEFT and place[0] + wide <= WIDTH]
        free = [place for place in inside if not any(_touch((*place, wide), other) for other in taken)]
        taken.append((*(free or inside or corners)[0], wide))
    return [(x, y) for x, y, _ in taken]


def _touch(one: tuple[float, float, float], other: tuple[float, float, float]) -> bool:
    """Return whether two names lie on each other, each told by its start, its line and its width."""
    across = one[0] < other[0] + other[2] and other[0] < one[0] + one[2]
    return across and abs(one[1] - other[1]) < LINE


def _scale(figures: Sequence[float], start: float, end: float) -> Callable[[float], float]:
    low, high = min(1.0, *figures), max(1.0, *figures)
    return lambda figure: round(start + (figure - low) / max(high - low, 1e-9) * (end - start), 1)


def _unqualified(told: Row) -> tuple[str, ...]:
    return tuple(each["says"] for each in told["unqualified"])


def _table(title: str, columns: Mapping[str, Callable[[Row], str]], rows: Sequence[Row]) -> ReportTable:
    cells = tuple(tuple(cell(row) for cell in columns.values()) for row in rows[:MOST_ROWS])
    hidden = len(rows) - len(cells)
    return ReportTable(title, tuple(columns), cells, f"{hidden:,} more are in the API." if hidden else "")


def _named(row: Row) -> str:
    channel = row["channel"].replace("_", " ")
    return f"{channel} {row['value']}" if row["value"] else f"{channel} not known"


def _cohort(row: Row) -> str:
    value = row["value"] if row["channel"] in ("month", "quarter") else _named(row)
    return f"{value} (young)" if row["immature"] else str(value)


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
    rates = ("close_rate_now", "close_rate_last_quarter", "close_rate_a_year_ago")
    told = [_percent(name)(row) for name in rates]
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
    "Closed": _closed,
    "Now, last quarter, a year ago": _then,
    "Won": _count("won"),
    "Expected": _figure("expected"),
    "Revenue": _money("revenue"),
    "Cost": _money("cost"),
    "Cost a win": _money("cost_per_win"),
    "Money": _money("money"),
}
FUNNEL_COLUMNS: Mapping[str, Callable[[Row], str]] = {
    "Leads of": _cohort,
    "Leads": _count("leads"),
    "Responded": _percent("response_rate"),
    "Suspects": _percent("suspect_rate"),
    "Prospects": _percent("prospect_rate"),
    "Closed": _closed,
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
SPREAD_COLUMNS: Mapping[str, Callable[[Row], str]] = {
    "Skill": _text("skill"),
    "Reps": _count("reps"),
    "Lowest quarter up to": _figure("lowest_quarter", 2),
    "Median": _figure("median", 2),
    "Highest quarter from": _figure("highest_quarter", 2),
}
