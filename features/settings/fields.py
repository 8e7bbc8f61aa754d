"""Fields of a lead and kinds of events: what each means, and how its values are told from each other."""

from functools import cached_property
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import AfterValidator, Field, FiniteFloat, model_validator

from features.settings.frozen import Frozen
from features.settings.words import fold, tidy

Role = Literal["answer", "channel", "profile", "context", "contact", "account", "late"]

FieldType = Literal["category", "number", "flag", "date", "text"]

Obstacle = Literal["need", "money", "hurry", "desire", "trust", "source"]

Actor = Literal["lead", "rep", "marketing", "agent"]

ACTORS: tuple[Actor, ...] = get_args(Actor)
"""Actors by code; -1 stands for an actor that the record does not name."""


def _with_count(sentence: str) -> str:
    if "{count}" not in sentence:
        raise ValueError(f"must hold {{count}}, got {sentence!r}")
    return sentence


class LeadField(Frozen):
    """One field of a lead: what it means, not where an export keeps it.

    `label` names it as it follows "has not said", `ask` is the question, and `sentence` says the answer to a rep, with `{value}` in
    its place. `was` holds the names that a value had before, in earlier records. `direction` is the way a higher value (later in `values`, or true) may push the probability; the model is then held to it.
    """

    role: Role
    type: FieldType = "category"
    obstacle: Obstacle | None = None
    label: str = ""
    ask: str = ""
    sentence: str = ""
    values: tuple[str, ...] = ()
    ordered: bool = False
    others: bool = False
    direction: Literal["up", "down"] | None = None
    minimum: FiniteFloat | None = None
    maximum: FiniteFloat | None = None
    missing: tuple[str, ...] = ()
    admitted: bool = False
    was: dict[str, tuple[str, ...]] = Field(default_factory=dict)

    @cached_property
    def _places(self) -> dict[str, int]:
        """Place of each value by its folded text, and by those that it had before."""
        earlier = {fold(old): at for at, value in enumerate(self.values) for old in self.was.get(value, ())}
        return {**earlier, **{fold(value): at for at, value in reversed(list(enumerate(self.values)))}}

    def place_of(self, text: str) -> int | None:
        """Return the place of a value among `values`, whatever its blanks and capitals, or under an earlier name."""
        return self.values.index(text) if text in self.values else self._places.get(fold(text))

    def spelling(self, text: str) -> str:
        """Return a value of a channel as it is kept: as the settings spell it, otherwise with plain blanks."""
        place = self.place_of(text)
        if place is not None:
            return self.values[place]
        earlier = {fold(old): value for value, several in self.was.items() for old in (value, *several)}
        return earlier.get(fold(text)) or tidy(text)

    @model_validator(mode="before")
    @classmethod
    def _contact_is_text(cls, given: Any) -> Any:
        """Let a contact field and an account be text without saying so: a name or an address is never one of a list."""
        return (
            {"type": "text", **given}
            if isinstance(given, dict) and given.get("role") in ("contact", "account")
            else given
        )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.role in ("contact", "account") and self.type != "text":
            raise ValueError(
                f"type must be 'text' for {'a contact' if self.role == 'contact' else 'an account'}, got {self.type!r}: "
                "it is kept and shown, never learned from"
            )
        if self.sentence and "{value}" not in self.sentence:
            raise ValueError(f"sentence must hold {{value}}, got {self.sentence!r}")
        if self.admitted and self.role not in ("profile", "context"):
            raise ValueError(f"admitted is for profile and context fields, got role {self.role!r}")
        if self.role == "late":
            return self
        if self.is_feature and self.role != "channel" and self.obstacle is None:
            raise ValueError(f"obstacle is missing: say which of {', '.join(get_args(Obstacle))} this field speaks to")
        if self.role == "channel" and self.type != "category":
            raise ValueError(f"type must be 'category' for a channel, got {self.type!r}")
        if self.type == "category" and self.role != "channel" and self.is_feature and not self.values:
            raise ValueError("values is missing: list the answers that a category may have")
        if self.type != "category" and self.values:
            raise ValueError(f"values are for categories, got type {self.type!r}")
        if self.others and "other" in self.values:
            raise ValueError("values may not hold 'other' beside others = true: it stands for every other value")
        strange = sorted(set(self.was) - set(self.values)) if self.values else []
        if strange:
            raise ValueError(f"was must speak of one of values, got {strange[0]!r}")
        if len(set(self.values)) != len(self.values):
            raise ValueError(f"values must differ from each other, got {list(self.values)}")
        if self.type != "number" and not (self.minimum is None and self.maximum is None):
            raise ValueError(f"minimum and maximum are for numbers, got type {self.type!r}")
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError(f"minimum must be <= maximum, got {self.minimum:g} and {self.maximum:g}")
        if self.direction and self.role == "channel":
            raise ValueError("direction is not for channels: their record tells which way they push")
        if self.direction and self.type == "category" and not self.ordered:
            raise ValueError("direction needs ordered = true: only ordered values have an up and a down")
        return self

    @property
    def is_feature(self) -> bool:
        """Whether the close model may look at this field."""
        return self.role in ("answer", "channel") or self.admitted


class EventKind(Frozen):
    """One kind of event: the obstacle it speaks to, who usually acts, and how people name it.

    `sentence` says to a rep that there were some, with `{count}` ("2 calls") and `{within}` ("in the last 30 days") in their places.
    `direction` holds the model to the way that more events of this kind may push the probability. `text` lets what is written with them be
    read word by word.
    """

    obstacle: Obstacle
    actor: Actor | None = None
    singular: str = ""
    plural: str = ""
    sentence: Annotated[str, AfterValidator(_with_count)] = "{count} {within}"
    direction: Literal["up", "down"] | None = None
    text: bool = False
