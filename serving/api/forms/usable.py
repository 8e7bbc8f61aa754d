"""Whether a post says anything that somebody can work with."""

import re

from serving.store.records import NewLead

MAIL = re.compile(r"[^\s@<>,;\"']+@[^\s@<>,;\"']+\.[^\s@<>,;\"'.]{2,}")
TELEPHONE = re.compile(r"[+0][\d\s()/.-]{6,30}")
PLUGIN = ("_", "g-recaptcha", "h-captcha", "cf-turnstile")
"""Beginnings of names under which plugins tell of themselves."""


def is_usable(lead: NewLead) -> bool:
    """Return whether a lead has a field that was read or, among what was set aside, a way to reach the person.

    Examples
    --------
    >>> from features.records.leads.set_aside import SetAside
    >>> is_usable(NewLead("1", {}, aside=(SetAside("your-email", "ada@nordwind.example", "", ""),)))
    True
    >>> is_usable(NewLead("1", {}, aside=(SetAside("_wpcf7_version", "5.9", "", ""),)))
    False
    """
    if any(value not in (None, "") for value in lead.fields.values()):
        return True
    texts = [one.value for one in lead.aside if not one.name.startswith(PLUGIN)]
    return any(MAIL.search(text) or TELEPHONE.fullmatch(text.strip()) for text in texts)
