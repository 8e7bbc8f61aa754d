"""Calls for one record or for many: `{...}`, or `{"leads": [{...}, ...]}`."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from features.records.leads.checking import BadLeadError
from serving.schemas.problems import INVALID_REQUEST, ProblemKind, problem, refusal
from serving.schemas.score import Problem

R = TypeVar("R")


def is_many(content: object, name: str) -> bool:
    """Return whether a request's content is for many."""
    return isinstance(content, dict) and name in content


def many_of(content: dict[str, Any], name: str, most: int) -> list[Any]:
    """Return the records of a request for many.

    Raises
    ------
    RefusedError
        If there are too many, or anything stands beside them.
    """
    others = sorted(content.keys() - {name})
    if others:
        rule, remedy = f"must not stand beside {name!r}", "put it into each of them"
        raise refusal(INVALID_REQUEST, others[0][:80], rule, f"{len(others)} such names", remedy)
    records = content[name]
    if not isinstance(records, list):
        remedy = f"send {{'{name}': [{{...}}]}}"
        raise refusal(INVALID_REQUEST, name, f"must be a list of {name}", type(records).__name__, remedy)
    if len(records) > most:
        rule = f"must have at most {most:,} entries"
        raise refusal(INVALID_REQUEST, name, rule, f"{len(records):,}", "send fewer at a time")
    return records


def checked(records: Sequence[Any], read: Callable[[Any], R], kind: ProblemKind) -> list[R | Problem]:
    """Return what was read of each record, or what is wrong with it."""
    found: list[R | Problem] = []
    for record in records:
        try:
            found.append(read(record))
        except BadLeadError as error:
            found.append(problem(kind, error.problems))
    return found
