"""From a file of leads to a file of scores, batch by batch; a lead that breaks a rule does not spoil the others."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import chain
from pathlib import Path

from features.records.clock import to_datetime
from features.records.leads.checking import BadLeadError, LeadProblem, LeadRecord, read_lead, to_history
from features.records.leads.rows import LEAD_ID, read_row
from features.settings.schema import LeadSchema
from features.settings.source import HistorySource
from models.close.model import CloseModel
from models.close.reasons.explanation import LeadScore, scores_of
from models.decision.decider import Decider, LeadDecision
from serving.batch.leads import Choices, FileLead
from serving.batch.reading import open_leads
from serving.batch.tables import BATCH
from serving.batch.writing import OUTPUT, Ranked, Row, check_target, open_scores, to_json, whole


@dataclass(frozen=True)
class Deciding:
    """By what leads are decided on: the decider of the model's version, the secret by which lots are drawn, and whether questions are told."""

    decider: Decider | None = None
    secret: str = field(default="", repr=False)
    asks: bool = True


@dataclass(frozen=True)
class Progress:
    """How far a scoring has come.

    Attributes
    ----------
    scored, broken
        Leads so far, and those among them that broke a rule.
    lost
        Rows of the events file that are no event of anybody.
    done, total
        Of the file of leads: bytes, or rows where a file is not read from one end to the other.
    notes
        What people should know about the files, in sentences; they get more.
    """

    scored: int = 0
    broken: int = 0
    lost: int = 0
    done: int = 0
    total: int = 0
    notes: tuple[str, ...] = ()


def score_file(
    model: CloseModel,
    source: Path,
    target: Path,
    now: datetime,
    export: HistorySource,
    choices: Choices = Choices(),  # noqa: B008 - it is frozen
    deciding: Deciding = Deciding(),
) -> Iterator[Progress]:
    """Score every lead of a file and yield how far it is after each batch.

    Parameters
    ----------
    source
        CSV or Parquet with one row a lead (a column each for `lead_id`, `created_at`, `as_of`, the fields, and `events` as a JSON
        list), or JSON lines as the service takes them.
    target
        CSV, Parquet or JSON lines, with the columns of `OUTPUT`; a lead that breaks a rule has its `problem` there instead of a
        score. The file is there when all of it is.
    now
        The moment of scoring for leads that do not name one.
    export
        How the company's exports are written: their names of our columns, their times, encoding and delimiter.
    choices
        What the file may go without, and where its events lie.
    deciding
        By what routes and questions are chosen, as by `/score`.

    Raises
    ------
    UnknownFormatError
        If a file's ending is none of .csv, .parquet, .jsonl, .ndjson.
    SameFileError
        If the scores would take the place of what they are made of.
    ReadingError
        If a file cannot be read at all, or lacks a column or its events.
    """
    check_target(target, source, *([choices.events] if choices.events else []))
    leads = open_leads(source, model.schema, export, choices)
    batches = iter(leads.batches)
    first = next(batches, [])  # nothing is written before something is read
    scored = broken = 0
    with open_scores(target) as write, closing(Ranked(target.resolve().parent)) as ranked:
        for batch in chain([first], batches):
            rows = score_batch(model, batch, now, deciding)
            ranked.add(rows)
            scored += len(rows)
            broken += sum(row["problem"] is not None for row in rows)
            yield Progress(scored, broken, leads.lost, leads.done, leads.total, tuple(leads.notes))
        ranked.write(write, BATCH)
    yield Progress(scored, broken, leads.lost, leads.total, leads.total, tuple(leads.notes))


def score_batch(model: CloseModel, batch: list[FileLead], now: datetime, deciding: Deciding) -> list[Row]:
    """Return the rows of leads for a file of scores, without their ranks; one that breaks a rule has its problem."""
    rows: list[Row | None] = []
    good: list[LeadRecord] = []
    for lead in batch:
        try:
            good.append(_read(model, lead, now))
            rows.append(None)
        except BadLeadError as error:
            rows.append(_problem_row(lead, error.problems))
    scores = _decided(model, good, deciding) if good else iter(())
    return [_score_row(lead, *next(scores)) if row is None else row for lead, row in zip(batch, rows, strict=True)]


def _decided(model: CloseModel, leads: list[LeadRecord], by: Deciding) -> Iterator[tuple[LeadScore, Row]]:
    """Yield each lead's score, and what is decided of it."""
    history, moments = to_history(model.schema, leads)
    explained = model.explain(model.matrix(history, moments))
    scores = scores_of(model, history, moments, explained)
    if by.decider is None:
        yield from ((scored, {}) for scored in scores)
        return
    decisions = by.decider.decide(model, history, moments, explained, by.secret, ask=by.asks)
    for scored, decision in zip(scores, decisions, strict=True):
        yield scored, _decision_cells(decision, model.schema)


def _decision_cells(decision: LeadDecision, schema: LeadSchema) -> Row:
    asked = [{**asdict(question), "ask": schema.fields[question.field].ask} for question in decision.ask_next]
    return {
        "step": decision.step,
        "route": decision.route,
        "expected_amount": decision.expected_amount,
        "expected_value": decision.expected_value,
        "next_question": (asked[0]["ask"] or asked[0]["field"]) if asked else None,
        "ask_next": to_json(asked),
    }


def _read(model: CloseModel, lead: FileLead, now: datetime) -> LeadRecord:
    if lead.problems:
        raise BadLeadError(lead.problems)
    if lead.cells is None:
        return read_lead(model.schema, lead.record, now)
    return read_row(model.schema, lead.cells, now)


def _score_row(lead: FileLead, scored: LeadScore, decided: Row) -> Row:
    return {
        **dict.fromkeys(OUTPUT.names),
        **decided,
        "lead_id": scored.lead_id,
        "as_of": to_datetime(scored.as_of).isoformat(),
        "probability": scored.probability,
        "low": scored.low,
        "high": scored.high,
        "abstention": scored.abstention or None,
        "base_rate": scored.base_rate,
        "base_probability": scored.base_probability,
        "reasons": to_json([reason._asdict() for reason in scored.reasons]),
        "unknown": to_json([unknown._asdict() for unknown in scored.unknown]),
        "row": lead.row,
        "problem": None,
    }


def _problem_row(lead: FileLead, problems: tuple[LeadProblem, ...]) -> Row:
    given = lead.record if lead.cells is None else lead.cells
    lead_id = given.get(LEAD_ID) if isinstance(given, Mapping) else None
    told = [{name: whole(text) for name, text in asdict(problem).items()} for problem in problems]
    return {
        **dict.fromkeys(OUTPUT.names),
        "lead_id": None if lead_id is None else whole(str(lead_id)),
        "row": lead.row,
        "problem": to_json(told),
    }
