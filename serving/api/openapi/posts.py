"""Operations that are told something: scores, records, feedback, webhooks, and what is asked for a lead."""

from serving.api.body import JSON
from serving.api.forms.posts import FORM_MEDIA_TYPES
from serving.api.openapi.elements import (
    BODY_REFUSALS,
    GONE,
    IDEMPOTENCY,
    KEY_REFUSALS,
    LEAD_ID,
    NOT_THERE,
    SECURITY,
    answer,
    body,
    refusals,
)
from serving.api.openapi.shapes import Json, example_form, example_lead, ref
from serving.api.score import UP_TO
from serving.api.webhooks.soap import XML_MEDIA_TYPES
from serving.champion.champion import Champion, UpTo

FORM_KEY = "Where a page cannot set a header, a form's key may be its field `_key`: anybody can read it there, so it may do nothing but this."
ERASED = {"410": "The lead was erased: nothing of them is kept."}
CONFLICT = {"409": "Another record is stored under this name."}
POST_REFUSALS = {
    "408": "A form took too long to arrive.",
    "429": "Too many forms came from one address or by one key.",
}


def score(champion: Champion, description: str) -> Json:
    """Return the operation that scores without keeping anything."""
    example = example_lead(champion)
    examples = {
        "one": {"summary": "One lead", "value": example},
        "many": {"summary": "Many leads", "value": {"leads": [example, {"fields": {}}]}},
    }
    said = "The score of the one lead, or for each of many its score or its problem."
    return {
        "operationId": "score",
        "summary": "Score one lead or many; nothing is kept.",
        "description": description,
        "parameters": [
            {
                "name": UP_TO,
                "in": "query",
                "required": False,
                "description": "Where to stop: after the reasons, after the decision, or only after what to ask next. What is left out "
                "is null or empty, and saves its time.",
                "schema": {"enum": list(UpTo), "default": UpTo.QUESTIONS},
            }
        ],
        "requestBody": body(["Lead", "Leads"], examples),
        "responses": {"200": answer(said, ["Score", "Scores"]), **refusals(BODY_REFUSALS, {**KEY_REFUSALS, **GONE})},
    }


def tell(name: str, summary: str, description: str, example: Json, one: list[str]) -> Json:
    """Return the operation that keeps records of a kind, one or many."""
    request = f"New{name[:-1].title()}"
    examples = {
        "one": {"summary": "One", "value": example},
        "many": {"summary": "Many", "value": {name: [example, {}]}},
    }
    stored = f"Stored{name.title()}"
    several = ["LeadReceipts", stored] if name == "leads" else [stored]
    conflict = {} if name == "outcomes" else CONFLICT
    return {
        "operationId": f"post_{name}",
        "summary": summary,
        "description": description,
        "parameters": [IDEMPOTENCY],
        "requestBody": body([request, f"{request}s"], examples),
        "responses": {
            "201": answer("It is on disk.", one),
            "200": answer("Those that are good are on disk; each other has its problem in its place.", several),
            **refusals(BODY_REFUSALS, KEY_REFUSALS, conflict, ERASED, GONE),
        },
    }


def remove(name: str, summary: str, many: Json, example: Json) -> Json:
    """Return the operation by which leads are taken out."""
    operation = tell(name, summary, many[name], example, ["RemovalReceipt"])
    said = operation["responses"]["200"]["description"]
    operation["responses"]["200"] = answer(said, ["StoredRemovals"])
    del operation["responses"]["409"]
    return operation


def post_leads(champion: Champion, description: str, example: Json) -> Json:
    """Return the operation that keeps leads, by a CRM or a form."""
    operation = tell(
        "leads", "Keep one lead or many, and score them.", description, example, ["LeadReceipt", "StoredLead"]
    )
    forms = champion.forms
    operation["description"] += (
        f" Pages post forms of at most {forms.most_bytes:,} bytes, and hear that they are stored and nothing else. {FORM_KEY}"
    )
    form = {"schema": ref("FormLead"), "examples": {"one": {"summary": "A form", "value": example_form(champion)}}}
    operation["requestBody"]["content"] |= dict.fromkeys(FORM_MEDIA_TYPES, form)
    operation["security"] = [*SECURITY, {}]
    operation["responses"] |= {
        **refusals(POST_REFUSALS),
        "303": {
            "description": "A form of a browser is on disk, and the visitor goes on.",
            "headers": {"Location": {"schema": {"type": "string", "format": "uri"}, "description": "The address."}},
        },
    }
    for status, told in operation["responses"].items():  # to a browser that posts by itself; it never posts many
        if "content" in told and status != "200":
            told["content"]["text/html"] = {"schema": {"type": "string"}}
    return operation


def feedback(example: Json) -> Json:
    """Return the operation that keeps what a rep says."""
    return {
        "operationId": "post_feedback",
        "summary": "Keep what a rep says of a score.",
        "parameters": [IDEMPOTENCY],
        "requestBody": body(["NewFeedback"], {"one": {"summary": "One", "value": example}}),
        "responses": {
            "201": answer("It is on disk.", ["FeedbackReceipt"]),
            **refusals(BODY_REFUSALS, KEY_REFUSALS, {"404": "There is no such score."}, GONE),
        },
    }


def webhook(most_bytes: int, most_messages: int) -> Json:
    """Return the operation that takes what a CRM sends by itself."""
    hubspot = {"subscriptionType": "deal.propertyChange", "objectId": 812, "propertyName": "dealstage"}
    told = hubspot | {"propertyValue": "closedwon", "occurredAt": 1760000000000, "eventId": 100, "attemptNumber": 0}
    message: Json = {"type": ["object", "array"], "items": {"type": "object"}}
    examples = {"hubspot": {"summary": "Two changes of HubSpot", "value": [told, told | {"eventId": 101}]}}
    return {
        "operationId": "post_webhook",
        "summary": "Take what a CRM sends by itself.",
        "description": f"By the rules of the settings, at most {most_messages:,} messages and {most_bytes:,} bytes. A key is not "
        "needed where HubSpot's signature comes with the call. What is good is stored even where something else is not; sent "
        "again, it makes nothing twice.",
        "security": [*SECURITY, {}],
        "parameters": [
            LEAD_ID | {"name": "name", "description": "The webhook's name in the settings."},
        ],
        "requestBody": {
            "required": True,
            "content": {
                JSON: {"schema": message, "examples": examples},
                **{key: {"schema": {"type": "string"}} for key in XML_MEDIA_TYPES},
            },
        },
        "responses": {
            "200": {
                "description": "All of it is on disk.",
                "content": {
                    JSON: {"schema": ref("WebhookReceipt")},
                    XML_MEDIA_TYPES[0]: {"schema": {"type": "string"}},
                },
            },
            **refusals(BODY_REFUSALS, KEY_REFUSALS, {"404": "There is no such webhook."}, GONE),
        },
    }


def erase() -> Json:
    """Return the operation that forgets a person."""
    return {
        "operationId": "erase_lead",
        "summary": "Forget the person behind a lead.",
        "description": "Id, free texts and profile go; answers of a list, numbers, times and outcomes stay for training, under an alias. Where there is an export, an id that the store does not know is forgotten too: no reading of the export has its lead from then on.",
        "parameters": [LEAD_ID],
        "responses": {"204": {"description": "It is forgotten."}, **refusals(KEY_REFUSALS, NOT_THERE, GONE)},
    }


def letter() -> Json:
    """Return the operation that makes a link to a letter."""
    return {
        "operationId": "make_letter_link",
        "summary": "Make a link that opens the letter to a lead once.",
        "description": "The letter says in plain words what of their data counted and how, what would have led elsewhere, who decides and how to object; nothing else can be read by the link.",
        "parameters": [LEAD_ID],
        "responses": {
            "201": answer("The link.", ["LetterLink"]),
            **refusals(
                KEY_REFUSALS,
                NOT_THERE,
                {
                    "422": "The settings do not say what a letter has to say, or there is no decision that it could be about."
                },
                GONE,
            ),
        },
    }
