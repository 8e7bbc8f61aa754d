"""What goes into the store and comes out of it. Times are microseconds UTC; content is as it was sent."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from features.records.leads.set_aside import SetAside
from serving.schemas.vocabulary import Direction, Status
from serving.store.seals import check_seal
from serving.store.types import write_json


def digest(content: Any) -> str:
    """Return what tells one content from another, whatever the order of its names."""
    return hashlib.sha256(write_json(_ordered(content)).encode()).hexdigest()


def row_of(record: Any) -> dict[str, Any]:
    """Return what a record of this module holds, by name, as it is: `dataclasses.asdict` copies all of it, which takes most of an import."""
    return dict(vars(record))


def _ordered(content: Any) -> Any:
    if isinstance(content, Mapping):
        return {name: _ordered(content[name]) for name in sorted(content)}
    return [_ordered(value) for value in content] if isinstance(content, list | tuple) else content


@dataclass(frozen=True)
class NewLead:
    """A lead to be stored; one that does not say when it was created was created when it is stored.

    Attributes
    ----------
    aside
        What was told with it and cannot be read.
    account
        By what leads of its account are found, as `serving.store.accounts` tells.
    """

    lead_id: str
    fields: Mapping[str, Any]
    created_at: int | None = None
    aside: tuple[SetAside, ...] = ()
    account: str | None = None

    @property
    def digest(self) -> str:
        """What tells it from another lead of the same id; what was set aside counts, so that it is the same when it can be read."""
        told = {**{one.name: one.value for one in self.aside}, **self.fields}
        return digest({"created_at": self.created_at, "fields": told})


@dataclass(frozen=True)
class NewEvent:
    """An event to be stored; without `recorded_at` it was recorded when it is stored. `aside` came with it and cannot be read."""

    lead_id: str
    kind: str
    occurred_at: int
    event_id: str = ""
    value: float | None = None
    text: str | None = None
    actor: str | None = None
    rep_id: str | None = None
    agent_name: str | None = None
    agent_version: str | None = None
    recorded_at: int | None = None
    from_snapshot: bool = False
    aside: tuple[SetAside, ...] = ()

    @property
    def key(self) -> tuple[str, str, int, str]:
        """What makes two calls speak of the same event."""
        return self.lead_id, self.kind, self.occurred_at, self.event_id

    @property
    def digest(self) -> str:
        """What tells it from another event of the same key."""
        agent = [name for name in (self.agent_name, self.agent_version) if name is not None]
        return digest([self.value, self.text, self.actor, self.rep_id, self.recorded_at, *agent])


@dataclass(frozen=True)
class NewOutcome:
    """How a lead ended, as known now; without `recorded_at` that was recorded when it is stored.

    Attributes
    ----------
    taken_back
        Whether it says that the lead is open again, since `closed_at`.
    aside
        What came with it and cannot be read.
    """

    lead_id: str
    closed_at: int
    won: bool
    amount: float | None = None
    reason: str | None = None
    rep_id: str | None = None
    outcome_id: str = ""
    recorded_at: int | None = None
    taken_back: bool = False
    aside: tuple[SetAside, ...] = ()

    @property
    def digest(self) -> str:
        """What tells it from a correction."""
        others = ("lead_id", "closed_at", "taken_back", "aside")
        told = [value for name, value in row_of(self).items() if name not in others]
        return digest([*told, "open"] if self.taken_back else told)


@dataclass(frozen=True)
class NewRemoval:
    """A lead that its CRM has deleted or, where `into` says so, merged into another; `at` is when, microseconds UTC."""

    lead_id: str
    into: str | None
    at: int


@dataclass(frozen=True)
class Lead:
    """A lead as it is stored."""

    lead_id: str
    created_at: int
    fields: Mapping[str, Any]
    digest: str
    stored_at: int
    erased_at: int | None = None
    scored_as_of: int | None = None
    probability: float | None = None
    before: Sequence[Mapping[str, Any]] | None = None
    account: str | None = None
    seal: int | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        check_seal("leads", self.lead_id, self.__dict__, self.seal)

    def at(self, time: int) -> "Lead":
        """Return the lead as it was known by a time: an earlier telling may have come late."""
        for known in self.before or ():  # the earliest first
            if time < known["until"]:
                account = known.get("account", self.account)  # which versions before this one did not keep
                return replace(self, created_at=known["created_at"], fields=known["fields"], account=account, seal=None)
        return self


@dataclass(frozen=True)
class Event:
    """An event as it is stored."""

    lead_id: str
    kind: str
    occurred_at: int
    event_id: str
    recorded_at: int
    value: float | None
    text: str | None
    actor: str | None
    rep_id: str | None
    digest: str
    stored_at: int
    agent_name: str | None = None
    agent_version: str | None = None
    superseded_at: int | None = None
    from_snapshot: bool = False
    seal: int | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        check_seal("events", self.lead_id, self.__dict__, self.seal)

    @property
    def key(self) -> tuple[str, str, int, str]:
        """What makes two calls speak of the same event."""
        return self.lead_id, self.kind, self.occurred_at, self.event_id


@dataclass(frozen=True)
class Outcome:
    """An outcome as it is stored."""

    lead_id: str
    closed_at: int
    digest: str
    outcome_id: str
    recorded_at: int
    won: bool
    amount: float | None
    reason: str | None
    rep_id: str | None
    stored_at: int
    taken_back: bool = False


@dataclass(frozen=True)
class Listed:
    """What lists show of a lead that was scored, beside the score.

    Attributes
    ----------
    expected_value, route, step
        As decided with the score; None where nothing decides.
    source
        Value of the first channel.
    owner
        The rep who acted last.
    name
        What the lead calls itself.
    contacts
        All by which it may be searched for beside its id; lists show the name alone.
    """

    expected_value: float | None = None
    route: str | None = None
    step: str | None = None
    source: str | None = None
    owner: str | None = None
    name: str | None = None
    contacts: str | None = field(default=None, compare=False)


@dataclass(frozen=True)
class LeadStanding(Listed):
    """A lead in a list.

    Attributes
    ----------
    moved
        Its probability less that of its last score at least a day before; None without such a score.
    changed_at
        When a score last moved it by a point or more, or decided otherwise.
    """

    lead_id: str = ""
    created_at: int = 0
    status: Status = "open"
    scored_as_of: int | None = None
    probability: float | None = None
    moved: float | None = None
    changed_at: int | None = None
    standing_seal: int | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        check_seal("standing", self.lead_id, self.__dict__, self.standing_seal)


@dataclass(frozen=True)
class StoredScore:
    """A score with what it was made from.

    Attributes
    ----------
    inputs, contributions
        In the order of the model's features; None where not known.
    answer
        The score as it was sent, to the byte; None once the lead is erased.
    listed
        What lists show with it, kept with the lead and not with the score.
    """

    lead_id: str
    as_of: int
    model_name: str
    model_version: str
    probability: float
    inputs: Sequence[float | None]
    contributions: Sequence[float]
    answer: str | None
    listed: Listed = field(default=Listed(), compare=False)
    seal: int | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        check_seal("scores", self.lead_id, self.__dict__, self.seal)


@dataclass(frozen=True)
class NewFeedback:
    """What a rep says of a score as of a moment, of the latest if there is none; `subject` is the reason that is meant, if one is."""

    lead_id: str
    agrees: bool
    as_of: int | None = None
    subject: str | None = None
    comment: str | None = None
    direction: Direction | None = None


@dataclass(frozen=True)
class Feedback:
    """What a rep said of a score, and by whose key."""

    lead_id: str
    as_of: int
    agrees: bool
    subject: str | None
    comment: str | None
    given_by: str
    direction: Direction | None = None


@dataclass(frozen=True)
class GivenFeedback(Feedback):
    """What a rep said of a score, with what it was and what became of the lead.

    Attributes
    ----------
    given_by_name
        What the key is called.
    probability
        Of the score that is meant.
    latest_probability, status
        How the lead stands now.
    """

    stored_at: int = 0
    given_by_name: str = ""
    probability: float = 0.0
    latest_probability: float | None = None
    status: Status = "open"


ActKind = Literal["answer", "event", "missed", "won", "lost", "reopened", "owner", "remind", "note"]
"""What may be done with a lead on its page."""


@dataclass(frozen=True)
class Act:
    """What somebody did with a lead on its page, and by whose key.

    Attributes
    ----------
    about
        The kind of the event, or the field of the answer, that it is stored as.
    text
        What was said or noted, the new owner, the amount or the reason.
    due_at
        Of a reminder.
    before
        Whose lead it was before it was given to another.
    """

    act_id: str
    lead_id: str
    kind: ActKind
    key_id: str
    stored_at: int = 0
    about: str | None = None
    text: str | None = None
    due_at: int | None = None
    before: str | None = None
    undone_at: int | None = None


@dataclass(frozen=True)
class DoneAct(Act):
    """An act with what the key is called by which it was done."""

    by: str = ""


class OtherRecordError(ValueError):
    """A record that is stored already, with another content."""
