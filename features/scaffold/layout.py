"""Which file is which table, and which column is what: what the draft is written from."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from features.records.clock import DAY, NEVER
from features.records.history import Floats
from features.scaffold.behaviour import tells_by_days
from features.scaffold.closes import close_times
from features.scaffold.corrections import NO_CORRECTIONS, Corrections, named_column
from features.scaffold.flags import is_forecast
from features.scaffold.links import ANY, form, same
from features.scaffold.outcome import MAX_CODES, MAX_STATES, Reading, Signs, same_said
from features.scaffold.sheets import Column, Sheet, best
from features.scaffold.signs import names_an_amount
from features.scaffold.splitting import Split, splits
from features.scaffold.words import CHANGED, COLUMNS, EXPECTED, NOT_PAID, says
from features.settings.source import LEAD_COLUMNS


@dataclass(frozen=True, eq=False)
class Join:
    """Another table whose columns stand beside those of the leads: `on` is the leads' column, `key` the other's."""

    name: str
    sheet: Sheet
    on: Column
    key: Column
    converts: bool = False


@dataclass(frozen=True, eq=False)
class EventsTable:
    """A table of what happened: whose row it is, and of which kind.

    Where leads become rows of another table, `taken_up` holds the id of that one, and `through` leads to the lead's. `ends` are
    kinds that say how a lead ended, and are read as outcomes.
    """

    sheet: Sheet
    lead_id: Column
    kind: Column | None
    through: Join | None = None
    taken_up: Column | None = None
    ends: tuple[str, ...] = ()


@dataclass
class Layout:
    """Which file is which table, and which column is what.

    Attributes
    ----------
    leads
        With the columns of the tables that are joined to it.
    readings
        The ways in which outcomes can be read, the best first; none if there is no outcome, or every row is a win.
    is_undated_log
        Whether outcomes stand in a log among other events, none of which has a day, so that those are not read.
    """

    leads: Sheet
    lead_id: Column | None
    created: Column | None
    outcomes: Sheet | None = None
    outcome_id: Column | None = None
    readings: list[Reading] = field(default_factory=list)
    events: list[EventsTable] = field(default_factory=list)
    joins: list[Join] = field(default_factory=list)
    others: list[Sheet] = field(default_factory=list)
    all_won_closed: Column | None = None
    signs: Signs | None = None
    corrections: Corrections = NO_CORRECTIONS
    is_undated_log: bool = False

    @property
    def all_won(self) -> bool:
        """Whether every row of the outcomes is taken for a win, as no column of theirs may tell otherwise."""
        return self.outcomes is not None and self.reading is None and not self.candidates

    @cached_property
    def candidates(self) -> list[Column]:
        """Columns that may tell how leads ended, though nothing says how; none where that is known."""
        if self.readings:
            return []
        sheet = self.leads if self.outcomes is None else self.outcomes
        few = [column for column in sheet.columns if 1 < len(column.counts) <= MAX_STATES and not column.joined]
        states = [column for column in few if column.type in ("category", "flag") or self._is_numbered(column)]
        told = [
            column
            for column in states
            if column.name not in LEAD_COLUMNS and says(column.name, COLUMNS["won"]) and not says(column.name, EXPECTED)
        ]
        days = [day for day in sheet.times_but(self.created) if 0 < day.filled < 1 and not says(day.name, EXPECTED)]
        told += [
            column for column in few if column not in told and (tells_by_days(column, days) or is_forecast(column))
        ]
        return told if told or self.outcomes is not None else [*filter(self._may_be_an_end, self.leads.columns)]

    def _is_numbered(self, column: Column) -> bool:
        """Return whether a column of the leads may hold states by number."""
        return self.outcomes is None and column.type == "number" and len(column.counts) <= MAX_CODES

    def _may_be_an_end(self, column: Column) -> bool:
        """Return whether a column is filled in for some leads alone, as a mark or a day that only those have which ended one way."""
        if (
            column is self.created
            or column.joined
            or not 0 < column.filled < 1
            or says(column.name, EXPECTED + CHANGED)
        ):
            return False
        return column.type == "date" or (column.type == "flag" and len(column.counts) == 1)

    @property
    def flat(self) -> bool:
        """Whether leads and outcomes stand in one file."""
        return self.outcomes is self.leads

    @property
    def reading(self) -> Reading | None:
        """How outcomes are read."""
        return self.readings[0] if self.readings else None

    @property
    def closed(self) -> tuple[Column, ...]:
        """The columns of the day on which leads ended."""
        if self.reading is not None:
            return self.reading.closed
        return () if self.all_won_closed is None else (self.all_won_closed,)

    @cached_property
    def ended(self) -> Floats:
        """How each row of the leads ended: 1 won, 0 lost, NaN open or not known."""
        if self.outcomes is None:
            return np.full(self.leads.rows, np.nan)
        if self.reading is None:
            return self._of_leads(np.ones(self.outcomes.rows))
        state = self.reading.state
        return self._of_leads(np.where(state < 0, np.nan, state.astype(np.float64)))

    @cached_property
    def closed_at(self) -> Floats:
        """When each row of the leads ended, microseconds; NaN where no day is known."""
        if not self.closed:
            return np.full(self.leads.rows, np.nan)
        times = close_times(self.closed)
        return self._of_leads(np.where(times == NEVER, np.nan, times.astype(np.float64)))

    @cached_property
    def id_form(self) -> tuple[str, ...]:
        """The rules by which ids of all tables are the same."""
        pairs = [(self.outcome_id, self.lead_id)] if not self.flat else []
        pairs += [(events.lead_id, self.lead_id) for events in self.events]
        pairs += [(join.on, join.key) for join in self.joins if join.converts]
        return form([(ours, theirs) for ours, theirs in pairs if ours is not None and theirs is not None])

    @cached_property
    def amount(self) -> Column | None:
        """What a deal was worth: a number that most won rows have."""
        if (told := self._told("amount")) is not None:
            return told
        numbers = [
            column for column in self._beside_outcomes("") if column.type == "number" and names_an_amount(column.name)
        ]
        paid = [column for column in numbers if not says(column.name, EXPECTED + NOT_PAID)]
        if self.reading is not None:
            paid = [column for column in paid if column.texts.notna().to_numpy()[self.reading.is_won].mean() > 0.5]
        return best("amount", paid)

    @cached_property
    def reason(self) -> Column | None:
        """Why leads were lost: texts that lost rows have more often than others."""
        if (told := self._told("reason")) is not None:
            return told
        texts = [column for column in self._beside_outcomes(COLUMNS["reason"]) if column.type in ("category", "text")]
        if self.reading is None:
            return best("reason", texts)
        lost = self.reading.state == 0
        filled = {column: column.texts.notna().to_numpy() for column in texts}
        of_losses = [
            column
            for column in texts
            if lost.any() and filled[column][lost].mean() > max(0.2, 1.5 * filled[column][~lost].mean())
        ]
        return best("reason", of_losses)

    @cached_property
    def splits(self) -> dict[Column, Split]:
        """Columns of the leads that part the words of a stage which is read as the outcome, or may be it."""
        if not self.flat:
            return {}
        stages = [one.column for one in (*self.reading.won, *self.reading.lost) if one.values] if self.reading else []
        others = [column for column in self.leads.columns if column not in (self.lead_id, self.created)]
        found = [split for stage in stages for split in splits(stage, others)]
        return {split.column: split for split in found}

    @cached_property
    def rep(self) -> Column | None:
        """Who closed the deal."""
        return self._told("rep_id") or best("rep", self.reps)

    def _told(self, key: str) -> Column | None:
        """Return the column beside the outcomes that somebody has named; None where nobody has, or it is read as something else."""
        sheet = self.leads if self.outcomes is None else self.outcomes
        column = named_column(getattr(self.corrections, key), sheet, key)
        return column if column in self._beside_outcomes("") else None

    @cached_property
    def reps(self) -> list[Column]:
        """All columns that may name who closed the deal."""
        named = self._beside_outcomes(COLUMNS["rep"])
        return [
            column
            for column in named
            if column.type in ("category", "number")
            and not column.identifies
            and not says(column.name, "date time score")
        ]

    @cached_property
    def facts(self) -> dict[Column, str]:
        """Columns that are read with the outcome, with what the draft says of them."""
        told = {self.amount: "amount", self.reason: "reason", self.rep: "rep_id"}
        facts = {column: f"read as the outcome's {ours}" for column, ours in told.items() if column is not None}
        same = same_said(self.signs, self.reading) if self.signs and self.reading else {}
        later = {
            column: f"which stands in {join.sheet.name}, and is known once a lead is taken up"
            for join in self.joins
            if join.converts
            for column in self.leads.columns
            if column.joined and column.name.startswith(f"{join.name}.")
        }
        return later | same | facts

    def _beside_outcomes(self, listed: str) -> list[Column]:
        if self.outcomes is None:
            return []
        in_reading = self.reading.columns if self.reading else []
        taken = [self.lead_id, self.created, self.outcome_id, *self.closed, *in_reading]
        converted = tuple(f"{join.name}." for join in self.joins if join.converts)
        columns = [each for each in self.outcomes.columns if not each.joined or each.name.startswith(converted or "\0")]
        there = [column for column in columns if column not in taken and len(column.counts)]
        return [column for column in there if not listed or says(column.name, listed)]

    @property
    def used(self) -> list[Column | None]:
        """Columns that are no fields."""
        in_reading = self.reading.columns if self.reading else []
        joined = [join.on for join in self.joins if join.converts]
        return [self.lead_id, self.created, self.outcome_id, *self.closed, *in_reading, *joined]

    @cached_property
    def days_to_win(self) -> Floats:
        """Days from creation to close of the leads that were won on another day."""
        if self.created is None or not self.closed or self.created in self.closed:
            return np.empty(0)
        created = pd.Series(self.created.times).replace(NEVER, np.nan).to_numpy(np.float64)
        days = (self.closed_at - created) / DAY
        after: Floats = days[(days > 0) & (self.ended == 1)]
        return after

    def _of_leads(self, values: Floats) -> Floats:
        """Return the values of the outcomes' rows beside the leads that they are of, NaN for a lead without."""
        if self.flat:
            return values
        if self.outcome_id is None or self.lead_id is None:
            return np.full(self.leads.rows, np.nan)
        rules = (*self.id_form, *(rule for rule in ANY if rule not in self.id_form))
        by_id = pd.Series(values, index=same(self.outcome_id.texts, rules))
        beside = same(self.lead_id.texts, rules).map(by_id[~by_id.index.duplicated(keep="last") & by_id.index.notna()])
        return np.asarray(beside, np.float64)
