"""What requests may hold, by the settings that the champion carries: its fields, kinds and values; with an example of each.

It is described as the settings have it; what `features.records.leads.checking` also takes (a number written as text, `yes` for true) is not.
"""

from datetime import timedelta
from typing import Any

from features.records.clock import to_datetime
from features.records.leads.checking import MAX_EVENTS
from features.records.parsing.ids import LONGEST_ID, PATTERN
from features.records.parsing.values import LONGEST_TEXT, text_of
from features.settings.fields import ACTORS, LeadField
from features.settings.schema import LeadSchema
from serving.api.forms.leads import KEY, LEAD_ID, THANKS
from serving.champion.champion import Champion
from serving.schemas.fields import CHANGED_AT, OPEN
from serving.schemas.vocabulary import DIRECTIONS
from serving.settings.forms import FormSettings

Json = dict[str, Any]

TIME: Json = {"type": ["string", "null"], "format": "date-time"}
ID: Json = {"type": ["string", "null"], "minLength": 1, "maxLength": LONGEST_ID}
OF_LEAD: Json = ID | {"pattern": PATTERN}
OF_LEAD_GIVEN: Json = OF_LEAD | {"type": "string"}


def lead_schema() -> Json:
    """Describe one lead."""
    return shape(
        "One lead as it is known at a moment.",
        {
            "lead_id": OF_LEAD | {"description": "The CRM's id; comes back with the score."},
            "created_at": TIME
            | {"description": "When the lead came in; if not given, its first event, or else `as_of`."},
            "as_of": TIME | {"description": "The moment of scoring; now if not given."},
            "fields": ref("Fields"),
            "events": {
                "type": ["array", "null"],
                "maxItems": MAX_EVENTS,
                "items": ref("Event"),
                "description": "What happened so far; nothing may be recorded after `as_of`.",
            },
            "account_leads": {
                "type": ["array", "null"],
                "items": _colleague_schema(),
                "description": "The other leads of its account, where the settings name such a field; without them nothing is known of these.",
            },
        },
        required=["fields"],
    )


def _colleague_schema() -> Json:
    return shape(
        "Another lead of the same account; nothing may be recorded after `as_of`.",
        {
            "created_at": {"type": "string", "format": "date-time"},
            "events": {"type": ["array", "null"], "maxItems": MAX_EVENTS, "items": ref("Event")},
            "outcomes": {
                "type": ["array", "null"],
                "items": shape(
                    "How it ended, as it was known then.",
                    {
                        "closed_at": {"type": "string", "format": "date-time"},
                        "recorded_at": TIME,
                        "won": {"type": "boolean"},
                    },
                    required=["closed_at", "won"],
                ),
            },
        },
        required=["created_at"],
    )


def many_schema(name: str, item: str, most: int) -> Json:
    """Describe a request for many."""
    records = {"type": "array", "maxItems": most, "items": ref(item)}
    return shape(f"Many {name}; a bad one does not spoil the others.", {name: records}, required=[name])


def new_lead_schema() -> Json:
    """Describe a lead that is to be kept."""
    return shape(
        "A lead that is to be kept, as it was when it came in. What happens to it later is told as events and outcomes.",
        {
            "lead_id": OF_LEAD | {"description": "The CRM's id; without one, the service gives it one."},
            "created_at": TIME | {"description": "When it came in; now if not given."},
            "fields": ref("Fields"),
        },
        required=["fields"],
    )


def form_schema(schema: LeadSchema, forms: FormSettings) -> Json:
    """Describe a form: the fields of a lead by their names, as texts, and what a form says of itself."""
    own = {
        KEY: "The key, where a page cannot set a header.",
        THANKS: "Where the visitor goes afterwards: one of the addresses of the settings, the first if not given.",
        LEAD_ID: "The id of the lead; without one, the service gives it one.",
        **({forms.honeypot: "Not seen by people, and to be left empty."} if forms.honeypot else {}),
        **dict.fromkeys(forms.ignore, "Not looked at."),
    }
    fields = fields_schema(schema)["properties"]
    return shape(
        "A form as a browser sends it. What is empty is not said; `on` checks a flag.",
        {**{name: {"type": "string", "description": said} for name, said in own.items()}, **fields},
    )


def new_event_schema(schema: LeadSchema) -> Json:
    """Describe an event that is to be kept."""
    told = {
        "lead_id": OF_LEAD_GIVEN | {"description": "Whose it is; the lead itself may come later."},
        "event_id": ID | {"description": "Tells events of one lead, kind and time apart."},
        "rep_id": ID | {"description": "Which rep it was."},
        "agent_name": ID | {"description": "Which agent it was, with the actor agent."},
        "agent_version": ID | {"description": "Its version, by which it is judged."},
    }
    kinds: Json = event_schema(schema)
    for kind in kinds["oneOf"]:
        del kind["properties"]["recorded_at"]  # the store says when it was recorded
        kind["properties"] |= told
        kind["properties"]["text"] = kind["properties"].get("text", {}) | {
            "type": ["string", "null"],
            "maxLength": LONGEST_TEXT,
        }
        kind["required"] = ["lead_id", *kind["required"]]
    return kinds


def outcome_schema() -> Json:
    """Describe an outcome."""
    return shape(
        "How a lead ended, as it is known now. A correction is another outcome: the last recorded one holds.",
        {
            "lead_id": OF_LEAD_GIVEN | {"description": "Whose it is; the lead itself may come later."},
            "closed_at": {
                "type": ["string", "null"],
                "format": "date-time",
                "description": "Not needed where `won` is open.",
            },
            "won": {
                "enum": [True, False, OPEN],
                "description": "`open` takes back what was told before: the lead is open again.",
            },
            CHANGED_AT: TIME
            | {"description": "As of when that was so; the last one holds. When it is told if not given."},
            "amount": {"type": ["number", "null"], "description": "Value of the deal."},
            "reason": {"type": ["string", "null"], "maxLength": LONGEST_TEXT},
            "rep_id": ID | {"description": "Which rep it was."},
            "outcome_id": ID | {"description": "Tells a correction back to what was said before from a repeated call."},
        },
        required=["lead_id", "won"],
    )


def deletion_schema() -> Json:
    """Describe a lead that its CRM has deleted."""
    told = {"lead_id": OF_LEAD_GIVEN, CHANGED_AT: TIME | {"description": "When; now if not given."}}
    return shape(
        "A lead that is out of lists and trainings; told of again later, it is back.", told, required=["lead_id"]
    )


def merge_schema() -> Json:
    """Describe a lead that its CRM has merged into another."""
    told = {
        "lead_id": OF_LEAD_GIVEN | {"description": "Which stays."},
        "merged_id": OF_LEAD_GIVEN
        | {"description": "Which goes; what was told of it, and what still comes, is the other's."},
        CHANGED_AT: TIME | {"description": "When; now if not given."},
    }
    return shape("Two leads that are one.", told, required=["lead_id", "merged_id"])


def feedback_schema() -> Json:
    """Describe what a rep may say of a score."""
    return shape(
        "What a rep says of a score.",
        {
            "lead_id": OF_LEAD_GIVEN,
            "as_of": TIME | {"description": "The moment of the score that is meant; the latest if not given."},
            "agrees": {"type": "boolean", "description": "Whether the score is right."},
            "direction": {"enum": [*DIRECTIONS, None], "description": "Which way it is wrong, where it is."},
            "subject": ID | {"description": "The subject of the reason that is meant; the whole score if not given."},
            "comment": {"type": ["string", "null"], "maxLength": LONGEST_TEXT},
        },
        required=["lead_id", "agrees"],
    )


def fields_schema(schema: LeadSchema) -> Json:
    """Describe the fields of a lead; one that is missing or null is not known."""
    fields = {name: field_schema(field) for name, field in schema.fields.items()}
    return shape("What is known of the lead; leave out what is not.", fields)


def field_schema(field: LeadField) -> Json:
    """Describe the values of a field."""
    if field.role == "late":
        return {"deprecated": True, "description": f"{_said(field)}Written after the fact: not looked at."}
    return {"description": _said(field).strip(), **_values(field)}


def event_schema(schema: LeadSchema) -> Json:
    """Describe an event: something that happened, or an answer that was given or changed since."""
    answers = [_event({"const": name}, {"value": _values(field)}) for name, field in schema.answers.items()]
    if not schema.kinds:
        return {"oneOf": answers}
    value = {"type": ["number", "null"], "description": "A number that belongs to it, such as minutes."}
    happened = _event({"enum": list(schema.kinds)}, {"value": value, "text": {"description": "Not looked at."}})
    return {"oneOf": [happened, *answers]}


def example_lead(champion: Champion) -> Json:
    """Return a lead that this champion scores: an answer to everything, an event of each kind, scored right after the training."""
    schema = champion.intake
    as_of = to_datetime(champion.model.trained_until).replace(microsecond=0)
    yesterday = (as_of - timedelta(days=1)).isoformat()
    return {
        "lead_id": "L-1001",
        "created_at": (as_of - timedelta(days=3)).isoformat(),
        "as_of": as_of.isoformat(),
        "fields": {name: example_value(field) for name, field in schema.fields.items() if field.role != "late"},
        "events": [{"kind": kind, "occurred_at": yesterday} for kind in schema.kinds],
    }


def example_told(champion: Champion) -> dict[str, Json]:
    """Return, by name, records that can be told one after the other: a lead, what happened to it, how it ended, what a rep says."""
    schema, lead = champion.intake, example_lead(champion)
    kind = next(iter(schema.kinds), None)
    event: Json = {"lead_id": lead["lead_id"], "occurred_at": lead["as_of"]}
    if kind is None:
        kind, field = next(iter(schema.answers.items()))
        event["text"] = text_of(example_value(field))
    return {
        "lead": {name: lead[name] for name in ("lead_id", "created_at", "fields")},
        "event": {"kind": kind, **event, "event_id": "call-77"},
        "deletion": {"lead_id": "L-0999"},
        "merge": {"lead_id": lead["lead_id"], "merged_id": "L-0998"},
        "outcome": {"lead_id": lead["lead_id"], "closed_at": lead["as_of"], "won": True, "amount": 12000},
        "feedback": {
            "lead_id": lead["lead_id"],
            "agrees": False,
            "direction": "too low",
            "comment": "They told me on the phone that they decide today.",
        },
    }


def example_form(champion: Champion) -> Json:
    """Return a form that this champion's settings take."""
    fields = example_lead(champion)["fields"]
    return {name: "on" if value is True else text_of(value) for name, value in fields.items()}


def example_value(field: LeadField) -> str | float | bool:
    """Return a value that the field may have."""
    match field.type:
        case "category":
            return field.values[len(field.values) // 2] if field.values else "example"
        case "number":
            low = field.minimum if field.minimum is not None else min(field.maximum or 10.0, 10.0)
            return low if field.maximum is None else (low + field.maximum) / 2
        case "flag":
            return True
        case "date":
            return "2030-01-31"
        case "text":
            return "a few words"


def _values(field: LeadField) -> Json:
    match field.type:
        case "category" if field.values and not field.others and field.role != "channel":
            return {"type": ["string", "null"], "enum": [*field.values, None]}
        case "category":
            return {
                "type": ["string", "null"],
                "maxLength": LONGEST_TEXT,
                **({"examples": list(field.values)} if field.values else {}),
            }
        case "number":
            limits = {"minimum": field.minimum, "maximum": field.maximum}
            return {"type": ["number", "null"], **{name: limit for name, limit in limits.items() if limit is not None}}
        case "flag":
            return {"type": ["boolean", "null"]}
        case "date":
            return {"type": ["string", "null"], "anyOf": [{"format": "date"}, {"format": "date-time"}]}
        case "text":
            return {"type": ["string", "null"], "maxLength": LONGEST_TEXT}


def _said(field: LeadField) -> str:
    label = f"{field.label[:1].upper()}{field.label[1:]}. " if field.label else ""
    return f"{label}Asked as: {field.ask} " if field.ask else label


def _event(kind: Json, more: Json) -> Json:
    return shape(
        "",
        {
            "kind": {"type": "string", **kind},
            "occurred_at": {"type": "string", "format": "date-time"},
            "recorded_at": TIME | {"description": "When it became known; `occurred_at` if not given."},
            "actor": {"enum": [*ACTORS, None], "description": "Who acted."},
            **more,
        },
        required=["kind", "occurred_at"],
    )


def shape(description: str, properties: Json, required: list[str] | None = None) -> Json:
    """Describe an object that has these properties alone."""
    return {
        "type": "object",
        **({"description": description} if description else {}),
        "properties": properties,
        **({"required": required} if required else {}),
        "additionalProperties": False,
    }


def ref(name: str) -> Json:
    """Refer to a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}
