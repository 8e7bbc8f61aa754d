"""Ready rules, each on a small message in the shape that its maker documents."""

from __future__ import annotations

from typing import Any

import pytest

from features.settings.fields import LeadField
from features.settings.schema import LeadSchema
from features.simulation import CONTACTS
from serving.api.webhooks.mapping import records_of
from serving.api.webhooks.nested import nested
from serving.settings.message_paths import each_of
from serving.settings.presets import names
from serving.settings.webhooks import WebhookSettings

SCHEMA = LeadSchema(
    fields={
        **CONTACTS,
        "source": LeadField(role="channel"),
        "campaign": LeadField(role="channel"),
        "budget": LeadField(role="answer", obstacle="money", values=("none", "some"), ordered=True),
    }
)
AT = 1_795_773_600_000
TIME = "2026-11-27T10:00:00+00:00"
ADA = {"name": "Ada Berger", "mail": "ada@nordwind.example"}


def made(preset: str, body: Any, **own: Any) -> list[tuple[str, dict[str, Any]]]:
    webhook = WebhookSettings.model_validate({"preset": preset, **own})
    found = records_of(webhook.rules, each_of(body, webhook.each), SCHEMA)
    return [(one.makes, {name: value for name, value in one.record.items() if value is not None}) for one in found]


def hubspot(**told: Any) -> dict[str, Any]:
    told = {"createdate": AT, "hs_lastmodifieddate": AT, "dealname": "Nordwind", "hs_is_closed": "false"} | told
    return {"objectId": 7, "properties": {name: {"value": str(value)} for name, value in told.items()}}


def test_hubspot_deal_open_won_deleted_and_merged() -> None:
    fields = {"budget": "properties.spend.value"}
    opened = made("hubspot", hubspot(spend="some", hs_analytics_source="REFERRALS"), fields=fields)
    won = made("hubspot", hubspot(hs_is_closed="true", hs_is_closed_won="true", closedate=AT, amount="1200"))
    lost = made(
        "hubspot", hubspot(hs_is_closed="true", hs_is_closed_won="false", closedate=AT, closed_lost_reason="price")
    )
    told = {"subscriptionType": "deal.deletion", "objectId": 7, "occurredAt": AT}
    merge = {"primaryObjectId": 7, "mergedObjectIds": [8], "newObjectId": 9, "occurredAt": AT}

    assert opened == [
        ("lead", {"lead_id": 7, "created_at": TIME, "changed_at": TIME,
                  "fields": {"name": "Nordwind", "source": "REFERRALS", "budget": "some"}}),
        ("outcome", {"lead_id": 7, "changed_at": TIME, "won": "open"}),
    ]  # fmt: skip
    assert won[1] == ("outcome", {"lead_id": 7, "closed_at": TIME, "changed_at": TIME, "won": True, "amount": "1200"})
    assert lost[1] == (
        "outcome",
        {"lead_id": 7, "closed_at": TIME, "changed_at": TIME, "won": False, "reason": "price"},
    )
    assert made("hubspot", [told]) == [("deletion", {"lead_id": 7, "changed_at": TIME})]
    assert made("hubspot", [{"subscriptionType": "deal.merge", **merge}]) == [
        ("merge", {"lead_id": 9, "merged_id": 8, "changed_at": TIME}),
        ("merge", {"lead_id": 9, "merged_id": 7, "changed_at": TIME}),
    ]


def salesforce(**fields: str) -> list[dict[str, Any]]:
    told = {"CreatedDate": "2026-11-27T10:00:00.000Z", "LastModifiedDate": "2026-11-28T10:00:00.000Z"} | fields
    return [{"sObject": told}]


def test_salesforce_lead_and_opportunity_by_outbound_message() -> None:
    lead = made("salesforce", salesforce(type="Lead", Id="00Q1", Company="Nordwind", LeadSource="Web"))
    converted = {"IsConverted": "true", "ConvertedOpportunityId": "0061"}
    won = made(
        "salesforce",
        salesforce(type="Opportunity", Id="0061", IsClosed="true", IsWon="true", CloseDate="2026-11-28", Amount="9"),
    )

    assert lead[0][1]["fields"] == {"company": "Nordwind", "source": "Web"}
    assert made("salesforce", salesforce(type="Lead", Id="00Q1", **converted))[-1] == (
        "merge", {"lead_id": "0061", "merged_id": "00Q1", "changed_at": "2026-11-28T10:00:00.000Z"},
    )  # fmt: skip
    assert won[1][1] | {"changed_at": ""} == {
        "lead_id": "0061", "closed_at": "2026-11-28", "changed_at": "", "won": True, "amount": "9",
    }  # fmt: skip
    assert WebhookSettings.model_validate({"preset": "salesforce"}).shape == "salesforce"


def test_salesforce_change_of_several_records_is_one_of_each() -> None:
    header = {"entityName": "Opportunity", "changeType": "UPDATE", "recordIds": ["0061", "0062"], "commitTimestamp": AT}
    found = made("salesforce_cdc", {"payload": {"ChangeEventHeader": header, "StageName": "Closed Lost"}})

    assert [(makes, one["lead_id"]) for makes, one in found] == [
        ("lead", "0061"), ("lead", "0062"), ("outcome", "0061"), ("outcome", "0062"),
    ]  # fmt: skip
    assert found[2][1]["won"] is False


@pytest.mark.parametrize(
    ("meta", "inner"),
    [({"entity": "deal", "action": "change", "entity_id": 5}, "data"), ({"object": "deal", "action": "updated", "id": 5}, "current")],
)  # fmt: skip
def test_pipedrive_deal_in_both_versions(meta: dict[str, Any], inner: str) -> None:
    deal = {"id": 5, "add_time": "2026-10-01 10:00:00", "update_time": "2026-10-05 10:00:00", "title": "Nordwind"}
    lost = deal | {"status": "lost", "close_time": "2026-10-05 09:00:00", "value": 100, "lost_reason": "price"}
    opened, closed = (made("pipedrive", {"meta": meta, inner: told}) for told in (deal | {"status": "open"}, lost))

    assert opened[0][1]["fields"] == {"name": "Nordwind"}
    assert (opened[1][0], opened[1][1]["won"]) == ("outcome", "open")
    assert closed[1][1] == {
        "lead_id": 5, "closed_at": "2026-10-05 09:00:00", "changed_at": "2026-10-05 10:00:00", "won": False, "amount": 100, "reason": "price",
    }  # fmt: skip


def test_pipedrive_merge_is_told_from_a_deletion() -> None:
    meta = {"entity": "deal", "action": "delete", "entity_id": 5, "timestamp": "2026-10-05T10:00:00Z"}

    assert [makes for makes, _ in made("pipedrive", {"meta": meta, "data": None})] == ["deletion"]
    assert [makes for makes, _ in made("pipedrive", {"meta": meta | {"merged_to_id": "6"}})] == ["merge"]


def test_dynamics_and_zoho() -> None:
    row = {
        "opportunityid": "o1",
        "createdon": "2026-10-01T10:00:00Z",
        "modifiedon": "2026-10-05T10:00:00Z",
        "name": "Nordwind",
    }
    won = made("dynamics", row | {"statecode": 1, "actualclosedate": "2026-10-05", "actualvalue": 12.5})
    deal = {"id": "z1", "Created_Time": "2026-10-01T10:00:00+02:00", "Modified_Time": "2026-10-05T10:00:00+02:00"}
    lost = made(
        "zoho", deal | {"Stage": "Closed Lost", "Closing_Date": "2026-10-05", "Account_Name": {"name": "Nordwind"}}
    )

    assert [makes for makes, _ in won] == ["lead", "outcome"]
    assert (won[1][1]["won"], won[1][1]["amount"]) == (True, 12.5)
    assert lost[0][1]["fields"] == {"company": "Nordwind"}
    assert (lost[1][1]["won"], lost[1][1]["closed_at"]) == (False, "2026-10-05")


def answers(**told: str) -> list[dict[str, Any]]:
    return [{"column_id": name, "string_value": value} for name, value in told.items()]


TEXT = "textQuestionAnswer"
FORMS: dict[str, tuple[Any, dict[str, Any], dict[str, Any]]] = {
    "facebook": (
        {"entry": [{"id": "1", "changes": [{"field": "leadgen", "value": {
            "leadgen_id": "fb1", "created_time": AT // 1000, "form_id": "f",
            "field_data": [{"name": "spend", "values": ["some"]}, {"name": "email", "values": [ADA["mail"]]}]}}]}]},
        {"budget": "value.field_data[name=spend].values.0"},
        {"lead_id": "fb1", "created_at": TIME, "source": "facebook", "mail": ADA["mail"], "campaign": "f"},
    ),
    "linkedin": (
        {"id": "li1", "submittedAt": AT, "testLead": False, "formResponse": {"answers": [
            {"name": "EMAIL", "answerDetails": {TEXT: {"answer": ADA["mail"]}}},
            {"questionId": 9, "answerDetails": {TEXT: {"answer": "some"}}}]}},
        {"budget": f"formResponse.answers[questionId=9].answerDetails.{TEXT}.answer"},
        {"lead_id": "li1", "created_at": TIME, "source": "linkedin", "mail": ADA["mail"]},
    ),
    "google_ads": (
        {"lead_id": "g1", "campaign_id": 3, "user_column_data": answers(FULL_NAME=ADA["name"], HOW="some", EMAIL=ADA["mail"])},
        {"budget": "user_column_data[column_id=HOW].string_value"},
        {"lead_id": "g1", "source": "google ads", "campaign": 3, **ADA},
    ),
    "typeform": (
        {"event_type": "form_response", "form_response": {"token": "t1", "submitted_at": TIME, "hidden": {"utm_source": "ad"}, "answers": [
            {"type": "choice", "choice": {"label": "some"}, "field": {"ref": "budget"}},
            {"type": "email", "email": ADA["mail"], "field": {"ref": "a"}},
            {"type": "text", "text": ADA["name"], "field": {"ref": "name"}}]}},
        {"budget": "form_response.answers[field.ref=budget].choice.label"},
        {"lead_id": "t1", "created_at": TIME, "source": "ad", **ADA},
    ),
    "jotform": (
        nested([("submissionID", "j1"), ("formID", "f"), ("rawRequest", '{"q4_email": "ada@nordwind.example", "q9_spend": "some"}')]),
        {"budget": "rawRequest.q9_spend"},
        {"lead_id": "j1", "campaign": "f", "mail": ADA["mail"]},
    ),
    "gravity_forms": (
        {"id": "gf1", "form_id": "3", "date_created": "2026-11-27 10:00:00", "1.6": "Ada Berger", "2": ADA["mail"], "7.1": "some"},
        {"budget": "7.1"},
        {"lead_id": "gf1", "created_at": "2026-11-27 10:00:00", **ADA},
    ),
    "contact_form_7": (
        {"your-name": ADA["name"], "your-email": ADA["mail"], "spend": "some", "_wpcf7": "12"},
        {"budget": "spend"},
        {"lead_id": "message-", **ADA},
    ),
    "elementor": (
        nested([("form[id]", "a"), ("fields[name][value]", ADA["name"]), ("fields[email][value]", ADA["mail"]), ("fields[spend][value]", "some")]),
        {"budget": "fields.spend.value"},
        {"lead_id": "message-", **ADA},
    ),
    "webflow": (
        {"triggerType": "form_submission", "payload": {"id": "w1", "submittedAt": TIME, "data": {"Name": ADA["name"], "Email": ADA["mail"], "Spend": "some"}}},
        {"budget": "payload.data.Spend"},
        {"lead_id": "w1", "created_at": TIME, **ADA},
    ),
}  # fmt: skip


@pytest.mark.parametrize("preset", FORMS)
def test_form_is_a_lead_with_what_the_company_has_asked(preset: str) -> None:
    body, fields, known = FORMS[preset]
    ((makes, record),) = made(preset, body, fields=fields)

    assert makes == "lead"
    assert record["fields"]["budget"] == "some"
    told = record | record["fields"]
    for name, value in known.items():
        assert told[name] == value or (name == "lead_id" and str(told[name]).startswith("message-")), name


def test_every_ready_rule_is_tried_here() -> None:
    crms = {"hubspot", "salesforce", "salesforce_cdc", "pipedrive", "dynamics", "zoho"}

    assert set(names()) == crms | FORMS.keys()


def test_unknown_ready_rule_is_named() -> None:
    with pytest.raises(ValueError, match=r"preset must be one of contact_form_7, dynamics.*, got 'hubspott'"):
        WebhookSettings.model_validate({"preset": "hubspott"})
