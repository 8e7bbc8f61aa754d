"""Tombstones: what a person who was erased is known again by, so that no import, webhook or post brings them back.

A tombstone is a keyed hash of a lead's id, or of a mail address or telephone number by which the person could be reached. The key lies in
the store, so that every server, and every copy of the store, knows the same people again; the hashes of two stores cannot be compared, nor
looked up in a table that somebody made before. A name alone is no tombstone: others have it too.

The number of a family, or of a firm, is that of its other people as well. With the whole name of the person who was erased it counts,
whatever else is new beside it: people change firms, streets and titles. Otherwise it counts only of a lead that gives no mail address, no
second number and no word of a name, a firm or a street that was not known of the person: whoever gives one is taken for somebody else. Of a
number on which an earlier version set the tombstone no words are known: it counts unless there is a mail address.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import sqlalchemy as sa

from features.records.parsing.values import is_missing, text_of
from features.settings.contact_names import is_of_person
from features.settings.schema import LeadSchema
from features.settings.words import fold
from serving.store.reading import AT_ONCE
from serving.store.tables import ERASURE_KEY, ERASURES
from serving.store.transaction import Transaction

MAIL = re.compile(r"[^\s@<>,;:\"']+@[^\s@<>,;:\"']+\.[^\s@<>,;:\"'.]+")
TELEPHONE = re.compile(r"\+?[\d\s()/.\-\u00a0]+")
MIN_DIGITS, MAX_DIGITS = 7, 20
"""Of a telephone number with its area; what is shorter is an extension, or a year, that others have too."""
NATIONAL_DIGITS = 9
"""The last digits by which a number is compared: it is written with and without its country, with 0 or +49 before the same."""
_MAIL, _TELEPHONE = "mail ", "telephone "
MAX_WORDS = 1_000
"""Of names, firms and streets that are kept beside a telephone number, those of the person's name first: more are in no address."""
MIN_NAME_WORDS = 2
"""Of a whole name: one word is the first name, or the family's, of others too."""
MAX_NAME_WORDS = 8
"""Of a name that is held against whole names: each set of its words is looked for."""
WHOLE = "= "
"""Begins what is kept of a whole name, and of each of its words, beside a telephone number: a firm or a street may have the same words."""
WORDS_KEPT = ""
"""Stands for the words of a number, which may be none: a tombstone that was set before there were words has not even this."""
LONGEST_CONTACT = 320
"""Characters of the longest mail address."""
SHARED_BOXES = frozenset(
    [
        "admin",
        "administrator",
        "billing",
        "buchhaltung",
        "contact",
        "contacto",
        "contato",
        "einkauf",
        "enquiries",
        "hello",
        "hi",
        "info",
        "information",
        "kontakt",
        "mail",
        "office",
        "postmaster",
        "presse",
        "press",
        "sales",
        "service",
        "support",
        "team",
        "vertrieb",
        "verkauf",
        "webmaster",
        "welcome",
    ]
)
"""Boxes of a firm that many people read: who writes from one is not the person that was erased."""


@dataclass(frozen=True)
class Tombstones:
    """All tombstones of a store at a time, to be held against the ids of an export.

    Attributes
    ----------
    key
        Of the hashes, in hexadecimal digits.
    """

    key: str = ""
    digests: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.digests)

    def has(self, lead_id: str) -> bool:
        """Return whether the lead of an id was erased."""
        return bool(self.digests) and tombstone(self.key, id_mark(lead_id)) in self.digests

    def among(self, lead_ids: Iterable[str]) -> set[str]:
        """Return which ids are those of leads that were erased."""
        return {lead_id for lead_id in lead_ids if self.has(lead_id)} if self else set()


NO_TOMBSTONES = Tombstones()


def tombstones(connection: sa.Connection) -> Tombstones:
    """Return all tombstones of a store."""
    digests = frozenset(connection.execute(sa.select(ERASURES.c.digest)).scalars())
    return Tombstones(_key(connection), digests) if digests else NO_TOMBSTONES


class ErasedPeople:
    """Tells of records that are about to be stored whether they are of somebody who was erased.

    Parameters
    ----------
    transaction
        That is to store them.
    schema
        The settings of today, which say where contacts stand.
    many
        Whether so many records come that all tombstones are read at once.
    """

    def __init__(self, transaction: Transaction, schema: LeadSchema, *, many: bool = False) -> None:
        self.transaction, self._schema = transaction, schema
        found = transaction.connection.execute(_ANY).first()
        self._key = None if found is None else str(found[0])
        self._all = tombstones(transaction.connection).digests if many else None

    def has(self, lead_id: str, fields: Mapping[str, Any] | None = None) -> bool:
        """Return whether a lead, or a record of one, is of somebody who was erased.

        One that is known by a contact is known by its id from then on: what else is told of it need not repeat the contact.
        """
        if self._key is None:
            return False
        mine = tombstone(self._key, id_mark(lead_id))
        marks = contact_marks(self._schema, fields or {}, lead_id)
        others = {tombstone(self._key, mark): mark for mark in marks}
        if self._all is not None and self._all.isdisjoint({mine, *others}):
            return False
        found = dict(self.transaction.connection.execute(_OF_DIGESTS, {"digests": [mine, *others]}).all())
        if mine in found:
            return True
        hits = {digest: mark for digest, mark in others.items() if digest in found}
        by_mail = any(mark.startswith(_MAIL) for mark in hits.values())
        if hits and not by_mail and self._is_somebody_else(fields or {}, lead_id, set(hits.values())):
            return False
        if hits:
            _add(self.transaction, [mine], found[next(iter(hits))])
        return bool(hits)

    def _is_somebody_else(self, fields: Mapping[str, Any], lead_id: str, numbers: set[str]) -> bool:
        """Return whether a lead with a telephone number of somebody who was erased gives anything that was not known of them.

        Whoever has the person's whole name is the person, whatever else they give.
        """
        if self._has_name(fields, numbers):
            return False
        others = {
            mark for mark in contact_marks(self._schema, fields, lead_id) if mark.startswith(_TELEPHONE)
        } - numbers
        if others or _has_mail(self._schema, fields, lead_id):
            return True
        if not all(self._any_is_known([f"{number} {WORDS_KEPT}"]) for number in numbers):
            return False
        words = words_of(self._schema, fields)
        return not all(self._any_is_known(f"{number} {word}" for number in numbers) for word in words)

    def _has_name(self, fields: Mapping[str, Any], numbers: set[str]) -> bool:
        """Return whether a lead has the whole name of somebody who was erased: theirs with more words, such as a title, or with fewer."""
        name = name_of(self._schema, fields)
        if len(name) < MIN_NAME_WORDS:
            return False
        longest = min(len(name), MAX_NAME_WORDS)
        parts = (
            part for size in range(MIN_NAME_WORDS, longest + 1) for part in combinations(name[:MAX_NAME_WORDS], size)
        )
        wholes = [f"{number} {whole_name(part)}" for part in parts for number in numbers]
        return self._any_is_known(wholes) or all(
            self._any_is_known(f"{number} {whole_name([word])}" for number in numbers) for word in name
        )

    def are_named_in(self, texts: Iterable[str]) -> bool:
        """Return whether any of these texts is the id or a contact of somebody who was erased.

        A telephone number is not where a mail address stands beside it.
        """
        if self._key is None:
            return False
        said = list(texts)
        return self._any_is_known({id_mark(text) for text in said} | marks_of_message(said))

    def _any_is_known(self, marks: Iterable[str]) -> bool:
        digests = [tombstone(str(self._key), mark) for mark in marks]
        lots = (digests[at : at + AT_ONCE] for at in range(0, len(digests), AT_ONCE))
        return any(self.transaction.connection.execute(_OF_DIGESTS, {"digests": lot}).first() for lot in lots)


def add_tombstones(transaction: Transaction, lead_id: str, alias: str, contacts: Iterable[str] = ()) -> None:
    """Set tombstones on a lead's id and on marks of its contacts; `alias` says whose they are."""
    key = _key(transaction.connection)
    _add(transaction, [tombstone(key, mark) for mark in (id_mark(lead_id), *marks_of(lead_id), *contacts)], alias)


def remove_tombstones(transaction: Transaction, known_by: str) -> bool:
    """Remove all tombstones of the person that an id or a contact is of; return whether there were any."""
    connection = transaction.connection
    key = _key(connection)
    digests = [tombstone(key, mark) for mark in (id_mark(known_by), *marks_of(known_by))]
    found = dict(connection.execute(_OF_DIGESTS, {"digests": digests}).all())
    aliases = [alias for alias in set(found.values()) if alias is not None]
    gone = sa.or_(ERASURES.c.digest.in_(list(found)), ERASURES.c.alias.in_(aliases))
    if found:
        connection.execute(sa.delete(ERASURES).where(gone))
    return bool(found)


def id_mark(lead_id: str) -> str:
    """Return what is hashed of a lead's id.

    Stores of before kept it without a key; with one, it is hashed once more.
    """
    return hashlib.sha256(f"erased lead {lead_id}".encode(errors="surrogatepass")).hexdigest()


def contact_marks(schema: LeadSchema, fields: Mapping[str, Any], lead_id: str = "") -> set[str]:
    """Return what is hashed of the contacts of a lead: mail addresses and telephone numbers, wherever they alone fill a field of contact.

    An id, or an account, that is a mail address is one too.
    """
    return {mark for text in (lead_id, *_contacts(schema, fields)) for mark in marks_of(text)}


def person_marks(schema: LeadSchema, known: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return what is hashed of all that was ever known of a person: contacts, and beside a telephone number the words of names."""
    tellings = list(known)
    marks = {mark for fields in tellings for mark in contact_marks(schema, fields)}
    names = [name_of(schema, fields) for fields in tellings]
    words = [word for name in names for word in name]
    words += sorted(word for fields in tellings for word in words_of(schema, fields))
    beside = [WORDS_KEPT, *dict.fromkeys(words)][: MAX_WORDS + 1]
    beside += [whole_name(part) for name in names for part in (*([word] for word in name), name)]
    return marks | {f"{mark} {kept}" for mark in marks if mark.startswith(_TELEPHONE) for kept in beside}


def mails_of(marks: Iterable[str]) -> list[str]:
    """Return the mail addresses among some marks."""
    return sorted(mark.removeprefix(_MAIL) for mark in marks if mark.startswith(_MAIL))


def marks_of_message(texts: Iterable[str]) -> set[str]:
    """Return what is hashed of the contacts in a message whose fields nobody knows; beside a mail address no number counts.

    Examples
    --------
    >>> sorted(marks_of_message(["030 23125001", "ada@nordwind.example"])), sorted(marks_of_message(["030 23125001"]))
    (['mail ada@nordwind.example'], ['telephone 023125001'])
    """
    said = list(texts)
    marks = {mark for text in said for mark in marks_of(text)}
    return {mark for mark in marks if mark.startswith(_MAIL)} if any(map(_is_mail, said)) else marks


def words_of(schema: LeadSchema, fields: Mapping[str, Any]) -> set[str]:
    """Return the words of a lead's contacts that are neither mail addresses nor telephone numbers; a single letter is no word."""
    return {word for text in _contacts(schema, fields) for word in _words(text)}


def name_of(schema: LeadSchema, fields: Mapping[str, Any]) -> list[str]:
    """Return the words of a person's name in their order, by the fields that are called so."""
    called = {name: f"{name} {field.label}" for name, field in schema.contacts.items()}
    texts = _contacts(schema, {name: fields[name] for name in fields if is_of_person(called.get(name, ""))})
    return list(dict.fromkeys(word for text in texts for word in _words(text)))


def whole_name(words: Iterable[str]) -> str:
    """Return what is kept of a whole name, or of a word of one, in whatever order its words are written."""
    return WHOLE + " ".join(sorted(words))


def _words(text: str) -> list[str]:
    return [] if _is_mail(text) or marks_of(text) else re.findall(r"\w{2,}", fold(text))


def _contacts(schema: LeadSchema, fields: Mapping[str, Any]) -> list[str]:
    names = [*schema.contacts, *([schema.account] if schema.account else [])]
    given = {name: fields[name] for name in names if isinstance(fields.get(name), str | int | float)}
    return [text_of(value) for name, value in given.items() if not is_missing(schema.fields[name], value)]


def _has_mail(schema: LeadSchema, fields: Mapping[str, Any], lead_id: str) -> bool:
    """Return whether any contact is a mail address, be it one that many read."""
    return any(map(_is_mail, (lead_id, *_contacts(schema, fields))))


def _is_mail(text: str) -> bool:
    return MAIL.fullmatch(text.strip().removeprefix("mailto:")) is not None


def marks_of(text: str) -> list[str]:
    """Return what is hashed of a text that is a mail address or a telephone number, in one writing for all of its writings.

    Examples
    --------
    >>> marks_of(" Ada@Nordwind.example "), marks_of("info@nordwind.example"), marks_of("Ada Nord")
    (['mail ada@nordwind.example'], [], [])
    >>> marks_of("+49 (30) 2312-5001") == marks_of("030 23125001")
    True
    """
    plain = text.strip().casefold()
    if len(plain) > LONGEST_CONTACT:
        return []
    if MAIL.fullmatch(plain.removeprefix("mailto:")):
        address = plain.removeprefix("mailto:")
        return [] if address.partition("@")[0] in SHARED_BOXES else [f"{_MAIL}{address}"]
    digits = "".join(re.findall(r"\d", plain)).lstrip("0")
    if TELEPHONE.fullmatch(plain) and MIN_DIGITS <= len(digits) <= MAX_DIGITS and len(set(digits)) > 1:
        return [f"{_TELEPHONE}{digits[-NATIONAL_DIGITS:]}"]
    return []


def tombstone(key: str, mark: str) -> str:
    """Return the keyed hash of a mark."""
    return hmac.new(bytes.fromhex(key), mark.encode(errors="surrogatepass"), hashlib.sha256).hexdigest()


def _add(transaction: Transaction, digests: Iterable[str], alias: str | None) -> None:
    at = transaction.tick()
    rows = [{"digest": digest, "erased_at": at, "alias": alias} for digest in dict.fromkeys(digests)]
    transaction.add_many(ERASURES, rows)


def _key(connection: sa.Connection) -> str:
    return str(connection.execute(sa.select(ERASURE_KEY.c.key)).scalar_one())


_OF_DIGESTS = sa.select(ERASURES.c.digest, ERASURES.c.alias).where(
    ERASURES.c.digest.in_(sa.bindparam("digests", expanding=True))
)
_ANY = sa.select(ERASURE_KEY.c.key).where(sa.exists(sa.select(ERASURES.c.digest)))
