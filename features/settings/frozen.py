"""What all settings are made of: their frozen base, and the types of names, whole numbers and days."""

from collections.abc import Hashable, Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Whole = Annotated[int, Field(strict=True)]
"""A whole number; true is none."""
Days = Annotated[Whole, Field(ge=1, le=3650)]


class Frozen(BaseModel):
    """Base of all settings: unknown keys are refused, nothing changes after the check, and no error shows a password."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    def __hash__(self) -> int:
        """Hash the values in their order; a dict is hashed by what it holds, so that settings that are equal hash alike."""
        return hash((type(self), *(_hashable(getattr(self, name)) for name in type(self).model_fields)))


def _hashable(value: object) -> Hashable:
    """Return what stands for a value in a hash."""
    if isinstance(value, Mapping):
        return frozenset((key, _hashable(one)) for key, one in value.items())
    if isinstance(value, list | tuple):
        return tuple(map(_hashable, value))
    return value
