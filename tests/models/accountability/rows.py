"""Rows of the reports with figures of a test's own; whatever it does not name is not known."""

from __future__ import annotations

from models.accountability.accounts import SourceAccount
from models.accountability.funnel import FunnelRow
from models.accountability.reps import RepSkills
from models.accountability.source_verdict import SourceVerdict, Verdict

NAN = float("nan")


def a_verdict(channel: str, value: str | None, verdict: Verdict = "cannot tell yet") -> SourceVerdict:
    return SourceVerdict(channel, value, verdict, 365, 0, 0, NAN, NAN, NAN, NAN, NAN, NAN, 1.0, 0.0, 0.0, None)


def a_source(value: str | None, share: float | None = None, channel: str = "source") -> SourceAccount:
    """A source whose close rate, if any, lies between the half and the double of it."""
    return SourceAccount(
        a_verdict(channel, value),
        leads=0,
        won=0,
        cost=None,
        costed=0,
        name=None,
        target=None,
        suspect=None,
        prospect=None,
        response_rate=None,
        close_rate=share,
        close_low=share and share / 2,
        close_high=share and min(2 * share, 1.0),
        expected=None,
        close_rate_now=None,
        close_rate_last_quarter=None,
        close_rate_a_year_ago=None,
        revenue=None,
        priced=0,
        revenue_per_cost=None,
        cost_per_win=None,
        money=0.0,
        loss_reason="",
    )


def a_cohort(
    value: str,
    immature: int = 0,
    responded: float | None = None,
    suspects: float | None = None,
    prospects: float | None = None,
    won: float | None = None,
) -> FunnelRow:
    """A cohort by its shares: of who responded, of suspects and prospects, and of who was won."""
    counts = (0, 0, 0, 0, 0)
    nothing = (None, None, None, None)
    return FunnelRow(
        "month", value, 0, immature, *counts, responded, suspects, prospects, won, won and won / 2, won, *nothing
    )


def a_rep(name: str, closing: float | None, generating: float | None) -> RepSkills:
    """A rep whose skills, as far as they are known, lie between 0 and 3."""
    return RepSkills(
        name,
        leads=40,
        won=9,
        expected=8.0,
        closing=closing,
        closing_low=closing and 0.0,
        closing_high=closing and 3.0,
        close_ratio=0.2,
        brought=0,
        brought_won=0,
        generating=generating,
        generating_low=generating and 0.0,
        generating_high=generating and 3.0,
    )
