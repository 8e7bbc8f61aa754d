"""Features of answers, against the same written in plain Python: one record at a time."""

import math
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given

from features.matrix.answers import LARGEST, answer_features, answers
from features.matrix.block import blocks
from features.records.clock import DAY
from features.records.history import Events, History, Leads, Outcomes
from features.settings.fields import ACTORS, LeadField
from features.settings.schema import LeadSchema
from tests.features.strategies import FIELDS, START, Case, cases, end_of_own_day, events_of, moments_of, texts

ONE_HOT = {
    "use": ("use_is_a_b", "use_is_a_b_", "use_is_elsewhere", "use_is_other"),
    "industry": ("industry_is_food", "industry_is_steel"),
}
"""Names by code; a second feature of one name takes a dash more."""


def as_of_then(history: History, name: str, lead: int, as_of: int) -> tuple[float, int]:
    """Return an answer and when it was given."""
    events, code = history.events, history.schema.event_codes.get(name)
    given = [
        (
            int(events.occurred_at[row]),
            int(events.recorded_at[row]),
            int(events.actor[row]),
            math.isnan(events.value[row]),
            float(events.value[row]),
        )
        for row in range(len(events))
        if events.lead[row] == lead and events.kind[row] == code and events.recorded_at[row] <= as_of
    ]
    if not given:
        return float(history.leads.fields[name][lead]), int(history.leads.created_at[lead])
    occurred_at, _, _, _, value = max(given, key=lambda answer: answer[:4] if answer[3] else answer)
    return value, occurred_at


def expected(history: History, lead: int, as_of: int) -> dict[str, float]:
    values: dict[str, float] = {}
    answered = 0
    for name, field in history.schema.encoded.items():
        if not field.is_feature:
            continue
        value, given_at = as_of_then(history, name, lead, as_of)
        values |= columns(name, field, value, as_of)
        if field.role == "answer":
            values[f"{name}_answered"] = float(not math.isnan(value))
            values[f"{name}_answer_age"] = math.nan if math.isnan(value) else (as_of - given_at) / DAY
            answered += not math.isnan(value)
    if history.schema.decided_by:
        ends = end_of_own_day(history, lead)
        values["days_until_deadline"] = math.nan if ends is None else (ends + 1 - as_of) / DAY
    return values | {"answers_given": answered, "lead_age": (as_of - int(history.leads.created_at[lead])) / DAY}


def columns(name: str, field: LeadField, value: float, as_of: int) -> dict[str, float]:
    if name in ONE_HOT:
        return {
            column: math.nan if math.isnan(value) else float(value == code) for code, column in enumerate(ONE_HOT[name])
        }
    if field.type == "date":
        return {f"{name}_days_ahead": (value - as_of) / DAY}
    if field.type == "text":
        return {f"{name}_words": value}
    return {name: min(max(value, -LARGEST), LARGEST) if not math.isnan(value) else value}


def computed(case: Case) -> Iterator[tuple[int, dict[str, float]]]:
    names: list[str] = []
    for feature in answer_features(case.history.schema):
        names.append(feature.name + "_" * (feature.name in names))
    for block in blocks(case.history, case.moments, records=5):
        for row, values in zip(block.rows.tolist(), answers(block).tolist(), strict=True):
            yield row, dict(zip(names, values, strict=True))


@given(cases())
def test_every_feature_equals_its_plain_computation(case: Case) -> None:
    for row, got in computed(case):
        want = expected(case.history, *case.of_each[row])
        assert got == pytest.approx(want, rel=1e-6, nan_ok=True)


def test_answers_worked_by_hand() -> None:
    """Created without a budget; "large" is given on day 2 and recorded on day 3, withdrawn on day 5."""
    schema = LeadSchema(fields={"budget": FIELDS["budget"]})
    leads = Leads(texts(["L0"]), np.array([START]), {"budget": np.array([np.nan])}, {})
    lead = ACTORS.index("lead")
    rows = [
        (0, 0, START + 2 * DAY, START + 3 * DAY, 2.0, lead),
        (0, 0, START + 5 * DAY, START + 5 * DAY, np.nan, lead),
    ]
    history = History(schema, leads, events_of(rows), Outcomes.none(), START + 9 * DAY)
    moments = moments_of([(0, START + 3 * DAY - 1), (0, START + 3 * DAY), (0, START + 6 * DAY)])
    before, given_, withdrawn = (values for _, values in computed(Case(history, moments)))
    assert math.isnan(before["budget"])
    assert (before["budget_answered"], before["answers_given"]) == (0, 0)
    assert (given_["budget"], given_["budget_answered"], given_["budget_answer_age"]) == (2, 1, 1)
    assert math.isnan(withdrawn["budget"])
    assert math.isnan(withdrawn["budget_answer_age"])
    assert (withdrawn["budget_answered"], withdrawn["answers_given"], withdrawn["lead_age"]) == (0, 0, 6)


@pytest.mark.parametrize(("number", "shown"), [(1e300, LARGEST), (-1e300, -LARGEST), (-0.0, 0.0)])
def test_a_number_beyond_32_bits_is_the_largest(number: float, shown: float) -> None:
    schema = LeadSchema(fields={"seats": FIELDS["seats"]})
    leads = Leads(texts(["L0"]), np.array([START]), {"seats": np.array([number])}, {})
    history = History(schema, leads, Events.none(), Outcomes.none(), START)
    ((_, values),) = computed(Case(history, moments_of([(0, START)])))
    assert math.copysign(1.0, values["seats"]) == math.copysign(1.0, shown)
    assert values["seats"] == shown


def test_a_late_field_is_not_a_feature_and_a_profile_field_only_when_admitted() -> None:
    schema = LeadSchema(fields={name: FIELDS[name] for name in ("budget", "employees", "industry", "stage")})
    subjects = {feature.subject for feature in answer_features(schema)}
    assert subjects == {"budget", "industry", "lead"}
