"""The leads table: as leads were when they were created, and beside that the traps that know how they ended."""

import numpy as np
import pandas as pd

from features.records.clock import NEVER
from features.records.history import Floats
from features.simulation import answers
from features.simulation.company import WorldSettings, quarter_starts
from features.simulation.events import Happened
from features.simulation.outcomes import SimulatedFates
from features.simulation.people import PAGES, People, campaign_names
from features.simulation.schema import ANSWERS, PROFILE
from features.simulation.tables import identifiers, times, words

STATUSES = ("New", "Working", "Customer", "Closed")
NOTES = ("hot", "warm", "cold")


def leads_table(settings: WorldSettings, people: People, first: dict[str, Floats]) -> pd.DataFrame:
    """Return the leads as they were when they were created."""
    names = [source.name for source in settings.sources]
    teams = [source.team for source in settings.sources]
    columns = {
        "lead_id": pd.Series(identifiers("L", len(people)), dtype="str"),
        "created_at": times(people.created_at),
        "source": words(names, people.source),
        "campaign": words(campaign_names(settings), people.campaign),
        "landing_page": words(PAGES, people.page),
        "team": words(teams, people.source),
        "brought_by": words(identifiers("R", settings.reps.count), people.brought_by),
        **{name: words(field.values, people.profile[name]) for name, field in PROFILE.items()},
        **{name: _answer(people, name, reading) for name, reading in first.items()},
    }
    return pd.DataFrame(columns)


def trap_columns(
    rng: np.random.Generator,
    settings: WorldSettings,
    people: People,
    fates: SimulatedFates,
    happened: Happened,
    promise: Floats,
) -> pd.DataFrame:
    """Return the fields that an export of today shows as they were written after the close."""
    end = quarter_starts(settings)[-1]
    closed = (fates.closes_at != NEVER) & (fates.recorded_at <= end)
    won = closed & fates.wins
    last = people.created_at.copy()
    np.maximum.at(last, happened.lead, happened.occurred_at)
    touched = last > people.created_at
    contract = np.where(won, np.arange(len(people)), -1)
    return pd.DataFrame(
        {
            "lead_status": words(STATUSES, _status(rng, closed, won, touched)),
            "contract_no": words(identifiers("C-", len(people)), contract),
            "quality_note": words(NOTES, _note(rng, closed, won, promise)),
            "last_activity": times(np.where(closed, fates.closes_at, last)),
        }
    )


def _answer(people: People, name: str, reading: Floats) -> pd.Series:
    match ANSWERS[name].type:
        case "number":
            return pd.Series(answers.amount_named(reading))
        case "date":
            dates = answers.date_named(people.created_at, reading)
            return times(np.where(np.isnan(reading), NEVER, dates))
        case "flag":
            given = answers.code(name, reading)
            return pd.Series(pd.array(given == 1, dtype="boolean")).mask(given < 0)
        case _:
            return words(ANSWERS[name].values, answers.code(name, reading))


def _status(rng: np.random.Generator, closed: np.ndarray, won: np.ndarray, touched: np.ndarray) -> np.ndarray:
    """Return the status: overwritten at the close, save for the few that somebody forgot."""
    forgotten = rng.random(len(closed)) < 0.02
    return np.where(closed & ~forgotten, np.where(won, 2, 3), touched.astype(np.int64))


def _note(rng: np.random.Generator, closed: np.ndarray, won: np.ndarray, promise: Floats) -> np.ndarray:
    """Return the rep's note: mostly written after the close, and then kind to who bought."""
    written = rng.random(len(closed)) < np.where(closed, 0.8, 0.07)
    liking = np.where(closed, np.where(won, 1.6, -0.7), 0.3 * promise) + 0.8 * rng.standard_normal(len(closed))
    return np.where(written, np.searchsorted((-0.6, 0.6), -liking), -1)
