"""Operations of the reports."""

from serving.analytics.reports import Kind
from serving.api.openapi.elements import GONE, get, refusals
from serving.api.openapi.reports import report_examples
from serving.api.openapi.shapes import Json, ref
from serving.api.reports import COHORTS, PARAMETERS
from serving.champion.champion import Champion

REPORTS: dict[Kind, str] = {
    "sources": "What each source cost, brought and lost, and whether it closes as before.",
    "funnel": "How far leads come and how soon, by cohort and source, and whether they are being qualified.",
    "reps": "Each rep's two skills; a key of role rep sees the numbers of its own rep and how those of all are spread.",
}


def report_operations(champion: Champion) -> Json:
    """Return the operation of each report."""
    operations: Json = {}
    described: Json = {"as_of": {"type": "string", "format": "date-time"}, "by": {"enum": list(COHORTS)}}
    examples = report_examples(champion.model.trained_until)
    for kind, summary in REPORTS.items():
        operation = get(f"get_{kind}", summary, ref(kind.title()))
        operation["responses"]["200"]["content"]["application/json"]["example"] = examples[kind]
        operation["parameters"] = [
            {"name": name, "in": "query", "required": False, "schema": described[name]} for name in PARAMETERS[kind]
        ]
        operation["responses"] |= refusals({"422": "A parameter breaks a rule."}, GONE)
        operations[kind] = operation
    return operations
