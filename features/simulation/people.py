"""Who the leads are: when and where they come from, their traits, their profile."""

from dataclasses import dataclass

import numpy as np

from features.records.clock import SECOND, Microseconds
from features.records.history import Floats, Integers
from features.simulation.company import WorldSettings, quarter_of, quarter_starts, years_since_start
from features.simulation.schema import PROFILE
from features.simulation.sources import OBSTACLES

CAMPAIGN_SPREAD = 0.25
"""Standard deviation of what a campaign's leads are worth beyond the source's, in log-odds."""
SIZE_TELLS = 0.15
"""How far a company's size tells of its money."""
PAGES = ("/", "/pricing", "/compare", "/guide", "/demo")


@dataclass(frozen=True)
class Team:
    """The reps: skills in log-odds, and how far promising leads go to each."""

    closing: Floats
    generating: Floats
    favour: Floats


@dataclass(frozen=True)
class People:
    """Leads in the order of their creation.

    Attributes
    ----------
    created_at, quarter
        When a lead was created.
    source, campaign, page, brought_by
        Positions in the settings' sources, in `campaign_names`, in `PAGES` and among the reps; -1 for none.
    traits
        Need, money, hurry, desire, trust.
    quality, response
        What the source adds to the log-odds of a win and to the log of the lead's own activity.
    profile
        Positions in the profile fields' values.
    """

    created_at: Microseconds
    quarter: Integers
    source: Integers
    campaign: Integers
    page: Integers
    brought_by: Integers
    traits: Floats
    quality: Floats
    response: Floats
    profile: dict[str, Integers]

    def __len__(self) -> int:
        return len(self.created_at)


def draw_team(rng: np.random.Generator, settings: WorldSettings) -> Team:
    """Draw the skills of the reps; closing and generating are independent."""
    closing, generating, favour = rng.standard_normal((3, settings.reps.count))
    return Team(settings.reps.closing_spread * closing, settings.reps.generating_spread * generating, favour)


def draw_people(rng: np.random.Generator, settings: WorldSettings, team: Team) -> People:
    """Draw the leads."""
    created_at, source = _arrivals(rng, settings)
    quarter = quarter_of(settings, created_at).astype(np.int32)
    campaign = _campaigns(rng, settings, quarter, source)
    brought_by = _bringers(rng, settings, source)
    means, response = _means(settings, created_at, quarter, source)
    worth = np.append(rng.normal(0.0, CAMPAIGN_SPREAD, len(campaign_names(settings))), 0.0)[campaign]
    worth += np.append(team.generating, 0.0)[brought_by]
    traits = means + np.outer(worth, toward_win(settings)) + rng.standard_normal(means.shape)
    return People(
        created_at,
        quarter,
        source,
        campaign,
        _by_source(rng, settings, source, len(PAGES), np.zeros(len(source))),
        brought_by,
        traits,
        _quality(settings, created_at, quarter, source),
        response,
        _profile(rng, settings, source, traits[:, OBSTACLES.index("money")]),
    )


def toward_win(settings: WorldSettings) -> Floats:
    """Return the step in the five traits that adds 1 to the log-odds of a win."""
    weights = np.array(settings.weights)
    step: Floats = weights / (weights @ weights)
    return step


def campaign_names(settings: WorldSettings) -> list[str]:
    """Return the campaigns: two for every source and half-year."""
    halves = range((settings.quarters + 1) // 2)
    return [f"{source.name} {half + 1:02d}{which}" for source in settings.sources for half in halves for which in "ab"]


def _arrivals(rng: np.random.Generator, settings: WorldSettings) -> tuple[Microseconds, Integers]:
    starts = quarter_starts(settings)
    shares = np.tile([source.share for source in settings.sources], (settings.quarters, 1))
    if settings.flood:
        flooded = [source.name for source in settings.sources].index(settings.flood.source)
        shares[settings.flood.quarter - 1 :, flooded] *= settings.flood.leads
    shares *= (1.0 + settings.growth_per_year) ** years_since_start(settings, starts[:-1])[:, None]
    cell = rng.choice(shares.size, settings.leads, p=(shares / shares.sum()).ravel())
    quarter, source = np.divmod(cell, len(settings.sources))
    created_at = (
        starts[quarter] + (rng.random(settings.leads) * (np.diff(starts)[quarter] // SECOND)).astype(np.int64) * SECOND
    )
    order = np.argsort(created_at, kind="stable")
    return created_at[order], source[order].astype(np.int32)


def _campaigns(rng: np.random.Generator, settings: WorldSettings, quarter: Integers, source: Integers) -> Integers:
    which = rng.integers(0, 2, len(source))
    halves = (settings.quarters + 1) // 2
    number = (source * halves + (quarter - 1) // 2) * 2 + which
    has_campaigns = np.array([each.campaigns for each in settings.sources])[source]
    return np.where(has_campaigns, number, -1).astype(np.int32)


def _bringers(rng: np.random.Generator, settings: WorldSettings, source: Integers) -> Integers:
    by_reps = np.array([each.team == "sales" for each in settings.sources])[source]
    return np.where(by_reps, rng.integers(0, settings.reps.count, len(source)), -1).astype(np.int32)


def _means(
    settings: WorldSettings, created_at: Microseconds, quarter: Integers, source: Integers
) -> tuple[Floats, Floats]:
    years = years_since_start(settings, created_at)[:, None]
    at_start = np.array([each.means for each in settings.sources])
    drift = np.array([each.means_per_year for each in settings.sources])
    means = at_start[source] + drift[source] * years
    response = np.array([each.response for each in settings.sources])[source]
    if settings.flood:
        names = np.array([each.name for each in settings.sources])
        flooded = (names[source] == settings.flood.source) & (quarter >= settings.flood.quarter)
        means[flooded] += settings.flood.shift
        response[flooded] += settings.flood.response
    return means, response


def _quality(settings: WorldSettings, created_at: Microseconds, quarter: Integers, source: Integers) -> Floats:
    sources = settings.sources
    quality = np.array([each.quality for each in sources])[source]
    quality += np.array([each.quality_per_year for each in sources])[source] * years_since_start(settings, created_at)
    never = settings.quarters + 1
    collapse_at = np.array([each.collapse_at or never for each in sources])[source]
    collapse = np.array([each.collapse for each in sources])[source]
    result: Floats = quality + np.where(quarter >= collapse_at, collapse, 0.0)
    return result


def _profile(rng: np.random.Generator, settings: WorldSettings, source: Integers, money: Floats) -> dict[str, Integers]:
    """Draw who the leads are: larger companies have a little more money, all else tells of the source alone."""
    tilts = {"company_size": SIZE_TELLS * money}
    return {
        name: _by_source(rng, settings, source, len(field.values), tilts.get(name, np.zeros(len(source))))
        for name, field in PROFILE.items()
    }


def _by_source(
    rng: np.random.Generator, settings: WorldSettings, source: Integers, choices: int, tilt: Floats
) -> Integers:
    """Draw one of some choices, each source with shares of its own; `tilt` makes later choices likelier."""
    shares = rng.dirichlet(np.full(choices, 1.2), len(settings.sources))
    log_odds = np.log(shares + 1e-6)[source] + np.multiply.outer(tilt, np.arange(choices))
    choice: Integers = (log_odds + rng.gumbel(size=(len(source), choices))).argmax(axis=1).astype(np.int32)
    return choice
