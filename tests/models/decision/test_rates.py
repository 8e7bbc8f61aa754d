"""How steps close: worked by hand, and said to be wrong only where that is beyond doubt."""

import numpy as np
import pytest

from models.decision.rates import StepCloseRate, goal_verdict, jeffreys_interval, order_verdict, step_rates


def rates(*counts: tuple[int, int]) -> tuple[StepCloseRate, ...]:
    """Rates of steps with so many leads, of which so many were won."""
    step = np.repeat(np.arange(4, dtype=np.int8), [leads for leads, _ in counts])
    won = np.concatenate([np.arange(leads) < wins for leads, wins in counts])
    return step_rates(step, np.arange(len(step)), won)


def test_every_lead_weighs_the_same_on_a_step() -> None:
    step, lead = np.array([0, 0, 0, 1], np.int8), np.array([7, 7, 8, 7])
    name, target, _, _ = step_rates(step, lead, np.array([True, False, False, True]))

    assert (name.leads, name.won, name.rate) == (2, 0.5, 0.25)  # lead 7 is half a win of two leads
    assert (target.leads, target.won, target.rate) == (1, 1.0, 1.0)


def test_interval_covers_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    covered = [low <= 0.3 <= high for low, high in (jeffreys_interval(w, 80) for w in rng.binomial(80, 0.3, 400))]

    assert np.mean(covered) == pytest.approx(0.9, abs=0.04)


def test_steps_in_order() -> None:
    assert order_verdict(rates((500, 10), (500, 50), (500, 120), (500, 220)))[0] == "in order"


def test_higher_step_that_closes_worse_is_wrong() -> None:
    verdict, said = order_verdict(rates((500, 10), (500, 50), (500, 220), (500, 120)))

    assert verdict == "wrong"
    assert "prospects close worse (24 %) than leads on the step 'suspect' below (44 %)" in said


def test_few_leads_tell_nothing_yet() -> None:
    assert order_verdict(rates((9, 1), (9, 2), (0, 0), (9, 3)))[0] == "cannot tell yet"
    assert order_verdict(rates((90, 1), (0, 0), (0, 0), (0, 0)))[0] == "cannot tell yet"


@pytest.mark.parametrize(
    ("won", "said"), [(100, "under the goal"), (225, "as the goal has it"), (400, "over the goal")]
)
def test_prospects_are_held_to_the_goal(won: int, said: str) -> None:
    assert said in goal_verdict(rates((0, 0), (0, 0), (0, 0), (500, won)), (0.4, 0.5))


def test_no_prospect_is_said() -> None:
    assert goal_verdict(rates((5, 1), (0, 0), (0, 0), (0, 0)), (0.4, 0.5)) == "No lead that has matured was a prospect."
