"""Calls of form plugins, CRMs and lead ads by the ready rules, mutated: each message becomes a record, has a reason, or is kept as not understood.

`python -m bench.hooks [--calls 20000] [--seed 0]` prints how many messages became what, by preset, and every one that is neither stored nor
explained. The posts are written here by hand from what the makers document, and share nothing with the examples under test.
"""

import argparse
import copy
import json
import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape
from typing import Any

from bench.posts import company_schema
from features.settings.schema import LeadSchema
from serving.api.lenient import parse_members
from serving.api.webhook_calls import told_by
from serving.api.webhooks.soap import ENVELOPE, OUTBOUND, messages_of
from serving.schemas.problems import RefusedError
from serving.schemas.score import Problem
from serving.settings.message_paths import each_of
from serving.settings.webhooks import WebhookSettings

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
XSI = "http://www.w3.org/2001/XMLSchema-instance"
MS, SECONDS = 1_795_600_000_000, 1_795_600_000
CALLS: dict[str, tuple[Any, ...]] = {
    "contact_form_7": (
        {"your-name": "Ada", "your-email": "ada@example.org", "your-message": "call me", "_wpcf7": "5"},
        {"your-name": ["Ada"], "your-tel": "+49 30 1", "acceptance-1": ["1"]},
    ),
    "gravity_forms": (
        {"id": "77", "form_id": "3", "date_created": "2026-11-25 10:00:00", "1.3": "Ada", "1.6": "Berg", "2": "a@b.org"},
        {"id": 78, "form_id": 3, "date_created": "2026-11-25 10:00:00", "7.1": "yes", "9": '["a","b"]', "source_url": ""},
    ),
    "elementor": (
        {"fields": {"name": {"id": "name", "value": "Ada"}, "email": {"id": "email", "value": "a@b.org"}}, "meta": {}},
        {"name": "Ada", "email": "a@b.org", "form_id": "x1", "form_name": "Contact"},
    ),
    "webflow": (
        {
            "triggerType": "form_submission",
            "payload": {
                "name": "Contact",
                "siteId": "s",
                "data": {"Name": "Ada", "Email": "a@b.org"},
                "submittedAt": "2026-11-25T10:00:00.000Z",
                "id": "wf1",
            },
        },
    ),
    "typeform": (
        {
            "event_id": "e1",
            "event_type": "form_response",
            "form_response": {
                "form_id": "f",
                "token": "t1",
                "submitted_at": "2026-11-25T10:00:00Z",
                "hidden": {"utm_source": "ad"},
                "answers": [
                    {"type": "email", "email": "a@b.org", "field": {"id": "1", "ref": "mail", "type": "email"}},
                    {"type": "choice", "choice": {"label": "none"}, "field": {"id": "2", "ref": "budget"}},
                ],
            },
        },
    ),
    "jotform": (
        {"submissionID": "5001", "formID": "12", "rawRequest": '{"q3_name":{"first":"Ada","last":"B"},"q4_email":"a@b.org"}'},
    ),
    "hubspot": (
        {
            "objectId": 7,
            "properties": {
                "createdate": {"value": str(MS)},
                "hs_lastmodifieddate": {"value": str(MS + 1000)},
                "dealname": {"value": "Nordwind"},
                "hs_is_closed": {"value": "true"},
                "hs_is_closed_won": {"value": "true"},
                "closedate": {"value": str(MS + 900)},
                "amount": {"value": "1200.5"},
            },
        },
        [
            {"objectId": 8, "subscriptionType": "deal.propertyChange", "propertyName": "dealstage", "propertyValue": "closedwon", "occurredAt": MS},
            {"objectId": 9, "subscriptionType": "deal.deletion", "occurredAt": MS},
        ],
    ),
    "salesforce": (
        {"Id": "04l1", "sObject": {"type": "Opportunity", "Id": "0061", "CreatedDate": "2026-11-20T10:00:00.000Z", "LastModifiedDate": "2026-11-25T10:00:00.000Z", "IsClosed": "true", "IsWon": "true", "CloseDate": "2026-11-25", "Amount": "9", "StageName": "Closed & Won"}},
        [
            {"Id": "04l2", "sObject": {"type": "Lead", "Id": "00Q1", "CreatedDate": "2026-11-20T10:00:00.000Z", "LastModifiedDate": "2026-11-25T10:00:00.000Z", "Company": "Nordwind", "LeadSource": "Web"}},
            {"Id": "04l3", "sObject": {"type": "Lead", "Id": "00Q2", "CreatedDate": "2026-11-20T10:00:00.000Z", "LastModifiedDate": "2026-11-25T10:00:00.000Z", "IsConverted": "true", "ConvertedOpportunityId": "0061"}},
        ],
    ),
    "salesforce_cdc": (
        {
            "schema": "x",
            "payload": {
                "ChangeEventHeader": {
                    "entityName": "Opportunity",
                    "recordIds": ["0061", "0062"],
                    "changeType": "UPDATE",
                    "commitTimestamp": MS,
                },
                "StageName": "Closed Won",
                "IsWon": True,
                "IsClosed": True,
                "CloseDate": "2026-11-25",
                "Amount": 5.0,
            },
        },
        {"payload": {"ChangeEventHeader": {"entityName": "Lead", "recordIds": ["00Q1"], "changeType": "CREATE", "commitTimestamp": MS}, "LeadSource": "Web"}},
    ),
    "pipedrive": (
        {
            "v": 1,
            "event": "updated.deal",
            "meta": {"action": "updated", "object": "deal", "id": 5},
            "current": {"id": 5, "add_time": "2026-11-20 10:00:00", "update_time": "2026-11-25 10:00:00", "status": "won", "won_time": "2026-11-25 10:00:00", "close_time": "2026-11-25 10:00:00", "value": 900, "title": "x"},
        },
        {
            "data": {"id": 6, "add_time": "2026-11-20T10:00:00Z", "update_time": "2026-11-25T10:00:00Z", "status": "lost", "lost_time": "2026-11-25T10:00:00Z", "close_time": "2026-11-25T10:00:00Z", "lost_reason": "price"},
            "meta": {"action": "change", "entity": "deal", "entity_id": "6", "version": "2.0"},
        },
    ),
    "zoho": (
        {"id": "55", "Created_Time": "2026-11-20T10:00:00+01:00", "Modified_Time": "2026-11-25T10:00:00+01:00", "Stage": "Closed Won", "Closing_Date": "2026-11-25", "Amount": "7", "module": "Deals"},
    ),
    "dynamics": (
        {"opportunityid": "o1", "createdon": "2026-11-20T10:00:00Z", "modifiedon": "2026-11-25T10:00:00Z", "statecode": 1, "actualclosedate": "2026-11-25", "actualvalue": 3.5},
        {"leadid": "l1", "createdon": "2026-11-20T10:00:00Z", "modifiedon": "2026-11-25T10:00:00Z", "statecode": 2, "fullname": "Ada"},
    ),
    "facebook": (
        {"object": "page", "entry": [{"id": "1", "time": SECONDS, "changes": [{"field": "leadgen", "value": {"leadgen_id": "L1", "created_time": SECONDS, "form_id": "f"}}, {"field": "leadgen", "value": {"leadgen_id": "L2", "created_time": SECONDS}}]}]},
    ),
    "linkedin": (
        {"type": "LEAD_ACTION", "leadGenFormResponse": "urn:li:leadGenFormResponse:1", "leadGenForm": "urn:li:leadGenForm:2", "leadType": "SPONSORED", "leadAction": "CREATED", "occuredAt": MS},
    ),
    "google_ads": (
        {"lead_id": "g1", "form_id": 1, "campaign_id": 2, "google_key": "k", "user_column_data": [{"column_id": "FULL_NAME", "string_value": "Ada"}, {"column_id": "EMAIL", "string_value": "a@b.org"}]},
    ),
}  # fmt: skip
ODD: tuple[Any, ...] = (
    *(
        None,
        "",
        " ",
        "x" * 300,
        0,
        -1,
        1e308,
        2**70,
        True,
        False,
        [],
        {},
        [None],
        {"value": None},
        "\0",
        "\ud83d",
        "🎉",
    ),
    *("0000-00-00 00:00:00", "2999-01-01", "31.12.2025", "yesterday", "NaN", "1.200,50 €", "<b>", float("nan"), [[1]]),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the paths of all members of a message."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in members:
        yield (*path, name)
        yield from places(member, (*path, name))


def mutated(rng: random.Random, body: Any) -> Any:
    """Return a body with a few members dropped, renamed, wrapped, doubled or changed."""
    body = copy.deepcopy(body)
    for _ in range(rng.choice((0, 1, 1, 2, 4))):
        known = list(places(body))
        if not known:
            break
        *path, name = rng.choice(known)
        holder = body
        for step in path:
            holder = holder[step]
        match rng.randrange(6):
            case 0 if isinstance(holder, dict):
                del holder[name]
            case 1 if isinstance(holder, dict):
                holder[str(name).upper()] = holder.pop(name)
            case 2:
                holder[name] = [holder[name]]
            case 3:
                holder[name] = {"value": holder[name]}
            case 4 if isinstance(holder, list):
                holder.append(copy.deepcopy(holder[name]))
            case _:
                holder[name] = copy.deepcopy(rng.choice(ODD))
    return [body, copy.deepcopy(body)] if rng.random() < 0.05 else body


def envelope(body: Any) -> bytes:
    """Return messages as Salesforce's outbound XML; what XML cannot hold stands there nevertheless."""
    notifications = "".join(_element("Notification", one) for one in (body if isinstance(body, list) else [body]))
    inside = f'<notifications xmlns="{OUTBOUND}"><OrganizationId>00D</OrganizationId>{notifications}</notifications>'
    text = f'<soapenv:Envelope xmlns:soapenv="{ENVELOPE}"><soapenv:Body>{inside}</soapenv:Body></soapenv:Envelope>'
    return text.encode(errors="surrogatepass")


def _element(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_element(name, one) for one in value)
    if not isinstance(value, dict):
        return f"<{name}>{'' if value is None else escape(str(value))}</{name}>"
    kind, inside = str(value.get("type", "")), {key: one for key, one in value.items() if key != "type"}
    told = f' xmlns:xsi="{XSI}" xsi:type="sf:{escape(kind)}"' if "type" in value else ""
    return f"<{name}{told}>{''.join(_element(key, one) for key, one in inside.items())}</{name}>"


def ends_of(preset: str, body: Any, schema: LeadSchema) -> Iterator[str]:
    """Yield what became of each message of a call; `lost` for one that is neither stored, explained nor kept."""
    webhook = WebhookSettings.model_validate({"preset": preset})
    try:
        if webhook.shape == "salesforce":
            messages = list(messages_of(envelope(body)))
        else:
            messages = each_of(parse_members(json.dumps(body).encode()), webhook.each)
    except RefusedError as error:
        yield f"refused: {error.problem.title}" if error.problem.detail else "lost"
        return
    told = told_by(preset, webhook, messages, schema, NOW)
    kept: dict[int, list[str]] = {place: ["not understood, kept"] for place in told.ignored}
    for kind, (part, at) in told.parts.items():
        for record, place in zip(part.records, at, strict=True):  # type: ignore[attr-defined]
            is_explained = isinstance(record, Problem) and record.detail and record.errors
            end = kind if not isinstance(record, Problem) else "a reason, kept" if is_explained else "lost"
            kept.setdefault(place, []).append(end)
    if not messages:
        yield "no message in it"
    for place in range(len(messages)):
        yield " + ".join(sorted(set(kept.get(place, ["lost"]))))


def main() -> None:
    """Print what became of the messages, by preset."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    rng, schema = random.Random(given.seed), company_schema()
    ends: Counter[tuple[str, str]] = Counter()
    for _ in range(given.calls):
        preset = rng.choice(sorted(CALLS))
        body = mutated(rng, rng.choice(CALLS[preset]))
        for end in ends_of(preset, body, schema):
            ends[preset, end] += 1
            if "lost" in end:
                print("lost:", preset, json.dumps(body)[:400])
    for (preset, end), count in sorted(ends.items()):
        print(f"{count:>7,}  {preset:16} {end}")


if __name__ == "__main__":
    main()
