"""What an erased lead leaves is what could be anybody's: no text that somebody wrote stays, whatever its field is for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from features.settings.fields import FieldType, LeadField, Role
from serving.store.erasing import impersonal, impersonal_fields

PERSON = "ask Jane Roe"
VALUES: dict[FieldType, Any] = {"number": 3.5, "flag": True, "date": "2026-03-01", "category": "some", "text": PERSON}


def fields() -> Iterator[LeadField]:
    """Every kind of field that settings can have: by role, type, and whether it is admitted."""
    for role in get_args(Role):
        for kind in get_args(FieldType):
            for admitted in (False, True):
                given = {"values": ("none", "some")} if kind == "category" else {}
                if role == "answer":
                    given["obstacle"] = "money"  # type: ignore[assignment]
                try:
                    yield LeadField.model_validate({"role": role, "type": kind, "admitted": admitted, **given})
                except ValidationError:
                    continue


def named(field: LeadField) -> str:
    return f"{field.role} {field.type}{' admitted' if field.admitted else ''}"


FIELDS = list({named(field): field for field in fields()}.values())


def test_every_role_and_type_is_tried() -> None:
    assert {field.role for field in FIELDS} == set(get_args(Role))
    assert {field.type for field in FIELDS} == set(get_args(FieldType))
    assert {field.type for field in FIELDS if field.role == "answer"} == set(get_args(FieldType))


@pytest.mark.parametrize("field", FIELDS, ids=named)
def test_text_that_somebody_wrote_goes(field: LeadField) -> None:
    if field.type in ("category", "text"):
        assert impersonal(field, PERSON) == (PERSON if field.role == "channel" else None)


@pytest.mark.parametrize("field", FIELDS, ids=named)
def test_what_could_be_anybodys_stays_where_a_training_needs_it(field: LeadField) -> None:
    value = VALUES[field.type]
    match field.role, field.type:
        case ("channel", _):
            stays = True
        case ("answer", kind):
            stays = kind != "text"
        case (("profile" | "context"), "category"):
            stays = field.admitted
        case _:
            stays = False

    assert impersonal(field, value) == (value if stays else None)


def test_value_outside_of_the_list_is_other_only_where_settings_have_others() -> None:
    field = LeadField(role="answer", obstacle="money", values=("none", "some"), others=True)

    assert impersonal(field, PERSON) == "other"
    assert impersonal(field, "some") == "some"
    assert impersonal(field, "") is None
    assert impersonal(field.model_copy(update={"others": False}), PERSON) is None


def test_field_that_settings_no_longer_have_goes() -> None:
    class Schema:
        fields = {"budget": LeadField(role="answer", obstacle="money", values=("none", "some"))}  # noqa: RUF012

    kept = impersonal_fields(Schema(), {"budget": "some", "remark": "some"})  # type: ignore[arg-type]

    assert kept == {"budget": "some"}
