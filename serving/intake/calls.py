"""One call that tells the service something: what it writes, whom it has scored, and what it is answered.

Calls that arrive together are carried out in one transaction and scored in one go; none is answered before all of it is on disk.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import sqlalchemy as sa

from serving.champion.champion import Champion
from serving.intake.scoring import Moment, first_since, score_places
from serving.schemas.problems import IDEMPOTENCY_KEY_REUSED, RefusedError, refusal
from serving.schemas.score import Problem
from serving.store import reading
from serving.store.records import StoredScore
from serving.store.tables import CALL_LEADS, CALLS
from serving.store.transaction import Transaction
from serving.telemetry.telemetry import Telemetry

log = logging.getLogger("glengarry")


@dataclass(frozen=True)
class Reply:
    """A status and a body."""

    status: int
    body: str
    media_type: str = "application/json"


@dataclass(frozen=True)
class Once:
    """An Idempotency-Key, whose it is, and what came with it."""

    key_id: str
    idempotency_key: str
    digest: str


class Told(Protocol):
    """What a call tells, in the steps of its transaction."""

    def write(self, transaction: Transaction) -> Sequence[Moment]:
        """Store it, and return who is to be scored now."""

    def reply(self, scores: "CallScores") -> Reply:
        """Return the answer."""

    def lead_ids(self) -> set[str]:
        """Return whose records it has told of."""


@dataclass
class Call:
    """A call as it waits for its turn.

    Attributes
    ----------
    named
        The ids in what came, also of records that could not be read: the answer quotes what is wrong with them.
    """

    told: Told
    once: Once | None = None
    named: frozenset[str] = frozenset()


@dataclass
class CallScores:
    """The scores of a transaction, and those of before."""

    transaction: Transaction
    now: Mapping[Moment, StoredScore | Problem] = field(default_factory=dict)

    def since(self, lead_id: str, time: int) -> StoredScore | None:
        """Return the first score of a lead as of a time or later."""
        if time <= self.transaction.since:
            before = reading.score_since(self.transaction.connection, lead_id, time)
            if before is not None:
                return before
        return first_since(self.now, lead_id, time)


def carry_out(
    champion: Callable[[], Champion], telemetry: Telemetry | None = None
) -> Callable[[Transaction, Sequence[Call]], list[Any]]:
    """Return what carries out calls together: a writer's `together`, by whichever champion answers then."""
    telling = telemetry or Telemetry()

    def together(transaction: Transaction, calls: Sequence[Call]) -> list[Any]:
        answers: list[Any] = [None] * len(calls)
        places: list[Moment] = []
        taken: list[int] = []
        for at, call in enumerate(calls):
            try:
                answers[at] = said_before(transaction.connection, call.once)
                if answers[at] is None and not _is_twin(call, [calls[other] for other in taken]):
                    places += call.told.write(transaction)
                    taken.append(at)
            except RefusedError as error:
                answers[at] = error
        scores = CallScores(transaction, _scored(champion, transaction, places, telling))
        for at in taken:
            answers[at] = calls[at].told.reply(scores)
            keep_answer(transaction, calls[at], answers[at])
        return [_late(transaction, call, answer) for call, answer in zip(calls, answers, strict=True)]

    return together


def _is_twin(call: Call, taken: Sequence[Call]) -> bool:
    """Return whether the same Idempotency-Key is among the calls of this transaction already."""
    once = call.once
    return once is not None and any(
        other.once is not None
        and (other.once.key_id, other.once.idempotency_key) == (once.key_id, once.idempotency_key)
        for other in taken
    )


def _late(transaction: Transaction, call: Call, answer: Any) -> Any:
    """Answer a twin with what its first was answered."""
    if answer is not None:
        return answer
    try:
        return said_before(transaction.connection, call.once)
    except RefusedError as error:
        return error


def said_before(connection: sa.Connection, once: Once | None) -> Reply | None:
    """Return what was answered to the same call before.

    Raises
    ------
    RefusedError
        If the key came with another call.
    """
    if once is None:
        return None
    query = sa.select(CALLS.c.digest, CALLS.c.status, CALLS.c.answer).where(
        CALLS.c.key_id == once.key_id, CALLS.c.idempotency_key == once.idempotency_key
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    if row.digest != once.digest:
        raise refusal(
            IDEMPOTENCY_KEY_REUSED,
            "Idempotency-Key",
            "must come with one call alone",
            repr(once.idempotency_key),
            "send a key of its own with each call; the same one only to repeat a call as it was",
        )
    return Reply(row.status, row.answer)


def keep_answer(transaction: Transaction, call: Call, reply: Reply) -> None:
    """Keep the answer to a call that may be repeated."""
    once = call.once
    if once is None or getattr(call.told, "erased", False):
        return  # the answer would name somebody who was erased; the same call is answered alike without it
    key = {"key_id": once.key_id, "idempotency_key": once.idempotency_key}
    row = {"digest": once.digest, "status": reply.status, "answer": reply.body, "stored_at": transaction.tick()}
    transaction.insert(CALLS, [key | row])
    transaction.insert(
        CALL_LEADS, [key | {"lead_id": lead_id} for lead_id in sorted(call.told.lead_ids() | call.named)]
    )


def _scored(
    champion: Callable[[], Champion], transaction: Transaction, places: Sequence[Moment], telemetry: Telemetry
) -> dict[Moment, StoredScore | Problem]:
    """Score and store the scores. What is told is not to be lost with a score that fails: it then has none."""
    if not places:
        return {}
    try:
        with telemetry.stage("score"):
            scores = score_places(champion(), transaction.connection, list(dict.fromkeys(places)))
    except sa.exc.SQLAlchemyError:
        raise
    except Exception:
        log.exception("defect in scoring %d leads: they are stored without a score", len(places))
        return {}
    for score in scores.values():
        if isinstance(score, Problem):
            telemetry.refused(score)
            log.warning("a stored lead has no score by the champion's settings: %s", score.title)
    good = [score for score in scores.values() if isinstance(score, StoredScore)]
    telemetry.figures.count_scores(score.probability for score in good)
    transaction.add_scores(good)
    return scores
