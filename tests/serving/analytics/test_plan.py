"""The plan by a record: cuts that add up from the best leads down, and nothing of too few wins."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from models.close.record import CalibrationBand, VersionRecord
from models.decision.settings import DecisionSettings
from serving.analytics.plan import plan_by_record

SINCE = datetime(2026, 3, 1, tzinfo=UTC)


def a_record(*bands: tuple[float, float, float, float]) -> VersionRecord:
    """Bands by their ends, leads and wins."""
    return VersionRecord(
        tested_since=SINCE,
        bands=tuple(
            CalibrationBand(low=low, high=high, leads=leads, won=won, expected=won) for low, high, leads, won in bands
        ),
    )


def test_cuts_add_up_from_the_best_leads_down() -> None:
    record = a_record((0.0, 0.2, 700, 30), (0.2, 0.5, 200, 40), (0.5, 1.0, 100, 30))
    plan = plan_by_record(record, DecisionSettings())
    assert plan is not None
    assert [cut.least_probability for cut in plan.cuts] == [0.5, 0.2, 0.0]
    assert [cut.leads for cut in plan.cuts] == pytest.approx([0.1, 0.3, 1.0])
    assert [cut.wins for cut in plan.cuts] == pytest.approx([0.3, 0.7, 1.0])
    assert plan.cuts[-1].hours_freed == pytest.approx(0.0, abs=1e-9)
    assert plan.sentence.startswith("The 30 % of earlier leads that were called 20 % or more hold 70 %")
    bare = plan_by_record(record, None)
    assert bare is not None
    assert {cut.hours_freed for cut in bare.cuts} == {None}


def test_from_twenty_wins_on_shares_of_them_are_said() -> None:
    assert plan_by_record(a_record((0.0, 1.0, 900, 20)), None) is not None
    assert plan_by_record(a_record((0.0, 1.0, 900, 19)), None) is None
