"""What reports look like: their schemas, from the very classes that hold them, and an example of each."""

from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter

from models.accountability.accounts import SourceAccount, SourceAccounts
from models.accountability.falls import Fall
from models.accountability.funnel import Funnel, FunnelRow
from models.accountability.losses import LossShares, ReasonShare
from models.accountability.reps import RepSkills, RepsReport
from models.accountability.settings import AccountabilitySettings
from models.accountability.source_verdict import SourceVerdict
from models.accountability.spread import Spread
from models.accountability.unqualified import Unqualified
from serving.api.openapi.shapes import Json, ref

TEXT: Json = {"type": "string"}
SAYS: Json = {"type": "string", "description": "The same in words, with the evidence."}
TIME: Json = {"type": "string", "format": "date-time"}


def report_schemas() -> Json:
    """Return the schemas of all reports by name."""
    verdict, account = _fields(SourceVerdict), _fields(SourceAccount)
    keys = {name: verdict.pop(name) for name in ("channel", "value", "verdict")}
    account.pop("verdict")
    accounts = {**keys, **account, "says": SAYS, "evidence": _object(verdict)}
    whose = {"reps": _many("RepSkills"), "distribution": _object({name: _or_null("Spread") for name in SKILLS})}
    return {
        "SourceAccount": _object(accounts),
        "LossReason": _object(_fields(ReasonShare)),
        "FunnelRow": _object(_fields(FunnelRow)),
        "Unqualified": _object({**_fields(Unqualified), "says": SAYS}),
        "RepSkills": _object(_fields(RepSkills)),
        "Fall": _object({**_fields(Fall), "says": SAYS}),
        "Spread": _object(_fields(Spread)),
        "Sources": _object(
            {
                "as_of": TIME,
                "days": {"type": "integer", "description": "The leads of so many days are added up."},
                "cost_channel": TEXT,
                "unassigned": {"type": "object", "additionalProperties": {"type": "number"}},
                "sources": _many("SourceAccount"),
                "losses": _many("LossReason"),
                "together": {"type": "string", "description": "What is said where all leads close worse; else empty."},
            }
        ),
        "Funnel": _object(
            {
                "as_of": TIME,
                "horizon_days": {"type": "integer"},
                "unqualified": _many("Unqualified"),
                "cohorts": _many("FunnelRow"),
                "sources": _many("FunnelRow"),
                "first_touch": _many("FunnelRow"),
            }
        ),
        "Reps": _object(
            {"as_of": TIME, "unqualified": _many("Unqualified"), "warning": TEXT, "falls": _many("Fall"), **whose}
        ),
    }


SKILLS = ("closing", "generating")


def _fields(kind: type) -> Json:
    """Return the schema of each field of a class; a number that is not defined is null."""
    properties: Json = TypeAdapter(kind).json_schema(ref_template="#/{model}")["properties"]
    told = {
        name: {key: value for key, value in of.items() if key != "title"}
        for name, of in properties.items()
        if "$ref" not in of
    }
    nullable = {name: {"type": ["number", "null"]} for name, of in told.items() if of == {"type": "number"}}
    return {name: nullable.get(name, told.get(name, {})) for name in properties}


def _object(properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _many(name: str) -> Json:
    return {"type": "array", "items": ref(name)}


def _or_null(name: str) -> Json:
    return {"anyOf": [ref(name), {"type": "null"}]}


def report_examples(until: int) -> dict[str, Any]:
    """Return an example of each report, as of a time (microseconds UTC)."""
    row = FunnelRow(
        "month", "2026-03", 412, 0, 260, 97, 41, 58, 21, 0.63, 0.24, 0.1, 0.14, 0.12, 0.17, 2.4, 1.0, 3.1, 19.0
    )
    webinar = replace(row, channel="source", value="webinar")
    by_agents = replace(row, channel="first_touch", value="agent")
    flood = Unqualified("source", "webinar", 90, 640, 1.0, 510, 118.0, 0.8, 0.7, 0.021, 0.14, 0.001)
    verdict = SourceVerdict(
        "source", "webinar", "alarm", 90, 640, 11, 74.0, 0.021, 0.14, 0.15, 0.08, 0.27, 0.001, 0.99, 640.0, 1
    )
    account = SourceAccount(
        verdict=verdict,
        leads=1_060,
        won=66,
        cost=47_700.0,
        costed=1_060,
        name=0.4,
        target=0.4,
        suspect=0.15,
        prospect=0.05,
        response_rate=0.8,
        close_rate=0.07,
        close_low=0.05,
        close_high=0.09,
        expected=81.0,
        close_rate_now=0.021,
        close_rate_last_quarter=0.13,
        close_rate_a_year_ago=0.14,
        revenue=640_000.0,
        priced=66,
        revenue_per_cost=15.1,
        cost_per_win=642.0,
        money=-610_000.0,
        loss_reason="No money: 51 % (46 to 56) of the 420 leads that it lost for a known reason.",
    )
    reason = ReasonShare("source", "webinar", 430, 420, "money", 214, 0.51, 0.46, 0.56)
    skills = RepSkills("R07", 310, 52, 44.0, 1.15, 0.93, 1.4, 0.168, 40, 9, 1.2, 0.95, 1.45)
    fall = Fall("the leads", None, "The leads promise 54 % of what earlier ones did, by their own answers.")
    settings = AccountabilitySettings()
    return {
        "sources": SourceAccounts(
            until, settings, (account,), LossShares((reason,), settings.fewest_leads), {}
        ).to_json(),
        "funnel": Funnel(until, 90, (flood,), (row,), (webinar,), (by_agents,)).to_json(),
        "reps": RepsReport(until, (skills,), (fall,), (flood,)).to_json(),
    }
