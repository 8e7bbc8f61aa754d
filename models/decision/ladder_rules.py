"""What each step of the ladder requires where the settings do not say: taken from the fields and kinds and their obstacles."""

import re
from collections.abc import Iterator, Mapping

from features.matrix.answers import categories
from features.settings.fields import LeadField
from features.settings.ladder import Requirement, Requirements, Step, StepCondition
from features.settings.schema import LeadSchema

ASKS = re.compile(r"contact|call ?back|call us|we may call|demo|meeting|quote|request|asked", re.IGNORECASE)
"""Names of fields and kinds by which a lead asks to be spoken to."""
IN_PROCESS = ("hurry", "money")
"""Obstacles that somebody who is buying has thought about."""


def rules(schema: LeadSchema) -> Mapping[Step, Requirements | None]:
    """Return what each step above *name* requires; None where nothing in the settings could tell.

    A target has given a field of its profile, or any answer where there is no profile; a suspect has named, for each of hurry and
    money that is asked about, something better than the least; a prospect has asked to be contacted.
    """
    given = schema.ladder
    return {
        "target": given.target or _told(_target(schema)),
        "suspect": given.suspect or _told(_suspect(schema)),
        "prospect": given.prospect or _told(_prospect(schema)),
    }


def _told(requirements: Iterator[Requirement]) -> Requirements | None:
    return tuple(requirements) or None


def _target(schema: LeadSchema) -> Iterator[Requirement]:
    known = schema.by_role("profile") or schema.answers
    if known:
        yield Requirement(any_of=tuple(StepCondition(field=name) for name in known))


def _suspect(schema: LeadSchema) -> Iterator[Requirement]:
    for obstacle in IN_PROCESS:
        answers = {name: field for name, field in schema.answers.items() if field.obstacle == obstacle}
        if answers:
            yield Requirement(any_of=tuple(_better_than_least(name, field) for name, field in answers.items()))


def _prospect(schema: LeadSchema) -> Iterator[Requirement]:
    flags = [name for name, field in schema.answers.items() if field.type == "flag" and _asks(name, field.label)]
    kinds = [name for name, kind in schema.kinds.items() if kind.actor == "lead" and _asks(name, kind.singular)]
    asked = (*(StepCondition(field=name) for name in flags), *(StepCondition(kind=name) for name in kinds))
    if asked:
        yield Requirement(any_of=asked)


def _better_than_least(name: str, field: LeadField) -> StepCondition:
    """Return that an answer is known and, where its values have an order, is not the least of them."""
    if field.type == "category" and field.ordered and len(field.values) > 1:
        least = field.values[-1] if field.direction == "down" else field.values[0]
        return StepCondition(field=name, values=tuple(value for value in categories(field) if value != least))
    return StepCondition(field=name)


def _asks(name: str, label: str) -> bool:
    return bool(ASKS.search(name.replace("_", " ")) or ASKS.search(label))
