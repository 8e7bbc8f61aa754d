"""What the columns of a lead are to it: who somebody is, what they said, where they came from, or what was written later.

Told by the evidence first, then by the name, then by what stands in the cells. A column that nobody can place and that was known when the
lead came in is an answer: to leave it out costs what it knows, to admit it costs a question.
"""

import re
from dataclasses import dataclass
from typing import get_args

from features.leaks import Finding
from features.records.history import Floats
from features.scaffold.flags import is_borne_out, is_forecast, truths
from features.scaffold.layout import Layout
from features.scaffold.sheets import MAX_VALUES, Column
from features.scaffold.signs import names_an_amount
from features.scaffold.words import (
    ALONE,
    CHANGED,
    COLUMNS,
    COUNTED,
    DONE,
    EFFORT,
    EXPECTED,
    OBSTACLES,
    ROLES,
    SPENT_FOR,
    SPENT_ON,
    likeliest,
    says,
    words,
)
from features.settings.fields import Role
from features.settings.source import LEAD_COLUMNS, OUTCOME_COLUMNS

MAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
PHONE = re.compile(r"^\+?[\d\s()./-]{7,20}$")
WEB = re.compile(r"^(https?://|www\.)", re.IGNORECASE)
NAME = re.compile(r"^[^\W\d_][\w.'’-]*(,? [^\W\d_][\w.'’-]*){1,3}$")
PERSON = (
    "firstname lastname surname vorname~ nachname~ prenom apellido apellidos sobrenome cognome voornaam achternaam fullname "
    "ansprechpartner~ kontaktperson~"
)
"""Words of names of people, which few leads share in a large export and many in a small one."""
WHOSE = {
    "guest",
    "customer",
    "client",
    "contact",
    "person",
    "student",
    "applicant",
    "patient",
    "member",
    "kunde",
    "cliente",
    "klant",
    "gast",
}
"""Words of columns that may hold names of people; only if they look like such."""
ACCOUNT_OWN = "owner rep agent manager user team"
MOSTLY = 0.7
"""Share of the values that must look like something for a column to be it."""


@dataclass(frozen=True)
class Guess:
    """The role of a column, or "" with the reason why it says nothing of a lead; `doubt` is what to ask about it."""

    role: Role | str
    doubt: str = ""
    reason: str = ""


def guess(column: Column, layout: Layout, finding: Finding | None) -> Guess:
    """Return the role of a column of the leads."""
    if reason := says_nothing(column, layout):
        return Guess("", reason=reason)
    if (of := contact(column)) is not None:
        return of
    named = named_role(column, layout.ended)
    if finding is not None and finding.severity in ("severe", "suspicious"):
        first = finding.evidence.split(". ")[0].rstrip(".")
        if finding.severity == "severe" or named.role == "late":
            return Guess("late", f"{first}; see the top of this file")
        return Guess(
            named.role, f"was it known before the lead was worked? {first}; if it was written later, make it late"
        )
    if (split := layout.splits.get(column)) is not None and named.role != "contact":
        return Guess("late", f"{split}: it is written as they get there, and knows how they end")
    if layout.events and any(event.kind is not None and column.name in event.kind.values for event in layout.events):
        return Guess("answer")  # told again later: they were asked
    return named


def says_nothing(column: Column, layout: Layout) -> str:
    """Return why a column says nothing of a lead; empty if it does."""
    if not len(column.counts):
        return "which is empty"
    if len(column.counts) == 1 and column.filled > 0.99 and likeliest(column.name, ROLES) != "channel":
        return f"which is always {column.values[0]!r}"
    if (
        len(column.counts) == 1
        and column.filled < 1
        and column.type == "number"
        and not says(column.name, OBSTACLES["need"])
    ):
        return ""
    if column.name in (*LEAD_COLUMNS, *(OUTCOME_COLUMNS if layout.flat else ())):
        return "which is a name of ours"
    if is_rep(column):
        return "as whose lead it is says nothing of the lead"
    if contact(column) is not None:
        return ""
    if column.unique and column.type == "category":
        return "which tells one row from another and no more"
    if column.type == "category" and len(column.counts) > 0.5 * column.texts.notna().sum() > MAX_VALUES:
        return "as nearly every row has a value of its own"
    if column.type == "number" and column.identifies and (says(column.name, COLUMNS["id"]) or _counts_rows(column)):
        return "which tells one row from another and no more"
    return ""


def _counts_rows(column: Column) -> bool:
    """Return whether numbers are those of a counter: whole, and close together."""
    numbers = None if column.numbers is None else column.numbers.dropna()
    if numbers is None or len(numbers) < 20 or (numbers % 1 != 0).any():
        return False
    return bool(numbers.max() - numbers.min() <= 5 * len(numbers))


def is_rep(column: Column) -> bool:
    """Return whether a column says whose lead it is."""
    named = says(column.name, COLUMNS["rep"]) or says(column.name, COLUMNS["team"])
    return (
        bool(named)
        and column.type == "category"
        and not says(column.name, "date when size groesse taille tamano tamanho")
    )


def contact(column: Column) -> Guess | None:
    """Return the role of a column that holds names, mails, telephones or addresses; None for any other."""
    values = column.values[:300]
    if column.type in ("flag", "date") or not values or column.values == ["0"]:
        return None
    named, account = says(column.name, ROLES["contact"]), says(column.name, ROLES["account"])
    if column.type == "text":
        short = sum(len(value.split()) for value in values) <= 8 * len(values)
        many = len(column.counts) > 0.5 * column.texts.notna().sum()
        return _contact("names somebody") if short and (named or account) and many else None
    many = len(column.counts) > 0.5 * column.texts.notna().sum() or len(column.counts) > 3 * MAX_VALUES
    if _share(MAIL, values) > MOSTLY:
        return _contact("holds mail addresses")
    if (
        _share(WEB, values) > MOSTLY
        and len(column.counts) > MAX_VALUES
        and not likeliest(column.name, {"c": ROLES["channel"]})
    ):
        return _contact("holds addresses of pages")
    there = set(words(column.name))
    person = says(column.name, PERSON) or (
        "name" in there and there & {"first", "last", "full", "contact", "sur", "given"}
    )
    person = person or (there & WHOSE and _share(NAME, values) > 0.9 and len(column.counts) > MAX_VALUES)
    if person and len(column.counts) > 5 and not says(column.name, ACCOUNT_OWN):
        return _contact("names somebody")
    if named and _share(PHONE, values) > MOSTLY:
        return _contact("holds telephone numbers")
    of_accounts = account and column.type != "number" and len(column.counts) > MAX_VALUES
    if column.type == "number" or not (many or of_accounts):
        return None
    if (named and not account) or (says(column.name, "title titel titre titulo titolo") and column.identifies):
        return _contact("names somebody")
    if account:
        role = "account" if "account" in get_args(Role) and not column.unique else ""
        return (
            Guess(role, reason="which names a company") if not role else Guess(role, "whose lead it is: the company?")
        )
    if (
        _share(NAME, values) > 0.9
        and column.filled > 0.5
        and len(column.counts) > max(MAX_VALUES, 0.25 * column.texts.notna().sum())
    ):
        return _contact("looks like names of people")
    return None


def _contact(why: str) -> Guess:
    if "contact" in get_args(Role):
        return Guess("contact", f"{why}, so that no model looks at it?")
    return Guess("", reason=f"which {why}")


def _share(form: re.Pattern[str], values: list[str]) -> float:
    return sum(form.search(value.strip()) is not None for value in values) / len(values)


def named_role(column: Column, ended: Floats | None = None) -> Guess:
    """Return the role that name and cells suggest, and what to ask about it; `ended` tells how rows (n,) ended, as far as it is known."""
    name = column.name.split(".", 1)[-1] if column.joined else column.name
    name = name.partition(":")[2].strip() or name  # "Web form: budget" asks for a budget
    if name.strip().casefold() in ALONE:
        return Guess("profile")
    if is_forecast(column) and (ended is None or is_borne_out(column, ended)):
        return Guess("late", FORECAST_DOUBT)
    if column.type == "number" and is_effort(name):
        return Guess("late", EFFORT_DOUBT)
    if _written_later(name, column):
        return Guess("late", "its name sounds as if it were written, or overwritten, after the fact")
    role = likeliest(name, {role: ROLES[role] for role in ("channel", "context", "profile")})
    if role == "channel":
        if column.type == "category":
            return Guess(role)
        return Guess("answer", "" if likeliest(name, OBSTACLES) else UNPLACED)
    if (role == "context" and column.type == "category" and says(name, "index rate idx")) or (
        role == "profile" and column.type == "flag" and len(words(name)) > 2
    ):
        return Guess("answer", UNPLACED)
    if role is not None:
        return Guess(role, _doubt_of_profile(name) if role == "profile" else "")
    if column.type == "date":
        return Guess("answer", UNDATED)
    if column.type == "number" and says(name, COUNTED):
        return Guess("answer", COUNTED_DOUBT)
    return Guess("answer", "" if likeliest(name, OBSTACLES) else UNPLACED)


def _doubt_of_profile(name: str) -> str:
    """Return what to ask of a name that says who somebody is, where it may be that of what they want.

    Examples
    --------
    >>> [bool(_doubt_of_profile(name)) for name in ("Size", "Team size", "Line / Industry", "Industry / Sector")]
    [True, False, True, False]
    """
    if says(name, SIZES) == says(name, ROLES["profile"]) and not says(name, f"{ROLES['account']} {GROUPS}"):
        return "whose size: the company's, or that of what they want? Then make it answer"
    halves = [bool(says(half, ROLES["profile"])) for half in re.split(r"[/|]", name) if half.strip()]
    return "its name says two things: make it answer if it is what they want" if len(set(halves)) > 1 else ""


SIZES = "size groesse taille tamano tamanho porte dimensione grootte размер"
"""Words of a size, of whatever it may be."""
GROUPS = "team staff employees household family group workforce personal equipe equipo squadra ploeg"
"""Words of people together, of whom a size says how many there are."""


def is_effort(name: str) -> bool:
    """Return whether a name is that of what a company did for a lead, or spent on it: no answer, and complete only once it has ended.

    Examples
    --------
    >>> [is_effort(name) for name in ("call_attempts", "Lead Cost", "Calls made", "Cost of current supplier", "Visits")]
    [True, True, True, False, False]
    """
    spent = says(name, SPENT_ON) and says(name, SPENT_FOR) and not says(name, THEIR_OWN)
    return bool(
        spent or (says(name, EFFORT) and not says(name, "previous")) or (says(name, COUNTED) and says(name, DONE))
    )


THEIR_OWN = "monthly annual yearly weekly daily current your planned expected monatlich~ jaehrlich~ aktuell~ mensuel~ actuel~ mensual actual atual mensal mensile attuale maandelijks~ huidig~"
"""Words of what somebody says of themselves: what they spend on advertising a month is an answer."""
EFFORT_DOUBT = "what was done for a lead or spent on it is no answer of theirs, and goes on until it ends; make it answer if it was known when the lead came in"
"""Asked about a column of what the company did."""
FORECAST_DOUBT = "a chance that ends at nothing or at all is how a lead ended, in other words; make it answer if the lead said it of itself"
"""Asked about a number that looks like a forecast."""
COUNTED_DOUBT = "counted until when? If it is counted on after the lead came in, it knows how long the lead was worked on: make it late"
"""Asked about a number of what is counted as long as a lead is worked on."""
UNDATED = (
    "a day that is told of a lead: was it known when the lead came in? If it is written or planned later, make it late"
)
"""Asked about a column of days."""
UNPLACED = "taken for an answer, as nothing tells what it is; make it profile if it says who somebody is, late if it came later"
"""Asked about a column whose name says nothing."""
ANNUAL = "annual yearly company monthly declared jahres~ firmen~ annuel~ anual~ annual~ employees number"


def _written_later(name: str, column: Column) -> bool:
    """Return whether a name says that a column is written at the deal, or over and over."""
    there = set(words(name))
    if says(name, CHANGED) or (says(name, EXPECTED) and column.type in ("date", "number")):
        return not there & {"start", "launch", "previous"}
    if (
        column.type == "number"
        and names_an_amount(name)
        and not says(name, ANNUAL + " budget requested req asked applied desired")
    ):
        return True
    return likeliest(name, {"late": ROLES["late"], "other": OTHER}) == "late" and says(name, ROLES["late"]) > 0


OTHER = " ".join((ROLES["channel"], ROLES["profile"], OBSTACLES["hurry"], OBSTACLES["trust"]))


def is_flag(column: Column) -> bool:
    """Return whether a column is read as yes or no."""
    return column.type == "flag" and truths(column) is not None
