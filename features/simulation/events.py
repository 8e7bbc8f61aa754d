"""What happens between a lead and the company until it is closed: a conversation, and answers that come in late.

Visits, downloads, requests and touches come at rates that fall with the lead's age and depend on its traits, or on how
promising it looks; replies, meetings and offers each follow what they answer. The close only ends all of it, so events
tell of the outcome what they tell of the traits, and no more.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.records.clock import DAY, HOUR, NEVER, SECOND, Microseconds
from features.records.history import Floats, Integers
from features.settings.fields import ACTORS
from features.simulation.answers import SimulatedAnswers, vocabulary
from features.simulation.company import WorldSettings, quarter_starts
from features.simulation.outcomes import SimulatedFates
from features.simulation.people import People
from features.simulation.schema import ANSWERS, KINDS
from features.simulation.tables import identifiers, later, times, words
from features.simulation.truth import expected_amount, sigmoid

NAMES = (*KINDS, *ANSWERS)
TALK_MINUTES = {"call": 8.0, "meeting": 45.0}
"""Median length of what is spoken."""


@dataclass(frozen=True)
class Stream:
    """Events of one kind, n rows: whose, and how many days after creation."""

    lead: Integers
    days: Floats


@dataclass(frozen=True)
class Happened:
    """Events of all kinds, n rows; `text` is a position in the vocabulary of answers, or -1."""

    lead: Integers
    kind: NDArray[np.int16]
    occurred_at: Microseconds
    recorded_at: Microseconds
    value: Floats
    text: Integers
    actor: NDArray[np.int8]

    def take(self, rows: NDArray[np.integer] | NDArray[np.bool_]) -> "Happened":
        """Return the events at these positions."""
        return Happened(**{name: column[rows] for name, column in vars(self).items()})


def draw_events(
    rng: np.random.Generator,
    settings: WorldSettings,
    people: People,
    fates: SimulatedFates,
    promise: Floats,
    said: SimulatedAnswers,
) -> Happened:
    """Draw the events that are on record at the end, in the order in which they were recorded."""
    end = quarter_starts(settings)[-1]
    until = np.where(fates.closes_at == NEVER, end, np.minimum(fates.closes_at, end))
    streams = _conversation(rng, settings, people, promise, (until - people.created_at) / DAY)
    happened = _joined(rng, people, fates, streams, said)
    happened = happened.take(happened.occurred_at < until[happened.lead])
    happened = _recorded(rng, settings, happened)
    happened = happened.take(happened.recorded_at <= end)
    return happened.take(np.argsort(happened.recorded_at, kind="stable"))


def events_table(settings: WorldSettings, happened: Happened, fates: SimulatedFates) -> pd.DataFrame:
    """Return the events as an export holds them; only a rep's events name the rep."""
    rep = np.where(happened.actor == ACTORS.index("rep"), fates.rep[happened.lead], -1)
    return pd.DataFrame(
        {
            "lead_id": words(identifiers("L", len(fates.rep)), happened.lead),
            "kind": words(NAMES, happened.kind),
            "occurred_at": times(happened.occurred_at),
            "recorded_at": times(happened.recorded_at),
            "value": happened.value,
            "text": words(vocabulary(settings), happened.text),
            "actor": words(ACTORS, happened.actor),
            "rep_id": words(identifiers("R", settings.reps.count), rep),
        }
    )


def _conversation(
    rng: np.random.Generator, settings: WorldSettings, people: People, promise: Floats, days: Floats
) -> dict[str, Stream]:
    """Draw who does what when, within so many days after creation and, for what follows, a little past them."""
    need, money, hurry, desire, trust = people.traits.T
    lively, worked = people.response, settings.reps.promising_first * promise
    activity = settings.records.activity
    created = Stream(np.arange(len(people), dtype=np.int32), np.zeros(len(people)))

    def own(mean: float, pull: Floats, fade: float) -> Stream:
        return _fading(rng, activity * mean * np.exp(pull), fade, days)

    visit = own(2.3, lively + 0.5 * desire, 25.0)
    download = own(0.8, lively + 0.5 * need, 25.0)
    asked = own(0.25, lively + 0.6 * hurry + 0.6 * desire, 30.0)
    welcome = _follow(rng, created, 0.7 * activity, 20.0 * np.exp(-0.7 * promise))
    interested = _both(visit, download)
    call = _both(welcome, own(1.3, worked, 30.0), _follow(rng, asked, 0.8, 5.0), _follow(rng, interested, 0.15, 12.0))
    email = _both(own(1.3, worked, 35.0), _follow(rng, interested, 0.1, 12.0))
    reply = _follow(rng, _both(call, email), sigmoid(-0.7 + 0.8 * trust + people.response), 20.0)
    meeting = _both(_follow(rng, asked, 0.6, 90.0), _follow(rng, reply, 0.12, 100.0))
    offer = _follow(rng, meeting, sigmoid(-0.2 + 0.8 * money), 72.0)
    newsletter = own(1.2, np.zeros(len(people)), 90.0)
    return {
        "visit": visit,
        "download": download,
        "meeting_asked": asked,
        "reply": reply,
        "call": call,
        "email": email,
        "meeting": meeting,
        "offer": offer,
        "newsletter": newsletter,
    }


def _fading(rng: np.random.Generator, mean: Floats, fade: float, days: Floats) -> Stream:
    """Draw a Poisson process whose rate fades with age, `mean` events in all if it is watched for ever."""
    within = 1.0 - np.exp(-days / fade)
    lead = np.repeat(np.arange(len(days), dtype=np.int32), rng.poisson(mean * within))
    return Stream(lead, -fade * np.log1p(-rng.random(len(lead)) * within[lead]))


def _follow(rng: np.random.Generator, cause: Stream, chance: Floats | float, hours: Floats | float) -> Stream:
    """Draw what follows a stream: after each event with a chance, lognormal hours later; both may depend on the lead."""
    n = len(cause.lead)
    follows = rng.random(n) < _of(chance, cause.lead)
    days = cause.days + _of(hours, cause.lead) * np.exp(rng.standard_normal(n)) / 24.0
    return Stream(cause.lead[follows], days[follows])


def _of(value: Floats | float, lead: Integers) -> Floats:
    by_lead = np.asarray(value, np.float64)
    return by_lead[lead] if by_lead.ndim else by_lead


def _both(*streams: Stream) -> Stream:
    return Stream(np.concatenate([each.lead for each in streams]), np.concatenate([each.days for each in streams]))


def _joined(
    rng: np.random.Generator, people: People, fates: SimulatedFates, streams: dict[str, Stream], said: SimulatedAnswers
) -> Happened:
    """Put all kinds into one table, with the number that comes with each and who acted."""
    lead = np.concatenate([*(stream.lead for stream in streams.values()), said.lead])
    days = np.concatenate([*(stream.days for stream in streams.values()), said.days])
    kind = [np.full(len(stream.lead), NAMES.index(name)) for name, stream in streams.items()]
    value = [_value(rng, name, stream, fates) for name, stream in streams.items()]
    actor = [np.full(len(stream.lead), ACTORS.index(str(KINDS[name].actor))) for name, stream in streams.items()]
    spoken = len(lead) - len(said.lead)
    occurred_at = later(people.created_at[lead], days)
    return Happened(
        lead,
        np.concatenate([*kind, len(KINDS) + said.answer]).astype(np.int16),
        occurred_at,
        occurred_at,
        np.concatenate([*value, said.value]),
        np.concatenate([np.full(spoken, -1, np.int32), said.text]),
        np.concatenate([*actor, rng.integers(0, 2, len(said.lead))]).astype(np.int8),
    )


def _value(rng: np.random.Generator, name: str, stream: Stream, fates: SimulatedFates) -> Floats:
    """Return minutes of what is spoken, the price of an offer, otherwise nothing."""
    n = len(stream.lead)
    if name in TALK_MINUTES:
        return np.ceil(TALK_MINUTES[name] * np.exp(0.6 * rng.standard_normal(n)))
    if name == "offer":
        return (expected_amount(fates.log_amount[stream.lead]) * np.exp(0.3 * rng.standard_normal(n))).round(-1)
    return np.full(n, np.nan)


def _recorded(rng: np.random.Generator, settings: WorldSettings, happened: Happened) -> Happened:
    """Record what happened: reps within hours, the rest within minutes, and a share of everything days late."""
    n = len(happened.lead)
    typical = np.where(happened.actor == ACTORS.index("rep"), 2.0 * HOUR, 60.0 * SECOND)
    delay = typical * rng.exponential(size=n)
    late = rng.random(n) < settings.records.late_events
    delay += np.where(late, rng.exponential(settings.records.event_days * DAY, n), 0.0)
    return replace(happened, recorded_at=happened.occurred_at + delay.astype(np.int64) // SECOND * SECOND)
