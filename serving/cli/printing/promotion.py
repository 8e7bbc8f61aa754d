"""Verdicts of the gate, and the champions so far."""

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from features.records.clock import to_datetime
from serving.cli.printing.learning import print_backtest, print_training

if TYPE_CHECKING:
    from models.registry.champions import ChampionChange
    from training.gate.decision import Outcome, PromotionDecision
    from training.gate.preview import Preview
    from training.rounds.retrain import Round

DONE: Mapping["Outcome", str] = {
    "promoted": "Version {version} passed the gate and serves from now on.",
    "overruled": "Version {version} did not pass the gate; {by} overruled it, and it serves from now on: {reason}",
    "refused": "Version {version} is REFUSED for {failed}; {stays}. Somebody may overrule that: glengarry promote {version} --overrule --by NAME --reason TEXT",
}


def print_round(console: Console, done: "Round") -> None:
    """Print a quarter's round."""
    _say(console, f"What was known until {to_datetime(done.known_until):%Y-%m-%d %H:%M} UTC.")
    if done.training is not None:
        print_training(console, done.training.summary, done.report)
    if done.backtest is not None:
        print_backtest(console, done.backtest)
    elif done.no_backtest:
        _say(console, f"No backtest: {done.no_backtest}")
    if done.done_before:
        _say(
            console,
            f"This round was done before: version {done.version} came of it. Nothing was done now; this was decided:",
        )
    if done.decision is not None:
        print_decision(console, done.decision)
    else:
        _say(console, f"Version {done.version} serves already, and there was nothing to hold it against.")


def print_decision(console: Console, decision: "PromotionDecision") -> None:
    """Print what the gate said and what was done."""
    verdict = decision.verdict
    console.print(f"Version {verdict.version} against {_rival(verdict.champion)}.", highlight=False)
    for term in verdict.terms:
        _say(console, f"  {term}")
    table = Table("check", "", "evidence", title="Gate", title_justify="left")
    for check in verdict.checks:
        table.add_row(check.name, "passed" if check.passed else "FAILED", escape(check.evidence))
    console.print(table)
    if verdict.preview is not None:
        _print_preview(console, verdict.preview)
    failed = ", ".join(check.name for check in verdict.failed)
    stays = f"version {verdict.champion} stays champion" if verdict.champion else "there is still no champion"
    done = DONE[decision.outcome].format(
        version=verdict.version, by=decision.by, reason=decision.reason, failed=failed, stays=stays
    )
    _say(console, done)


def _rival(champion: str | None) -> str:
    return f"champion {champion}" if champion else "the base rate, as there is no champion"


def _print_preview(console: Console, preview: "Preview") -> None:
    routes = "" if preview.rerouted is None else f" {preview.rerouted:,} would go another route."
    _say(
        console,
        f"Of {preview.open_leads:,} open leads {preview.moving:,} would move by more than {100 * preview.limit:g} points; "
        f"on average they go from {100 * preview.mean_before:.1f} % to {100 * preview.mean_after:.1f} %.{routes}",
    )
    if not preview.largest:
        return
    table = Table("lead", "before", "after", "because of (points)", title="Largest moves", title_justify="left")
    for move in preview.largest:
        why = ", ".join(f"{reason.subject} {100 * reason.points:+.1f}" for reason in move.reasons)
        table.add_row(escape(move.lead_id), f"{100 * move.before:.1f} %", f"{100 * move.after:.1f} %", escape(why))
    console.print(table)


def print_champions(console: Console, changes: Sequence["ChampionChange"]) -> None:
    """Print who served when and why, the latest first; of refreshes only the last one before each other change."""
    told = [
        change
        for change, after in zip_longest(changes, changes[1:])
        if change.cause.kind != "refreshed" or after is None or after.cause.kind != "refreshed"
    ]
    if not told:
        return
    table = Table("champion", "before", "since", "how", "by", "reason", title="Champions", title_justify="left")
    for change in reversed(told):
        cause = change.cause
        since = f"{cause.at:%Y-%m-%d %H:%M}" if cause.at else "not recorded"
        table.add_row(change.version, change.previous or "", since, cause.kind, escape(cause.by), escape(cause.reason))
    console.print(table)


def changes_json(changes: Sequence["ChampionChange"], version: str) -> list[dict[str, Any]]:
    """Return as plain values when, why and in whose place a version became champion."""
    return [
        {
            "previous": change.previous,
            "how": change.cause.kind,
            "at": change.cause.at.isoformat() if change.cause.at else None,
            "by": change.cause.by,
            "reason": change.cause.reason,
        }
        for change in changes
        if change.version == version
    ]


def _say(console: Console, sentence: str) -> None:
    console.print(sentence, markup=False, highlight=False, soft_wrap=True)
