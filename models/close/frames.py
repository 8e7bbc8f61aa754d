"""Frames of leads in, frames of scores out: how the close model meets pandas, in MLflow and wherever leads come in tables."""

import json
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from features.records.clock import to_datetime
from features.records.leads.checking import BadLeadError, LeadProblem, LeadRecord, to_history
from features.records.leads.rows import AS_OF, CREATED_AT, EVENTS, LEAD_ID, read_row
from features.settings.fields import LeadField
from features.settings.schema import LeadSchema
from models.close.model import CloseModel
from models.close.reasons.explanation import LeadScore, score

OUTPUT_COLUMNS = {
    LEAD_ID: "string",
    AS_OF: "datetime",
    "probability": "double",
    "low": "double",
    "high": "double",
    "abstention": "string",
    "base_rate": "double",
    "base_probability": "double",
    "reasons": "string",
    "unknown": "string",
}
"""What `score_frame` returns, with MLflow's name of each type."""

MAX_SHOWN = 20
"""Rows whose problems an error names; the others are counted."""


class BadFrameError(ValueError):
    """Rows that break rules; `problems` holds (row counted from 0, problem)."""

    def __init__(self, problems: list[tuple[int, LeadProblem]]) -> None:
        rows = {row for row, _ in problems}
        shown = sorted(rows)[:MAX_SHOWN]
        lines = [f"Row {row} (counted from 0): {problem}" for row, problem in problems if row in shown]
        if len(rows) > len(shown):
            lines.append(f"{len(rows) - len(shown):,} more rows break rules.")
        super().__init__("\n".join(lines))
        self.problems = tuple(problems)


def input_columns(schema: LeadSchema) -> dict[str, str]:
    """Return every column that a frame of leads may have, with what it holds; each may be missing, as may each cell."""
    time = f"ISO 8601 text, or a datetime ({schema.time_zone} where it names no zone)"
    return {
        LEAD_ID: "the CRM's id, which comes back with the score",
        CREATED_AT: f"{time}; the first event, or else as_of, where missing",
        AS_OF: f"{time}; now where missing",
        **{name: _holds(field) for name, field in schema.fields.items() if field.role != "late"},
        EVENTS: "JSON text: a list of objects with kind, occurred_at, recorded_at, value, text, actor",
    }


def _holds(field: LeadField) -> str:
    return f"{field.type}: {', '.join(field.values)}" if field.values else field.type


def read_frame(schema: LeadSchema, frame: pd.DataFrame, now: datetime) -> list[LeadRecord]:
    """Check the rows of a frame by the rules of `features.records.leads.rows`.

    Parameters
    ----------
    frame
        Columns as in `input_columns`; events may also be lists.
    now
        When rows without `as_of` are scored.

    Raises
    ------
    BadFrameError
        Naming row, field, rule and value of everything that breaks a rule.
    """
    records, problems = [], []
    for row, cells in enumerate(frame.to_dict("records")):
        try:
            records.append(read_row(schema, {str(name): cell for name, cell in cells.items()}, now))
        except BadLeadError as error:
            problems += [(row, problem) for problem in error.problems]
    if problems:
        raise BadFrameError(problems)
    return records


def score_frame(model: CloseModel, frame: pd.DataFrame, now: datetime) -> pd.DataFrame:
    """Return the score of each row, with the index of the frame and the columns of `OUTPUT_COLUMNS`.

    `as_of` is naive UTC; `reasons` and `unknown` are JSON texts of lists of `models.close.reasons.explanation.Reason` and `Unknown`.

    Raises
    ------
    BadFrameError
        Naming row, field, rule and value of everything that breaks a rule.
    """
    scores = score(model, *to_history(model.schema, read_frame(model.schema, frame, now)))
    columns: dict[str, Any] = {name: [_cell(name, one) for one in scores] for name in OUTPUT_COLUMNS if name != AS_OF}
    columns[AS_OF] = np.array([one.as_of for one in scores], "datetime64[us]")
    return pd.DataFrame(columns, index=frame.index)[[*OUTPUT_COLUMNS]].astype({"low": "float64", "high": "float64"})


def example_frame(schema: LeadSchema, as_of: int) -> pd.DataFrame:
    """Return an invented lead, created and scored as of a time (microseconds UTC), and one of which nothing is known."""
    time = to_datetime(as_of).isoformat()
    event = [{"kind": kind, "occurred_at": time} for kind in list(schema.kinds)[:1]]
    fields = {name: _invented(field, time) for name, field in schema.fields.items() if field.role != "late"}
    known = {LEAD_ID: "L-1001", CREATED_AT: time, AS_OF: time, **fields, EVENTS: json.dumps(event)}
    return pd.DataFrame([known, {LEAD_ID: "L-1002", AS_OF: time}], columns=[*input_columns(schema)]).astype(object)


def _invented(field: LeadField, time: str) -> str | float | bool:
    match field.type:
        case "number":
            return next((float(limit) for limit in (field.minimum, field.maximum) if limit is not None), 1.0)
        case "flag":
            return True
        case "date":
            return time
        case _:
            return field.values[-1] if field.values else "example"


def _cell(name: str, one: LeadScore) -> object:
    value = getattr(one, name)
    if isinstance(value, tuple):
        return json.dumps([entry._asdict() for entry in value], ensure_ascii=False, allow_nan=False)
    return value
