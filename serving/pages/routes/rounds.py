"""`/pages/round`: an admin's round: train, judge, promote, overrule with a reason, roll back; the commands of the command line, begun here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from features.records.clock import to_microseconds
from serving.analytics.model_card import RegistryFigures, ask_registry, last_decision
from serving.api.auth import written
from serving.api.lead import asked
from serving.api.model import of_registry
from serving.api.services import services_of
from serving.batch.rounds import BegunRound, RoundKind, RoundRunningError, begin, command_of, latest_round
from serving.intake.calls import Call, CallScores, Reply
from serving.intake.scoring import Moment
from serving.pages.decision import DecisionView, decision_view
from serving.pages.round import ROUND, round_page
from serving.pages.routes.answers import page
from serving.pages.routes.entry import SEE_OTHER, field
from serving.schemas.problems import INVALID_FORM, refusal
from serving.settings.settings import Settings, load_settings
from serving.store.keys import Key
from serving.store.reading import ids_of_marks
from serving.store.transaction import Transaction
from training.gate.decision import PromotionDecision

FOLDER = "rounds"
LONGEST_REASON, MAX_DIGITS = 500, 9
NO_SETTINGS = "This service was built with its model inside and knows of no settings file: begin rounds where that is."
KINDS: tuple[RoundKind, ...] = ("retrain", "promote", "rollback")


async def show(request: Request) -> Response:
    """Show how the round stands."""
    champion = services_of(request).champion
    file = services_of(request).settings_file
    latest = None if file is None else await run_in_threadpool(lambda: latest_round(_folder(load_settings(file))))
    known: RegistryFigures = await of_registry(
        request, ask_registry, services_of(request).registry, champion.version.version
    )
    registered = known.registered
    versions = [
        (one.version, to_microseconds(one.registered_at), one.serves)
        for one in (registered.versions if registered else ())
    ]
    trouble = NO_SETTINGS if file is None else known.trouble or ""
    zone = champion.intake.zone
    turns = len(registered.turns) if registered else 0
    shown = round_page(latest, versions, zone, to_microseconds(datetime.now(UTC)), trouble, has_earlier=turns > 1)
    decision = None if trouble else await of_registry(request, last_decision, services_of(request).registry)
    return page(request, "round", page=shown, gate=decision and await _gate(request, decision, zone))


async def _gate(request: Request, decision: PromotionDecision, zone: tzinfo) -> DecisionView:
    preview = decision.verdict.preview
    marks = [move.lead_id for move in preview.largest] if preview else []
    return decision_view(decision, await asked(request, ids_of_marks, marks), zone)


async def start(request: Request) -> Response:
    """Begin what the form says, and show how it goes."""
    file, form, key = services_of(request).settings_file, request.state.form, request.state.key
    if file is None:
        raise refusal(
            INVALID_FORM, "act", "must be begun where the settings file is", "no file", "use the command line"
        )
    wanted = _read(
        field(form, "act"), field(form, "version"), field(form, "reason"), bool(field(form, "overrule")), key
    )
    await run_in_threadpool(_begin, wanted, file, dict(services_of(request).environment))
    await written(request, Call(RoundEntry(wanted, key.key_id)))
    return RedirectResponse(ROUND, SEE_OTHER)


def _read(kind: str, version: str, reason: str, overrules: bool, key: Key) -> BegunRound:
    """Return the round that a form asks for.

    Raises
    ------
    RefusedError
        Naming the field that breaks a rule.
    """
    if kind not in KINDS:
        raise refusal(INVALID_FORM, "act", f"must be one of {', '.join(KINDS)}", repr(kind[:80]), "load the page anew")
    if kind == "promote" and not (version.isascii() and version.isdigit() and len(version) <= MAX_DIGITS):
        raise refusal(INVALID_FORM, "version", "must be the number of a version", repr(version[:80]), "choose one")
    if len(reason) > LONGEST_REASON:
        rule = f"must have at most {LONGEST_REASON} characters"
        raise refusal(INVALID_FORM, "reason", rule, f"{len(reason)}", "shorten it")
    if not reason and (kind == "rollback" or (kind == "promote" and overrules)):
        raise refusal(INVALID_FORM, "reason", "must be given", "nothing", "say why, for those who will ask")
    now = datetime.now(UTC)
    of_promotion = kind == "promote"
    return BegunRound(
        f"{now:%Y%m%dT%H%M%S%f}",
        kind,
        key.name,
        to_microseconds(now),
        0,
        version if of_promotion else "",
        "" if kind == "retrain" else reason,
        of_promotion and overrules,
    )


def _begin(wanted: BegunRound, file: Path, environment: dict[str, str]) -> None:
    command = command_of(wanted.kind, file, wanted.by, wanted.version, wanted.reason, overrules=wanted.overrules)
    try:
        begin(_folder(load_settings(file)), wanted, command, environment)
    except RoundRunningError as error:
        raise refusal(
            INVALID_FORM, "act", "must wait for the round that is under way", str(error), "load the page anew"
        ) from error


@dataclass(frozen=True)
class RoundEntry:
    """What the audit trail says of a round that was begun."""

    begun: BegunRound
    key_id: str

    def lead_ids(self) -> set[str]:
        """Return nobody."""
        return set()

    def write(self, transaction: Transaction) -> Sequence[Moment]:
        """Write the entry."""
        overruled = " overrules the gate" if self.begun.overrules else ""
        detail = " ".join(part for part in (self.begun.version, overruled.strip(), self.begun.reason) if part)
        transaction.add_audit(f"{self.begun.kind} begun", f"round {self.begun.round_id}", detail, self.key_id)
        return []

    def reply(self, scores: CallScores) -> Reply:  # noqa: ARG002 - as of every call
        """Return nothing: the browser is sent on."""
        return Reply(204, "")


def _folder(settings: Settings) -> Path:
    return settings.var / FOLDER
