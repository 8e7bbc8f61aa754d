"""What a moment knows of a text: the last answer, or the last messages of a kind."""

import numpy as np

from features.matrix.asof import last_marked
from features.matrix.block import Block
from features.records.history import Strings

MAX_MESSAGES = 3
"""So many of the latest messages of a kind are read together, the latest first: one alone is often a thank-you."""


def known_texts(block: Block, name: str) -> Strings:
    """Return what each moment of a block knows of a text (n,); None without one."""
    return _last_answer(block, name) if name in block.schema.texts else _last_messages(block, name)


def _last_answer(block: Block, name: str) -> Strings:
    """Return the last recorded answer, or what was written when the lead came in."""
    leads, events = block.history.leads, block.timeline.events
    none = np.full(len(block), None, np.object_)
    known = leads.texts[name][block.leads] if name in leads.texts else none
    rows = np.flatnonzero(events.kind == block.schema.event_codes[name])
    if len(rows):
        last = last_marked(np.ones((1, len(rows)), np.bool_)).take(np.searchsorted(rows, block.end), axis=1)[0]
        changed = np.flatnonzero(last >= np.searchsorted(rows, block.begin))
        known[changed] = none[changed] if events.text is None else events.text[rows[last[changed]]]
    return known


def _last_messages(block: Block, name: str) -> Strings:
    """Return the last recorded messages of a kind, one after the other."""
    events = block.timeline.events
    known: Strings = np.full(len(block), None, np.object_)
    if events.text is None:
        return known
    rows = np.flatnonzero(events.kind == block.schema.event_codes[name])
    rows = rows[[text is not None for text in events.text[rows]]] if len(rows) else rows
    ends = np.searchsorted(rows, block.end)
    begins = np.maximum(np.searchsorted(rows, block.begin), ends - MAX_MESSAGES)
    joined = {
        (begin, end): "\n".join(events.text[rows[begin:end]][::-1])
        for begin, end in dict.fromkeys(zip(begins.tolist(), ends.tolist(), strict=True))
        if begin < end
    }
    known[:] = [joined.get(span) for span in zip(begins.tolist(), ends.tolist(), strict=True)]
    return known
