"""A company's history with known truth: the three tables of an export and, apart from them, what made them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.records.clock import DAY, Microseconds
from features.records.history import Floats
from features.simulation import answers, truth
from features.simulation.company import WorldSettings
from features.simulation.events import draw_events, events_table
from features.simulation.leads import leads_table, trap_columns
from features.simulation.outcomes import SimulatedFates, assign, draw_fates, outcomes_table
from features.simulation.people import People, Team, draw_people, draw_team
from features.simulation.schema import ANSWERS, TRAPS
from features.simulation.sources import OBSTACLES
from features.simulation.tables import identifiers, microseconds, times, words


@dataclass(frozen=True)
class World:
    """A simulated company.

    Attributes
    ----------
    settings
        What it was made from.
    leads, events, outcomes
        The three tables, as an export at the end holds them: only what was recorded by then.
    latent
        What no export holds, a row for each row of `leads`: the five traits, `quality` of the source and `closing` skill
        of the rep in log-odds, `rep_id`, `intent` (probability of ever being won), `win_days` (median), `wins` and
        `closes_at` (missing if never) as they would come after the end too, and `expected_amount` of a win.
    reps
        The skills of the reps: `closing` before any change, `generating`, `favour`.
    """

    settings: WorldSettings
    leads: pd.DataFrame
    events: pd.DataFrame
    outcomes: pd.DataFrame
    latent: pd.DataFrame
    reps: pd.DataFrame

    @property
    def traps(self) -> tuple[str, ...]:
        """Fields of the leads that know the outcome."""
        return TRAPS if self.settings.records.traps else ()

    def rows(self, lead_ids: pd.Series) -> NDArray[np.int64]:
        """Return the positions of these leads in the tables of leads and of what is latent.

        Raises
        ------
        KeyError
            If a lead is not in this world.
        """
        rows = pd.Index(self.leads["lead_id"]).get_indexer(pd.Index(lead_ids)).astype(np.int64)
        if (rows < 0).any():
            unknown = list(lead_ids)[int(np.argmax(rows < 0))]
            raise KeyError(f"Leads must be of this world, got {unknown!r}: take them from its tables.")
        return np.asarray(rows, np.int64)


def simulate(settings: WorldSettings | None = None) -> World:
    """Simulate a company; the same settings give the same world.

    Every table draws from a stream of its own, so a change of what one depends on does not stir up the others.

    Examples
    --------
    >>> world = simulate(WorldSettings(leads=100, seed=1))
    >>> len(world.leads), bool((world.events["recorded_at"] >= world.events["occurred_at"]).all())
    (100, True)
    """
    settings = settings or WorldSettings()
    team_rng, people_rng, answers_rng, fates_rng, outcomes_rng, events_rng, traps_rng = (
        np.random.default_rng(stream) for stream in np.random.SeedSequence(settings.seed).spawn(7)
    )
    team = draw_team(team_rng, settings)
    people = draw_people(people_rng, settings, team)
    first = answers.given_at_first(answers_rng, settings, people)
    looks = answers.promise(first)
    fates = draw_fates(fates_rng, settings, people, team, assign(fates_rng, settings, people, team, looks))
    said = answers.given_later(answers_rng, settings, people, first)
    happened = draw_events(events_rng, settings, people, fates, looks, said)
    leads = leads_table(settings, people, first)
    if settings.records.traps:
        traps = trap_columns(traps_rng, settings, people, fates, happened, looks)
        leads = pd.concat([leads, traps], axis=1)
    return World(
        settings,
        leads,
        events_table(settings, happened, fates),
        outcomes_table(outcomes_rng, settings, people, fates),
        _latent(settings, people, fates),
        _reps(settings, team),
    )


def true_probability(
    world: World, rows: NDArray[np.integer], as_of: Microseconds, horizon_days: float | None = None
) -> Floats:
    """Return the probability that leads, open at these moments, are won within the horizon after them.

    No model can know more: it is given the latent traits, the source's quality and the rep's skill. A lead is open until
    `closed_at`, whether or not the close is on record by the moment.

    Parameters
    ----------
    world
        The simulated company.
    rows
        Positions of the leads, as `World.rows` returns them.
    as_of
        The moments, one for each of `rows`; not before the lead's creation.
    horizon_days
        That of the world's settings if None.

    Raises
    ------
    ValueError
        If a moment lies before its lead's creation.
    """
    created_at = microseconds(world.leads["created_at"])
    age_days = (as_of - created_at[rows]) / DAY
    if (age_days < 0).any():
        first = world.leads["lead_id"].iloc[int(rows[int(np.argmax(age_days < 0))])]
        raise ValueError(
            f"as_of must not lie before the lead's creation, got an earlier one for lead {first!r}: leave it out."
        )
    horizon = world.settings.horizon_days if horizon_days is None else horizon_days
    intent, win_days = (world.latent[name].to_numpy()[rows] for name in ("intent", "win_days"))
    return truth.win_probability(world.settings.cycle, intent, win_days, age_days, horizon)


def answers_when_asked(world: World, rows: NDArray[np.integer], question: str, seed: int) -> list[str | float | bool]:
    """Return what leads, by their positions (n,), answer to a question of a rep, whatever they have said before."""
    trait = world.latent[str(ANSWERS[question].obstacle)].to_numpy()[rows]
    created_at = microseconds(world.leads["created_at"])[rows]
    return answers.when_asked(np.random.default_rng(seed), world.settings, question, trait, created_at)


def true_reasons(world: World) -> pd.DataFrame:
    """Return the probability of each reason, should the lead be lost: a row for each lead, a column for each reason."""
    traits = world.latent[list(OBSTACLES)].to_numpy()
    return pd.DataFrame(truth.reason_probabilities(traits), columns=list(truth.REASONS))


def write_world(world: World, folder: Path | str) -> None:
    """Write the three tables as Parquet files, for `features.simulation.world_history` to name."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("leads", "events", "outcomes"):
        getattr(world, name).to_parquet(folder / f"{name}.parquet", index=False)


def _latent(settings: WorldSettings, people: People, fates: SimulatedFates) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "lead_id": pd.Series(identifiers("L", len(people)), dtype="str"),
            **{name: people.traits[:, column] for column, name in enumerate(OBSTACLES)},
            "quality": people.quality,
            "closing": fates.closing,
            "rep_id": words(identifiers("R", settings.reps.count), fates.rep),
            "intent": fates.intent,
            "win_days": fates.win_days,
            "wins": fates.wins,
            "closes_at": times(fates.closes_at),
            "expected_amount": truth.expected_amount(fates.log_amount),
        }
    )


def _reps(settings: WorldSettings, team: Team) -> pd.DataFrame:
    names = identifiers("R", settings.reps.count)
    return pd.DataFrame(
        {"rep_id": names, "closing": team.closing, "generating": team.generating, "favour": team.favour}
    )
