"""Why each source loses its leads: the recorded reasons by channel value, as of a date."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
import scipy

from features.records.history import History, Outcomes
from models.accountability.groups import Groups
from models.close.reasons.sentences import capitalized, counted
from models.decision.losses import reason_codes
from models.decision.rates import jeffreys_interval
from models.decision.settings import LOSS_REASONS, LossReason

HAS = {reason: reason if reason == "not a buyer" else f"no {reason}" for reason in LOSS_REASONS}
"""A reason as what is wrong with a lead."""
RISK = 0.05
"""With which any source of a company, in which all reasons are as common, is said to have one that stands out."""
MAX_RIVALS = 3
"""Reasons of which any may be the commonest; where there are more, none stands out."""


@dataclass(frozen=True)
class ReasonShare:
    """How often one reason stands behind the losses of a source.

    Attributes
    ----------
    lost, told
        Leads lost by the date, and those of them whose recorded reason is understood.
    leads
        Those of `told` that were lost for this reason.
    share, low, high
        Of `told`, with a 90 % interval (Jeffreys).
    """

    channel: str
    value: str | None
    lost: int
    told: int
    reason: LossReason
    leads: int
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class LossShares:
    """Every reason of every channel value that has lost leads for a known reason: where most were lost first, there the commonest.

    Attributes
    ----------
    fewest
        Of fewer lost leads no share is told.
    """

    rows: tuple[ReasonShare, ...]
    fewest: int

    def frame(self) -> pd.DataFrame:
        """Return a row for each channel value and reason."""
        return pd.DataFrame([asdict(row) for row in self.rows], columns=list(ReasonShare.__dataclass_fields__))

    def to_json(self) -> list[dict[str, Any]]:
        """Return the rows as plain values."""
        return [asdict(row) for row in self.rows]

    def of(self, channel: str, value: str | None) -> tuple[ReasonShare, ...]:
        """Return the reasons of one channel value, the commonest first; none where none is known."""
        return tuple(row for row in self.rows if (row.channel, row.value) == (channel, value))

    def said(self, channel: str, value: str | None) -> str:
        """Say why a channel value loses most; where no reason is beyond doubt the commonest, which of them may be."""
        found = self.of(channel, value)
        if not found:
            return "Why it loses leads is not recorded."
        first, second = found[:2]
        if first.told < self.fewest:
            return (
                f"It lost {counted(first.told, 'lead', 'leads')} for a known reason: too few to say why it loses them."
            )
        if self._by_luck(first, second) > RISK:
            rivals = [row for row in found if row.share >= min(first.low, second.share)]
            if len(rivals) > MAX_RIVALS:
                return f"Of the {first.told:,} leads that it lost for a known reason, no reason stands out."
            names, shares = [HAS[row.reason] for row in rivals], [f"{100 * row.share:.0f}" for row in rivals]
            which, how_often = _in_a_row(names, "or"), _in_a_row(shares, "and")
            return f"{capitalized(which)}: {how_often} % of the {first.told:,} leads that it lost for a known reason."
        share = f"{100 * first.share:.0f} % ({100 * first.low:.0f} to {100 * first.high:.0f})"
        return f"{capitalized(HAS[first.reason])}: {share} of the {first.told:,} leads that it lost for a known reason."

    def _by_luck(self, first: ReasonShare, second: ReasonShare) -> float:
        """Return how likely any source has a reason so far ahead of the next if all reasons are as common, at most."""
        sources = {(row.channel, row.value) for row in self.rows if row.told >= self.fewest}
        ahead = float(scipy.stats.binom.sf(first.leads - 1, first.leads + second.leads, 0.5))
        return ahead * (len(LOSS_REASONS) - 1) * len(sources)


def _in_a_row(words: Sequence[str], last: str) -> str:
    """Write words as people do.

    Examples
    --------
    >>> _in_a_row(["no money", "no hurry", "no need"], "or")
    'no money, no hurry or no need'
    """
    return f" {last} ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def loss_shares(history: History, named: Mapping[str, LossReason], as_of: int, fewest: int) -> LossShares:
    """Return why each channel value loses leads, by what was recorded by a date (microseconds UTC).

    Parameters
    ----------
    named
        What recorded reasons mean, by their text; others are told by their words.
    fewest
        Of fewer lost leads no share is told.
    """
    known = history.as_known_at(as_of)
    final = known.outcomes.last_of_each_lead()
    lost = final.take(~final.won)
    groups = Groups.of(known.leads)
    by_reason, of_all = _counts(groups, lost, reason_codes(lost, named), len(known.leads))
    told = by_reason.sum(axis=0)
    order = sorted(np.flatnonzero(told).tolist(), key=lambda group: (-told[group], group))
    return LossShares(
        tuple(
            _share(groups.names[group], (int(of_all[group]), int(told[group])), int(code), int(by_reason[code, group]))
            for group in order
            for code in np.argsort(-by_reason[:, group], kind="stable")
        ),
        fewest,
    )


def _counts(groups: Groups, lost: Outcomes, codes: np.ndarray, leads: int) -> tuple[np.ndarray, np.ndarray]:
    """Return how many leads each group lost for each reason (reasons, g), and in all (g,)."""
    code = np.full(leads, len(LOSS_REASONS))
    code[lost.lead] = codes
    by_reason = np.stack([groups.add_up(code == reason) for reason in range(len(LOSS_REASONS))])
    return by_reason, groups.add_up(code != len(LOSS_REASONS))


def _share(name: tuple[str, str | None], counts: tuple[int, int], code: int, leads: int) -> ReasonShare:
    lost, told = counts
    return ReasonShare(*name, lost, told, LOSS_REASONS[code], leads, leads / told, *jeffreys_interval(leads, told))
