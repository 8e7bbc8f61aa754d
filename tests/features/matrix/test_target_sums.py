"""Sums of parts are the sums of the whole: any split of the leads, in any order, gives the same to the last bit."""

from functools import reduce
from operator import add

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from features.matrix.target_sums import fit_target_statistics, target_sums
from features.records.checks.fingerprint import content_sums, fingerprint
from features.records.history import History
from tests.features.strategies import Case, cases


def parts_of(history: History, numbers: list[int]) -> list[History]:
    """Cut a history into parts, lead by lead, by the number of the part that each goes to; some may stay empty."""
    number = np.resize(np.array(numbers), len(history.leads))
    return [history.of_leads(np.flatnonzero(number == part)) for part in range(4)]


@given(case=cases(), numbers=st.lists(st.integers(0, 3), min_size=1, max_size=4), order=st.permutations(range(4)))
def test_books_are_the_same_of_any_parts(case: Case, numbers: list[int], order: list[int]) -> None:
    history = case.history
    parts = parts_of(history, numbers)

    sums = reduce(add, [target_sums(parts[at]) for at in order])
    books = sums.finish(history.known_until, history.schema.track_record)

    assert books.to_json() == fit_target_statistics(history).to_json() | {"texts": {}}


@given(case=cases(), numbers=st.lists(st.integers(0, 3), min_size=1, max_size=4), order=st.permutations(range(4)))
def test_fingerprint_is_the_same_of_any_parts(case: Case, numbers: list[int], order: list[int]) -> None:
    history = case.history
    parts = parts_of(history, numbers)

    sums = reduce(add, [content_sums(parts[at]) for at in order])

    assert sums.finish(history.known_until) == fingerprint(history)


@given(case=cases())
def test_a_lead_less_is_another_fingerprint(case: Case) -> None:
    history = case.history
    fewer = history.of_leads(np.arange(len(history.leads) - 1))

    assert fingerprint(fewer) != fingerprint(history)
