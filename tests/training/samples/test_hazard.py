"""Labels by hazards: right where what a lead says tells when it ends, and nothing of a period that has not passed whole."""

import numpy as np
import pytest

from features.matrix.feature import Feature
from features.matrix.matrix import Matrix
from features.records.clock import DAY
from features.records.history import Floats
from training.samples.hazard import Hazards, hazards
from training.samples.moments import Labels

N = 20_000
HORIZON = 90 * DAY
FEATURES = tuple(Feature(name, "value", name, "need", "") for name in ("soon", "b", "c", "d", "e", "f"))
RNG = np.random.default_rng(6)
SOON = (RNG.random(N) < 0.5).astype(np.float32)
X: Matrix = np.column_stack((SOON, RNG.normal(size=(N, 5)))).astype(np.float32)
WON = RNG.random(N) < 0.4
"""Of either kind of lead two in five are won: those that are soon within 10 days, the others between day 70 and 80; a lead that is
not won is lost after 30 to 50 days."""
ENDS_AFTER = np.where(WON, np.where(SOON > 0, RNG.uniform(1, 10, N), RNG.uniform(70, 80, N)), RNG.uniform(30, 50, N))
ELAPSED = (RNG.uniform(0, 180, N) * DAY).astype(np.int64)


def known() -> Labels:
    """Return what is known of leads that came in evenly over half a year."""
    ended = (ENDS_AFTER * DAY).astype(np.int64)
    is_known = (ended <= ELAPSED) | (ELAPSED >= HORIZON)
    after = np.where(is_known, np.minimum(ended, HORIZON), ELAPSED)
    window = np.full(N, HORIZON, np.int64)
    return Labels(WON & (ended <= ELAPSED), is_known, ELAPSED >= HORIZON, np.zeros(N, np.bool_), after, window)


def learned() -> Hazards:
    found = hazards(FEATURES, X, known(), ELAPSED)
    assert found is not None
    return found


HAZARDS = learned()


def yet_won(soon: float, days: float) -> float:
    row = np.array([[soon, 0, 0, 0, 0, 0]], np.float32)
    chance: Floats = HAZARDS.yet_won(row, np.array([days * DAY], np.int64), np.array([HORIZON], np.int64))
    return float(chance[0])


def test_a_new_lead_is_expected_to_be_won_as_its_kind_is() -> None:
    assert yet_won(1, 0) == pytest.approx(0.4, abs=0.04)
    assert yet_won(0, 0) == pytest.approx(0.4, abs=0.04)


def test_a_lead_that_outlived_its_kind_s_wins_will_not_be_won_and_the_others_will() -> None:
    """After 20 days those that are soon and open will be lost; after 55 days of the others only those are open that will be won."""
    assert yet_won(1, 20) < 0.5 * yet_won(1, 0)
    assert yet_won(0, 55) > 0.7


def test_after_the_window_nothing_is_left_to_win() -> None:
    assert yet_won(0, 90) == 0.0


def test_chances_are_chances() -> None:
    days = np.linspace(0, 100, 60)
    for soon in (0.0, 1.0):
        chances = [yet_won(soon, day) for day in days]
        assert 0.0 <= min(chances) <= max(chances) <= 1.0


def test_without_a_win_there_is_no_hazard() -> None:
    labels = known()
    none = Labels(
        np.zeros(N, np.bool_), labels.determined, labels.matured, labels.over, labels.determined_after, labels.window
    )
    assert hazards(FEATURES, X, none, ELAPSED) is None
