"""Where settings and model differ is said by field, with what holds until the next training."""

from __future__ import annotations

import pytest

from features.settings.differences import differences
from features.settings.fields import EventKind, LeadField
from features.settings.schema import LeadSchema

BUDGET = LeadField(role="answer", obstacle="money", values=("none", "some"), ordered=True)
BEFORE = LeadSchema(
    fields={"budget": BUDGET, "source": LeadField(role="channel")}, kinds={"call": EventKind(obstacle="trust")}
)


def changed(**fields: LeadField | None) -> LeadSchema:
    kept = {name: field for name, field in {**BEFORE.fields, **fields}.items() if field is not None}
    return LeadSchema(fields=kept, kinds=BEFORE.kinds)


@pytest.mark.parametrize(
    ("today", "said"),
    [
        (changed(seats=LeadField(role="answer", obstacle="need", type="number")), "Field 'seats' is new: it is kept"),
        (changed(budget=BUDGET.model_copy(update={"values": ("none", "some", "Enterprise")})), "new values ('Enterprise')"),
        (changed(budget=BUDGET.model_copy(update={"values": ("none",)})), "has lost values ('some')"),
        (changed(budget=LeadField(role="answer", obstacle="money", type="number")), "was of role and type answer, ordered category when"),
        (changed(budget=None), "Field 'budget' is no longer in the settings"),
        (LeadSchema(fields=BEFORE.fields, kinds={}), "Events of kind 'call' are no longer"),
        (
            LeadSchema(fields=BEFORE.fields, kinds={**BEFORE.kinds, "fax": EventKind(obstacle="trust")}),
            "Events of kind 'fax' are new",
        ),
        (LeadSchema(fields=BEFORE.fields, kinds=BEFORE.kinds, horizon_days=30), "The horizon is 30 days in the settings"),
    ],
)  # fmt: skip
def test_difference_is_said(today: LeadSchema, said: str) -> None:
    (sentence,) = differences(BEFORE, today)

    assert said in sentence


def test_what_a_model_does_not_look_at_makes_no_difference() -> None:
    today = changed(name=LeadField(role="contact"), industry=LeadField(role="profile"))

    assert differences(BEFORE, today) == []
    assert differences(BEFORE, BEFORE) == []
