"""The OpenAPI 3.1 description of the service, built from the settings that the champion carries."""

from typing import Any

from pydantic.json_schema import models_json_schema

from serving.analytics.model_card import ModelAccount
from serving.api.openapi import operations, shapes
from serving.api.openapi.elements import SECURITY
from serving.api.openapi.reports import report_schemas
from serving.api.openapi.shapes import example_lead
from serving.champion.champion import Champion
from serving.schemas import records
from serving.schemas.score import Problem, Score, Scores

__all__ = ["describe", "example_lead"]

Json = dict[str, Any]

ANSWERS = (
    Score,
    Scores,
    Problem,
    records.LeadReceipt,
    records.LeadReceipts,
    records.StoredLead,
    records.StoredLeads,
    records.StoredEvent,
    records.StoredEvents,
    records.OutcomeReceipt,
    records.StoredOutcomes,
    records.RemovalReceipt,
    records.StoredRemovals,
    records.FeedbackReceipt,
    records.WebhookReceipt,
    records.KnownLead,
    records.LeadScores,
    records.SimilarLeads,
    records.CardLink,
    records.LetterLink,
    records.WhatIf,
    records.RecordPlan,
    ModelAccount,
    records.LeadPage,
    records.ListedFeedbackPage,
)


def describe(champion: Champion) -> Json:
    """Return the OpenAPI document of a service that answers with this champion."""
    version = champion.version
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Glengarry",
            "version": version.version,
            "summary": "How likely a lead is to close, and why.",
            "description": f"Answers by model {version.name}, version {version.version}, which learned from what was recorded until {version.trained_until:%Y-%m-%d}.",
        },
        "security": SECURITY,
        "paths": operations.paths(champion),
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "A key of `glengarry keys create`."},
                "header": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "X-Api-Key",
                    "description": "The same, by itself.",
                },
            },
            "schemas": {**request_schemas(champion), **message_schemas(), **report_schemas()},
        },
    }


def request_schemas(champion: Champion) -> Json:
    """Return the schemas of all requests by name."""
    schema, most = champion.intake, champion.limits.most_leads
    return {
        "Fields": shapes.fields_schema(schema),
        "Event": shapes.event_schema(schema),
        "Lead": shapes.lead_schema(),
        "Leads": shapes.many_schema("leads", "Lead", most),
        "NewLead": shapes.new_lead_schema(),
        "FormLead": shapes.form_schema(schema, champion.forms),
        "NewLeads": shapes.many_schema("leads", "NewLead", most),
        "NewEvent": shapes.new_event_schema(schema),
        "NewEvents": shapes.many_schema("events", "NewEvent", most),
        "NewOutcome": shapes.outcome_schema(),
        "NewOutcomes": shapes.many_schema("outcomes", "NewOutcome", most),
        "NewDeletion": shapes.deletion_schema(),
        "NewDeletions": shapes.many_schema("deletions", "NewDeletion", most),
        "NewMerge": shapes.merge_schema(),
        "NewMerges": shapes.many_schema("merges", "NewMerge", most),
        "NewFeedback": shapes.feedback_schema(),
    }


def message_schemas() -> Json:
    """Return the schemas of all answers by name."""
    _, definitions = models_json_schema(
        [(message, "serialization") for message in ANSWERS],
        ref_template="#/components/schemas/{model}",
    )
    schemas: Json = definitions["$defs"]
    return schemas
