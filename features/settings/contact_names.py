"""What a field of contact is of, by what it is called: a person, or a firm.

Settings say that a field is a contact, and not whose; people call it so in one of eight languages.
"""

import re

_FIRM = re.compile(
    r"compan|firm|organi[sz]|account|business|employer|unternehmen|entreprise|soci[eé]t|empresa|azienda|bedrijf|компани|организаци",
    re.IGNORECASE,
)
_PERSON = re.compile(
    r"name|naam|contact|kontakt|контакт|person|ansprechpartner|pr[eé]nom|apellido|cognome|имя|фамили|(?:\b|_)nom(?:e|bre)?s?(?:\b|_)",
    re.IGNORECASE,
)


def is_of_firm(called: str) -> bool:
    """Return whether a field is of a firm by what it is called: its name, its label, or both.

    Examples
    --------
    >>> [is_of_firm(one) for one in ("company", "Firmenname", "organisation_name", "name", "street")]
    [True, True, True, False, False]
    """
    return _FIRM.search(called) is not None


def is_of_person(called: str) -> bool:
    """Return whether a field holds the name of a person, or a part of it, by what it is called.

    Examples
    --------
    >>> [is_of_person(one) for one in ("name", "last_name", "Ansprechpartner", "prénom", "contact")]
    [True, True, True, True, True]
    >>> [is_of_person(one) for one in ("company_name", "street", "job title", "telephone")]
    [False, False, False, False]
    """
    return _PERSON.search(called) is not None and not is_of_firm(called)
