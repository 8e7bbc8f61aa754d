"""What deciding costs: a part of it may be said, and the rest is as it is without."""

import pytest
from pydantic import ValidationError

from models.decision.settings import DecisionSettings


@pytest.mark.parametrize("name", ["rep", "qualify"])
def test_a_part_of_an_effort_leaves_the_rest_as_it_is(name: str) -> None:
    before, after = (
        getattr(DecisionSettings.model_validate(given), name) for given in ({}, {name: {"capacity": 0.45}})
    )
    assert after.capacity == 0.45
    assert before.capacity != 0.45
    assert after.model_copy(update={"capacity": before.capacity}) == before


def test_an_unknown_part_of_an_effort_is_refused() -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        DecisionSettings.model_validate({"rep": {"capacities": 0.3}})
