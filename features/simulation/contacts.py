"""Whom to call at a lead of the simulated company: made-up people and firms, under domains and numbers that nobody can have.

They follow from a lead's number alone, so a company with contacts has the same leads as one without.
"""

import unicodedata

import pandas as pd

from features.settings.fields import LeadField

CONTACTS = {
    "name": LeadField(role="contact", label="name"),
    "company": LeadField(role="contact", label="company"),
    "mail": LeadField(role="contact", label="mail"),
    "telephone": LeadField(role="contact", label="telephone"),
}

FIRST_NAMES = (
    "Ada",
    "Bruno",
    "Chloé",
    "Dario",
    "Elif",
    "Frieda",
    "Goran",
    "Hanna",
    "Ivo",
    "Jana",
    "Kofi",
    "Lúcia",
    "Mads",
)
LAST_NAMES = (
    "Berger",
    "Costa",
    "Dubois",
    "Ekström",
    "Fischer",
    "Gruber",
    "Hansen",
    "Iversen",
    "Jansen",
    "Keller",
    "Lindqvist",
)
FIRMS = ("Nordwind", "Abendrot", "Silberbach", "Kornblume", "Feldhase", "Steinweg", "Morgentau", "Windrose", "Eisvogel")
FORMS = ("GmbH", "AG", "BV", "SA", "Ltd", "ApS", "Sp. z o.o.")


def contact_columns(leads: int) -> pd.DataFrame:
    """Return a contact for each of so many leads, a column a field of `CONTACTS`.

    Examples
    --------
    >>> contact_columns(2).loc[1].tolist()
    ['Hanna Iversen', 'Morgentau AG', 'hanna.iversen@morgentau-ag.example', '+49 30 23125 001']
    """
    return pd.DataFrame([_contact(number) for number in range(leads)], columns=list(CONTACTS), dtype="str")


def _contact(number: int) -> tuple[str, str, str, str]:
    first = FIRST_NAMES[number * 7 % len(FIRST_NAMES)]
    last = LAST_NAMES[(number * 7 + number // len(FIRST_NAMES)) % len(LAST_NAMES)]
    firm = f"{FIRMS[(number * 6 + number // 50) % len(FIRMS)]} {FORMS[(number * 8 + number // 9) % len(FORMS)]}"
    mail = f"{_plain(first)}.{_plain(last)}@{_plain(firm)}.example"
    # The Federal Network Agency keeps 030 23125 000 to 999 for films.
    return f"{first} {last}", firm, mail, f"+49 30 23125 {number % 1000:03d}"


def _plain(words: str) -> str:
    """Return words as they stand in an address."""
    letters = unicodedata.normalize("NFKD", words.lower().replace(".", "")).encode("ascii", "ignore").decode()
    return "-".join(letters.split())
