"""What is done on the page of a lead: each form is one act, kept with who did it, and the page comes back with what it made of the score."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from features.records.clock import to_microseconds
from features.records.leads.checking import BadLeadError
from features.records.parsing.values import BadValueError, parse_time
from features.settings.schema import LeadSchema
from serving.api.auth import written
from serving.api.lead import lead_id_of
from serving.api.services import services_of
from serving.intake.acts import DoAct, UndoAct
from serving.intake.calls import Call
from serving.intake.checks import read_event, read_outcome
from serving.pages.acts import NOT_REACHED, call_kind
from serving.pages.queue import lead_path
from serving.pages.routes import feedback, letters, what_if
from serving.pages.routes.entry import SEE_OTHER, field
from serving.schemas.problems import (
    INVALID_EVENT,
    INVALID_FORM,
    INVALID_OUTCOME,
    ProblemKind,
    RefusedError,
    problem,
    refusal,
)
from serving.store.keys import Key
from serving.store.records import Act, ActKind

LONGEST_NOTE = 2_000
LONGEST_OWNER = 80
ID_LENGTH = 16


@dataclass(frozen=True)
class Sent:
    """A form of a lead's page."""

    lead_id: str
    form: Any
    key: Key
    schema: LeadSchema
    now: datetime

    def field(self, name: str) -> str:
        """Return a field of the form, empty if it was left out."""
        return field(self.form, name)

    def act(self, kind: ActKind, **others: Any) -> Act:
        """Return an act of this form; one that names itself is done once."""
        given = self.field("act_id")
        sound = len(given) == ID_LENGTH and set(given) <= set("0123456789abcdef")
        return Act(given if sound else token_hex(ID_LENGTH // 2), self.lead_id, kind, self.key.key_id, **others)


async def do(request: Request) -> Response:
    """Do what a form of the page says."""
    form = request.state.form
    named = field(form, "act")
    if not named:
        return await feedback.say(request)
    champion = services_of(request).champion
    sent = Sent(lead_id_of(request), form, request.state.key, champion.intake, datetime.now(UTC))
    if named == "try":
        return await what_if.show(request, sent.lead_id, form)
    if named == "letter":
        return await letters.make(request, sent.lead_id)
    if named == "undo":
        await written(request, Call(UndoAct(sent.field("act_id"), sent.lead_id, sent.key.key_id, sent.schema)))
        return RedirectResponse(f"{lead_path(sent.lead_id)}?undone=1", SEE_OTHER)
    make = ACTS.get(named)
    if make is None:
        raise refusal(INVALID_FORM, "act", f"must be one of {', '.join(ACTS)}", repr(named[:80]), "load the page anew")
    told = make(sent)
    await written(request, Call(told))
    return RedirectResponse(f"{lead_path(sent.lead_id)}?{urlencode({'did': told.act.act_id})}", SEE_OTHER)


def _answer(sent: Sent) -> DoAct:
    name, value = sent.field("field"), sent.field("value")
    if name not in sent.schema.answers:
        raise refusal(
            INVALID_FORM, "field", "must be a question of the settings", repr(name[:80]), "load the page anew"
        )
    if not value:
        raise refusal(INVALID_FORM, "value", "must be given", "nothing", "go back and say what was answered")
    return _with_event(sent, sent.act("answer", about=name, text=value[:LONGEST_NOTE]), {"text": value})


def _event(sent: Sent) -> DoAct:
    kind, text = sent.field("kind"), sent.field("text")
    if kind not in sent.schema.kinds:
        raise refusal(INVALID_FORM, "kind", "must be a kind of event of the settings", repr(kind[:80]), "choose one")
    return _with_event(sent, sent.act("event", about=kind, text=text[:LONGEST_NOTE] or None), {"text": text or None})


def _missed(sent: Sent) -> DoAct:
    """Return a call that reached nobody: a touch like any other; where no kind of event is a call, it is noted alone."""
    kind = call_kind(sent.schema)
    act = sent.act("missed", about=kind or None)
    return _with_event(sent, act, {"text": NOT_REACHED}) if kind else DoAct(act, sent.schema)


def _with_event(sent: Sent, act: Act, told: Mapping[str, Any]) -> DoAct:
    record = {"lead_id": sent.lead_id, "kind": act.about, "occurred_at": sent.now.isoformat(), "event_id": act.act_id}
    event = _checked(
        INVALID_EVENT, lambda: read_event(sent.schema, {**record, "rep_id": sent.key.rep_id, **told}, sent.now)
    )
    return DoAct(act, sent.schema, event=event)


def _won(sent: Sent) -> DoAct:
    amount = sent.field("amount")
    return _with_outcome(
        sent, sent.act("won", text=amount[:LONGEST_OWNER] or None), {"won": True, "amount": amount or None}
    )


def _lost(sent: Sent) -> DoAct:
    reason = sent.field("reason")
    return _with_outcome(
        sent, sent.act("lost", text=reason[:LONGEST_NOTE] or None), {"won": False, "reason": reason or None}
    )


def _reopened(sent: Sent) -> DoAct:
    return _with_outcome(sent, sent.act("reopened"), {"won": "open"})


def _with_outcome(sent: Sent, act: Act, told: Mapping[str, Any]) -> DoAct:
    record = {"lead_id": sent.lead_id, "closed_at": sent.now.isoformat(), "outcome_id": act.act_id}
    outcome = _checked(
        INVALID_OUTCOME, lambda: read_outcome(sent.schema, {**record, "rep_id": sent.key.rep_id, **told}, sent.now)
    )
    return DoAct(act, sent.schema, outcome=outcome)


def _owner(sent: Sent) -> DoAct:
    owner = sent.field("owner")
    if not 0 < len(owner) <= LONGEST_OWNER:
        rule = f"must have 1 to {LONGEST_OWNER} characters"
        raise refusal(INVALID_FORM, "owner", rule, f"{len(owner)}", "name whose lead it is")
    return DoAct(sent.act("owner", text=owner), sent.schema)


def _remind(sent: Sent) -> DoAct:
    given = sent.field("due")
    try:
        due_at = to_microseconds(parse_time(given, sent.schema.zone))
    except BadValueError as error:
        raise refusal(INVALID_FORM, "due", "must be a day", repr(given[:80]), "choose one") from error
    return DoAct(sent.act("remind", due_at=due_at, text=sent.field("text")[:LONGEST_NOTE] or None), sent.schema)


def _note(sent: Sent) -> DoAct:
    text = sent.field("text")
    if not text:
        raise refusal(INVALID_FORM, "text", "must be given", "nothing", "go back and write the note")
    if len(text) > LONGEST_NOTE:
        rule = f"must have at most {LONGEST_NOTE:,} characters"
        raise refusal(INVALID_FORM, "text", rule, f"{len(text):,}", "shorten it")
    return DoAct(sent.act("note", text=text), sent.schema)


def _checked(kind: ProblemKind, read: Callable[[], Any]) -> Any:
    """Return a record all of whose members can be read: whoever types one here can mend it, so that nothing is set aside."""
    try:
        record = read()
    except BadLeadError as error:
        raise RefusedError(problem(kind, error.problems)) from error
    if record.aside:
        raise RefusedError(problem(kind, [one.problem for one in record.aside]))
    return record


ACTS: Mapping[str, Callable[[Sent], DoAct]] = {
    "answer": _answer,
    "event": _event,
    "missed": _missed,
    "won": _won,
    "lost": _lost,
    "reopened": _reopened,
    "owner": _owner,
    "remind": _remind,
    "note": _note,
}
"""By what a form calls itself."""
