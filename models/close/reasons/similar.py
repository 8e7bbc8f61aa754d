"""Past leads whose scores were driven by the same things, and what became of them.

Two leads are alike where the same reasons spoke for and against them, not where they look alike: the distance is taken
between what each subject added to the margin, in log-odds. A lead is held against past leads as these stood at the same age, and only
against those whose end was known by the moment of scoring.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from features.matrix.matrix import Matrix
from features.records.clock import DAY, Microseconds
from features.records.history import Floats, Strings
from features.records.marks import mark_of
from models.close.model import CloseModel
from models.close.reasons.explanation import subject_columns

PAST_LEADS_FILE = "past.json"
"""The text file that an index is kept in: JSON with the numbers as base 64, as everything that a version holds is text."""
STEP = 0.02
"""Log-odds that one step of a kept contribution stands for: differences below it mean nothing to anybody."""
LARGEST = 127
"""Steps that fit into 8 bits."""

AT_ONCE = 4096
"""Past leads whose distances are found together."""

Steps = NDArray[np.int8]
End = Literal["won", "not won"]


@dataclass(frozen=True)
class SimilarPastLead:
    """A past lead that stood as the scored one does.

    Attributes
    ----------
    mark
        By what it is known again, as `mark_of` has it.
    end
        What became of it within the horizon after the age at which it stood so.
    distance
        Root of the summed squares of the differences of what each subject added, in log-odds; 0 is the same.
    """

    mark: str
    end: End
    distance: float


@dataclass(frozen=True)
class Similar:
    """Past leads most like a scored one, the nearest first.

    Attributes
    ----------
    age_days
        The age at which they stood as it does; at most its own.
    won
        How many of them were won within the horizon.
    """

    age_days: int
    leads: tuple[SimilarPastLead, ...]

    @property
    def won(self) -> int:
        """Return how many of them were won."""
        return sum(lead.end == "won" for lead in self.leads)


@dataclass(frozen=True)
class Standing:
    """How past leads stood at one age, m leads and s subjects; a lead that had ended by then is not among them.

    Attributes
    ----------
    mark
        By what each is known again (m,), as `mark_of` has it: a version outlives the erasure of a lead, so it holds no id.
    won
        Whether each was won within the horizon after that age (m,).
    known_at
        When that was known (m,); microseconds UTC.
    steps
        What each subject added (m, s), in steps of `STEP`.
    """

    mark: Strings
    won: NDArray[np.bool_]
    known_at: Microseconds
    steps: Steps

    def __len__(self) -> int:
        return len(self.mark)

    def to_json(self) -> dict[str, Any]:
        """Return plain values; numbers by their bytes in base 64."""
        return {
            "mark": list(self.mark),
            "won": _text(np.packbits(self.won)),
            "known_on": _text((-(-self.known_at // DAY)).astype("<i4")),
            "steps": _text(self.steps),
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any], subjects: int) -> "Standing":
        """Read what `to_json` wrote."""
        # Versions of before hold ids.
        marks = content["mark"] if "mark" in content else [mark_of(lead_id) for lead_id in content["lead_id"]]
        leads = np.array(marks, np.object_)
        won = np.unpackbits(_bytes(content["won"], "u1"), count=len(leads)).astype(np.bool_)
        known_at = _bytes(content["known_on"], "<i4").astype(np.int64) * DAY
        return cls(leads, won, known_at, _bytes(content["steps"], "i1").reshape(len(leads), subjects))


@dataclass(frozen=True)
class PastLeads:
    """An index of past leads by what drove their scores.

    Attributes
    ----------
    subjects
        What reasons are about, in the order of the contributions.
    standings
        By age in days.
    """

    subjects: tuple[str, ...]
    standings: Mapping[int, Standing]

    def nearest(
        self, contributions: Floats, age_days: float, as_of: int, most: int = 50, without: str = ""
    ) -> Similar | None:
        """Return the past leads most like one, as they stood at the same age, whose end was known by `as_of`.

        Parameters
        ----------
        contributions
            What each subject adds (s,), as `by_subject` returns it.
        age_days
            Of the lead; past leads are taken at the age that is nearest to it, the lower of two.
        without
            The lead's own mark: it is no past lead of its own.

        Returns
        -------
        None where no past lead is known.
        """
        age = min(self.standings, key=lambda one: (abs(one - age_days), one), default=None)
        if age is None:
            return None
        standing = self.standings[age]
        distance = _distances(standing.steps, _steps(contributions[None]))
        distance[standing.known_at > as_of] = np.inf
        near = [
            row
            for row in _lowest(distance, most + 1)  # one more, as the lead itself may be among them
            if np.isfinite(distance[row]) and standing.mark[row] != without
        ][:most]
        if not near:
            return None
        leads = tuple(
            SimilarPastLead(str(standing.mark[row]), "won" if standing.won[row] else "not won", float(distance[row]))
            for row in near
        )
        return Similar(age, leads)

    def to_json(self) -> dict[str, Any]:
        """Return the index as plain values."""
        return {
            "subjects": list(self.subjects),
            "ages": {str(age): standing.to_json() for age, standing in self.standings.items()},
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "PastLeads":
        """Read what `to_json` wrote."""
        subjects = tuple(content["subjects"])
        ages = content["ages"].items()
        return cls(subjects, {int(age): Standing.from_json(one, len(subjects)) for age, one in ages})


def by_subject(model: CloseModel, contributions: Floats) -> Floats:
    """Return what each subject of the trees adds (n, s), from the contributions (n, f) of an explanation.

    The offset is left out: it is the same for all leads of a source on a day, and says nothing of this one.
    """
    columns = _subjects(model)
    return np.column_stack([contributions[:, each].sum(axis=1) for each in columns.values()])


def stand(model: CloseModel, X: Matrix, lead_id: Strings, won: NDArray[np.bool_], known_at: Microseconds) -> Standing:
    """Return how leads of one age stood, from the model's matrix (m, f) of their moments."""
    steps = _steps(by_subject(model, model.explain(X).contributions))
    return Standing(np.array([mark_of(str(one)) for one in lead_id], np.object_), won, known_at, steps)


def index(model: CloseModel, standings: Mapping[int, Standing]) -> PastLeads:
    """Return the index of leads that stood so at these ages."""
    return PastLeads(tuple(_subjects(model)), standings)


def _subjects(model: CloseModel) -> dict[str, list[int]]:
    return subject_columns(model.blend.features)


def _steps(contributions: Floats) -> Steps:
    return np.clip(np.rint(contributions / STEP), -LARGEST, LARGEST).astype(np.int8)


def _distances(steps: Steps, own: Steps) -> NDArray[np.float32]:
    """Return how far each row (m, s) is from one (1, s): so many rows at a time as the processor's cache holds."""
    squares, place = np.empty(len(steps), np.float32), own.astype(np.float32)
    for start in range(0, len(steps), AT_ONCE):
        apart = steps[start : start + AT_ONCE] - place
        np.einsum("ms,ms->m", apart, apart, out=squares[start : start + AT_ONCE])
    return np.sqrt(squares) * np.float32(STEP)


def _lowest(distance: NDArray[np.float32], most: int) -> NDArray[np.intp]:
    """Return the positions of the lowest distances, rising; of equal ones, the first."""
    if len(distance) > most:
        limit = np.partition(distance, most - 1)[most - 1]
        among = np.flatnonzero(distance <= limit)
    else:
        among = np.arange(len(distance))
    nearest: NDArray[np.intp] = among[np.argsort(distance[among], kind="stable")][:most]
    return nearest


def _text(numbers: NDArray[np.generic]) -> str:
    return base64.b64encode(np.ascontiguousarray(numbers).tobytes()).decode("ascii")


def _bytes(text: str, kind: str) -> NDArray[Any]:
    return np.frombuffer(base64.b64decode(text), np.dtype(kind))
