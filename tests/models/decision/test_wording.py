"""Why a lead goes where it goes, in words."""

import pytest

from models.decision.routes import Prices
from models.decision.settings import DecisionSettings
from models.decision.wording import RouteGrounds, in_words


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        # Three times the odds of 1 % are 2.9 %; a tenth of that comes back: .0029 of the amount, less than a letter's 2 or more.
        (500.0, "Even at 3 times the odds it would not bring back the 2 of nurturing it."),
        (5000.0, "but it is almost surely no buyer."),
    ],
)
def test_of_the_two_cases_for_declining_the_one_that_holds_is_told(amount: float, said: str) -> None:
    grounds = RouteGrounds(probability=0.01, amount=amount, passing=0.0, obstacle=None, drawn=False)
    told = in_words(DecisionSettings(), Prices(), "decline", grounds)
    assert told.endswith(said)
    assert "or it is" not in told
