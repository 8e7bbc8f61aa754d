"""Messages of webhooks that were not understood, as they came: kept for a while, so that they can be read again when a rule is mended."""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from features.records.clock import duration
from features.records.parsing.values import text_of
from serving.store.records import digest
from serving.store.tables import LEFTOVERS
from serving.store.tombstones import ErasedPeople, marks_of_message
from serving.store.transaction import Transaction

MAX_KEPT = 1_000
"""So many messages of a webhook are kept, the latest; each may be as long as `LONGEST`."""
TRAPPED = "forms (honeypot)"
"""Stands for the webhook of forms that filled in what people do not see; no webhook of the settings can be called so."""
LONGEST = 64_000
AT_ONCE = 10_000
"""Messages that are let go of at a time."""
KEPT_FOR = duration(timedelta(days=30))
"""So long a message is kept: it may speak of a person, and nobody has read it."""


@dataclass(frozen=True)
class Leftover:
    """A message that was not understood.

    Attributes
    ----------
    why
        What is wrong with it; empty where no rule fits it.
    times
        How often the very same came.
    stored_at
        When it last came.
    """

    leftover_id: str
    webhook: str
    message: str
    why: str
    times: int
    stored_at: int


def keep_leftovers(
    transaction: Transaction, webhook: str, messages: Sequence[tuple[object, str]], people: ErasedPeople
) -> None:
    """Keep messages with what is wrong with them; what is too old, too long or too much goes, and what names somebody who was erased."""
    connection, at = transaction.connection, transaction.tick() if messages else transaction.latest
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    kept = False
    for message, why in messages:
        text = as_text(message)
        if len(text) > LONGEST or people.are_named_in(_scalars(json.loads(text))):
            continue
        row = {"leftover_id": digest([webhook, text])[:32], "webhook": webhook, "message": text, "why": why[:2_000]}
        put = insert(LEFTOVERS).values(row | {"times": 1, "stored_at": at})
        again = {"times": LEFTOVERS.c.times + 1, "why": row["why"], "stored_at": at}
        connection.execute(put.on_conflict_do_update(index_elements=["leftover_id"], set_=again))
        kept = True
    if kept:
        _clear(connection, webhook, at)


def drop_leftovers(transaction: Transaction, leftover_ids: Sequence[str]) -> None:
    """Let go of messages that are understood by now."""
    if leftover_ids:
        transaction.connection.execute(sa.delete(LEFTOVERS).where(LEFTOVERS.c.leftover_id.in_(leftover_ids)))


def leftovers(connection: sa.Connection, webhook: str = "", most: int = MAX_KEPT) -> list[Leftover]:
    """Return the messages that are kept, of one webhook or of all, the latest first."""
    query = sa.select(*(LEFTOVERS.c[name] for name in Leftover.__dataclass_fields__))
    query = query.where(LEFTOVERS.c.webhook == webhook) if webhook else query
    rows = connection.execute(query.order_by(LEFTOVERS.c.stored_at.desc(), LEFTOVERS.c.leftover_id).limit(most))
    return [Leftover(**row) for row in rows.mappings()]


def leftovers_of(connection: sa.Connection, lead_id: str) -> list[Leftover]:
    """Return the messages that name a lead by its id."""
    query = sa.select(*(LEFTOVERS.c[name] for name in Leftover.__dataclass_fields__))
    near = query.where(LEFTOVERS.c.message.contains(json.dumps(lead_id)[1:-1], autoescape=True))
    kept = [Leftover(**row) for row in connection.execute(near).mappings()]
    return [one for one in kept if lead_id in set(_scalars(json.loads(one.message)))]


def broken_since(connection: sa.Connection, since: int) -> dict[str, int]:
    """Return by webhook how many of its messages break a rule that came since a time; those that no rule is for are none of them."""
    query = sa.select(LEFTOVERS.c.webhook, sa.func.count()).where(
        LEFTOVERS.c.stored_at >= since, LEFTOVERS.c.why != "", LEFTOVERS.c.webhook != TRAPPED
    )
    return {str(name): int(count) for name, count in connection.execute(query.group_by(LEFTOVERS.c.webhook))}


def forget_leftovers(connection: sa.Connection, lead_id: str) -> int:
    """Delete the messages that name a lead by its id, and return how many there were."""
    gone = [one.leftover_id for one in leftovers_of(connection, lead_id)]
    if gone:
        connection.execute(sa.delete(LEFTOVERS).where(LEFTOVERS.c.leftover_id.in_(gone)))
    return len(gone)


def forget_old_leftovers(connection: sa.Connection, now: int) -> None:
    """Delete the messages that were kept for their time."""
    connection.execute(sa.delete(LEFTOVERS).where(LEFTOVERS.c.stored_at < now - KEPT_FOR))


def forget_contacts(connection: sa.Connection, contacts: Collection[str]) -> None:
    """Delete the messages in which a mail address stands that has one of these marks, or such a telephone number and no mail address."""
    if not contacts:
        return
    kept = connection.execute(sa.select(LEFTOVERS.c.leftover_id, LEFTOVERS.c.message)).all()
    marked = frozenset(contacts)
    gone = [one for one, text in kept if not marked.isdisjoint(marks_of_message(_scalars(json.loads(text))))]
    for at in range(0, len(gone), AT_ONCE):
        connection.execute(sa.delete(LEFTOVERS).where(LEFTOVERS.c.leftover_id.in_(gone[at : at + AT_ONCE])))


def as_text(message: object) -> str:
    """Return a message as JSON in ASCII; what could not be read in it is text."""
    return json.dumps(message, default=lambda value: getattr(value, "text", repr(value)), sort_keys=True).replace(
        "\\u0000", "\\ufffd"
    )


def _scalars(content: Any) -> Iterator[str]:
    if isinstance(content, dict):
        for value in content.values():
            yield from _scalars(value)
    elif isinstance(content, list):
        for value in content:
            yield from _scalars(value)
    elif isinstance(content, str | int | float):
        yield text_of(content)


def _clear(connection: sa.Connection, webhook: str, now: int) -> None:
    forget_old_leftovers(connection, now)
    beyond = sa.select(LEFTOVERS.c.leftover_id).where(LEFTOVERS.c.webhook == webhook)
    beyond = beyond.order_by(LEFTOVERS.c.stored_at.desc(), LEFTOVERS.c.leftover_id)
    too_many = connection.execute(beyond.offset(MAX_KEPT).limit(AT_ONCE)).scalars().all()
    if too_many:
        connection.execute(sa.delete(LEFTOVERS).where(LEFTOVERS.c.leftover_id.in_(too_many)))
