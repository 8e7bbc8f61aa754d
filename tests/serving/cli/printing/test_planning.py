"""The plan in a terminal: its amounts are whole in a narrow one."""

import math
from dataclasses import replace

from rich.console import Console

from serving.cli.printing.planning import print_plan
from training.judging.plan import Cut, Plan
from training.metrics.figure import Estimate

NET = 15_668_873.0
UNSURE = Estimate(math.nan, math.nan, math.nan)
CUT = Cut(0.75, 2970, 1.0, 1.0, 1.0, 0.181, 0.171, 0.191, 1.0, 7425.0, NET, {"scorecard": NET, "arrival": NET}, {})


def test_amounts_are_whole_in_a_narrow_terminal() -> None:
    gains = {"all": Estimate(0.0, -1.0, 1.0), "scorecard": UNSURE, "arrival": UNSURE}
    console = Console(width=80, record=True)
    print_plan(
        console,
        Plan(cuts=(replace(CUT, gains=gains),), leads=3960, wins=717, revenue=NET, net_of_all=NET, amounts_known=True),
    )
    told = console.export_text()
    assert told.count("15,668,873") == 4
    assert "…" not in told


def test_a_plan_that_loses_to_the_scorecard_says_so() -> None:
    gains = {
        "all": Estimate(10.0, -5.0, 25.0),
        "scorecard": Estimate(-90.0, -120.0, -60.0),
        "arrival": Estimate(30.0, 20.0, 40.0),
    }
    plan = Plan(
        cuts=(replace(CUT, gains=gains),), leads=3960, wins=717, revenue=NET, net_of_all=NET, amounts_known=True
    )
    console = Console(width=200, record=True)
    print_plan(console, plan)
    lost, unsure, won = plan.compared()
    assert lost == "The best 75 % would have brought LESS than as many by the points scorecard: by 90 (60 to 120)."
    assert "neither more nor less than working all leads as far as chance can tell: +10 (-5 to +25)" in unsure
    assert "more than as many in order of arrival: by 30 (20 to 40)" in won
    told = console.export_text()
    assert all(sentence in told for sentence in plan.compared())
    assert plan.to_json()["compared"] == plan.compared()
