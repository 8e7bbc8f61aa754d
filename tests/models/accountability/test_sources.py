"""Verdicts on sources: laws, edges, and what they are for."""

import json
from dataclasses import replace

import numpy as np
import pytest

from features.records.clock import DAY
from features.records.history import Outcomes
from models.accountability.settings import AccountabilitySettings
from models.accountability.source_verdict import SourceVerdict
from models.accountability.sources import judge_sources, says
from tests.models import company
from tests.models.accountability.companies import Batch, history_of, shuffled

SETTINGS = AccountabilitySettings()
TODAY = 1000
BEFORE = (Batch("web", 300, 820, 3000, 600), Batch("fair", 300, 820, 1500, 300))
COLLAPSED = (*BEFORE, Batch("web", 820, TODAY, 1000, 200), Batch("fair", 820, TODAY, 500, 20))


def by_value(
    history_batches: tuple[Batch, ...], settings: AccountabilitySettings = SETTINGS
) -> dict[str | None, SourceVerdict]:
    report = judge_sources(history_of(history_batches, TODAY), settings, TODAY * DAY)
    return {row.value: row for row in report.rows}


def test_a_source_that_collapses_is_alarmed_and_one_that_does_not_is_steady() -> None:
    rows = by_value(COLLAPSED)
    assert (rows["fair"].verdict, rows["web"].verdict) == ("alarm", "steady")
    assert rows["fair"].high < 0.5
    assert rows["web"].low < 1 < rows["web"].high
    assert rows["fair"].wins_lost > 20


def test_alarm_and_watch_are_taken_at_their_limits_and_not_beyond() -> None:
    """The verdict by each limit, at the very false discovery rate of a source that fell a little and just below it."""
    fell = (*BEFORE, Batch("web", 820, TODAY, 1000, 200), Batch("fair", 820, TODAY, 500, 58))
    q = by_value(fell)["fair"].false_discovery_rate
    below = float(np.nextafter(q, 0))
    assert 1e-6 < q < 0.2

    def verdict(alarm: float, watch: float) -> str:
        row = by_value(fell, SETTINGS.model_copy(update={"alarm": alarm, "watch": watch}))["fair"]
        assert row.false_discovery_rate == q
        return row.verdict

    assert verdict(q, 0.2) == "alarm"
    assert verdict(below, 0.2) == "watch"
    assert verdict(1e-9, q) == "watch"
    assert verdict(1e-9, below) == "steady"


def test_a_source_is_steady_from_the_power_on_that_is_asked_for() -> None:
    one_window = SETTINGS.model_copy(update={"windows_days": (180,)})
    small = (Batch("web", 300, 820, 600, 60), Batch("web", 820, TODAY, 240, 24))
    power = by_value(small, one_window)["web"].power
    assert 0.5 < power < 0.99

    for asked, expected in ((power, "steady"), (float(np.nextafter(power, 1)), "cannot tell yet")):
        settings = one_window.model_copy(update={"power": asked})
        assert by_value(small, settings)["web"].verdict == expected


def test_limits_of_alarm_watch_and_power() -> None:
    assert (SETTINGS.alarm, SETTINGS.watch, SETTINGS.power) == (0.05, 0.2, 0.8)


def test_immature_leads_count_by_exposure() -> None:
    # All leads of the last 90 days are held against wins after 20 days: those older than 21 count whole, younger ones not.
    row = by_value((Batch("web", 300, TODAY, 7000, 1400),))["web"]
    assert (row.days, row.leads) == (90, 899)  # one more is exactly 90 days old
    assert row.close_rate == pytest.approx(0.2, rel=0.03)
    assert row.won == pytest.approx(0.2 * 10 * 70, rel=0.03)
    assert row.won / row.leads < 0.17  # what the raw ratio would have said


def test_leads_without_outcomes_cannot_be_told_yet() -> None:
    nothing = history_of((Batch("web", 300, TODAY, 2000, 400),), TODAY)
    nothing = replace(nothing, outcomes=Outcomes.none())
    (row,) = judge_sources(nothing, SETTINGS, TODAY * DAY).rows
    assert row.verdict == "cannot tell yet"
    assert row.shows_after_months is None


def test_one_value_alone_is_judged_by_its_own_past() -> None:
    fell = (Batch("web", 300, 820, 3000, 600), Batch("web", 820, TODAY, 1000, 60))
    assert by_value(fell)["web"].verdict == "alarm"


def test_a_new_source_and_a_small_one_cannot_be_told_and_say_why() -> None:
    small = (
        *COLLAPSED,
        Batch("new", 950, TODAY, 200, 40),
        Batch("small", 300, TODAY, 60, 20),
        Batch(None, 300, TODAY, 6, 1),
    )
    rows = by_value(small)
    assert says(rows["new"], SETTINGS) == "There are no earlier leads to hold it against."
    assert rows["small"].verdict == rows["new"].verdict == rows[None].verdict == "cannot tell yet"
    assert says(rows["small"], SETTINGS) == "With 8 leads a quarter a halving would not show: they are too few."


def test_the_months_said_are_those_after_which_a_halving_would_show() -> None:
    steady = (Batch("web", 300, TODAY, 900, 300),)
    year = SETTINGS.model_copy(update={"windows_days": (365,), "before_days": 250})
    months = by_value(steady, year)["web"].shows_after_months
    assert months is not None
    for window, enough in ((months, True), (months - 1, False)):
        days = round(window * 365.25 / 12)
        before = {"windows_days": (days,), "before_days": 250}
        assert (by_value(steady, SETTINGS.model_copy(update=before))["web"].power >= SETTINGS.power) is enough


def test_a_source_that_closes_better_is_steady() -> None:
    better = (Batch("web", 300, 820, 3000, 600), Batch("web", 820, TODAY, 1000, 500))
    assert by_value(better)["web"].verdict == "steady"


def test_what_is_recorded_later_changes_nothing() -> None:
    history = history_of(COLLAPSED, TODAY)
    past = 900 * DAY
    assert judge_sources(history, SETTINGS, past) == judge_sources(history.as_known_at(past), SETTINGS, past)
    assert judge_sources(history, SETTINGS, past) == judge_sources(history_of(COLLAPSED, 900), SETTINGS, past)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_rows_is_irrelevant(seed: int) -> None:
    history = history_of(COLLAPSED, TODAY)
    assert judge_sources(shuffled(history, seed), SETTINGS, TODAY * DAY) == judge_sources(
        history, SETTINGS, TODAY * DAY
    )


def test_worst_come_first_and_everything_is_plain_json() -> None:
    report = judge_sources(history_of(COLLAPSED, TODAY), SETTINGS, TODAY * DAY)
    content = json.loads(json.dumps(report.to_json(), allow_nan=False))
    assert [row["verdict"] for row in content["sources"]] == ["alarm", "steady"]
    assert "leads of the last 180 days are won so far" in content["sources"][0]["says"]
    assert list(report.frame()["value"]) == ["fair", "web"]


def test_a_company_whose_leads_name_no_channel_has_no_sources() -> None:
    history = history_of(BEFORE, TODAY)
    bare = replace(history, schema=history.schema.model_copy(update={"fields": {}}))
    bare = replace(bare, leads=replace(bare.leads, channels={}))
    report = judge_sources(bare, SETTINGS, TODAY * DAY)
    assert report.rows == ()
    assert report.frame().empty


def test_before_the_first_lead_there_is_nothing_to_judge() -> None:
    assert judge_sources(history_of(BEFORE, TODAY), SETTINGS, 10 * DAY).rows == ()


def test_every_row_of_the_simulated_company_is_within_its_ranges() -> None:
    history = company.checked().history
    frame = judge_sources(history, SETTINGS, history.known_until).frame()
    assert set(frame["verdict"]) <= {"alarm", "watch", "steady", "cannot tell yet"}
    assert (frame["won"] <= frame["leads"]).all()
    for share in ("power", "false_discovery_rate"):
        assert frame[share].between(0, 1).all()
    told = frame.dropna(subset=["ratio"])
    assert ((told["low"] <= told["ratio"]) & (told["ratio"] <= told["high"]) | np.isclose(told["won"], 0)).all()


def test_settings_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match="alarm must be <= watch"):
        AccountabilitySettings(alarm=0.3)
    with pytest.raises(ValueError, match="must rise without repeats"):
        AccountabilitySettings(windows_days=(180, 90))
