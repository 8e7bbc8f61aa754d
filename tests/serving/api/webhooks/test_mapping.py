"""Messages become records by the rules of the settings."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from features.settings.fields import LeadField
from features.settings.schema import LeadSchema
from serving.api.webhooks.mapping import records_of
from serving.settings.message_paths import each_of
from serving.settings.webhooks import WebhookRule, WebhookSettings, check_webhooks

SCHEMA = LeadSchema(
    fields={
        "size": LeadField(role="context", type="number"),
        "start": LeadField(role="context", type="date"),
        "source": LeadField(role="channel"),
    }
)
WON: dict[str, Any] = {
    "makes": "outcome",
    "when": {"what": ["stage"], "deal.stage": ["won", "lost"]},
    "columns": {"lead_id": "deal.ids.0", "closed_at": "at", "won": "deal.stage"},
    "values": {"won": {"won": True, "lost": False}},
}
MESSAGE: dict[str, Any] = {"what": "stage", "deal": {"stage": "won", "ids": [7]}, "at": 1_790_845_200_000}


def made(rule: dict[str, Any], *messages: object) -> list[Any]:
    return [(one.place, one.record) for one in records_of([WebhookRule(**rule)], messages, SCHEMA)]


def test_message_that_fits_makes_its_record() -> None:
    record = {"lead_id": 7, "closed_at": "2026-10-01T09:00:00+00:00", "won": True}

    assert made(WON, {"what": "other"}, MESSAGE) == [(1, record)]


@pytest.mark.parametrize(
    "message", [{}, {"what": "stage"}, MESSAGE | {"deal": {"stage": "open"}}, MESSAGE | {"deal": [1]}]
)
def test_message_that_does_not_fit_makes_nothing(message: object) -> None:
    assert made(WON, message) == []


@pytest.mark.parametrize(
    ("body", "messages"),
    [
        ({"entry": []}, 0),
        ({}, 0),
        ({"entry": [{"changes": [{"field": "a"}, {"field": "b"}]}]}, 2),
        ({"Entry": [{"changes": [{"field": "a"}]}]}, 1),
        ({"entry": "nothing that holds messages"}, 1),
        ([], 0),
    ],
)
def test_a_body_in_which_the_path_of_messages_leads_nowhere_is_one_message_that_is_kept(
    body: object, messages: int
) -> None:
    assert len(each_of(body, "entry.changes")) == messages


@pytest.mark.parametrize("lead_id", [{"value": 7}, [[7]], True, None])
def test_an_id_of_any_kind_is_passed_on_for_the_rules_to_judge(lead_id: object) -> None:
    rules = [
        WebhookRule(makes="lead", columns={"lead_id": "id", "changed_at": "at"}),
        WebhookRule(makes="outcome", columns={"lead_id": "id", "closed_at": "at"}, fixed={"won": True}),
    ]

    found = list(records_of(rules, [{"id": lead_id, "at": "2026-10-01"}], SCHEMA))

    assert [one.makes for one in found][:1] == ["lead"]


@pytest.mark.parametrize(
    ("given", "time"),
    [
        (1_790_845_200_123, "2026-10-01T09:00:00.123000+00:00"),
        ("1790845200000", "2026-10-01T09:00:00+00:00"),
        ("2026-10-01", "2026-10-01"),
        ("20261001", "20261001"),
        ("9" * 15, "9" * 15),
        ("9" * 30, "9" * 30),
        ("9" * 5_000, "9" * 5_000),
        ("", None),
    ],
)
def test_times_of_milliseconds_are_told_as_iso(given: object, time: object) -> None:
    ((_, record),) = made(WON, MESSAGE | {"at": given})

    assert record["closed_at"] == time


def test_fields_are_read_by_their_types_and_what_is_empty_is_left_out() -> None:
    fields = {"size": "p.size", "start": "p.start", "source": "p.source"}
    rule = {"makes": "lead", "columns": {"lead_id": "id"}, "fields": fields, "values": {"source": {"WEB": "web"}}}
    told = {"size": "12.0", "start": "1790845200000", "source": "WEB"}

    ((_, full), (_, empty)) = made(rule, {"id": 1, "p": told}, {"id": 2, "p": {"size": "", "source": "FAIR"}})

    assert full["fields"] == {"size": 12, "start": "2026-10-01T09:00:00+00:00", "source": "web"}
    assert empty["fields"] == {"source": "FAIR"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"columns": {"closed_at": "at", "won": "w"}}, "lead_id is missing: say under columns where it stands"),
        ({"columns": {"lead_id": "a", "colour": "b"}}, "'colour' is no column of the outcome that it makes"),
        ({"fields": {"size": "s"}}, "fields are for rules that make a lead"),
        ({"values": {"amount": {"a": 1}}}, "values.amount is of neither a column nor a field"),
    ],
)
def test_rule_that_cannot_work_is_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        WebhookRule(**WON | change)


def test_secret_needs_the_address_that_is_signed() -> None:
    with pytest.raises(ValidationError, match="secret_variable and address belong together"):
        WebhookSettings(rules=(WebhookRule(**WON),), secret_variable="SECRET")


def test_field_that_the_settings_do_not_know_is_named() -> None:
    rule = WebhookRule(makes="lead", columns={"lead_id": "id"}, fields={"shoe": "s"})

    with pytest.raises(
        ValueError, match=r"webhooks\.crm\.rules\.0\.fields: 'shoe' is no field: use one of size, source"
    ):
        check_webhooks({"crm": WebhookSettings(rules=(rule,))}, SCHEMA)
