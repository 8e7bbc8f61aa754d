"""Companies drawn at random, their *structure* too: a second simulator, which shares no code with `features.simulation`.

`World(seed)` draws what is asked and what decides (linear, thresholds, humps, interactions), who answers (missing at random or not, then or later),
when leads close (which may depend on an answer, or on a day of their own) and when that is written down (at once, weekly, at a quarter's end,
late), seasons, prices, sources that collapse, recover, swap, arrive or are flooded; 500 to 50,000 leads, base rates of 2 to 60 %, with and without
events, texts and accounts. `World(seed, leads=4_000, price=None)` sets parts by hand, and `bench.worlds.structure.Structure` lists them.

What is true of a moment is known: `own_chance` is the lead's own, `on_record` that given all that is on record of the lead at the moment. A model cannot do
better than the latter, but by what it sees of other leads: how the world moves is taken as known in it, as are the effects of answers.

Seeds from 100 to 129 are kept for the report of a release: what they hold is not looked at while building.
"""

import tempfile
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench._task import Task
from bench.worlds import tables, truth
from bench.worlds.closing import Closing, close, counted_until, settling_days
from bench.worlds.draws import changing, draw_structure
from bench.worlds.events import Events, happen
from bench.worlds.population import Floats, Places, Population, populate
from bench.worlds.structure import Structure
from features.records.checks import check_history
from features.records.clock import DAY
from features.records.history import History
from features.settings.schema import LeadSchema
from features.settings.source import HistorySource
from training.settings import TrainingSettings

__all__ = ["Structure", "World", "changing", "collapsed", "draw_structure", "drawn", "on_record", "world_task"]

CUTOFFS = (0.6, 0.8)
"""Shares of the time after which models are trained."""
SINCE_DAYS = (0, 60, 90, 120, 180)
"""Since the collapse of a source, the periods in which its leads are told apart."""


class World:
    """A company of a seed; parts of its structure that are given by name are set instead of drawn."""

    def __init__(self, seed: int, **overrides: Any) -> None:
        self.structure: Structure = draw_structure(seed, **overrides)

    @cached_property
    def people(self) -> Population:
        """The leads."""
        return populate(self.structure)

    @cached_property
    def closing(self) -> Closing:
        """How they end."""
        return close(self.structure, self.people)

    @cached_property
    def events(self) -> Events:
        """What happens while they are open."""
        return happen(self.structure, self.people, self.closing)

    @cached_property
    def schema(self) -> LeadSchema:
        """What may be known of them."""
        return tables.schema(self.structure)

    @property
    def training(self) -> TrainingSettings:
        """How a careful company learns from them."""
        return TrainingSettings(ages_days=self.structure.ages_days, settling_days=settling_days(self.structure))

    def write(self, folder: Path) -> HistorySource:
        """Write leads, events, outcomes and spend into a folder as Parquet; return how to read them."""
        tables.leads_table(self.structure, self.people).to_parquet(folder / "leads.parquet")
        events = tables.events_table(self.structure, self.people, self.closing, self.events)
        events.to_parquet(folder / "events.parquet")
        tables.outcomes_table(self.structure, self.people, self.closing).to_parquet(folder / "outcomes.parquet")
        tables.spend_table(self.structure, self.people).to_parquet(folder / "spend.parquet")
        return tables.source(self.structure, folder)

    def history(self) -> History:
        """Return what a company would read of its export.

        Raises
        ------
        ValueError
            If a row breaks a rule: then the simulator is wrong.
        """
        with tempfile.TemporaryDirectory() as folder:
            source = self.write(Path(folder))
            checked = check_history(source, self.schema, datetime(2100, 1, 1, tzinfo=UTC), Path(folder))
        if checked.broken:
            raise ValueError(f"A world's export must break no rule, got {checked.broken[0]}: mend bench.worlds.")
        return checked.history

    def own_chance(self, lead: Places, as_of: Floats) -> Floats:
        """Return each lead's own chance at times (days since the start) at which it is open."""
        return truth.own_chance(self.structure, self.people, self.closing, lead, as_of)

    def on_record(self, lead: Places, as_of: Floats) -> Floats:
        """Return each lead's chance given what is on record at times (days since the start) at which it is open."""
        return truth.chance_on_record(self.structure, self.people, self.closing, self.events, lead, as_of)

    def won_in_time(self, lead: Places, as_of: Floats) -> NDArray[np.bool_]:
        """Return which leads are won within the horizon after times, or by the end of their own day where that decides."""
        until = counted_until(self.structure, self.people.created[lead], self.people.own_days[lead], as_of)
        return self.closing.won[lead] & (self.closing.days[lead] <= until)

    def is_open(self, lead: Places, as_of: Floats) -> NDArray[np.bool_]:
        """Return which leads have not closed before times, on record or not."""
        return self.closing.days[lead] >= as_of


def positions(history: History, lead: NDArray[np.integer[Any]]) -> Places:
    """Return the positions in the world of leads of a history read from it."""
    return np.array([int(name.removeprefix("lead-")) for name in history.leads.lead_id[lead]], np.int64)


def world_task(world: World) -> Task:
    """Return a world to be measured on: models trained at two cut-offs, all open leads judged."""
    history = world.history()
    start = history.known_until - world.structure.days * DAY
    cutoffs = [int(start + share * world.structure.days * DAY) for share in CUTOFFS]
    name = f"world_{world.structure.seed}"
    return Task(name, history, world.training, cutoffs, history.known_until, truth_known=True)


def on_record(world: World, history: History, lead: NDArray[np.integer[Any]], as_of: Places) -> Floats:
    """Return the chance given what is on record of moments (microseconds) of leads of a history read from a world."""
    return world.on_record(positions(history, lead), tables.in_days(as_of))


def drawn(
    world: World, history: History, lead: NDArray[np.integer[Any]], as_of: Places
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return of such moments whether the lead is truly open, and whether it is won in time."""
    rows, days = positions(history, lead), tables.in_days(as_of)
    return world.is_open(rows, days), world.won_in_time(rows, days)


def collapsed(
    world: World, history: History, lead: NDArray[np.integer[Any]], as_of: Places, promised: Floats, truth: Floats
) -> list[dict[str, Any]]:
    """Return of each source that collapsed for good what was promised to its new leads over the truth, by days since."""
    rows, days = positions(history, lead), tables.in_days(as_of)
    found = []
    for place, source in enumerate(world.structure.sources):
        since = days - source.at * world.structure.days
        of = (world.people.source[rows] == place) & (world.people.created[rows] >= source.at * world.structure.days)
        if source.change not in ("collapse", "flood"):
            continue
        periods = zip(SINCE_DAYS, [*SINCE_DAYS[1:], np.inf], strict=True)
        ratio = {
            f"from day {begin}": float(promised[some].mean() / truth[some].mean())
            for begin, end in periods
            if (some := of & (since >= begin) & (since < end)).any()
        }
        found.append({"name": source.name, "promised_over_truth": ratio})
    return found
