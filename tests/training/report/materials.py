"""What reports are made from in tests: the small company's training, in the states that a training can be in."""

from dataclasses import replace
from functools import cache

import numpy as np

from features.leaks import audit
from features.settings.schema import LeadSchema
from tests.models.company import SETTINGS, checked, dataset, evaluation
from training.gate.check import Check, Verdict
from training.gate.preview import ImpactReason, Preview, ScoreMove
from training.judging.backtest import Backtest
from training.judging.evaluate import Evaluation, evaluate, groups
from training.judging.result import ReportGrounds, TrainingResult
from training.metrics import JudgingSettings, Trial, judge, measure
from training.report import Material
from training.samples.dataset import prepare

JUDGING = JudgingSettings(replicates=100)
ROWS = {"leads": 1500, "moments": 3000, "determined": 2900, "matured": 2800, "broken": 0}


TERMS = ("The champion, version 1, was trained until 2026-07-01 and is judged itself.",)


def verdict(*checks: Check, champion: str | None = "1", preview: Preview | None = None) -> Verdict:
    return Verdict("2", champion, checks, TERMS, preview)


PASSED = Check("log loss", True, "Log loss 0.3400 against 0.3500 of the champion.")
FAILED = Check("channels", False, "Far off in source web: 3 won, 31 expected.")
MOVE = ScoreMove("L77", 0.1, 0.35, (ImpactReason("budget_said", 0.2),))
PREVIEW = Preview(120, 1, None, 0.1, 0.2, 0.21, (MOVE,))


@cache
def result(version: str = "1") -> TrainingResult:
    return _result(
        evaluation(), ReportGrounds(checked(), SETTINGS, dataset(), audit(checked().history), evaluation()), version
    )


def first() -> Material:
    """The first model, without a champion before it."""
    return Material(result(), "1")


def second(verdict: Verdict | None, promoted: bool, backtest: Backtest | None = None) -> Material:
    """The second model, with what the gate said of it."""
    return Material(result("2"), "2" if promoted else "1", verdict, backtest)


@cache
def too_few() -> Material:
    """A test of so few leads that nothing can be said."""
    whole = evaluation()
    lead = dataset().moments.lead[whole.test.rows]
    rows = np.flatnonzero(np.isin(lead, np.unique(lead)[:25]))
    test = whole.test
    few = replace(
        whole,
        test=replace(test, rows=test.rows[rows], y=test.y[rows], weight=test.weight[rows]),
        probability={name: p[rows] for name, p in whole.probability.items()},
    )
    trial = Trial.of(few.test.y, few.test.weight, lead[rows])
    metrics = {name: measure(few.test.y, p, few.test.weight, lead[rows]) for name, p in few.probability.items()}
    few = replace(
        few, metrics=metrics, judgement=judge(trial, few.probability, groups(dataset(), few.test.rows), JUDGING)
    )
    return Material(_result(few, replace(result().grounds, evaluation=few), "1"), "1")


@cache
def bare() -> Material:
    """A company that records neither where its leads come from nor who they are."""
    history = checked().history
    schema = history.schema
    answers = {name: each for name, each in schema.fields.items() if each.role == "answer"}
    history = replace(
        history,
        schema=LeadSchema(**(schema.model_dump(exclude={"fields", "ladder"}) | {"fields": answers})),
        leads=replace(history.leads, channels={}, fields={name: history.leads.fields[name] for name in answers}),
    )
    plain = prepare(history, SETTINGS)
    judged = evaluate(plain, SETTINGS, JUDGING)
    grounds = ReportGrounds(replace(checked(), history=history), SETTINGS, plain, audit(history), judged)
    return Material(_result(judged, grounds, "1"), "1")


def _result(judged: Evaluation, grounds: ReportGrounds, version: str) -> TrainingResult:
    until, fingerprint = grounds.checked.history.known_until, grounds.checked.fingerprint
    return TrainingResult(
        version,
        "a run",
        version == "1",
        ROWS,
        judged.metrics,
        judged.cutoff,
        until,
        fingerprint,
        "",
        judged.fitted.model.offset.in_words(),
        grounds,
    )
