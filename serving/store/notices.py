"""Which notices are wanted, and those that follow from new scores, written in the transaction that stores these.

With nobody to tell nothing is read or written: what is wanted stands in the row of the clock, which each transaction reads anyway.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

import sqlalchemy as sa

from features.records.clock import to_datetime
from serving.schemas.notices import NOTICE_KINDS, SCORE_KINDS, NoticeKind
from serving.store.records import StoredScore
from serving.store.tables import CLOCK, LEADS
from serving.store.types import write_json

AT_ONCE = 500
"""Leads asked for in one statement: databases limit its parameters."""


@dataclass(frozen=True)
class WantedNotices:
    """The kinds that somebody wants to hear of, and the difference of two probabilities from which on a lead has moved.

    Attributes
    ----------
    since
        From when on each kind is wanted, by the store's clock; always, where a store of before does not say.
    """

    kinds: frozenset[NoticeKind] = frozenset()
    moved_by: float = 0.05
    since: Mapping[NoticeKind, int] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str | None) -> Self:
        """Return what a text says that was written by `write`; kinds of a newer version are passed over."""
        if not text:
            return cls()
        said = json.loads(text)
        kinds, since = frozenset(kind for kind in NOTICE_KINDS if kind in said["kinds"]), said.get("since", {})
        return cls(kinds, float(said["moved_by"]), {kind: int(since[kind]) for kind in NOTICE_KINDS if kind in since})

    def write(self) -> str | None:
        """Return it as text; None where nothing is wanted."""
        said = {"kinds": sorted(self.kinds), "moved_by": self.moved_by, "since": dict(self.since)}
        return write_json(said) if self.kinds else None

    def followed_by(self, kinds: frozenset[NoticeKind], moved_by: float, now: int) -> Self:
        """Return what is wanted from a time on: what was wanted before is so since it was."""
        known = {kind: self.since[kind] for kind in kinds if kind in self.since}
        return type(self)(kinds, moved_by, known | dict.fromkeys(kinds - self.kinds, now))


NOTHING_WANTED = WantedNotices()


def wanted_notices(connection: sa.Connection) -> WantedNotices:
    """Return what somebody wants to hear of."""
    return WantedNotices.read(connection.execute(sa.select(CLOCK.c.wanted_notices)).scalar_one())


class NewNotice(NamedTuple):
    """A notice to be written.

    Attributes
    ----------
    content
        What is told, as JSON: for most kinds with `before` and `after`.
    once
        What makes two tellings one: the same text is written once as long as the outbox keeps it. Empty for a notice of its own.
    """

    kind: NoticeKind
    content: Mapping[str, Any]
    lead_id: str | None = None
    once: str = ""


def notice_id(at: int, once: str = "") -> str:
    """Return the id by which receivers tell notices apart: of its time, which no other has, or of what makes it one.

    Examples
    --------
    >>> notice_id(1_700_000_000_000_000)
    'ntc_60a24181e4000'
    >>> notice_id(1, "call A7") == notice_id(2, "call A7")
    True
    """
    return f"ntc_{hashlib.sha256(once.encode(errors='surrogatepass')).hexdigest()[:32]}" if once else f"ntc_{at:x}"


def standings_before(connection: sa.Connection, lead_ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """Return how leads stand, before new scores are stored."""
    found: dict[str, Mapping[str, Any]] = {}
    for at in range(0, len(lead_ids), AT_ONCE):
        rows = connection.execute(_STANDINGS, {"ids": lead_ids[at : at + AT_ONCE]}).mappings()
        found |= {row["lead_id"]: dict(row) for row in rows}
    return found


def of_scores(
    before: Mapping[str, Mapping[str, Any]], scores: Sequence[StoredScore], wanted: WantedNotices
) -> list[NewNotice]:
    """Return what new scores have to tell, given how their leads stood before; several of one lead follow one another."""
    standing, notices = dict(before), list[NewNotice]()
    for score in sorted(scores, key=lambda score: (score.as_of, score.lead_id)):
        old = standing.get(score.lead_id)
        if old is None:
            continue
        new = _after(score, old)
        standing[score.lead_id] = new
        content = {"before": _told(old) if old["scored_as_of"] is not None else None, "after": _told(new)}
        notices += [NewNotice(kind, content, score.lead_id) for kind in _kinds(old, new, wanted)]
    return notices


def wants_scores(wanted: WantedNotices) -> bool:
    """Return whether anybody wants to hear of scores.

    Examples
    --------
    >>> wants_scores(NOTHING_WANTED), wants_scores(WantedNotices(frozenset({"lead.moved"})))
    (False, True)
    """
    return not SCORE_KINDS.isdisjoint(wanted.kinds)


def _kinds(old: Mapping[str, Any], new: Mapping[str, Any], wanted: WantedNotices) -> list[NoticeKind]:
    happened: list[NoticeKind] = ["lead.scored"]
    if old["probability"] is not None and abs(new["probability"] - old["probability"]) >= wanted.moved_by:
        happened.append("lead.moved")
    if old["scored_as_of"] is not None and new["route"] != old["route"]:
        happened.append("lead.route_changed")
    if old["scored_as_of"] is not None and new["step"] != old["step"]:
        happened.append("lead.step_changed")
    return [kind for kind in happened if kind in wanted.kinds]


def _after(score: StoredScore, old: Mapping[str, Any]) -> dict[str, Any]:
    listed = score.listed
    return {
        **old,
        "scored_as_of": score.as_of,
        "probability": score.probability,
        "expected_value": listed.expected_value,
        "route": listed.route,
        "step": listed.step,
        "source": listed.source,
        "owner": listed.owner if old["assigned"] is None else old["assigned"],
        "model_version": score.model_version,
    }


def _told(standing: Mapping[str, Any]) -> dict[str, Any]:
    """Return how a lead stands, as JSON can hold it; names and contacts stay in the house."""
    as_of = to_datetime(standing["scored_as_of"]).isoformat()
    return {"as_of": as_of, **{name: standing.get(name) for name in _NAMES}}


_NAMES = ("probability", "expected_value", "route", "step", "source", "owner", "model_version")
_STANDINGS = sa.select(
    LEADS.c.lead_id,
    LEADS.c.scored_as_of,
    LEADS.c.assigned,
    *(LEADS.c[name] for name in _NAMES if name in LEADS.c),
).where(LEADS.c.lead_id.in_(sa.bindparam("ids", expanding=True)))
