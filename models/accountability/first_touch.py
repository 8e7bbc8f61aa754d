"""Who touched each lead first: a person, an agent, or nobody yet."""

import numpy as np
from numpy.typing import NDArray

from features.settings.fields import ACTORS
from models.accountability.groups import Groups
from models.accountability.record import LeadsAsOf

CHANNEL = "first_touch"
PERSON, AGENT, NOBODY = range(3)
NAMES = ((CHANNEL, "person"), (CHANNEL, "agent"), (CHANNEL, None))
"""By the codes above; a person is a rep, and what marketing sends to many is no touch."""


def touched_first(record: LeadsAsOf) -> Groups:
    """Return leads by who touched them first, in the order in which touches occurred; of touches at the same time, the person's."""
    events = record.history.events
    code = np.full(len(ACTORS) + 1, NOBODY)  # the last for an actor that is not named
    code[ACTORS.index("rep")], code[ACTORS.index("agent")] = PERSON, AGENT
    who = code[events.actor]
    rows = np.flatnonzero(who != NOBODY)
    order = rows[np.lexsort((who[rows], events.occurred_at[rows], events.lead[rows]))]
    first = order[np.diff(events.lead[order], prepend=-1) != 0]
    position: NDArray[np.int64] = np.full(len(record.won), NOBODY, np.int64)
    position[events.lead[first]] = who[first]
    return Groups(NAMES, (position,))
