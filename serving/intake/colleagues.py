"""The other leads of an account, as the store had them by a moment: what a stored lead is scored with beside its own records."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa

from features.matrix.colleagues import MAX_LEADS
from features.records.clock import to_datetime
from features.settings.schema import LeadSchema
from serving.store import reading
from serving.store.accounts import leads_of_accounts, removals_of
from serving.store.records import Event, Lead, Outcome

R = TypeVar("R", Event, Outcome)
UNSAID = {"value": None, "text": None}
"""Of a colleague it counts that something happened, not what was said; and what these settings cannot read is not known."""


def known_by(records: Iterable[R], time: int) -> list[R]:
    """Return the records that were recorded by a time, and that the store had by then and still held."""
    return [one for one in records if one.recorded_at <= time and one.stored_at <= time and _held(one, time)]


def _held(record: Event | Outcome, time: int) -> bool:
    if isinstance(record, Outcome):  # one that is taken back stays, and says so
        return True
    return record.superseded_at is None or record.superseded_at > time


def event_record(event: Event) -> dict[str, Any]:
    """Return a stored event as `features.records.leads.checking.read_lead` takes it."""
    return {
        "kind": event.kind,
        "occurred_at": to_datetime(event.occurred_at),
        "recorded_at": to_datetime(event.recorded_at),
        "value": event.value,
        "text": event.text,
        "actor": event.actor,
    }


@dataclass(frozen=True)
class AccountRecords:
    """The leads of some accounts with what the store knows of them by now; of those that a CRM has removed, since when (microseconds UTC)."""

    leads: Mapping[str, Sequence[Lead]]
    events: Mapping[str, Sequence[Event]]
    outcomes: Mapping[str, Sequence[Outcome]]
    removed: Mapping[str, int]

    @classmethod
    def read(cls, connection: sa.Connection, leads: Iterable[Lead], by: int) -> "AccountRecords":
        """Read the leads of the accounts of these leads that were stored by a time (microseconds UTC)."""
        told = ((lead.account, *(known.get("account") for known in lead.before or ())) for lead in leads)
        accounts = {account for some in told for account in some if account is not None}
        if not accounts:
            return NOBODY
        # One more than are told of, beside the lead itself: then it is seen that there are too many.
        found = leads_of_accounts(connection, accounts, by, MAX_LEADS + 2)
        ids = [lead.lead_id for some in found.values() if len(some) <= MAX_LEADS + 1 for lead in some]
        events, outcomes = reading.events_of(connection, ids), reading.outcomes_of(connection, ids)
        return cls(found, events, outcomes, removals_of(connection, accounts))

    def beside(self, schema: LeadSchema, lead: Lead, known: int) -> dict[str, Any]:
        """Return what `features.records.leads.checking.read_lead` takes of a lead's account, by what was known at a time; nothing where that is not known."""
        account = lead.at(known).account
        if account is None or not account.startswith(
            f"{schema.account}:"
        ):  # or told by settings that name another field
            return {}
        others = [other for other in self.leads.get(account, ()) if other.lead_id != lead.lead_id]
        there = [other.at(known) for other in others if other.stored_at <= known and not self._is_removed(other, known)]
        mine = [one for one in there if one.created_at <= known and one.account == account]
        return {"account_leads": [self._colleague(schema, one, known) for one in mine]}

    def _is_removed(self, lead: Lead, known: int) -> bool:
        return self.removed.get(lead.lead_id, known + 1) <= known

    def _colleague(self, schema: LeadSchema, lead: Lead, known: int) -> dict[str, Any]:
        done = known_by(self.events.get(lead.lead_id, ()), known)
        ended = known_by(self.outcomes.get(lead.lead_id, ()), known)
        return {
            "created_at": to_datetime(lead.created_at),
            "events": [event_record(event) | UNSAID for event in done if event.kind in schema.event_codes],
            "outcomes": [_ending(outcome) for outcome in standing_outcomes(ended)],
        }


NOBODY = AccountRecords({}, {}, {}, {})


def standing_outcomes(outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
    """Return the outcomes, in their order, that were not taken back."""
    last = max((at for at, outcome in enumerate(outcomes) if outcome.taken_back), default=-1)
    return outcomes[last + 1 :]


def _ending(outcome: Outcome) -> dict[str, Any]:
    closed_at, recorded_at = to_datetime(outcome.closed_at), to_datetime(outcome.recorded_at)
    return {"closed_at": closed_at, "recorded_at": recorded_at, "won": bool(outcome.won)}
