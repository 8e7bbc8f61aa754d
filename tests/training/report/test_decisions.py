"""What the page says of deciding: the plan, the ladder and the routing, as they were computed elsewhere."""

from dataclasses import replace

import numpy as np

from tests.training.report.materials import first, too_few
from training.judging.evaluate import CLOSE
from training.judging.plan import ARRIVAL, SCORECARD
from training.judging.policy import PolicyReport, PolicyWorth
from training.metrics.figure import Estimate
from training.report import compute, render
from training.report.decisions import net_by_share

ONE = Estimate(120.0, 90.0, 150.0)
NOTHING = Estimate(np.nan, np.nan, np.nan)
POLICY = PolicyReport(
    500,
    60,
    118.0,
    (),
    (
        PolicyWorth("the routing", 1.0, 480.0, ONE, ONE, ONE),
        PolicyWorth("working all leads", 1.0, 12.0, NOTHING, ONE, ONE),
    ),
)


def test_the_plan_of_the_test_leads_is_told() -> None:
    material = first()
    page = compute(material)
    (table,) = [table for table in page.tables if table.title == "Working only the best leads"]

    assert material.plan is not None
    assert table.note.startswith(material.plan.said())
    assert [row[0] for row in table.rows] == ["10 %", "20 %", "30 %", "40 %", "50 %", "75 %", "100 %"]
    assert table.rows[-1][2] == "100 % (100 % to 100 %)"
    assert "What working only the best leads brings" in [chart.title for chart in page.charts]


def test_every_step_of_the_ladder_stands_beside_its_close_rate() -> None:
    material = first()
    (table,) = [table for table in compute(material).tables if table.title == "Steps of the ladder"]

    assert [row[0] for row in table.rows] == ["name", "target", "suspect", "prospect"]
    assert material.ladder.said in table.note
    assert all("to" in row[3] for row in table.rows if row[1] != "0")


def test_nets_are_shares_of_the_most_that_any_order_brings() -> None:
    material = first()
    assert material.plan is not None
    nets = net_by_share(material.plan)

    assert set(nets) == {CLOSE, SCORECARD, ARRIVAL}
    assert max(net for points in nets.values() for _, net in points) == 1.0
    assert {points[0] for points in nets.values()} == {(0.0, 0.0)}
    assert len({round(points[-1][1], 9) for points in nets.values()}) == 1  # all leads are all leads in any order


def test_the_routing_is_told_where_decisions_were_logged() -> None:
    page = compute(replace(first(), policy=POLICY))
    (table,) = [table for table in page.tables if table.title == "What the routing is worth"]

    assert table.rows[0] == ("the routing", "120 (90 to 150)", "120 (90 to 150)", "120 (90 to 150)", "100 %")
    assert table.rows[1][:2] == ("working all leads", "cannot tell yet")
    assert "Of working all leads nothing can be told yet" in table.note
    assert "What the routing is worth" in render(page)
    assert "What the routing is worth" not in render(compute(first()))


def test_a_test_without_wins_has_no_plan() -> None:
    material = too_few()
    grounds = material.result.grounds
    lost = grounds.evaluation.test.rows[grounds.evaluation.test.y == 0][:5]
    test = replace(grounds.evaluation.test, rows=lost)
    probability = {name: p[: len(lost)] for name, p in grounds.evaluation.probability.items()}
    evaluation = replace(grounds.evaluation, test=test, probability=probability)
    result = replace(material.result, grounds=replace(grounds, evaluation=evaluation))

    assert replace(material, result=result).plan is None
