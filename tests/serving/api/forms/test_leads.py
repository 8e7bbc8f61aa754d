"""The texts of a form become what the settings say that its fields hold."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from features.records.leads.set_aside import Unreadable
from features.settings.fields import LeadField
from features.settings.schema import LeadSchema
from serving.api.forms.leads import lead_of, read_form, typed
from serving.api.forms.posts import Pair
from serving.schemas.problems import RefusedError
from serving.settings.forms import FormSettings

NUMBER = LeadField(role="context", type="number", minimum=0, missing=("999",))
FLAG = LeadField(role="context", type="flag")
SCHEMA = LeadSchema(
    fields={
        "size": NUMBER,
        "call_me": FLAG,
        "need": LeadField(role="answer", obstacle="need", type="text"),
        "source": LeadField(role="channel"),
    }
)
SETTINGS = FormSettings(honeypot="website", ignore=("send",))


def lead(*pairs: Pair) -> dict[str, Any]:
    return lead_of(read_form(pairs, SETTINGS), SCHEMA)


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        (NUMBER, "12", 12),
        (NUMBER, " 12.50 ", 12.5),
        (NUMBER, "1e3", 1000),
        (NUMBER, "12,5", 12.5),
        (NUMBER, "-1", "-1"),
        (NUMBER, "nan", "nan"),
        (NUMBER, "999", "999"),
        (NUMBER, "1e300", 1e300),
        (FLAG, "on", True),
        (FLAG, "Yes", True),
        (FLAG, "0", False),
        (FLAG, "perhaps", "perhaps"),
        (LeadField(role="channel"), "12", "12"),
        (LeadField(role="context", type="date"), "2026-01-31", "2026-01-31"),
    ],
)
def test_text_becomes_a_value_of_the_field_or_stays(field: LeadField, text: str, value: object) -> None:
    found = typed(field, text, ZoneInfo("UTC"))

    assert found == value
    assert type(found) is type(value)


def test_what_is_empty_is_not_said() -> None:
    assert lead(("size", ""), ("need", "  "), ("source", "ad"))["fields"] == {"source": "ad"}


def test_checkbox_after_a_hidden_no_decides() -> None:
    assert lead(("call_me", "no"), ("call_me", "on"))["fields"] == {"call_me": True}
    assert lead(("call_me", "no"))["fields"] == {"call_me": False}


def test_same_text_twice_is_one_and_of_two_texts_none_is_taken() -> None:
    assert lead(("source", "ad"), ("source", "ad"))["fields"] == {"source": "ad"}

    assert lead(("source", "ad"), ("source", "fair"))["fields"] == {
        "source": Unreadable("must have one value", "ad, fair")
    }


def test_text_with_a_null_character_is_no_value() -> None:
    assert lead(("source", "a\0d"))["fields"] == {"source": Unreadable("must have no null character", "a\0d")}


def test_form_says_of_itself_what_is_no_field() -> None:
    pairs = [("_key", "k"), ("_thanks", "t"), ("lead_id", "L1"), ("website", ""), ("send", "Send"), ("other", "")]

    form = read_form(pairs, SETTINGS)

    assert (form.key, form.thanks, form.lead_id, form.trap) == ("k", "t", "L1", "")
    assert lead_of(form, SCHEMA) == {"lead_id": "L1", "fields": {"other": ""}}  # the check of leads names it


def test_honeypot_traps_who_fills_it_in() -> None:
    assert read_form([("website", "http://spam")], SETTINGS).trap == "http://spam"
    assert not read_form([("website", "http://spam")], FormSettings()).trap


def test_two_keys_are_refused_without_being_shown() -> None:
    with pytest.raises(RefusedError, match="'_key' must have one value, got several") as refused:
        read_form([("_key", "gly_1_secret"), ("_key", "gly_2_secret")], SETTINGS)
    assert "secret" not in str(refused.value)
