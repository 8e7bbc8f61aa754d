"""Whether those in alarm fell alone: where all leads fell, that is said, and where others stayed as they were, nothing."""

import pytest

from features.records.clock import DAY
from models.accountability.accounts import hold_to_account
from models.accountability.settings import AccountabilitySettings
from models.accountability.sources import judge_sources
from tests.models.accountability.companies import Batch, history_of

SETTINGS = AccountabilitySettings()
TODAY = 1000
BEFORE = (Batch("web", 300, 820, 3000, 600), Batch("fair", 300, 820, 1500, 300))
BOTH_FELL = (*BEFORE, Batch("web", 820, TODAY, 1000, 70), Batch("fair", 820, TODAY, 500, 35))
ONE_FELL = (*BEFORE, Batch("web", 820, TODAY, 1000, 200), Batch("fair", 820, TODAY, 500, 20))
ONE_ALARMED = (*BEFORE, Batch("web", 820, TODAY, 1000, 60), Batch("fair", 820, TODAY, 60, 5))
ALONE = (Batch("web", 300, 820, 3000, 600), Batch("web", 820, TODAY, 1000, 60))


@pytest.mark.parametrize(
    ("batches", "said"),
    [
        (BOTH_FELL, "Too few leads of other values of source tell"),
        (ALONE, "Too few leads of other values of source tell"),
        (ONE_ALARMED, "Leads of the other values of source fell too: all leads together close at"),
        (ONE_FELL, ""),
    ],
)
def test_a_fall_of_all_is_not_laid_on_those_in_alarm(batches: tuple[Batch, ...], said: str) -> None:
    history = history_of(batches, TODAY)
    judged = judge_sources(history, SETTINGS, TODAY * DAY)
    assert any(row.verdict == "alarm" for row in judged.rows)
    assert judged.together.startswith(said)
    assert bool(judged.together) == bool(said)
    assert hold_to_account(history, SETTINGS, TODAY * DAY).together == judged.together


def test_without_an_alarm_nothing_is_said() -> None:
    steady = (*BEFORE, Batch("web", 820, TODAY, 1000, 200), Batch("fair", 820, TODAY, 500, 100))
    assert judge_sources(history_of(steady, TODAY), SETTINGS, TODAY * DAY).together == ""
