"""How long outcomes stay unknown: counted, and turned into the chance that an open lead will yet be won."""

import numpy as np
import pytest

from models.close.level.delays import PARTS, Delays, passed


def test_the_part_of_a_time_that_has_passed() -> None:
    assert passed(np.array([0, 5, 20]), np.array([10, 10, 10])).tolist() == [0.0, 0.5, 1.0]
    assert passed(np.array([3]), np.array([0])).tolist() == [1.0]


def test_shares_are_counted_among_won_and_among_others() -> None:
    won = np.array([True, True, True, True, False, False])
    delays = Delays.of(0, 7, won, np.array([0.1, 0.2, 0.6, 1.0, 0.3, 1.0]))
    half = PARTS // 2
    assert (delays.won[0], delays.won[half], delays.won[-1]) == (1.0, 0.5, 0.0)
    assert (delays.other[0], delays.other[half], delays.other[-1]) == (1.0, 0.5, 0.0)


def test_the_chance_of_yet_being_won_worked_by_hand() -> None:
    # Of the won, 1/4 is still open after half the time; of the others all are. p = 0.4: 0.4 / 4 = 0.1 against 0.6.
    delays = Delays.of(0, 0, np.array([True] * 4 + [False]), np.array([0.1, 0.2, 0.3, 0.9, 1.0]))
    chance = delays.yet_won(np.array([0.4, 0.4, 0.4]), np.array([0.0, 0.5, 1.0]))
    assert chance == pytest.approx([0.4, 0.1 / 0.7, 0.0])


def test_where_nothing_matured_outcomes_are_taken_to_come_evenly() -> None:
    delays = Delays.of(0, 0, np.zeros(0, np.bool_), np.zeros(0))
    assert np.interp(0.25, np.arange(PARTS + 1) / PARTS, delays.won) == pytest.approx(0.75)
    assert delays.won == delays.other
