"""Why a score has moved, as causes: they did, we did, silence, the source, a new model."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from features.matrix.feature import EVERYONE
from features.records.clock import DAY
from features.settings.schema import LeadSchema
from models.close.reasons.ledger import TENTHS, share_out
from models.close.reasons.sentences import counted, duration, label, nouns
from serving.pages.words import points
from serving.schemas.records import Change, ChangePart
from serving.store.records import StoredScore

QUIET = "no activity"
MAX_NAMED = 3
"""Kinds of new records that are named one by one."""
WEEK = 7 * DAY


@dataclass(frozen=True)
class Trend:
    """How far a score has moved in some time, and what moved it most; `way` is up, down or same."""

    words: str
    way: str
    cause: str

    @property
    def is_silence(self) -> bool:
        """Whether it says since when nothing has happened."""
        return self.cause.startswith(QUIET)


def causes(moved: int, change: Change, schema: LeadSchema) -> list[str]:
    """Say what each cause did, in tenths of a point that add up to the move; one that did nothing is not said, and one that did all without a number."""
    exact = [TENTHS * part.points for part in (change.records, change.time, change.model)]
    shares = share_out(moved, exact)
    parts = [(name, tenths) for name, tenths in zip(_names(change, schema), shares, strict=True) if tenths]
    if len(parts) == 1:
        return [parts[0][0]]
    return [f"{points(tenths)} {name}" for name, tenths in parts]


def trend_between(
    before: StoredScore, after: StoredScore, change: Change | None, last_activity: int | None, schema: LeadSchema
) -> Trend:
    """Return how far a score has moved since another.

    Parameters
    ----------
    last_activity
        When lead or rep last did something, microseconds UTC; None if never.
    """
    moved = round(TENTHS * after.probability) - round(TENTHS * before.probability)
    since = duration((after.as_of - before.as_of) / DAY) if abs(after.as_of - before.as_of - WEEK) > DAY else "a week"
    if not moved:
        return Trend(f"unchanged in {since}", "same", "")
    cause = "" if change is None else _main_cause(moved, change, schema, before.as_of, after.as_of, last_activity)
    return Trend(f"{points(moved)} in {since}", "up" if moved > 0 else "down", cause)


def _main_cause(
    moved: int, change: Change, schema: LeadSchema, since: int, until: int, last_activity: int | None
) -> str:
    """Say what moved a score most in the way that it went."""
    parts = (change.records, change.time, change.model)
    sign = 1 if moved > 0 else -1
    place = max(range(len(parts)), key=lambda place: sign * parts[place].points)
    name = _names(change, schema)[place]
    if parts[place] is change.time and name == SILENCE and last_activity is not None and last_activity <= since:
        return f"{QUIET} for {duration((until - last_activity) / DAY)}"
    return name


SILENCE = "time that passed"


def _names(change: Change, schema: LeadSchema) -> tuple[str, str, str]:
    return new_records(change.new_records, schema), passing(change.time, schema), "a new model"


def new_records(kinds: Sequence[str], schema: LeadSchema) -> str:
    """Say what has happened, by who did it: what was said by what it is about, everything else counted by kind.

    Examples
    --------
    >>> from features.settings.schema import EventKind, LeadField
    >>> budget = LeadField(role="answer", type="number", obstacle="money")
    >>> schema = LeadSchema(kinds={"call": EventKind(obstacle="trust", actor="rep")}, fields={"budget": budget})
    >>> new_records(["call", "budget", "call"], schema), new_records([], schema)
    ('they said budget, we: 2 calls', 'what became known')
    """
    counts = Counter(kinds)
    said = [label(kind, schema.fields[kind]) for kind in counts if kind in schema.fields]
    parts = [f"they said {_listed(said)}"] if said else []
    for who, words in (("lead", "they"), ("rep", "we"), ("marketing", "marketing")):
        some = [kind for kind in counts if kind in schema.kinds and (schema.kinds[kind].actor or "lead") == who]
        if some:
            parts.append(f"{words}: {_listed([counted(counts[kind], *nouns(schema, kind)) for kind in some])}")
    return ", ".join(parts) or "what became known"


def _listed(words: Sequence[str]) -> str:
    more = len(words) - MAX_NAMED
    shown = ", ".join(words[:MAX_NAMED])
    return shown if more <= 0 else f"{shown} and {more} more"


def passing(part: ChangePart, schema: LeadSchema) -> str:
    """Say what did most while nothing was recorded of the lead: how its source closes, or that time passed."""
    sign = 1 if part.contribution >= 0 else -1
    moved = [one for one in part.subjects if sign * one.contribution > 0]
    strongest = moved[0].subject.removesuffix(", recently") if moved else ""
    if strongest in schema.channels:
        return f"how leads of this {label(strongest, schema.channels[strongest])} close now"
    return "how all leads close now" if strongest == EVERYONE else SILENCE
