"""What cannot be read costs itself: sorting what is told of a lead by what a schema reads."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.records.leads.set_aside import Unreadable, readable, sort_out
from features.settings.fields import LeadField
from features.settings.schema import LeadSchema

SCHEMA = LeadSchema(
    fields={
        "budget": LeadField(role="answer", obstacle="money", values=("none", "some"), ordered=True),
        "cost": LeadField(role="answer", obstacle="need", type="number", minimum=0),
        "call_me": LeadField(role="answer", obstacle="desire", type="flag"),
        "needed_by": LeadField(role="answer", obstacle="hurry", type="date"),
        "source": LeadField(role="channel"),
        "name": LeadField(role="contact"),
        "contract": LeadField(role="late", type="text"),
    }
)


@pytest.mark.parametrize(
    ("name", "value", "text", "rule"),
    [
        ("budget", "a lot", "a lot", "must be one of 'none', 'some'"),
        ("cost", -1, "-1", "must be >= 0"),
        ("cost", "much", "much", "must be a number"),
        ("call_me", "perhaps", "perhaps", "must be true or false"),
        ("needed_by", "soon", "soon", "must be an ISO 8601 time"),
        ("source", {"utm": "ad"}, '{"utm": "ad"}', "must be text of at most 100,000 characters"),
        ("name", ["Ada"], '["Ada"]', "must be text of at most 100,000 characters"),
        ("contract", "x" * 100_001, "x" * 2_000, "must be text of at most 100,000 characters"),
        ("colour", "red", "red", "must be a field of the settings"),
        ("budget", Unreadable("must be whole", "x\ud83d"), "x\ufffd", "must be whole"),
        ("colour", "a\0b", "a\ufffdb", "must be a field of the settings"),
    ],
)
def test_value_that_breaks_a_rule_is_set_aside_as_text(name: str, value: Any, text: str, rule: str) -> None:
    found = sort_out(SCHEMA, {name: value, "call_me" if name != "call_me" else "cost": 1})

    assert list(found.fields.values()) == [1]
    (one,) = found.aside
    assert (one.name, one.value) == (name, text)
    assert one.rule.startswith(rule)
    assert one.remedy


@pytest.mark.parametrize("value", [None, "", "  ", [], {}])
def test_what_says_nothing_is_not_set_aside(value: object) -> None:
    assert sort_out(SCHEMA, {"colour": value}).aside == ()


VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*SCHEMA.fields, "colour", "_wpcf7", "g-recaptcha-response"]), VALUES))
def test_every_value_is_read_or_set_aside_and_the_store_can_hold_it(told: dict[str, Any]) -> None:
    found = sort_out(SCHEMA, told)

    aside = {one.name for one in found.aside}
    assert aside.isdisjoint(found.fields)
    assert all(name in found.fields or name in aside or not told[name] for name in told)
    assert dict(found.fields) == readable(SCHEMA, told)
    for one in found.aside:
        assert "\0" not in one.value
        assert one.value.encode()
