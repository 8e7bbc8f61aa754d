"""Past leads like one, in words."""

from collections.abc import Mapping
from dataclasses import dataclass

from models.close.reasons.sentences import counted, percent
from models.decision.rates import jeffreys_interval
from serving.pages.queue import lead_path
from serving.schemas.records import SimilarLeads


@dataclass(frozen=True)
class Likeness:
    """What became of past leads like one; each with its path, empty where it cannot be looked up, its name and its end."""

    sentence: str
    leads: tuple[tuple[str, str, str], ...]


def likeness(
    similar: SimilarLeads, probability: float | None = None, names: Mapping[str, str] | None = None
) -> Likeness | None:
    """Return what is said of similar leads; None where none is known.

    Parameters
    ----------
    probability
        The lead's own. Where what became of the others does not bear it out, the sentence says why the two may differ.
    names
        What they are called, by id; without one, a lead goes by its id.
    """
    if not similar.count:
        return None
    age = (
        "when they came in"
        if not similar.age_days
        else f"{counted(similar.age_days, 'day', 'days')} after they came in"
    )
    closed = f"{similar.won or 'none'} {'was' if similar.won == 1 else 'were'} won"
    share = f" ({percent(similar.won / similar.count)})" if similar.won else ""
    sentence = f"Of the {counted(similar.count, 'past lead', 'past leads')} whose reasons were most like these {age}, {closed}{share}."
    if probability is not None:
        sentence += _apart(similar, probability)
    return Likeness(
        sentence,
        tuple(
            (lead_path(lead.lead_id), (names or {}).get(lead.lead_id, lead.lead_id), lead.end)
            if lead.lead_id is not None
            else ("", "a lead that is not kept here", lead.end)
            for lead in similar.leads
        ),
    )


def _apart(similar: SimilarLeads, probability: float) -> str:
    """Say why a lead's own chance is not the share of the others that closed; nothing where that share may well be its own."""
    low, high = jeffreys_interval(similar.won, similar.count)
    if low <= probability <= high:
        return ""
    return (
        f" Its own {percent(probability)} differs: these are like it in the reasons, not the same, and the score also goes by how leads "
        "close lately."
    )
