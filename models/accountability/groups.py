"""Leads by the values of their channels: what is added up for a source, a campaign, a team."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.records.history import Floats, Leads

Cohort = Literal["month", "quarter"]
EVERYONE: tuple[str, str | None] = ("all", None)
"""The name of all leads together."""


@dataclass(frozen=True)
class Groups:
    """Every value of every channel, g in all, in an order that no order of leads changes.

    Attributes
    ----------
    names
        Channel and value; None stands for leads that do not say it.
    position
        For each channel, the group (n,) of each lead.
    """

    names: tuple[tuple[str, str | None], ...]
    position: tuple[NDArray[np.int64], ...]

    @classmethod
    def of(cls, leads: Leads) -> "Groups":
        """Group leads by all of their channels."""
        names: list[tuple[str, str | None]] = []
        position = []
        for channel, column in leads.channels.items():
            codes, values = pd.factorize(column, sort=True)
            known = [(channel, str(value)) for value in values]
            position.append(np.where(codes >= 0, codes, len(known)).astype(np.int64) + len(names))
            names += [*known, (channel, None)] if (codes < 0).any() else known
        return cls(tuple(names), tuple(position))

    @classmethod
    def by_creation(cls, leads: Leads, by: Cohort) -> "Groups":
        """Group leads by the month or quarter (UTC) of their creation, in the order of time."""
        month = leads.created_at.astype("datetime64[us]").astype("datetime64[M]").astype(np.int64)
        months = {"month": 1, "quarter": 3}[by]
        of_lead, position = np.unique(month // months, return_inverse=True)
        names = [str(np.datetime64(int(code) * months, "M")) for code in of_lead]
        told = names if by == "month" else [f"{name[:4]} Q{(int(name[5:]) + 2) // 3}" for name in names]
        return cls(tuple((by, name) for name in told), (position.astype(np.int64),))

    def with_all(self) -> "Groups":
        """Return these groups and, as the first, all leads together."""
        everyone = np.zeros(len(self.position[0]) if self.position else 0, np.int64)
        return Groups((EVERYONE, *self.names), (everyone, *(position + 1 for position in self.position)))

    def __len__(self) -> int:
        return len(self.names)

    def add_up(self, weight: Floats | NDArray[np.bool_]) -> Floats:
        """Return the sum (g,) of a weight (n,) over the leads of each group."""
        total = np.zeros(len(self))
        for position in self.position:
            total += np.bincount(position, weight, len(self))
        return total

    def holds(self, group: int) -> NDArray[np.bool_]:
        """Return which leads (n,) are of a group."""
        return np.asarray(np.logical_or.reduce([position == group for position in self.position]), np.bool_)
