"""What all settings are made of: their frozen base, and the types of names, whole numbers and days."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Whole = Annotated[int, Field(strict=True)]
"""A whole number; true is none."""
Days = Annotated[Whole, Field(ge=1, le=3650)]


class Frozen(BaseModel):
    """Base of all settings: unknown keys are refused, nothing changes after the check, and no error shows a password."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
