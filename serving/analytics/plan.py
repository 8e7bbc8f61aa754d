"""What the best leads keep of the wins, by the record of the model that serves: how often what it called likely came true."""

from models.close.reasons.sentences import percent
from models.close.record import VersionRecord
from models.decision.settings import DecisionSettings
from serving.schemas.records import RecordCut, RecordPlan

MIN_WINS = 20
"""Wins of a record from which on shares of them are said."""
SPOKEN = 0.3
"""Share of the leads at which the headline looks: the cut nearest to it."""
THOUSAND = 1_000
"""Leads to which freed hours refer."""


def plan_by_record(
    record: VersionRecord | None, settings: DecisionSettings | None, amount: float | None = None
) -> RecordPlan | None:
    """Return what the best leads keep; None where the record holds too few wins to say.

    Parameters
    ----------
    amount
        The mean amount of a win; None where none was ever recorded.

    Examples
    --------
    >>> plan_by_record(None, None) is None
    True
    """
    if record is None or sum(band.won for band in record.bands) < MIN_WINS:
        return None
    leads, wins = (sum(getattr(band, name) for band in record.bands) for name in ("leads", "won"))
    cuts, kept_leads, kept_wins = [], 0.0, 0.0
    for band in reversed(record.bands):
        if band.leads:
            kept_leads, kept_wins = kept_leads + band.leads / leads, kept_wins + band.won / wins
            kept = (band.low, min(kept_leads, 1.0), min(kept_wins, 1.0))
            cuts.append(_cut(*kept, settings, None if amount is None else amount * wins / leads))
    spoken = min(cuts, key=lambda cut: abs(cut.leads - SPOKEN))
    return RecordPlan(
        sentence=f"The {percent(spoken.leads)} of earlier leads that were called {percent(spoken.least_probability)} or more "
        f"hold {percent(spoken.wins)} of the wins.",
        tested_since=record.tested_since,
        cuts=tuple(cuts),
    )


def _cut(
    least: float, leads: float, wins: float, settings: DecisionSettings | None, revenue: float | None
) -> RecordCut:
    """Return a cut; `revenue` is what a lead brings if all are worked."""
    if settings is None:
        return RecordCut(least_probability=least, leads=leads, wins=wins, hours_freed=None)
    net = None if revenue is None else THOUSAND * (wins * revenue - leads * settings.rep.cost)
    hours = (1 - leads) * THOUSAND * settings.rep.minutes / 60
    return RecordCut(least_probability=least, leads=leads, wins=wins, hours_freed=hours, net=net)
