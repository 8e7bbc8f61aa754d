"""Where the simulated leads come from, and the traits that their sources differ in."""

from dataclasses import dataclass

OBSTACLES = ("need", "money", "hurry", "desire", "trust")
"""What every sale has to get over: the five latent traits of a lead, in the order of their columns."""

FIVE_ZEROS = (0.0, 0.0, 0.0, 0.0, 0.0)
Five = tuple[float, float, float, float, float]


@dataclass(frozen=True)
class Source:
    """Where leads come from, and what they are worth.

    Attributes
    ----------
    name, team
        The source, and the team that generates its leads; leads of the team "sales" are each brought by a rep.
    share
        Share of the company's leads, relative to the other sources'.
    means, means_per_year
        Mean of need, money, hurry, desire and trust at the first quarter's start, and its drift.
    quality, quality_per_year
        What the source adds to the log-odds of a win beyond what its leads' traits tell, and its drift.
    collapse_at, collapse
        From the start of this quarter on, `collapse` is added to the quality; never if None.
    response
        Log of how much more its leads visit, reply and ask than others with the same traits.
    cost
        What a lead costs.
    campaigns
        Whether its leads come by campaign.
    """

    name: str
    team: str
    share: float
    means: Five = FIVE_ZEROS
    means_per_year: Five = FIVE_ZEROS
    quality: float = 0.0
    quality_per_year: float = 0.0
    collapse_at: int | None = None
    collapse: float = -2.0
    response: float = 0.0
    cost: float = 50.0
    campaigns: bool = True


SOURCES = (
    Source("web search", "web", 0.27, (0.0, 0.0, 0.1, 0.1, -0.1), quality=0.1, cost=15.0, campaigns=False),
    Source("paid search", "web", 0.22, (-0.1, 0.0, 0.2, 0.0, -0.2), quality_per_year=-0.2, cost=70.0),
    Source("trade show", "events", 0.1, (0.1, 0.1, -0.1, 0.1, 0.2), quality=0.5, collapse_at=8, cost=160.0),
    Source("webinar", "events", 0.12, (0.1, -0.2, -0.2, 0.1, 0.0), quality=-0.2, response=0.2, cost=45.0),
    Source("bought list", "events", 0.09, (-0.2, 0.0, -0.2, -0.3, -0.3), quality=-0.4, cost=25.0),
    Source("partner", "partners", 0.1, (0.2, 0.2, 0.0, 0.1, 0.2), quality=0.2, quality_per_year=0.2, cost=120.0),
    Source("prospecting", "sales", 0.07, (0.1, 0.1, -0.1, 0.0, 0.0), cost=90.0, campaigns=False),
    Source("referral", "sales", 0.025, (0.3, 0.1, 0.1, 0.3, 0.5), quality=0.3, cost=20.0, campaigns=False),
    Source("podcast", "web", 0.005, (0.1, 0.0, -0.1, 0.2, 0.1), cost=110.0),
)
"""Sources that drift, one that collapses without its leads' answers showing it, and one with few leads."""


@dataclass(frozen=True)
class Flood:
    """Unqualified leads from one source from a quarter on: many, lively, and unlike customers.

    Attributes
    ----------
    source, quarter
        Whose leads, and from the start of which quarter.
    leads
        Factor on the source's share.
    shift
        Added to each of the five means.
    response
        Added to the source's response.
    """

    source: str
    quarter: int
    leads: float = 6.0
    shift: float = -0.9
    response: float = 0.8
