"""What the service answers to those who tell it something, and to those who ask what it knows."""

from datetime import datetime
from typing import Any

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from features.settings.ladder import Step
from models.close.reasons.similar import End
from models.decision.routes import Route
from serving.schemas.score import BrokenRule, Message, Probability, Problem, Score
from serving.schemas.vocabulary import Direction, Status


class _Receipt(Message):
    """What is answered of a record that is stored."""

    set_aside: tuple[BrokenRule, ...] = Field(
        default=(),
        description="What came with it and could not be read: kept beside it as text. Not there if all was read.",
    )

    @model_serializer(mode="wrap")
    def _without_nothing(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written: dict[str, Any] = write(self)
        if not self.set_aside:
            del written["set_aside"]
        return written


class LeadReceipt(_Receipt):
    """What a form hears: the lead is stored. A form's answer never holds a score."""

    lead_id: str = Field(description="As it was sent, or as the service named it.")
    created_at: datetime = Field(description="When it came in.")
    recorded_at: datetime = Field(description="The store's time of it.")


class StoredLead(LeadReceipt):
    """A lead that is stored, with its score."""

    score: Score | None = Field(description="Null where the champion's settings cannot read the lead.")


class NotStored(Message):
    """Stands in the place of a record of many that was refused; the others are stored."""

    index: int = Field(ge=0, description="Its place in the request, from 0.")
    problem: Problem


class StoredLeads(Message):
    """Leads in the order of the request."""

    leads: tuple[StoredLead | NotStored, ...]


class LeadReceipts(Message):
    """What a form hears of many leads, in the order of the request."""

    leads: tuple[LeadReceipt | NotStored, ...]


class EventReceipt(_Receipt):
    """An event that is stored."""

    lead_id: str
    kind: str
    occurred_at: datetime
    event_id: str | None = Field(description="As it was sent; null if none was.")
    recorded_at: datetime = Field(description="The store's time of it: scores of later moments know of it.")
    waiting: bool = Field(description="Whether its lead had not come yet; it joins the lead when that comes.")


class StoredEvent(EventReceipt):
    """An event that is stored, with the score of its lead that follows from it."""

    score: Score | None = Field(description="Null while it waits for its lead.")


class StoredEvents(Message):
    """Events in the order of the request, and the scores that follow from them, one a lead."""

    events: tuple[EventReceipt | NotStored, ...]
    scores: tuple[Score, ...]


class OutcomeReceipt(_Receipt):
    """An outcome that is stored."""

    lead_id: str
    closed_at: datetime
    won: bool
    amount: float | None
    outcome_id: str | None = Field(description="As it was sent; null if none was.")
    recorded_at: datetime = Field(
        description="The store's time of it; of several outcomes, the last recorded one holds."
    )
    waiting: bool = Field(description="Whether its lead had not come yet.")
    taken_back: bool = Field(description="Whether it says that the lead is open again.")
    holds: bool = Field(description="Whether it is the one that holds: the last told.")
    status: Status = Field(description="How the lead stands now, by the one that holds.")


class StoredOutcomes(Message):
    """Outcomes in the order of the request."""

    outcomes: tuple[OutcomeReceipt | NotStored, ...]


class FeedbackReceipt(Message):
    """What a rep said of a score, stored."""

    lead_id: str
    as_of: datetime = Field(description="The moment of the score that is meant.")
    recorded_at: datetime


class RemovalReceipt(Message):
    """A lead that is out of lists and trainings: deleted by its CRM, or merged."""

    lead_id: str
    into: str | None = Field(description="The lead into which it was merged; null if it was deleted.")
    recorded_at: datetime


class StoredRemovals(Message):
    """Deleted or merged leads in the order of the request."""

    removals: tuple[RemovalReceipt | NotStored, ...]


class WebhookReceipt(Message):
    """What a CRM hears whose messages were all taken."""

    leads: int = Field(description="Records that are stored, those too that were before.")
    events: int
    outcomes: int
    ignored: int = Field(description="Messages that no rule of the settings fits.")
    erased: int = Field(
        default=0, description="Records of people who were erased, which are not stored; not there if there are none."
    )
    removals: int = Field(default=0, description="Leads deleted or merged; not there if there are none.")
    set_aside: int = Field(
        default=0,
        description="Values that could not be read and are kept beside their lead; not there if there are none.",
    )

    @model_serializer(mode="wrap")
    def _without_nothing(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written: dict[str, Any] = write(self)
        return {
            name: count for name, count in written.items() if count or name not in ("removals", "set_aside", "erased")
        }


class KnownEvent(Message):
    """An event as it is known."""

    kind: str
    occurred_at: datetime
    recorded_at: datetime
    event_id: str | None
    value: float | None
    text: str | None
    actor: str | None
    rep_id: str | None
    agent_name: str | None = Field(description="Which agent acted; null where none did.")
    agent_version: str | None


class KnownOutcome(Message):
    """An outcome as it is known; one that is `taken_back` says that the lead was open again from then on."""

    closed_at: datetime
    recorded_at: datetime
    won: bool
    amount: float | None
    reason: str | None
    rep_id: str | None
    taken_back: bool


class KnownFeedback(Message):
    """What a rep said of a score."""

    as_of: datetime = Field(description="The moment of the score that is meant.")
    recorded_at: datetime
    given_by: str = Field(description="What the key is called that it came with.")
    agrees: bool
    direction: Direction | None = Field(description="Which way the score is wrong; null where that was not said.")
    subject: str | None
    comment: str | None


class KnownAside(Message):
    """A value that came with a lead and could not be read."""

    name: str
    value: str
    rule: str
    recorded_at: datetime


class KnownRecords(Message):
    """The records of a lead."""

    lead_id: str
    created_at: datetime
    recorded_at: datetime
    status: Status
    fields: dict[str, Any] = Field(description="As they were sent.")
    events: tuple[KnownEvent, ...]
    outcomes: tuple[KnownOutcome, ...] = Field(description="In the order recorded; the last one holds.")
    feedback: tuple[KnownFeedback, ...]
    set_aside: tuple[KnownAside, ...] = Field(description="What came with it and could not be read, as text.")


class KnownLead(KnownRecords):
    """Everything that is known of a lead."""

    score: Score | None = Field(description="The latest; null if it has none.")


class SubjectChange(Message):
    """What a step of a change did through one subject."""

    subject: str
    contribution: float = Field(description="In log-odds.")


class ChangePart(Message):
    """One step from a score to the next."""

    points: float = Field(description="In probability, from -1 to 1.")
    contribution: float = Field(
        description="In log-odds; but for the step of the model, that of its subjects sums to it."
    )
    subjects: tuple[SubjectChange, ...] = Field(description="The subjects that moved, the strongest first.")


class Change(Message):
    """Why a score is another than the one before. The three steps sum to the change, within 1e-9."""

    since: datetime = Field(description="The moment of the score before.")
    until: datetime = Field(description="The moment of the score.")
    points: float = Field(description="The change in probability.")
    contribution: float = Field(description="The change in log-odds.")
    new_records: tuple[str, ...] = Field(description="Kinds of the events that came in between.")
    time: ChangePart = Field(description="What time alone did: the model before, with what was known before.")
    records: ChangePart = Field(description="What the new records did: the model before, with what is known since.")
    model: ChangePart = Field(description="What a new model did, with the same records; nothing if it is the same.")


class LeadScores(Message):
    """Every score of a lead, the earliest first."""

    lead_id: str
    scores: tuple[Score, ...]
    changes: tuple[Change | None, ...] = Field(
        description="For each score but the first, why it is another than the one before; null if its model is not to be had."
    )


class SimilarLead(Message):
    """A past lead whose score was driven by the same things."""

    lead_id: str | None = Field(description="Null where the service does not keep it, so that nobody can look it up.")
    end: End = Field(description="What became of it within the horizon.")
    distance: float = Field(description="How far the reasons of the two are apart, in log-odds; 0 is the same.")


class LetterLink(Message):
    """A link to the letter to a lead."""

    url: str = Field(description="Opens the letter once, without a key, for whoever has it: send it to the lead alone.")
    until: datetime = Field(description="Until when it may be opened; or until the key that made it is revoked.")


class CardLink(Message):
    """A link to the card of a lead."""

    url: str = Field(
        description="Opens the card without a key, in a frame of the sites that `service.frames` names too."
    )
    until: datetime = Field(description="Until when it is good; or until the key that asked for it is revoked.")


class SimilarLeads(Message):
    """Past leads most like one, as they stood at the same age; their end was known at the moment of its score."""

    lead_id: str
    age_days: int | None = Field(description="The age at which they stood so; null where the model knows none.")
    count: int = Field(description="How many were looked at, the nearest ones.")
    won: int = Field(description="How many of these closed within the horizon.")
    leads: tuple[SimilarLead, ...] = Field(description="Some of them, the nearest first.")


class ListedFeedback(KnownFeedback):
    """What a rep said of a score, with the score and what became of the lead."""

    lead_id: str
    probability: Probability = Field(description="Of the score that is meant.")
    latest_probability: Probability | None = Field(description="Of the lead's latest score.")
    status: Status = Field(description="How the lead stands now.")


class ListedFeedbackPage(Message):
    """A page of feedback, the latest first."""

    feedback: tuple[ListedFeedback, ...]
    next: str | None = Field(description="The cursor of the next page; null on the last one.")


class LeadChanges(Message):
    """What changed the scores of a lead; none if it has one score or none, or is not there."""

    lead_id: str
    changes: tuple[Change | None, ...]


class ReasonMove(Message):
    """One reason that would move a score."""

    sentence: str = Field(description="What would hold then, in words for the sales rep.")
    points: float = Field(description="By how much it would move the probability, from -1 to 1, to a tenth of a point.")


class WhatIf(Message):
    """What other answers would make of a lead's score; nothing of it is kept."""

    lead_id: str
    as_of: datetime = Field(description="The moment of both scores.")
    supposed: dict[str, str] = Field(description="The answers that were supposed and are not what is known already.")
    now: Probability = Field(description="The probability with what is known.")
    then: Probability = Field(description="The probability with the supposed answers.")
    route_now: Route | None = Field(description="Where the lead goes; null where nothing decides.")
    route_then: Route | None = Field(description="Where it would go then.")
    moves: tuple[ReasonMove, ...] = Field(description="What would move the one to the other, the strongest first.")


class RecordCut(Message):
    """Working only leads from a probability on."""

    least_probability: Probability
    leads: Probability = Field(description="Which part of the leads that is.")
    wins: Probability = Field(description="Which part of the wins they hold.")
    hours_freed: float | None = Field(
        description="Hours of reps that the others of 1,000 leads would have taken; null where nothing decides."
    )
    net: float | None = Field(
        default=None,
        description="What a thousand leads bring then: wins at the mean amount of a win, less what reps' work on the leads costs; null "
        "where no amount was ever recorded.",
    )


class RecordPlan(Message):
    """What fewer, better leads would have kept of the wins, by the record of the model."""

    sentence: str = Field(description="The cut nearest to 30 % of the leads, in words.")
    tested_since: datetime = Field(
        description="By scores of then and later, by a model that had not seen these leads end."
    )
    cuts: tuple[RecordCut, ...] = Field(description="From the likeliest leads alone to all of them.")


class ListedLead(Message):
    """A lead in a list."""

    lead_id: str
    created_at: datetime
    status: Status
    probability: float | None = Field(description="Of its latest score; null if it has none.")
    as_of: datetime | None = Field(description="The moment of that score.")
    moved: float | None = Field(
        description="Its probability less that of the lead's last score at least a day before; null without such a score."
    )
    changed_at: datetime | None = Field(
        description="When a score last moved the probability by a point or more, or decided on another route or step."
    )
    expected_value: float | None = Field(description="As decided with that score; null where nothing decides.")
    route: Route | None = Field(description="Likewise.")
    step: Step | None = Field(description="Likewise.")
    source: str | None = Field(description="Value of the first channel, shortened.")
    owner: str | None = Field(description="The `rep_id` of its latest event that has one.")
    name: str | None = Field(description="Free texts of profile and context, shortened: what people know the lead by.")


class LeadPage(Message):
    """A page of a list of leads."""

    leads: tuple[ListedLead, ...]
    next: str | None = Field(description="The cursor of the next page; null on the last one.")
