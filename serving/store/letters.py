"""Links to letters: each opens the letter to one lead once, within its time, and whoever has the store cannot make one of what is kept."""

import hashlib
from dataclasses import dataclass
from secrets import token_urlsafe

import sqlalchemy as sa

from serving.store.acts import subject_of
from serving.store.tables import LETTER_LINKS
from serving.store.transaction import Transaction

MADE, OPENED = "letter link made", "letter opened"
"""What the audit trail calls a link that was made, and a letter that was read by one."""
TOKEN_BYTES = 32


@dataclass(frozen=True)
class UnopenedLink:
    """A link that has not been opened: to whose letter, and by whose key."""

    lead_id: str
    key_id: str


def new_token() -> str:
    """Return what stands in a link that is to be made."""
    return token_urlsafe(TOKEN_BYTES)


def make_letter_link(transaction: Transaction, token: str, lead_id: str, key_id: str, ends_at: int) -> None:
    """Keep a link that is good until a time (microseconds UTC); of what stands in it the hash alone is kept."""
    made_at = transaction.add_audit(MADE, subject_of(lead_id), key_id=key_id)
    row = {"digest": _digest(token), "lead_id": lead_id, "key_id": key_id, "made_at": made_at, "ends_at": ends_at}
    transaction.insert(LETTER_LINKS, [row])


def find_letter_link(connection: sa.Connection, token: str, now: int) -> UnopenedLink | None:
    """Return a link that is good at a time; None if it was opened, is over or was never made."""
    query = sa.select(LETTER_LINKS.c.lead_id, LETTER_LINKS.c.key_id).where(
        LETTER_LINKS.c.digest == _digest(token), LETTER_LINKS.c.opened_at.is_(None), LETTER_LINKS.c.ends_at > now
    )
    row = connection.execute(query).mappings().first()
    return None if row is None else UnopenedLink(**row)


def open_letter_link(transaction: Transaction, token: str, now: int) -> bool:
    """Let a link be used up, and return whether it was good until then: of two who open it at once, one has opened it."""
    link = find_letter_link(transaction.connection, token, now)
    if link is None:
        return False
    at = transaction.add_audit(OPENED, subject_of(link.lead_id), "by a link", link.key_id)
    used = sa.update(LETTER_LINKS).where(LETTER_LINKS.c.digest == _digest(token))
    transaction.connection.execute(used.values(opened_at=at))
    return True


def forget_letter_links(connection: sa.Connection, lead_id: str) -> None:
    """Delete the links to the letter of a lead."""
    connection.execute(sa.delete(LETTER_LINKS).where(LETTER_LINKS.c.lead_id == lead_id))


def forget_unopened_letter_links(transaction: Transaction) -> None:
    """Delete the links that were not opened, as far as is known."""
    transaction.connection.execute(sa.delete(LETTER_LINKS).where(LETTER_LINKS.c.opened_at.is_(None)))


def forget_old_letter_links(transaction: Transaction, before: int) -> None:
    """Let go of links that were over before a time; what the audit trail says of them stays."""
    transaction.connection.execute(sa.delete(LETTER_LINKS).where(LETTER_LINKS.c.ends_at < before))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
