"""How far down the funnel leads have come, and how long it took: responded, suspect, prospect, won.

A lead has passed a stage if that is on record while a win of it would have counted (within the horizon, or by its own day), and passed it when that was recorded. Stages can be skipped: some leads are
won that never were prospects by the rules of the ladder, and some stand on the ladder by what their form said.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from features.records.clock import NEVER, Microseconds
from features.records.history import Floats
from features.settings.fields import ACTORS
from models.accountability.record import LeadsAsOf, Mask, exposure
from models.accountability.settings import AccountabilitySettings
from models.close.timing import Timing
from models.decision.ladder import PROSPECT, SUSPECT, Ladder

Stage = Literal["responded", "suspect", "prospect", "won"]
STAGES: tuple[Stage, ...] = get_args(Stage)
"""After "lead", in their order."""


@dataclass(frozen=True)
class Stages:
    """Leads of a record, n rows, with the stages that they passed.

    Attributes
    ----------
    after
        How long after its creation each lead passed each stage (n, stages); `NEVER` where it has not in time.
    exposure
        Share of those passing a stage who have done so at a lead's age (n, stages), from 0 to 1.
    """

    after: Microseconds
    exposure: Floats

    @property
    def passed(self) -> Mask:
        """Which stages each lead has passed (n, stages)."""
        return np.asarray(self.after != NEVER, np.bool_)


def stages_of(record: LeadsAsOf, settings: AccountabilitySettings) -> Stages:
    """Return the stages that leads have passed, by what is known in a record."""
    ladder = Ladder(record.history.schema).first_reached(record.history)
    created, window = record.history.leads.created_at, record.window
    steps = [_since(created, ladder[:, step], window) for step in (SUSPECT, PROSPECT)]
    won = np.where(record.won, np.minimum(record.recorded_after, window), NEVER)
    responded = response_after(record, settings)
    after = np.column_stack([np.where(responded > window, NEVER, responded), *steps, won])
    return Stages(after, np.column_stack([_exposure(record, column) for column in after.T]))


def response_after(record: LeadsAsOf, settings: AccountabilitySettings) -> Microseconds:
    """Return how long after its creation each lead first responded (n,), as recorded; `NEVER` where it has not."""
    created, events = record.history.leads.created_at, record.history.events
    rows = np.flatnonzero(_is_response(record, settings) & (events.occurred_at > created[events.lead]))
    first = np.full(len(created), np.iinfo(np.int64).max)
    np.minimum.at(first, events.lead[rows], events.recorded_at[rows])
    return np.where(first == np.iinfo(np.int64).max, NEVER, first - created)


def _is_response(record: LeadsAsOf, settings: AccountabilitySettings) -> NDArray[np.bool_]:
    events, codes = record.history.events, record.history.schema.event_codes
    if settings.response_kinds:
        return np.isin(events.kind, [codes[name] for name in settings.response_kinds])
    return np.asarray(events.actor == ACTORS.index("lead"), np.bool_)


def _since(created: Microseconds, at: Microseconds, window: Microseconds) -> Microseconds:
    return np.where((at == NEVER) | (at > created + window), NEVER, at - created)


def _exposure(record: LeadsAsOf, after: Microseconds) -> Floats:
    """Return the share (n,) of those passing a stage who have done so by each lead's age, as matured leads did."""
    passed, horizon = after != NEVER, record.history.schema.horizon_days
    since = record.of_horizon(np.where(passed, after, 0))
    timing = Timing.of(passed[record.matured], since[record.matured], horizon)
    return exposure(timing, record.of_horizon(record.age))
