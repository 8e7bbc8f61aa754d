"""What a list says of a lead at a glance: its strongest reason, the next step, and since when nobody has touched it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from features.records.clock import DAY
from features.settings.schema import LeadSchema
from models.close.reasons.ledger import LedgerEntry, ledger
from models.close.reasons.sentences import duration
from serving.pages.call import actor, wish_of
from serving.pages.contacts import contacts, names_of
from serving.pages.next_step import next_step
from serving.pages.reasons import kind_of, split_off
from serving.pages.words import points
from serving.schemas.score import Score
from serving.store.records import Event, Lead

LONGEST_NAME = 80
REASONS = 2
"""Of each side, in an export."""


@dataclass(frozen=True)
class Glance:
    """A lead at a glance; what does not hold of it is empty.

    Attributes
    ----------
    reason, points, kind
        What moves its score most, in words, by how much, and whether for or against it.
    next_step
        What to do with it.
    waiting
        Since when nobody has reached out, or how long ago we last did.
    is_untouched
        Whether we have never reached out.
    exported
        The strongest reasons of both sides, for a file.
    name, source
        What the lead is called, and where it came from.
    """

    reason: str = ""
    points: str = ""
    kind: str = ""
    next_step: str = ""
    waiting: str = ""
    is_untouched: bool = False
    exported: str = ""
    name: str = ""
    source: str = ""


NOTHING = Glance()


def glance(
    lead: Lead, events: Sequence[Event], score: Score | None, schema: LeadSchema, now: int, *, is_open: bool
) -> Glance:
    """Return a lead at a glance, from its events that hold, by the time at which they occurred, and its latest score."""
    touches = [event.occurred_at for event in events if actor(event, schema) == "rep"]
    waiting = f"untouched for {duration((now - lead.created_at) / DAY)}" if not touches else ""
    if touches:
        waiting = f"{duration((now - max(touches)) / DAY)} ago"
    channel = lead.fields.get(next(iter(schema.channels), ""))
    bare = Glance(
        waiting=waiting if is_open else "",
        is_untouched=is_open and not touches,
        name=(", ".join(one.value for one in contacts(lead, schema) if not one.link) or _firm(lead, schema))[
            :LONGEST_NAME
        ],
        source=channel[:LONGEST_NAME] if isinstance(channel, str) else "",
    )
    if score is None:
        return bare
    shown = ledger(score.probability, score.base_probability, (*score.reasons.for_, *score.reasons.against), schema)
    first = next((entry for entry in shown.entries if entry.tenths), None)
    step = next_step(score, schema, wish_of(lead, events, schema)).do.removeprefix("Next: ").removesuffix(".")
    return replace(
        bare,
        reason="" if first is None else _sentence(first),
        points="" if first is None else points(first.tenths),
        kind="" if first is None else kind_of(first.tenths),
        next_step=step if is_open else "",
        exported="; ".join(_strongest(shown.entries)),
    )


def _firm(lead: Lead, schema: LeadSchema) -> str:
    """Return the account of a lead as its page is headed with it, empty if it has none."""
    title, _ = names_of(lead, schema)
    return "" if title == lead.lead_id else title


def _strongest(entries: Sequence[LedgerEntry]) -> list[str]:
    """Return the strongest reasons in words with their points, those against first."""
    return [
        f"{_sentence(entry)} {points(entry.tenths)}"
        for sign in (-1, 1)
        for entry in [entry for entry in entries if sign * entry.tenths > 0][:REASONS]
    ]


def _sentence(entry: LedgerEntry) -> str:
    return split_off(entry.main.sentence)[0]
