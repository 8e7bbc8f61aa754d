"""What somebody does with a lead on its page, and takes back within a minute: stored, scored and audited in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from features.records.clock import SECOND
from features.settings.schema import LeadSchema
from serving.intake.calls import CallScores, Reply
from serving.intake.commands import StoreEvents, StoreOutcomes
from serving.intake.scoring import Moment
from serving.intake.snapshots import retell_answers
from serving.schemas.problems import INVALID_REQUEST, NOT_THERE, RefusedError, refusal
from serving.store import reading
from serving.store.acts import add_act, assign, find_act, undo_act
from serving.store.records import Act, NewEvent, NewOutcome
from serving.store.transaction import Transaction

UNDO_SECONDS = 60
"""So long an act can be undone by whoever did it: a slip is seen at once, and what is older is a record."""
CLOSING = ("won", "lost")


@dataclass
class DoAct:
    """An act with the event or the outcome that it is stored as; one that came before, by its id, is not done again."""

    act: Act
    schema: LeadSchema
    event: NewEvent | None = None
    outcome: NewOutcome | None = None

    def lead_ids(self) -> set[str]:
        """Return whose records are told."""
        return {self.act.lead_id}

    def write(self, transaction: Transaction) -> Sequence[Moment]:
        """Store the act, and have the lead scored where it says something new."""
        connection, act = transaction.connection, self.act
        lead = reading.leads_of(connection, [act.lead_id]).get(act.lead_id)
        if lead is None or lead.erased_at is not None:
            raise no_act("lead_id", act.lead_id)
        if find_act(connection, act.act_id) is not None:
            return []
        self._check_status(transaction)
        if act.kind == "owner":
            act = replace(act, before=assign(connection, act.lead_id, act.text))
        places = StoreEvents([self.event], False, self.schema).write(transaction) if self.event else []
        if self.outcome is not None:
            StoreOutcomes([self.outcome], False, self.schema).write(transaction)
        add_act(transaction, act)
        return places

    def _check_status(self, transaction: Transaction) -> None:
        """Refuse to close a lead that is closed, or to open one that is open: another has done so since the page was shown."""
        if self.outcome is None:
            return
        outcomes = reading.outcomes_of(transaction.connection, [self.act.lead_id]).get(self.act.lead_id, [])
        status = reading.standing(outcomes)
        if (status == "open") != (self.act.kind in CLOSING):
            wanted = "open" if self.act.kind in CLOSING else "closed"
            raise refusal(INVALID_REQUEST, "lead", f"must be {wanted}", status, "load its page anew")

    def reply(self, scores: CallScores) -> Reply:  # noqa: ARG002 - as of every call
        """Return nothing: the page of the lead shows what came of it."""
        return Reply(204, "")


@dataclass
class UndoAct:
    """The taking back of an act by whoever did it, within a minute."""

    act_id: str
    lead_id: str
    key_id: str
    schema: LeadSchema

    def lead_ids(self) -> set[str]:
        """Return whose records are told."""
        return {self.lead_id}

    def write(self, transaction: Transaction) -> Sequence[Moment]:
        """Take the act back, and have the lead scored where what it said no longer holds."""
        act = find_act(transaction.connection, self.act_id)
        if act is None or (act.lead_id, act.key_id) != (self.lead_id, self.key_id) or act.undone_at is not None:
            raise no_act("act_id", self.act_id)
        now = transaction.tick()
        if now - act.stored_at > UNDO_SECONDS * SECOND:
            rule, remedy = f"must be at most {UNDO_SECONDS} seconds old", "say on the page what holds now"
            raise refusal(INVALID_REQUEST, "act", rule, f"{(now - act.stored_at) // SECOND} seconds", remedy)
        said = [
            event
            for event in reading.standing_events(transaction.connection, self.lead_id)
            if event.event_id == self.act_id
        ]
        at = undo_act(transaction, act, self.key_id)
        if act.kind in CLOSING:
            opened = NewOutcome(self.lead_id, at, False, outcome_id=f"{self.act_id} undone", taken_back=True)
            StoreOutcomes([opened], False, self.schema).write(transaction)
        if not said:
            return []
        retell_answers(transaction, self.schema, said)
        return [Moment(self.lead_id, transaction.tick())]

    def reply(self, scores: CallScores) -> Reply:  # noqa: ARG002 - as of every call
        """Return nothing."""
        return Reply(204, "")


def no_act(field: str, value: str) -> RefusedError:
    """Return the error to raise where there is no such lead, or no act of this reader that can be undone."""
    rule, remedy = "must be there, and yours to undo", "load the page of the lead anew"
    return refusal(NOT_THERE, field, rule, repr(value[:80]), remedy)
