"""Features of the other leads of a lead's account: how many are open, won and lost, how long ago that was, and what they did lately."""

import numpy as np
from numpy.typing import NDArray

from features.matrix.block import Block
from features.matrix.feature import Feature
from features.records.clock import DAY
from features.records.history import Floats
from features.records.kin import BY_LEAD, EVENTS, LEADS, LOST, WON
from features.settings.schema import LeadSchema

RECENT_DAYS = 30
"""Window in which events of colleagues are counted."""
MAX_LEADS = 300
"""Of more other leads than these, nothing is told: what so many share is no account, such as the domain of an unlisted mail service."""


def colleague_features(schema: LeadSchema) -> tuple[Feature, ...]:
    """Return the features that `colleagues` computes, in its order; none without a field of role account."""
    name = schema.account
    if name is None:
        return ()
    return (
        *(Feature(f"{name}_{sort}_leads", "account_leads", name, "trust", "leads", value=sort) for sort in ("open", "won", "lost")),
        *(Feature(f"days_since_{name}_{sort}", "account_since", name, "trust", "days", value=sort) for sort in ("lead", "win", "loss")),
        Feature(f"{name}_events_{RECENT_DAYS}d", "account_events", name, "trust", "events", 0, RECENT_DAYS, "everyone"),
        Feature(f"{name}_lead_events_{RECENT_DAYS}d", "account_events", name, "trust", "events", 0, RECENT_DAYS, "lead"),
        *(Feature(f"days_since_{name}_{kind}", "account_since_kind", name, "trust", "days", value=kind) for kind in schema.kinds),
    )  # fmt: skip


def colleagues(block: Block) -> NDArray[np.float32]:
    """Compute the features of other leads of the same account (n, f) for the moments of a block; NaN where the account is not known."""
    kin, lead, as_of = block.history.kin, block.leads.astype(np.int64), block.as_of
    now, recent = kin.counts(lead, as_of, as_of - RECENT_DAYS * DAY)
    others, won, lost = (now[:, column] for column in (LEADS, WON, LOST))
    until, floor = kin.keys(kin.code[lead], as_of), kin.floor(kin.code[lead])
    since = [_days(*latest.other(until, floor, lead), as_of) for latest in kin.latest]
    columns = np.column_stack(
        (others - won - lost, won, lost, *since[:3], recent[:, EVENTS], recent[:, BY_LEAD], *since[3:])
    )
    told = (kin.code[lead] >= 0) & (others <= MAX_LEADS)
    return np.where(told[:, None], columns, np.nan).astype(np.float32)


def _days(happened_at: NDArray[np.int64], known: NDArray[np.bool_], as_of: NDArray[np.int64]) -> Floats:
    return np.where(known, np.maximum(as_of - happened_at, 0) / DAY, np.nan)
