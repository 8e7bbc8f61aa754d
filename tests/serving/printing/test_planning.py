"""The plan in a terminal: its amounts are whole in a narrow one."""

import math
from dataclasses import replace

from rich.console import Console

from serving.printing.planning import print_plan
from training.metrics.figure import Estimate
from training.plan import Cut, Plan

NET = 15_668_873.0
UNSURE = Estimate(math.nan, math.nan, math.nan)
CUT = Cut(1.0, 3960, 1.0, 1.0, 1.0, 0.181, 0.171, 0.191, 1.0, 7425.0, NET, {"scorecard": NET, "arrival": NET}, {})


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
