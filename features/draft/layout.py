"""Which file is which table, and which column is what: told by what ids have in common, by times and by names."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from features.clock import DAY, NEVER
from features.draft.evidence import filled_in_late
from features.draft.sheets import Column, Sheet, best, named
from features.draft.words import COLUMNS, LOST, TABLES, WON, says, words
from features.fields import FALSE, TRUE
from features.history import Floats
from features.settings import ACTORS


@dataclass
class Layout:
    """Which file is which table, and which column is what."""

    leads: Sheet
    lead_id: Column | None
    created: Column | None
    outcomes: Sheet | None = None
    outcome_id: Column | None = None
    won: Column | None = None
    closed: Column | None = None
    events: Sheet | None = None
    event_id: Column | None = None
    kind: Column | None = None
    others: list[Sheet] = field(default_factory=list)

    @property
    def flat(self) -> bool:
        """Whether leads and outcomes stand in one file."""
        return self.outcomes is self.leads

    @cached_property
    def results(self) -> dict[str, str]:
        """The values of the outcome column: won, lost or open."""
        return {} if self.won is None else {value: _result(value, self.won) for value in self.won.values}

    @cached_property
    def ended(self) -> Floats:
        """How each row of the leads ended: 1 won, 0 lost, NaN open or not known."""
        if self.outcomes is None or self.won is None:
            return self._of_leads(pd.Series(1.0, range(self.outcomes.rows if self.outcomes else 0)))
        return self._of_leads(self.won.texts.map(self.results).map({"won": 1.0, "lost": 0.0}))

    @property
    def time_format(self) -> str | None:
        """The strptime format of times; None for ISO 8601."""
        return (self.created and self.created.time_format) or (self.closed and self.closed.time_format) or None

    @cached_property
    def amount(self) -> Column | None:
        """What a deal was worth; beside the leads, a number that only those have who have closed."""
        columns = named("amount", self.outcomes.columns) if self.outcomes else []
        numbers = [column for column in columns if column.type == "number"]
        return best("amount", [column for column in numbers if not self.flat or filled_in_late(column, self.ended)])

    @property
    def used(self) -> list[Column | None]:
        """Columns that are no fields."""
        return [self.lead_id, self.created, self.won, self.closed, self.outcome_id, self.amount]

    @cached_property
    def days_to_win(self) -> Floats:
        """Days from creation to close of the leads that were won on another day."""
        if self.created is None or self.closed is None or self.created is self.closed:
            return np.empty(0)
        closed, created = (pd.Series(times).replace(NEVER, np.nan) for times in (self.closed.times, self.created.times))
        days = (self._of_leads(closed) - created.to_numpy(np.float64)) / DAY
        after: Floats = days[(days > 0) & (self.ended == 1)]
        return after

    def _of_leads(self, values: "pd.Series[float]") -> Floats:
        """Return the values of the outcomes' rows beside the leads that they are of, NaN for a lead without."""
        if self.flat:
            beside = values
        elif self.outcome_id is None or self.lead_id is None:
            beside = pd.Series(np.nan, range(self.leads.rows))
        else:
            by_id = pd.Series(values.to_numpy(), index=self.outcome_id.texts)
            beside = self.lead_id.texts.map(by_id[~by_id.index.duplicated() & by_id.index.notna()])
        return np.asarray(beside, np.float64)


def find_layout(sheets: list[Sheet]) -> Layout:
    """Tell which file holds the leads, which the events and which the outcomes."""
    leads = max(sheets, key=lambda sheet: _like_leads(sheet, sheets))
    lead_id = _id_of(leads)
    layout = Layout(leads, lead_id, best("created", leads.times_but()), won=_won_of(leads))
    links = {sheet.name: _link(sheet, lead_id) for sheet in sheets if sheet is not leads}
    linked = [sheet for sheet in sheets if links.get(sheet.name) is not None]
    many = [sheet for sheet in linked if _like_events(sheet, links[sheet.name]) >= 2]
    layout.events = max(many, key=lambda sheet: _like_events(sheet, links[sheet.name]), default=None)
    if layout.events is not None:
        layout.event_id = links[layout.events.name]
        layout.kind = _kind_of(layout.events, layout.event_id)
    deals = [sheet for sheet in linked if sheet is not layout.events and (_won_of(sheet) or sheet.times_but())]
    if layout.won is not None:
        layout.outcomes, layout.outcome_id = leads, lead_id
        _find_times(layout)
    elif deals:
        deal = max(deals, key=lambda sheet: (says(sheet.name, TABLES["outcomes"]), _won_of(sheet) is not None))
        layout.outcomes, layout.outcome_id, layout.won = deal, links[deal.name], _won_of(deal)
        layout.closed = best("closed", deal.times_but())
    layout.others = [sheet for sheet in sheets if sheet not in (leads, layout.events, layout.outcomes)]
    return layout


def _find_times(layout: Layout) -> None:
    """Find when the leads of a flat file were created and closed, by name; one day for both if there is no other."""
    times = layout.leads.times_but()
    closed = best("closed", named("closed", times))
    if closed is not None and len(times) > 1:
        layout.closed, layout.created = closed, best("created", layout.leads.times_but(closed))
    else:
        layout.closed = layout.created


def _result(value: str, won: Column) -> str:
    text = value.strip().casefold().removesuffix(".0")
    if text in LOST or (text in FALSE and won.type == "flag") or "lost" in words(text):
        return "lost"
    return "won" if text in WON or (text in TRUE and won.type == "flag") or "won" in words(text) else "open"


def _like_leads(sheet: Sheet, sheets: list[Sheet]) -> tuple[float, int]:
    """Return how much a table looks like leads: others refer to its ids, and not it to theirs."""
    ours = _id_of(sheet)
    score = says(sheet.name, TABLES["leads"]) - says(sheet.name, TABLES["events"])
    score += 2 * bool(sheet.times_but()) + bool(_won_of(sheet)) + 2 * (ours is not None)
    for other in sheets:
        if other is sheet or ours is None:
            continue
        score += 2 * (_link(other, ours) is not None and bool(other.times_but() or _won_of(other)))
        if _link(sheet, _id_of(other)) is ours and (other.rows > sheet.rows or _begin(other) < _begin(sheet)):
            score -= 4  # its ids are the other's, and the other was there first
    return score, sheet.rows


def _begin(sheet: Sheet) -> float:
    """Return the middle of the earliest column of times."""
    known = [column.times[column.times != NEVER] for column in sheet.times_but()]
    return min((float(np.median(times)) for times in known if len(times)), default=np.inf)


def _id_of(sheet: Sheet) -> Column | None:
    unique = [column for column in sheet.columns if column.unique and column.time_format is None]
    return best("id", [column for column in unique if column.numbers is None or (column.numbers % 1 == 0).all()])


def _link(sheet: Sheet, ids: Column | None) -> Column | None:
    """Return the column of a sheet whose values are ids, if there is one; one of the same name before others."""
    if ids is None:
        return None
    known = [
        column for column in sheet.columns if len(column.counts) > 1 and column.type != "flag" and column.refers_to(ids)
    ]
    return max(known, key=lambda column: (column.name == ids.name, says(column.name, COLUMNS["id"])), default=None)


def _like_events(sheet: Sheet, key: Column | None) -> int:
    """Return how much a table looks like events: several rows of one lead, each with a time and a kind."""
    kind = _kind_of(sheet, key)
    if key is None or len(key.counts) > 0.95 * sheet.rows or kind is None or not sheet.times_but():
        return 0
    named = says(sheet.name, TABLES["events"]) - says(sheet.name, TABLES["outcomes"])
    return 2 + named + says(kind.name, COLUMNS["kind"])


def _kind_of(sheet: Sheet, key: Column | None) -> Column | None:
    fit = [
        column
        for column in sheet.columns
        if column is not key
        and not column.unique
        and column.type == "category"
        and column.filled > 0.9
        and len(column.counts) <= 200
    ]
    return best("kind", [column for column in fit if not set(column.values) <= set(ACTORS)])


def _won_of(sheet: Sheet) -> Column | None:
    """Return the column that says how a lead ended."""
    few = [column for column in sheet.columns if len(column.counts) <= 30]
    decided = [column for column in few if {"won", "lost"} <= {_result(value, column) for value in column.values}]
    named = [column for column in decided if column.type != "flag" or says(column.name, COLUMNS["won"])]
    return max(named, key=lambda column: 2 * says(column.name, COLUMNS["won"]) + (column.type != "flag"), default=None)
