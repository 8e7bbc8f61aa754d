"""What the simulated company's leads may say and do, as the settings of a real company would put it."""

from pathlib import Path

from features.settings.fields import EventKind, LeadField
from features.settings.schema import LeadSchema
from features.settings.source import EventsSource, HistorySource, LeadsSource, OutcomesSource
from features.simulation.company import WorldSettings
from features.simulation.ladder import LADDER

ANSWERS = {
    "outcome_wanted": LeadField(
        role="answer",
        obstacle="need",
        label="what it wants to achieve",
        sentence="What it wants to achieve: {value}",
        ask="What should be different a year from now, so that you would say this was worth it?",
        values=("none named", "some ideas", "an improvement", "a named outcome", "a named outcome with a figure"),
        ordered=True,
        direction="up",
    ),
    "cost_of_not_solving": LeadField(
        role="answer",
        type="number",
        obstacle="need",
        label="what it costs not to solve this",
        sentence="Not solving this costs {value} a year",
        ask="What does it cost you in a year if this stays as it is?",
        minimum=0,
        direction="up",
    ),
    "budget": LeadField(
        role="answer",
        obstacle="money",
        label="what the budget is",
        sentence="The budget: {value}",
        ask="What have you set aside for this, and what would have to be true to set aside more?",
        values=("none", "under 5,000", "5,000 to 20,000", "20,000 to 50,000", "over 50,000"),
        ordered=True,
        direction="up",
    ),
    "paid_by": LeadField(
        role="answer",
        obstacle="money",
        label="who pays",
        ask="Out of which budget would this be paid?",
        values=("not settled", "another department", "a project to be approved", "our own budget"),
        ordered=True,
        direction="up",
    ),
    "timeline": LeadField(
        role="answer",
        obstacle="hurry",
        label="when it has to work",
        ask="By when does this have to work, and what happens if it does not?",
        values=("no date", "next year", "this year", "this quarter", "this month"),
        ordered=True,
        direction="up",
    ),
    "needed_by": LeadField(
        role="answer",
        type="date",
        obstacle="hurry",
        label="by which date it needs it",
        sentence="Needs it {value}",
        ask="Is there a date that you cannot move?",
    ),
    "uses_now": LeadField(
        role="answer",
        obstacle="desire",
        label="what it uses now",
        ask="What do you use for this today, and what do you like about it?",
        values=("another supplier", "nothing", "own software", "spreadsheets", "supplier that is leaving"),
    ),
    "wants_contact": LeadField(
        role="answer",
        type="flag",
        obstacle="desire",
        label="whether we may call",
        sentence="Asked to be contacted: {value}",
        ask="Shall one of us call you, or would you rather read first?",
        direction="up",
    ),
    "knows_us": LeadField(
        role="answer",
        obstacle="trust",
        label="how it knows us",
        ask="Who among the people you trust has worked with us?",
        values=("never heard of us", "by name", "has read us", "has tried us", "recommended by a customer"),
        ordered=True,
        direction="up",
    ),
    "decides": LeadField(
        role="answer",
        obstacle="trust",
        label="who decides",
        ask="Who besides you has to say yes before you can start?",
        values=("somebody it will not name", "somebody else", "several people", "itself with another", "itself"),
        ordered=True,
        direction="up",
    ),
}

CHANNELS = {
    "source": LeadField(role="channel", obstacle="source", label="source"),
    "campaign": LeadField(role="channel", obstacle="source", label="campaign"),
    "landing_page": LeadField(role="channel", obstacle="source", label="landing page"),
    "team": LeadField(role="channel", obstacle="source", label="team"),
    "brought_by": LeadField(role="channel", obstacle="source", label="rep"),
}

PROFILE = {
    "industry": LeadField(
        role="profile",
        obstacle="need",
        label="industry",
        values=("building", "finance", "health", "manufacturing", "public", "retail", "software", "transport"),
    ),
    "company_size": LeadField(
        role="profile",
        obstacle="money",
        label="employees",
        values=("1-9", "10-49", "50-249", "250-999", "1000+"),
        ordered=True,
    ),
    "country": LeadField(
        role="profile", obstacle="trust", label="country", values=("AT", "CH", "DE", "FR", "NL", "PL", "UK")
    ),
    "title": LeadField(
        role="profile",
        obstacle="trust",
        label="title",
        values=("buyer", "consultant", "director", "head of", "owner", "specialist", "student"),
    ),
}

LATE = {
    "lead_status": LeadField(role="late", label="status"),
    "contract_no": LeadField(role="late", type="text", label="contract number"),
    "quality_note": LeadField(role="late", label="rep's note on quality"),
    "last_activity": LeadField(role="late", type="date", label="last activity"),
}

TRAPS = tuple(LATE)
"""Fields that know the outcome: an export of today shows them as they were written after the close."""

KINDS = {
    "visit": EventKind(obstacle="desire", actor="lead", singular="visit", plural="visits", direction="up"),
    "download": EventKind(obstacle="need", actor="lead", singular="download", plural="downloads", direction="up"),
    "meeting_asked": EventKind(
        obstacle="hurry",
        actor="lead",
        singular="request for a meeting",
        plural="requests for a meeting",
        direction="up",
    ),
    "reply": EventKind(obstacle="trust", actor="lead", singular="reply", plural="replies", direction="up"),
    "call": EventKind(obstacle="trust", actor="rep", singular="call", plural="calls"),
    "email": EventKind(obstacle="trust", actor="rep", singular="email", plural="emails"),
    "meeting": EventKind(obstacle="desire", actor="rep", singular="meeting", plural="meetings"),
    "offer": EventKind(obstacle="money", actor="rep", singular="offer", plural="offers"),
    "newsletter": EventKind(obstacle="desire", actor="marketing", singular="newsletter", plural="newsletters"),
}


def world_schema(settings: WorldSettings | None = None) -> LeadSchema:
    """Return the fields and event kinds of the simulated company, late ones included where it has them.

    Examples
    --------
    >>> sorted(world_schema().by_role("late")) == sorted(TRAPS)
    True
    """
    settings = settings or WorldSettings()
    late = LATE if settings.records.traps else {}
    return LeadSchema(
        fields={**ANSWERS, **CHANNELS, **PROFILE, **late},
        kinds=KINDS,
        horizon_days=settings.horizon_days,
        ladder=LADDER,
    )


def world_history(folder: Path | str, settings: WorldSettings | None = None) -> HistorySource:
    """Return where `write_world` puts the three tables, and until when they are complete."""
    return HistorySource(
        source=str(folder),
        leads=LeadsSource(table="leads"),
        events=(EventsSource(table="events"),),
        outcomes=(OutcomesSource(table="outcomes"),),
        exported_at=(settings or WorldSettings()).end,
    )
