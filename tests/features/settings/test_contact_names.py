"""A field of contact is of a person or a firm by what it is called, in the languages of those who write settings."""

from __future__ import annotations

import pytest

from features.settings.contact_names import is_of_firm, is_of_person

PEOPLE = ("name", "Nachname", "last_name", "contact", "prénom", "nom", "nombre", "cognome", "achternaam", "Фамилия")
FIRMS = ("company", "company_name", "Firmenname", "Organisation", "account name", "entreprise", "azienda", "Компания")
NEITHER = ("street", "mail", "telephone", "position", "phenomenon", "title")


@pytest.mark.parametrize(
    ("called", "person", "firm"),
    [
        *((one, True, False) for one in PEOPLE),
        *((one, False, True) for one in FIRMS),
        *((one, False, False) for one in NEITHER),
    ],
)
def test_whose_field_it_is(called: str, person: bool, firm: bool) -> None:
    assert (is_of_person(called), is_of_firm(called)) == (person, firm)
