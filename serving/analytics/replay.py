"""Replay: a stored score computed again from the stored records, its moment and its model, and compared to the last bit.

Numbers are compared: probability, inputs, contributions, and every number in the answer. What the answer says in words beside them may
change with the code, as when a sentence is put better; that is told apart and is no difference.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa

from serving.champion.versions import VersionCache
from serving.intake.scoring import Moment, score_places
from serving.schemas.score import Problem
from serving.store import reading
from serving.store.records import StoredScore
from serving.store.store import Store

AT_ONCE = 200
"""Scores that are computed together."""
COMPARED = ("probability", "inputs", "contributions")


@dataclass(frozen=True)
class Replayed:
    """What came of a replay.

    Attributes
    ----------
    difference
        Which numbers are not the same, in words; None if all of them are, to the last bit.
    reworded
        Whether the numbers are the same, and the words around them, or what else the answer holds, are others by now.
    erased
        Whether the lead was erased, so that its score cannot be had again.
    """

    lead_id: str
    as_of: int
    model_version: str
    difference: str | None = None
    reworded: bool = False
    erased: bool = False


def replay_all(store: Store, shelf: VersionCache, since: int, lead_id: str | None = None) -> Iterator[Replayed]:
    """Replay every score as of a time or later, of one lead or of all, in the order of their moments.

    Raises
    ------
    StoreError
        If the store cannot be reached.
    """
    if lead_id is not None:
        with store.reading() as connection:
            yield from replay(
                connection, shelf, [score for score in reading.scores_of(connection, lead_id) if score.as_of >= since]
            )
        return
    after = (since, "")
    while True:
        with store.reading() as connection:
            page = reading.scores_since(connection, since, after, AT_ONCE)
            replayed = replay(connection, shelf, page)
        yield from replayed
        if len(page) < AT_ONCE:
            return
        after = (page[-1].as_of, page[-1].lead_id)


def replay(connection: sa.Connection, shelf: VersionCache, scores: Sequence[StoredScore]) -> list[Replayed]:
    """Replay these scores."""
    by_model: defaultdict[tuple[str, str], list[Moment]] = defaultdict(list)
    for score in scores:
        if score.answer is not None:
            by_model[score.model_name, score.model_version].append(Moment(score.lead_id, score.as_of))
    again: dict[Moment, StoredScore | Problem] = {}
    missing: set[tuple[str, str]] = set()
    for model, places in by_model.items():
        champion = shelf.find(*model)
        if champion is None:
            missing.add(model)
        else:
            again |= score_places(champion, connection, places)
    return [_replayed(score, again, missing) for score in scores]


def _replayed(
    score: StoredScore, again: dict[Moment, StoredScore | Problem], missing: set[tuple[str, str]]
) -> Replayed:
    if score.answer is None:
        return Replayed(score.lead_id, score.as_of, score.model_version, erased=True)
    replayed = partial(Replayed, score.lead_id, score.as_of, score.model_version)
    if (score.model_name, score.model_version) in missing:
        return replayed(f"version {score.model_version} of {score.model_name!r} is not to be had")
    found = again.get(Moment(score.lead_id, score.as_of))
    if found is None:
        return replayed("the lead is not there")
    if isinstance(found, Problem):
        return replayed(f"the lead cannot be read: {found.detail}")
    unlike = [name for name in COMPARED if getattr(score, name) != getattr(found, name)]
    if score.answer != found.answer and not same_numbers(json.loads(score.answer), json.loads(found.answer or "null")):
        unlike.append("answer")
    if unlike:
        return replayed(f"not the same: {', '.join(unlike)}")
    return replayed(reworded=score.answer != found.answer)


def same_numbers(old: Any, new: Any) -> bool:
    """Return whether two answers have the same numbers, to the bit, in the same places; members that one of them lacks do not count.

    Examples
    --------
    >>> same_numbers({"p": 0.5, "said": "one call"}, {"p": 0.5, "said": "a call", "more": 1})
    True
    >>> same_numbers({"p": [0.5, 1]}, {"p": [0.5, 1.0000000000000002]})
    False
    """
    if isinstance(old, dict) and isinstance(new, dict):
        return all(same_numbers(old[name], new[name]) for name in old.keys() & new.keys())
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(same_numbers, old, new))
    if _is_number(old) or _is_number(new):
        return _is_number(old) and _is_number(new) and float(old).hex() == float(new).hex()
    return True


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
