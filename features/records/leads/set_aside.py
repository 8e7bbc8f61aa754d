"""What is told of a lead and cannot be read: set aside by name, so that one bad value costs itself and not the lead.

One rule for whoever takes leads in and for whoever scores or learns from them: a value is read by the settings that are asked, or it is
told apart with the rule that it breaks.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from features.records.leads.checking import LeadProblem, RecordReader
from features.records.parsing.values import LONGEST_TEXT, is_missing, text_of
from features.settings.fields import LeadField
from features.settings.schema import LeadSchema

LONGEST_ASIDE = 2_000
"""Characters that are kept of a value that is set aside: enough for a person to read, too few to fill a disk with."""
LONGEST_NAME = 200
NOT_A_FIELD = "must be a field of the settings"
NOT_A_FIELD_REMEDY = "add it to the settings, or leave it out"


@dataclass(frozen=True)
class Unreadable:
    """Stands where a message has something that no record can hold: half a character, say, or NaN.

    Attributes
    ----------
    rule
        What it breaks.
    text
        What was there, as far as it can be shown.
    """

    rule: str
    text: str

    def __repr__(self) -> str:
        return repr(self.text)


@dataclass(frozen=True)
class SetAside:
    """A value that was told under a name and is not read, as text."""

    name: str
    value: str
    rule: str
    remedy: str

    @property
    def problem(self) -> LeadProblem:
        """The rule that it breaks, as every other is told."""
        value = self.value if len(self.value) <= 80 else f"{self.value[:80]}…"
        return LeadProblem(f"fields.{self.name}", self.rule, repr(value), self.remedy)


@dataclass(frozen=True)
class Sorted:
    """What was told of a lead: the values that can be read, as they were sent, and those set aside."""

    fields: Mapping[str, Any]
    aside: tuple[SetAside, ...] = ()


def sort_out(schema: LeadSchema, told: Mapping[str, Any]) -> Sorted:
    """Tell what a schema can read of a lead's fields from what it cannot; what says nothing under an unknown name is left out.

    Examples
    --------
    >>> schema = LeadSchema(fields={"cost": LeadField(role="answer", obstacle="need", type="number")})
    >>> sort_out(schema, {"cost": "a lot", "colour": "red", "size": ""}).aside[0].rule
    'must be a number'
    """
    fields, aside = {}, []
    for name, value in told.items():
        problem = problem_of(schema, name, value)
        if problem is None:
            fields[name] = value
        else:
            aside.append(aside_of(name, value, problem))
    return Sorted(fields, tuple(one for one in aside if one is not None))


def aside_of(name: str, value: object, problem: LeadProblem) -> SetAside | None:
    """Return a value as it is set aside; None if it says nothing."""
    if _says_nothing(value):
        return None
    if isinstance(value, Unreadable):
        problem = replace(problem, rule=value.rule, remedy="correct it")
    return SetAside(_whole(str(name))[:LONGEST_NAME], _as_text(value), problem.rule, problem.remedy)


def readable(schema: LeadSchema, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that a schema knows, with values that it can read; the others are not known to it."""
    return {name: value for name, value in fields.items() if problem_of(schema, name, value) is None}


def problem_of(schema: LeadSchema, name: str, value: object) -> LeadProblem | None:
    """Return the rule that a value breaks under a name; None if it can be read."""
    field = schema.fields.get(name)
    if field is None:
        return LeadProblem(f"fields.{name}", NOT_A_FIELD, _shown(value), NOT_A_FIELD_REMEDY)
    if isinstance(value, Unreadable):
        return LeadProblem(f"fields.{name}", value.rule, _shown(value), "correct it")
    if field.role in ("account", "contact", "late"):
        return _problem_of_text(name, field, value)
    reader = RecordReader(schema)
    if field.role == "channel":
        reader.channel(name, value)
    else:
        reader.field(name, value)
    return reader.problems[0] if reader.problems else None


def _problem_of_text(name: str, field: LeadField, value: object) -> LeadProblem | None:
    """Hold what is only kept against what a store can hold."""
    if is_missing(field, value):
        return None
    if not isinstance(value, str | int | float) or len(text_of(value)) > LONGEST_TEXT:
        rule = f"must be text of at most {LONGEST_TEXT:,} characters"
        return LeadProblem(f"fields.{name}", rule, _shown(value), "shorten it, or write it in quotes")
    return None


def _says_nothing(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip()) or value in ([], {})


def _as_text(value: object) -> str:
    if isinstance(value, Unreadable):
        text = value.text
    elif isinstance(value, str | int | float):
        text = text_of(value)
    else:
        text = json.dumps(value, ensure_ascii=False, default=repr)
    return _whole(text)[:LONGEST_ASIDE]


def _whole(text: str) -> str:
    """Return a text that a store can hold: without null characters and halves of characters."""
    return text.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _shown(value: object, most: int = 80) -> str:
    text = repr(value)
    return text if len(text) <= most else f"{text[:most]}…"
