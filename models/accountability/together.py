"""Whether the sources that are called fell by themselves, or all leads fell together: then it is not theirs alone."""

from collections.abc import Sequence

import numpy as np
import scipy

from models.accountability.change import Periods, fall_p, rate
from models.accountability.groups import Groups
from models.accountability.record import LeadsAsOf, Mask
from models.accountability.settings import AccountabilitySettings
from models.accountability.source_verdict import SourceVerdict

LUCK = 0.2
"""A fall that luck brings this often is none."""
FELL = 0.05
"""One that luck brings less often is said to be one."""
STAYED = 0.85
"""What is at least this share of before has stayed as it was."""
RISK = 0.02
"""The risk of saying that leads stayed as they were when they fell as much as the others."""


def stayed(rest: Periods, fell: Periods, settings: AccountabilitySettings) -> bool:
    """Return whether leads close as before, and not by luck alone, had they fallen as others did."""
    expected = float(rest.expected[0])
    if not expected >= settings.fewest_expected or rest.now_won[0] < STAYED * expected:
        return False
    as_others = expected * float(rate(fell.now_won, fell.expected)[0])
    by_luck = float(scipy.stats.poisson.sf(rest.now_won[0] - 1, as_others))
    return by_luck <= RISK and float(fall_p(rest, settings.usual_change)[0]) > LUCK


def fell_together(
    record: LeadsAsOf, groups: Groups, judged: Sequence[SourceVerdict], settings: AccountabilitySettings
) -> str:
    """Say for the first channel with a source in alarm that its other leads fell too, or that there are none; else nothing.

    Parameters
    ----------
    judged
        The verdict on each group, in their order.
    """
    for channel in record.history.leads.channels:
        called = [group for group, row in enumerate(judged) if row.channel == channel and row.verdict == "alarm"]
        if channel != settings.brought_by and called:
            days = max((judged[group] for group in called), key=lambda row: row.leads).days
            of_called = np.logical_or.reduce([groups.holds(group) for group in called])
            return _said(channel.replace("_", " "), record, of_called, days, settings)
    return ""


def _said(channel: str, record: LeadsAsOf, called: Mask, days: int, settings: AccountabilitySettings) -> str:
    fell, rest, whole = (_periods(record, leads, days, settings) for leads in (called, ~called, np.ones_like(called)))
    if stayed(rest, fell, settings):
        return ""
    others_fell = float(fall_p(rest, settings.usual_change)[0]) <= FELL
    all_of = f"all leads together close at {100 * float(rate(whole.now_won, whole.expected)[0]):.0f} % of before"
    others = (
        f"Leads of the other values of {channel} fell too"
        if others_fell
        else f"Too few leads of other values of {channel} tell whether these have stayed as they were"
    )
    return (
        f"{others}: {all_of}. What all leads share, such as a price, the season or how they are worked, may be the reason: that "
        "the fault is with those in alarm alone is not shown."
    )


def _periods(record: LeadsAsOf, leads: Mask, days: int, settings: AccountabilitySettings) -> Periods:
    now, before = record.created(days) & leads, record.created(days + settings.before_days, days) & leads
    sums = (now & record.won, now * record.exposure, before & record.won, before * record.exposure)
    return Periods(*(np.array([float(part.sum())]) for part in sums))
