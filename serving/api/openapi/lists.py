"""Operations that list leads and feedback, and those that say something of one lead or of the model."""

from serving.api.listing import CHOICES, FIRST_PAGE, SHARES, TEXTS, TIMES
from serving.api.openapi.elements import LEAD_ID, TEXT, by_page, get, of_lead, refusals
from serving.api.openapi.shapes import Json, ref
from serving.champion.champion import Champion
from serving.schemas.vocabulary import DIRECTIONS, WHOSE

WORDS = {
    "source": "Value of the first channel, as listed.",
    "owner": "A `rep_id`.",
    "search": "What the id or the name holds, in whatever case.",
}


def metrics() -> Json:
    """Return the operation of the figures for operators."""
    summary = "Figures for operators, in the text format of Prometheus; settings may open it to callers without a key."
    operation = get("metrics", summary, {"type": "string"})
    content = operation["responses"]["200"]["content"]
    content["text/plain"] = content.pop("application/json")
    return operation


def list_leads() -> Json:
    """Return the operation that lists leads."""
    operation = get("list_leads", "Leads: filtered, in an order, a page at a time.", ref("LeadPage"))
    return by_page(operation, _of_list("open, won and lost ones if not given", FIRST_PAGE.order))


def queue() -> Json:
    """Return the operation of the leads that somebody has to work."""
    whose = {"enum": list(WHOSE), "description": "Those of the rep whose key it is, or else everyone's, if not given."}
    summary = "The leads that whoever asks has to work, in the order of the pages: open, worth most first."
    parameters = {"whose": whose, **_of_list("open if not given", None)}
    return by_page(get("queue", summary, ref("LeadPage")), parameters)


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


def what_if(champion: Champion) -> Json:
    """Return the operation that supposes other answers."""
    operation = of_lead("what_if", "What other answers would make of a lead's score; nothing is kept.", "WhatIf")
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
    operation["responses"] |= refusals({"422": "No answer is supposed, or one breaks a rule of the settings."})
    return operation


def plan() -> Json:
    """Return the operation of what fewer leads would have kept."""
    operation = get("get_plan", "What fewer, better leads would have kept of the wins.", ref("RecordPlan"))
    operation["responses"] |= refusals({"404": "The model's record holds too few wins to say."})
    return operation


def list_feedback() -> Json:
    """Return the operation that lists what reps said."""
    parameters: Json = {
        "agrees": {"type": "boolean"},
        "direction": {"enum": list(DIRECTIONS)},
        "since": {"type": "string", "format": "date-time"},
    }
    operation = get("list_feedback", "What reps have said of scores, the latest first.", ref("ListedFeedbackPage"))
    return by_page(operation, parameters)
