"""Whom to call: the contact of a lead as its page shows it, with links to write and to ring up."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from features.records.parsing.values import is_missing, text_of
from features.settings.contact_names import is_of_firm
from features.settings.schema import LeadSchema
from models.close.reasons.sentences import label
from serving.store.records import Lead

MAIL = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;.]+")
TELEPHONE = re.compile(r"\+?[\d\s()/.-]{6,40}")
LEAST_DIGITS = 6
MAX_IN_VIEW = 4
"""Contacts of a lead that stand under its name."""


@dataclass(frozen=True)
class Contact:
    """One line of a contact; `link` is empty where there is nothing to follow."""

    label: str
    value: str
    link: str


def contacts(lead: Lead, schema: LeadSchema) -> Iterator[Contact]:
    """Yield what is known of whom to call, in the order of the settings."""
    for name, field in schema.contacts.items():
        value = lead.fields.get(name)
        if isinstance(value, str | int | float) and not is_missing(field, value):
            yield Contact(label(name, field), text_of(value).strip(), link(text_of(value)))


def in_view(people: Sequence[Contact]) -> tuple[tuple[Contact, ...], tuple[Contact, ...]]:
    """Return whom and where to reach at a glance, the person before the links, and what else is known of it.

    Examples
    --------
    >>> ada, tel, note = Contact("Name", "Ada", ""), Contact("Tel", "030 1", "tel:0301"), Contact("Note", "x", "")
    >>> [one.value for one in in_view([ada, note, tel])[0]]
    ['Ada', '030 1', 'x']
    """
    person = next((one for one in people if not one.link), None)
    ordered = sorted(people, key=lambda one: 0 if one is person else 1 if one.link else 2)
    return tuple(ordered[:MAX_IN_VIEW]), tuple(ordered[MAX_IN_VIEW:])


def names_of(lead: Lead, schema: LeadSchema) -> tuple[str, tuple[Contact, ...]]:
    """Return what a lead is called, and whom and where to reach: its firm, or else its first name; without either its id.

    A contact is one of a firm by the name or the label of its field; without one, an account of the lead is its firm.
    """
    known = list(contacts(lead, schema))
    names = [one for one in known if not one.link]
    firm = next((one for one in names if is_of_firm(one.label)), None)
    account = lead.fields.get(schema.account) if schema.account else None
    if firm is None and isinstance(account, str) and account.strip() and not link(account):
        return account.strip(), tuple(known)
    title = firm or next(iter(names), None)
    return (title.value, tuple(one for one in known if one is not title)) if title else (lead.lead_id, tuple(known))


def link(value: str) -> str:
    """Return the address by which a value is written to or rung up, empty if it is neither.

    Examples
    --------
    >>> link("ada@nordwind.example"), link("+49 (30) 23125-001"), link("Nordwind GmbH")
    ('mailto:ada@nordwind.example', 'tel:+493023125001', '')
    """
    text = value.strip()
    if MAIL.fullmatch(text):
        return f"mailto:{quote(text, safe='@')}"
    digits = re.sub(r"[^\d+]", "", text)
    return f"tel:{digits}" if TELEPHONE.fullmatch(text) and len(digits) >= LEAST_DIGITS else ""
