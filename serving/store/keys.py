"""API keys: who may call what. A key is shown once, when it is made; the store has its hash alone.

A key is `gly_ID_SECRET` (`serving.schemas.key_redaction.KEY`). The secret is 256 random bits, so one round of SHA-256 keeps it as well as many rounds of anything would.
"""

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import sqlalchemy as sa

from serving.schemas.key_redaction import KEY
from serving.store.engine import StoreError
from serving.store.store import Store
from serving.store.tables import KEYS
from serving.store.transaction import Transaction

Role = Literal["form", "crm", "rep", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)

REMEMBERED_SECONDS = 5.0
"""So long a key is known without asking the store: a new one works, and a revoked one does not, after that."""
MAX_REMEMBERED = 10_000


class NoSuchKeyError(ValueError):
    """A key that cannot be revoked."""


class UnknownRoleError(ValueError):
    """A role that there is not."""


class NoRepsKeyError(ValueError):
    """A rep is named whose key is not of role rep, or by no name."""


@dataclass(frozen=True)
class Key:
    """A key as the store knows it; times are microseconds UTC, and `rep_id` is whose it is where its role is rep."""

    key_id: str
    name: str
    role: Role
    hash: str
    created_at: int
    revoked_at: int | None = None
    rep_id: str | None = None


class Secret(str):
    """A whole key; shown to its owner once, and nowhere else."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret('***')"


def role_of(name: str) -> Role:
    """Return the role of a name.

    Raises
    ------
    UnknownRoleError
        If there is none.
    """
    for role in ROLES:
        if role == name:
            return role
    raise UnknownRoleError(f"A role must be one of {', '.join(ROLES)}, got {name!r}: correct --role.")


def create_key(
    store: Store, name: str, role: Role, now: int, rep_id: str | None = None, by: str | None = None
) -> Secret:
    """Make a key and return it whole.

    Parameters
    ----------
    rep_id
        Whose it is, as events and outcomes name the rep: its owner sees his or her own numbers in reports.
    by
        The id of the key of whoever makes it on a page; None of one that is made on the command line.

    Raises
    ------
    NoRepsKeyError
        If a rep is named and the role is another.
    StoreError
        If the store cannot be reached.
    """
    if rep_id is not None and (role != "rep" or not rep_id.strip()):
        raise NoRepsKeyError(
            f"Only a key of role rep can be a rep's, got {rep_id!r} with role {role}: leave out --rep."
        )
    key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    with store.writing(now) as transaction:
        key = {"key_id": key_id, "name": name, "role": role, "hash": _hash(secret), "rep_id": rep_id}
        transaction.insert(KEYS, [{**key, "created_at": transaction.tick()}])
        whose = "" if rep_id is None else f" of rep {rep_id!r}"
        transaction.add_audit("key created", f"key {key_id}", f"{role} {name!r}{whose}", by)
    return Secret(f"gly_{key_id}_{secret}")


PERSON = "person-"
"""How the ids begin of people who log in elsewhere: each has a row like a key, which no secret opens."""

NO_ROLE: Role = "form"
"""The role of somebody who may do nothing any more: no page opens to it, and no secret opens such a row."""


def person_id(issuer: str, subject: str) -> str:
    """Return the id of somebody whom a provider knows by a subject."""
    return f"{PERSON}{hashlib.sha256(json.dumps([issuer, subject]).encode()).hexdigest()[:32]}"


def admit_person(transaction: Transaction, person: Key) -> bool:
    """Keep somebody as the provider knows them now, with the role of today; return whether they may come in.

    Whoever was revoked here stays out, whatever the provider says.
    """
    known = find_key(transaction.connection, person.key_id)
    if known is not None and known.revoked_at is not None:
        return False
    row = {"name": person.name, "role": person.role, "rep_id": person.rep_id}
    if known is None:
        created_at = transaction.tick()
        transaction.insert(KEYS, [{**row, "key_id": person.key_id, "hash": "", "created_at": created_at}])
    else:
        transaction.connection.execute(sa.update(KEYS).where(KEYS.c.key_id == person.key_id).values(row))
    if known is None or (known.role, known.rep_id) != (person.role, person.rep_id):
        whose = "" if person.rep_id is None else f" of rep {person.rep_id!r}"
        transaction.add_audit("person admitted", f"key {person.key_id}", f"{person.role} {person.name!r}{whose}")
    return True


def dismiss_person(transaction: Transaction, key_id: str) -> None:
    """Take the role away from somebody whom the provider gives none any more; with one, they come in again."""
    known = find_key(transaction.connection, key_id)
    if known is None or known.role == NO_ROLE:
        return
    row = {"role": NO_ROLE, "rep_id": None}
    transaction.connection.execute(sa.update(KEYS).where(KEYS.c.key_id == key_id).values(row))
    transaction.add_audit("person dismissed", f"key {key_id}", f"was {known.role} {known.name!r}")


def revoke_key(store: Store, key_id: str, now: int) -> Key:
    """Revoke a key, and return it.

    Raises
    ------
    NoSuchKeyError
        If there is none of this id that is good.
    """
    with store.writing(now) as transaction:
        key = find_key(transaction.connection, key_id)
        if key is None or key.revoked_at is not None:
            state = "none" if key is None else "one that is revoked"
            raise NoSuchKeyError(f"{key_id!r} must be the id of a good key, got {state}: see `glengarry keys list`.")
        _revoke(transaction, key_id)
        return key


def revoke_named(store: Store, name: str, now: int) -> None:
    """Revoke every key of a name."""
    with store.writing(now) as transaction:
        for key in list_keys(transaction.connection):
            if key.name == name and key.revoked_at is None:
                _revoke(transaction, key.key_id)


def _revoke(transaction: Transaction, key_id: str) -> None:
    change = sa.update(KEYS).where(KEYS.c.key_id == key_id).values(revoked_at=transaction.tick())
    transaction.connection.execute(change)
    transaction.add_audit("key revoked", f"key {key_id}")


def find_key(connection: sa.Connection, key_id: str) -> Key | None:
    """Return the key of an id, revoked or not."""
    row = connection.execute(sa.select(KEYS).where(KEYS.c.key_id == key_id)).mappings().first()
    return None if row is None else Key(**row)


def list_keys(connection: sa.Connection) -> list[Key]:
    """Return all keys, the oldest first."""
    rows = connection.execute(sa.select(KEYS).order_by(KEYS.c.created_at)).mappings()
    return [Key(**row) for row in rows]


class KeyRing:
    """Tells whose key it is that came with a request; what it has asked the store it remembers for seconds.

    With the store gone, keys that are remembered go on working, so that scoring does.
    """

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._store, self._clock = store, clock
        self._remembered: dict[str, tuple[float, Key | None]] = {}

    def remembers(self, token: str) -> bool:
        """Return whether `find` answers without asking the store."""
        return self.knows(_parts(token)[0])

    def knows(self, key_id: str) -> bool:
        """Return whether `good` answers without asking the store."""
        known = self._remembered.get(key_id)
        return known is not None and known[0] > self._clock()

    def find(self, token: str) -> Key | None:
        """Return the good key that this is, None if it is none.

        Raises
        ------
        StoreError
            If the store cannot be reached and the key is not remembered.
        """
        key_id, secret = _parts(token)
        key = self._ask(key_id)
        # Compared in constant time, and compared with something even where there is no such key.
        same = hmac.compare_digest(_hash(secret), key.hash if key else _hash(""))
        return key if key is not None and same and key.revoked_at is None else None

    def good(self, key_id: str) -> Key | None:
        """Return the key of an id, None if there is none that is good; whoever asks knows otherwise whose it is.

        Raises
        ------
        StoreError
            If the store cannot be reached and the key is not remembered.
        """
        key = self._ask(key_id)
        return key if key is not None and key.revoked_at is None else None

    def _ask(self, key_id: str) -> Key | None:
        if not key_id:
            return None
        known = self._remembered.get(key_id)
        if known is not None and self.knows(key_id):
            return known[1]
        try:
            key: Key | None = self._store.ask(find_key, key_id)
        except StoreError:
            if known is None:
                raise
            key = known[1]
        if len(self._remembered) >= MAX_REMEMBERED:
            self._remembered.clear()
        self._remembered[key_id] = (self._clock() + REMEMBERED_SECONDS, key)
        return key


def _parts(token: str) -> tuple[str, str]:
    """Return the id and the secret of a key; both are empty if it is none: what strangers make up is neither asked for nor remembered."""
    found = KEY.fullmatch(token)
    return (found[1], found[2]) if found else ("", "")


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
