"""Past leads like one, in words."""

from dataclasses import dataclass

from models.close.sentences import counted, percent
from serving.pages.queue import lead_path
from serving.receipts import SimilarLeads


@dataclass(frozen=True)
class Likeness:
    """What became of past leads like one; each with its path, empty where it cannot be looked up, its name and its end."""

    sentence: str
    leads: tuple[tuple[str, str, str], ...]


def likeness(similar: SimilarLeads) -> Likeness | None:
    """Return what is said of similar leads; None where none is known."""
    if not similar.count:
        return None
    age = (
        "when they came in"
        if not similar.age_days
        else f"{counted(similar.age_days, 'day', 'days')} after they came in"
    )
    closed = f"{similar.won or 'none'} closed"
    share = f" ({percent(similar.won / similar.count)})" if similar.won else ""
    sentence = f"Of the {counted(similar.count, 'past lead', 'past leads')} whose reasons were most like these {age}, {closed}{share}."
    return Likeness(
        sentence,
        tuple(
            (lead_path(lead.lead_id), lead.lead_id, lead.end)
            if lead.lead_id is not None
            else ("", "a lead that is not kept here", lead.end)
            for lead in similar.leads
        ),
    )
