"""Features of what happened: counts by kind and lookback, time since the last, the conversation and its silences."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from features.matrix.asof import Marks, Timeline, last_marked, running_total
from features.matrix.block import Block
from features.matrix.feature import Direction, Feature, sign, window_name
from features.records.clock import DAY, HOUR, SECOND
from features.records.history import Events, Floats
from features.settings.fields import ACTORS, Obstacle
from features.settings.schema import LeadSchema

LEAD, REP, AGENT = ACTORS.index("lead"), ACTORS.index("rep"), ACTORS.index("agent")
SPEAKERS: tuple[tuple[str, int, Obstacle], ...] = (("lead", LEAD, "desire"), ("rep", REP, "trust"))
"""Who takes part in the conversation, by code, and the obstacle that their activity speaks to."""


def activity_features(schema: LeadSchema) -> tuple[Feature, ...]:
    """Return the features that `activity` computes, in its order."""
    return (*_count_features(schema), *_since_features(schema), *_conversation_features())


def activity(block: Block) -> NDArray[np.float32]:
    """Compute the features of events (n, f) for the moments of a block."""
    marks = _marks(block.schema, block.timeline)
    totals = running_total(marks, np.int32)
    known = totals.take(block.windows, axis=1)
    counts = (known[:, :1] - known[:, 1:]).transpose(2, 1, 0).reshape(len(block), -1)
    touches = _touches_since_lead(block, marks[-2:-1], totals[-1])
    columns = (*_times(block, marks), *_conversation(block, marks), touches)
    return np.concatenate((counts, *(column.T for column in columns)), axis=1, dtype=np.float32)


def _subjects(schema: LeadSchema) -> Iterator[tuple[str, Obstacle, Direction]]:
    """Yield what is counted: each kind, then each speaker; name, obstacle, direction of the count."""
    for name, kind in schema.kinds.items():
        yield name, kind.obstacle, sign(kind.direction)
    for name, _, obstacle in SPEAKERS:
        yield name, obstacle, 0


def _count_features(schema: LeadSchema) -> Iterator[Feature]:
    for days in (*schema.lookback_days, None):
        for subject, obstacle, direction in _subjects(schema):
            name = f"{subject}_count_{window_name(days)}"
            yield Feature(name, "count", subject, obstacle, "events", direction, days)


def _since_features(schema: LeadSchema) -> Iterator[Feature]:
    for subject, obstacle, _ in _subjects(schema):
        yield Feature(f"days_since_{subject}", "days_since", subject, obstacle, "days")


def _conversation_features() -> Iterator[Feature]:
    for name, _, obstacle in SPEAKERS:
        yield Feature(f"days_to_first_{name}", "days_to_first", name, obstacle, "days")
    yield Feature("lead_spoke_last", "last_word", "lead", "desire", "yes or no")
    for name, _, obstacle in SPEAKERS:
        yield Feature(f"{name}_reply_hours", "reply_hours", name, obstacle, "hours")
    yield Feature("lead_active_days", "active_days", "lead", "desire", "days")
    yield Feature("touches_since_lead", "unanswered_touches", "lead", "desire", "events")


def _marks(schema: LeadSchema, timeline: Timeline) -> Marks:
    """Return (kinds + speakers, events) which subjects each event counts for."""
    kinds, events = len(schema.kinds), timeline.events
    marks = np.empty((kinds + len(SPEAKERS), len(events)), np.bool_)
    np.equal(events.kind, np.arange(kinds, dtype=events.kind.dtype)[:, None], out=marks[:kinds])
    speaker = _speakers(events)
    for row, (_, code, _) in enumerate(SPEAKERS, start=kinds):
        np.equal(speaker, code, out=marks[row])
    return marks


def _speakers(events: Events) -> NDArray[np.int8]:
    """Return who speaks by each event: an agent speaks for us, as a rep does."""
    by_agent = events.actor == AGENT
    return np.where(by_agent, np.int8(REP), events.actor) if by_agent.any() else events.actor


def _times(block: Block, marks: Marks) -> tuple[Floats, Floats, Floats]:
    """Return days since each subject's last event (subjects, n), days to each speaker's first (2, n), and whether the lead spoke last (1, n)."""
    speakers = len(SPEAKERS)
    time, known = block.timeline.firsts_and_lasts(marks[-speakers:], marks).at(block.leads, block.end)
    first, last = time[:speakers], time[speakers:]
    since = np.where(known[speakers:], (block.as_of - last) / DAY, np.nan)
    to_first = np.where(known[:speakers], np.maximum(first - block.created_at, 0) / DAY, np.nan)
    lead_spoke, rep_spoke = known[-2:-1], known[-1:]
    lead_spoke_last = lead_spoke & ~(rep_spoke & (last[-1:] > last[-2:-1]))
    spoke_last = np.where(lead_spoke | rep_spoke, lead_spoke_last, np.nan)
    return since, to_first, spoke_last


def _conversation(block: Block, marks: Marks) -> tuple[Floats, NDArray[np.int64]]:
    """Return hours that each speaker takes to reply (2, n), and on how many days the lead did something (1, n)."""
    amounts = (*_replies(block.timeline), _new_days(block.timeline, marks[-2])[None])
    totals = running_total(np.concatenate(amounts), np.int64)
    known = totals.take(block.end, axis=1) - totals.take(block.begin, axis=1)
    replies, seconds, active_days = known[:2], known[2:4], known[4:]
    return seconds / np.where(replies > 0, replies * (HOUR // SECOND), np.nan), active_days


def _touches_since_lead(block: Block, by_lead: Marks, touches: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return (1, n) how often the rep tried since the lead last did anything: effort into silence."""
    since = np.maximum(last_marked(by_lead)[0, block.end] + 1, block.begin)
    tried: NDArray[np.int32] = touches[block.end] - touches[since]
    return tried[None]


def _replies(timeline: Timeline) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (2, events) which events are replies of the lead and of the rep, and how many whole seconds they took.

    A reply is an event of the one after one of the other, in the order in which they were recorded.
    """
    events = timeline.events
    speaker_of = _speakers(events)
    spoken = ((speaker_of == LEAD) | (speaker_of == REP)).nonzero()[0]
    lead, actor = events.lead[spoken], speaker_of[spoken]
    turns = ((lead[1:] == lead[:-1]) & (actor[1:] != actor[:-1])).nonzero()[0]
    before, reply = spoken[turns], spoken[turns + 1]
    taken = np.maximum(events.occurred_at[reply] - events.occurred_at[before], 0) // SECOND
    replies, seconds = np.zeros((2, len(SPEAKERS), len(events)), np.int64)
    speaker = (actor[turns + 1] == REP).astype(np.intp)
    replies[speaker, reply] = 1
    seconds[speaker, reply] = taken
    return replies, seconds


def _new_days(timeline: Timeline, by_lead: Marks) -> Marks:
    """Return which events are the first that the lead made known of a day on which it did something."""
    rows = by_lead.nonzero()[0]
    day = timeline.events.occurred_at[rows] // DAY - timeline.extent.start // DAY
    key = (timeline.events.lead[rows] - timeline.first) * np.int64(timeline.extent.span // DAY + 2) + day
    # Key and row in one number, as NumPy sorts numbers several times faster than it finds their order.
    bits = len(rows).bit_length()
    both = np.sort((key << bits) | np.arange(len(rows)))
    key = both >> bits
    repeats = both[1:][key[1:] == key[:-1]] & ((1 << bits) - 1)
    new = by_lead.copy()
    new[rows[repeats]] = False
    return new
