"""Leads as they would stand had they just answered a question: laid out by the kernel that lays out every lead.

An answer is more than its value: it is also something that the lead has done just now. So a lead with an answer is the lead with one more
event, and no second way of computing its features can disagree with the first.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from features.matrix.feature import Feature
from features.matrix.matrix import Matrix
from features.records.clock import DAY, Microseconds
from features.records.history import Events, Floats, History, Moments, Outcomes, joined
from features.settings.fields import ACTORS
from models.close.model import CloseModel

BY_LEAD = np.int8(ACTORS.index("lead"))


@dataclass(frozen=True)
class Answered:
    """Lays out leads with answers, from the moments at which they are asked and their matrix (n, f) without."""

    model: CloseModel
    history: History
    moments: Moments
    X: Matrix

    def rows(self, row: NDArray[np.intp], kind: NDArray[np.int16], value: Floats) -> Matrix:
        """Return the matrix (m, f) of leads, by row, each with one answer, by the code and the value of an event.

        What other leads and the lead's channels bring stays as it is: no answer changes it.
        """
        return self.model.with_own(self.X[row], *self._copies(row, kind, value))

    def _copies(self, row: NDArray[np.intp], kind: NDArray[np.int16], value: Floats) -> tuple[History, Moments]:
        """Return a history in which each answer has a lead of its own, and the moments of the answers."""
        lead, as_of = self.moments.lead[row], self.moments.as_of[row]
        number = np.arange(len(row), dtype=np.int32)
        events = self.history.events
        order = np.argsort(events.lead, kind="stable")
        first, last = (np.searchsorted(events.lead[order], lead, side) for side in ("left", "right"))
        counts = last - first
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        told = replace(events.take(order[np.repeat(first, counts) + within]), lead=np.repeat(number, counts))
        answers = Events(number, kind, as_of, as_of, value, np.full(len(row), BY_LEAD))
        copies = replace(
            self.history,
            leads=self.history.leads.take(lead),
            events=joined(told, answers),
            outcomes=Outcomes.none(),
        )
        return copies, Moments(number, as_of)


def event_values(features: tuple[Feature, ...], said: Matrix, as_of: Microseconds) -> Floats:
    """Return the values of events (m,) that answer a question so that its features (c) hold what is said (m, c), at these times."""
    if features[0].measure == "is_value":
        return np.asarray(said.argmax(axis=1), np.float64)
    if features[0].unit == "days ahead":
        return np.asarray(as_of + np.round(said[:, 0].astype(np.float64) * DAY), np.float64)
    return np.asarray(said[:, 0], np.float64)
