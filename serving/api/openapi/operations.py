"""Every route: what it is for, what it takes, and every status that it may answer."""

from typing import Any

from features.records.parsing.ids import LONGEST_ID
from serving.analytics.reports import Kind
from serving.api.body import JSON
from serving.api.forms.posts import FORM_MEDIA_TYPES
from serving.api.listing import CHOICES, FIRST_PAGE, SHARES, TEXTS, TIMES
from serving.api.openapi.reports import report_examples
from serving.api.openapi.shapes import Json, example_form, example_lead, example_told, ref
from serving.api.parameters import MAX_LISTED
from serving.api.records import LONGEST_KEY
from serving.api.reports import COHORTS, PARAMETERS
from serving.api.score import UP_TO
from serving.api.webhooks.soap import XML_MEDIA_TYPES
from serving.champion.champion import Champion, UpTo
from serving.schemas.problems import MEDIA_TYPE, RETRY_SECONDS
from serving.schemas.vocabulary import DIRECTIONS, WHOSE

BODY_REFUSALS = {
    "400": "The body is not JSON.",
    "413": "The body is too large.",
    "415": "The body is not sent as JSON.",
    "422": "It breaks rules, or there are too many; with many, the broken ones are named in their places.",
}
KEY_REFUSALS = {"401": "There is no good key.", "403": "The key's role is another."}
FORM_KEY = "Where a page cannot set a header, a form's key may be its field `_key`: anybody can read it there, so it may do nothing but this."
SECURITY: list[Json] = [{"bearer": []}, {"header": []}]
GONE = {"503": f"The store does not answer: nothing was kept, the same call may come again in {RETRY_SECONDS} seconds."}
NOT_THERE = {"404": "There is no such lead."}
ERASED = {"410": "The lead was erased: nothing of them is kept."}
CONFLICT = {"409": "Another record is stored under this name."}

POST_REFUSALS = {
    "408": "A form took too long to arrive.",
    "429": "Too many forms came from one address or by one key.",
}

IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
    "description": "The same call with the same key is answered the same, and done once; the key with another call is refused.",
}
TEXT: Json = {"type": "string", "minLength": 1, "maxLength": LONGEST_ID}
WORDS = {
    "source": "Value of the first channel, as listed.",
    "owner": "A `rep_id`.",
    "search": "What the id or the name holds, in whatever case.",
}
LEAD_ID = {
    "name": "lead_id",
    "in": "path",
    "required": True,
    "schema": {"type": "string"},
    "description": "The lead's id.",
}


def paths(champion: Champion) -> Json:
    """Describe every path."""
    told, limits = example_told(champion), champion.limits
    limit = f"and {limits.most_bytes:,} bytes. Times without a zone are taken in {champion.intake.time_zone}."
    most = {
        name: f"At most {limits.most_leads:,} {name} {limit}"
        for name in ("leads", "events", "outcomes", "deletions", "merges")
    }
    many = {
        name: f"{said} A record that comes twice is one row, and is answered the same." for name, said in most.items()
    }
    return {
        "/": {"get": _get("index", "What the service answers to.", {"type": "object"})},
        "/openapi.json": {"get": _get("openapi", "This description.", {"type": "object"})},
        "/score": {"post": _score(champion, most["leads"])},
        "/leads": {
            "post": _post_leads(champion, many["leads"], told["lead"]),
            "get": _list(),
        },
        "/leads/{lead_id}": {
            "get": _of_lead("lead", "Everything that is known of a lead.", "KnownLead"),
            "delete": _erase(),
        },
        "/leads/{lead_id}/scores": {
            "get": _of_lead("scores", "Every score of a lead, the earliest first.", "LeadScores")
        },
        "/leads/{lead_id}/why": {"get": _of_lead("why", "The latest score of a lead, with its reasons.", "Score")},
        "/model": {"get": _get("get_model", "The model that answers, and its record.", ref("ModelAccount"))},
        "/leads/{lead_id}/what-if": {"get": _what_if(champion)},
        "/plan": {"get": _plan()},
        "/queue": {"get": _queue()},
        "/leads/{lead_id}/similar": {
            "get": _of_lead(
                "similar", "Past leads whose scores were driven by the same, and their end.", "SimilarLeads"
            )
        },
        "/leads/{lead_id}/card": {
            "get": _of_lead("card", "A signed link to the card of a lead, for a frame in a CRM.", "CardLink")
        },
        "/leads/{lead_id}/letter": {"post": _letter()},
        "/events": {
            "post": _tell(
                "events", "Keep what happened, and score the leads.", many["events"], told["event"], ["StoredEvent"]
            )
        },
        "/outcomes": {
            "post": _tell("outcomes", "Keep how leads ended.", many["outcomes"], told["outcome"], ["OutcomeReceipt"])
        },
        "/deletions": {"post": _remove("deletions", "Take leads out that a CRM has deleted.", many, told["deletion"])},
        "/merges": {"post": _remove("merges", "Let leads be one that a CRM has merged.", many, told["merge"])},
        "/webhooks/{name}": {"post": _webhook(limits.most_bytes, limits.most_leads)},
        "/feedback": {"post": _feedback(told["feedback"]), "get": _list_feedback()},
        "/metrics": {"get": _metrics()},
        **{f"/{kind}": {"get": operation} for kind, operation in _reports(champion).items()},
    }


def _score(champion: Champion, description: str) -> Json:
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
        "requestBody": _body(["Lead", "Leads"], examples),
        "responses": {"200": _answer(said, ["Score", "Scores"]), **_refusals(BODY_REFUSALS, {**KEY_REFUSALS, **GONE})},
    }


def _tell(name: str, summary: str, description: str, example: Json, one: list[str]) -> Json:
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
        "requestBody": _body([request, f"{request}s"], examples),
        "responses": {
            "201": _answer("It is on disk.", one),
            "200": _answer("Those that are good are on disk; each other has its problem in its place.", several),
            **_refusals(BODY_REFUSALS, KEY_REFUSALS, conflict, ERASED, GONE),
        },
    }


def _remove(name: str, summary: str, many: Json, example: Json) -> Json:
    operation = _tell(name, summary, many[name], example, ["RemovalReceipt"])
    said = operation["responses"]["200"]["description"]
    operation["responses"]["200"] = _answer(said, ["StoredRemovals"])
    del operation["responses"]["409"]
    return operation


def _post_leads(champion: Champion, description: str, example: Json) -> Json:
    operation = _tell(
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
        **_refusals(POST_REFUSALS),
        "303": {
            "description": "A form of a browser is on disk, and the visitor goes on.",
            "headers": {"Location": {"schema": {"type": "string", "format": "uri"}, "description": "The address."}},
        },
    }
    for status, answer in operation["responses"].items():  # to a browser that posts by itself; it never posts many
        if "content" in answer and status != "200":
            answer["content"]["text/html"] = {"schema": {"type": "string"}}
    return operation


def _feedback(example: Json) -> Json:
    return {
        "operationId": "post_feedback",
        "summary": "Keep what a rep says of a score.",
        "parameters": [IDEMPOTENCY],
        "requestBody": _body(["NewFeedback"], {"one": {"summary": "One", "value": example}}),
        "responses": {
            "201": _answer("It is on disk.", ["FeedbackReceipt"]),
            **_refusals(BODY_REFUSALS, KEY_REFUSALS, {"404": "There is no such score."}, GONE),
        },
    }


def _metrics() -> Json:
    summary = "Figures for operators, in the text format of Prometheus; settings may open it to callers without a key."
    operation = _get("metrics", summary, {"type": "string"})
    content = operation["responses"]["200"]["content"]
    content["text/plain"] = content.pop("application/json")
    return operation


def _webhook(most_bytes: int, most_messages: int) -> Json:
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
            **_refusals(BODY_REFUSALS, KEY_REFUSALS, {"404": "There is no such webhook."}, GONE),
        },
    }


def _erase() -> Json:
    return {
        "operationId": "erase_lead",
        "summary": "Forget the person behind a lead.",
        "description": "Id, free texts and profile go; answers of a list, numbers, times and outcomes stay for training, under an alias. Where there is an export, an id that the store does not know is forgotten too: no reading of the export has its lead from then on.",
        "parameters": [LEAD_ID],
        "responses": {"204": {"description": "It is forgotten."}, **_refusals(KEY_REFUSALS, NOT_THERE, GONE)},
    }


def _letter() -> Json:
    return {
        "operationId": "make_letter_link",
        "summary": "Make a link that opens the letter to a lead once.",
        "description": "The letter says in plain words what of their data counted and how, what would have led elsewhere, who decides and how to object; nothing else can be read by the link.",
        "parameters": [LEAD_ID],
        "responses": {
            "201": _answer("The link.", ["LetterLink"]),
            **_refusals(
                KEY_REFUSALS,
                NOT_THERE,
                {
                    "422": "The settings do not say what a letter has to say, or there is no decision that it could be about."
                },
                GONE,
            ),
        },
    }


def _list() -> Json:
    operation = _get("list_leads", "Leads: filtered, in an order, a page at a time.", ref("LeadPage"))
    return _by_page(operation, _of_list("open, won and lost ones if not given", FIRST_PAGE.order))


def _queue() -> Json:
    whose = {"enum": list(WHOSE), "description": "Those of the rep whose key it is, or else everyone's, if not given."}
    summary = "The leads that whoever asks has to work, in the order of the pages: open, worth most first."
    parameters = {"whose": whose, **_of_list("open if not given", None)}
    return _by_page(_get("queue", summary, ref("LeadPage")), parameters)


def _of_list(status: str, order: str | None) -> Json:
    """Describe the filters of a list of leads, and its order unless it depends on the model."""
    told: Json = {name: {"enum": list(values)} for name, values in CHOICES.items()}
    told["status"]["description"] = f"How the leads stand: {status}."
    return {
        **told,
        "order": {"enum": list(CHOICES["order"]), **({"default": order} if order else {})},
        **{name: TEXT | {"description": WORDS[name]} for name in TEXTS},
        **{name: {"type": "number", "minimum": 0, "maximum": 1} for name in SHARES},
        **{name: {"type": "string", "format": "date-time"} for name in TIMES},
    }


def _what_if(champion: Champion) -> Json:
    operation = _of_lead("what_if", "What other answers would make of a lead's score; nothing is kept.", "WhatIf")
    operation["parameters"] = [
        LEAD_ID,
        *(
            {
                "name": name,
                "in": "query",
                "required": False,
                "schema": {"type": "string"},
                "description": field.ask or name,
            }
            for name, field in champion.intake.answers.items()
        ),
    ]
    operation["responses"] |= _refusals({"422": "No answer is supposed, or one breaks a rule of the settings."})
    return operation


def _plan() -> Json:
    operation = _get("get_plan", "What fewer, better leads would have kept of the wins.", ref("RecordPlan"))
    operation["responses"] |= _refusals({"404": "The model's record holds too few wins to say."})
    return operation


def _list_feedback() -> Json:
    parameters: Json = {
        "agrees": {"type": "boolean"},
        "direction": {"enum": list(DIRECTIONS)},
        "since": {"type": "string", "format": "date-time"},
    }
    operation = _get("list_feedback", "What reps have said of scores, the latest first.", ref("ListedFeedbackPage"))
    return _by_page(operation, parameters)


REPORTS: dict[Kind, str] = {
    "sources": "What each source cost, brought and lost, and whether it closes as before.",
    "funnel": "How far leads come and how soon, by cohort and source, and whether they are being qualified.",
    "reps": "Each rep's two skills; a key of role rep sees the numbers of its own rep and how those of all are spread.",
}


def _reports(champion: Champion) -> Json:
    operations: Json = {}
    described: Json = {"as_of": {"type": "string", "format": "date-time"}, "by": {"enum": list(COHORTS)}}
    examples = report_examples(champion.model.trained_until)
    for kind, summary in REPORTS.items():
        operation = _get(f"get_{kind}", summary, ref(kind.title()))
        operation["responses"]["200"]["content"]["application/json"]["example"] = examples[kind]
        operation["parameters"] = [
            {"name": name, "in": "query", "required": False, "schema": described[name]} for name in PARAMETERS[kind]
        ]
        operation["responses"] |= _refusals({"422": "A parameter breaks a rule."}, GONE)
        operations[kind] = operation
    return operations


def _by_page(operation: Json, parameters: Json) -> Json:
    """Add the parameters and refusals of a list that comes a page at a time."""
    paging = {
        "limit": {"type": "integer", "minimum": 1, "maximum": MAX_LISTED, "default": FIRST_PAGE.most},
        "cursor": {"type": "string", "description": "`next` of the page before."},
    }
    told = {**parameters, **paging}
    operation["parameters"] = [
        {"name": name, "in": "query", "required": False, "schema": schema} for name, schema in told.items()
    ]
    operation["responses"] |= _refusals({"422": "A parameter breaks a rule."}, GONE)
    return operation


def _of_lead(name: str, summary: str, answer: str) -> Json:
    operation = _get(f"get_{name}", summary, ref(answer))
    operation["parameters"] = [LEAD_ID]
    operation["responses"] |= _refusals(NOT_THERE, GONE)
    return operation


def _get(name: str, summary: str, schema: Json) -> Json:
    content = {"application/json": {"schema": schema}}
    answer = {"200": {"description": summary, "content": content}}
    return {"operationId": name, "summary": summary, "responses": {**answer, **_refusals(KEY_REFUSALS, GONE)}}


def _body(names: list[str], examples: Json) -> Json:
    schema = ref(names[0]) if len(names) == 1 else {"oneOf": [ref(name) for name in names]}
    return {"required": True, "content": {"application/json": {"schema": schema, "examples": examples}}}


def _answer(description: str, names: list[str]) -> Json:
    schema = ref(names[0]) if len(names) == 1 else {"anyOf": [ref(name) for name in names]}
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _refusals(*kinds: dict[str, str]) -> dict[str, Any]:
    """Describe the problems of some statuses, in their order."""
    told = {status: description for kind in kinds for status, description in kind.items()}
    return {status: _problem(status, told[status]) for status in sorted(told)}


def _problem(status: str, description: str) -> Json:
    problem: Json = {"description": description, "content": {MEDIA_TYPE: {"schema": ref("Problem")}}}
    if status in ("429", "503"):
        problem["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
    return problem
