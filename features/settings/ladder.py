"""The rules of the ladder as the settings give them: what a lead must have shown to stand on each step.

A lead stands on one step: the highest whose rules it meets, and on *name* where it meets none. A prospect has to meet the rules of a
suspect too; a suspect need not fit the profile, as what somebody does says more than who somebody is.
"""

from collections.abc import Mapping
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, FiniteFloat, model_validator

from features.settings.fields import EventKind, LeadField
from features.settings.frozen import Days, Frozen, Name

Step = Literal["name", "target", "suspect", "prospect"]
STEPS: tuple[Step, ...] = get_args(Step)
"""From the lowest to the highest."""

Share = Annotated[float, Field(ge=0, le=1)]


class StepCondition(Frozen):
    """One thing that a lead may have said, done or be.

    Attributes
    ----------
    field
        An answer, or a field of profile or context, that is known; a flag has to be true.
    values
        A category has to be one of these.
    kind
        Events of this kind were recorded.
    at_least
        A number has to be so much, or there have to be so many events; one by default.
    within_days
        Events count for so long; without it, for ever.
    """

    field: Name | None = None
    values: tuple[str, ...] = ()
    kind: Name | None = None
    at_least: FiniteFloat | None = None
    within_days: Days | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.field is None) == (self.kind is None):
            raise ValueError("a condition must name either a field or a kind")
        if self.kind is None and self.within_days is not None:
            raise ValueError("within_days is for kinds of events, got a field")
        if self.kind is not None and self.values:
            raise ValueError("values are for fields, got a kind of events")
        if self.kind is not None and self.at_least is not None and self.at_least < 1:
            raise ValueError(f"at_least must be 1 event or more, got {self.at_least:g}: every lead would meet it")
        return self


class Requirement(Frozen):
    """What a step asks for: one of the conditions holds.

    `missing` says to a rep what the lead lacks where none holds, such as "It has not named a date"; without it, the conditions do.
    """

    any_of: Annotated[tuple[StepCondition, ...], Field(min_length=1)]
    missing: str = ""


Requirements = Annotated[tuple[Requirement, ...], Field(min_length=1)]


class LadderSettings(Frozen):
    """What each step above *name* requires; all of it has to be met.

    Attributes
    ----------
    target, suspect, prospect
        Without them the requirements follow from the fields and kinds, by `models.decision.ladder_rules`.
    goal
        Between which the close rate of prospects should lie.
    """

    target: Requirements | None = None
    suspect: Requirements | None = None
    prospect: Requirements | None = None
    goal: tuple[Share, Share] = (0.4, 0.5)

    def check(self, fields: Mapping[str, LeadField], kinds: Mapping[str, EventKind]) -> None:
        """Check that every condition names something that can hold and can fail.

        Raises
        ------
        ValueError
            Naming the step, the condition and what is allowed.
        """
        for step in STEPS[1:]:
            for requirement in getattr(self, step) or ():
                for condition in requirement.any_of:
                    _check_condition(f"ladder.{step}", condition, fields, kinds)


def _check_condition(
    place: str, condition: StepCondition, fields: Mapping[str, LeadField], kinds: Mapping[str, EventKind]
) -> None:
    if condition.kind is not None:
        if condition.kind not in kinds:
            raise ValueError(f"{place}: {condition.kind!r} is no kind of events: use one of {', '.join(sorted(kinds))}")
        return
    allowed = {name: field for name, field in fields.items() if field.role in ("answer", "profile", "context")}
    field = allowed.get(str(condition.field))
    if field is None:
        names = ", ".join(sorted(allowed))
        raise ValueError(f"{place}: {condition.field!r} is no answer, profile or context field: use one of {names}")
    categories = (*field.values, "other") if field.others else field.values
    unknown = sorted(set(condition.values) - set(categories))
    if unknown:
        got = f"{unknown[0]!r} is no value of {condition.field!r}"
        raise ValueError(f"{place}: {got}: use {', '.join(categories) or 'values with a category alone'}")
    if condition.at_least is not None and field.type != "number":
        raise ValueError(f"{place}: at_least is for numbers and kinds, got {condition.field!r} of type {field.type!r}")
