"""The backtest: only what was known at a quarter's start trains, each quarter is judged once, and what is done is kept."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from features.records.clock import DAY
from tests.models.company import SETTINGS, dataset
from training.fitting.fit import TooFewOutcomesError
from training.judging.backtest import Backtest, CalendarQuarter, backtest, predict_quarter, predict_quarters, quarters
from training.judging.evaluate import CLOSE, PROFILE
from training.metrics import measure
from training.samples.dataset import prepare
from training.samples.moments import labels_known_at, moment_weights

DATA = dataset()
EVERY = quarters(int(DATA.history.leads.created_at.min()), DATA.history.known_until)
LAST = EVERY[-3]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("backtest")


@pytest.fixture(scope="module")
def result(kept: Path) -> Backtest:
    return backtest(DATA, SETTINGS, kept, "a history", cores=1)


def test_quarters_cover_what_follows_the_first_start_without_gap() -> None:
    assert all(earlier.end == later.start for earlier, later in pairwise(EVERY))
    assert EVERY[-1].end == DATA.history.known_until + 1
    assert DATA.history.leads.created_at.min() < EVERY[0].start


def test_what_is_recorded_after_a_moment_changes_no_prediction() -> None:
    """The law of the backtest, for the moments of a quarter's first month against an export made at its end."""
    month = CalendarQuarter(LAST.name, LAST.start, LAST.start + 30 * DAY)
    ours = predict_quarter(DATA, SETTINGS, month)
    then = prepare(DATA.history.as_known_at(month.end), SETTINGS)
    theirs = predict_quarter(then, SETTINGS, month)
    of_ours = dict(zip(zip(*_keys(DATA, ours.rows), strict=True), ours.probability[CLOSE].tolist(), strict=True))
    of_theirs = dict(zip(zip(*_keys(then, theirs.rows), strict=True), theirs.probability[CLOSE].tolist(), strict=True))
    assert len(of_theirs) > 50
    assert of_ours == of_theirs


def _keys(data: object, rows: np.ndarray) -> tuple[list[str], list[int]]:
    moments, leads = data.moments, data.history.leads  # type: ignore[attr-defined]
    return leads.lead_id[moments.lead[rows]].tolist(), moments.as_of[rows].tolist()


def test_each_quarter_is_measured_on_its_matured_moments(result: Backtest) -> None:
    prediction = predict_quarter(DATA, SETTINGS, LAST)
    labels = labels_known_at(DATA.history, DATA.moments, DATA.history.known_until)
    counted = (labels.matured & ~labels.over)[prediction.rows]
    rows = prediction.rows[counted]
    y, weight = labels.won[rows].astype(np.float64), moment_weights(DATA.moments.take(rows))
    assert result.by_quarter[LAST.name][CLOSE] == measure(
        y, prediction.probability[CLOSE][counted], weight, DATA.moments.lead[rows]
    )


def test_pooled_figures_hold_every_quarter_and_the_baselines(result: Backtest) -> None:
    assert {CLOSE, PROFILE, "base_rate", "logistic"} <= set(result.pooled)
    assert result.pooled[CLOSE].n == sum(figures[CLOSE].n for figures in result.by_quarter.values())
    assert result.pooled[CLOSE].log_loss < result.pooled["base_rate"].log_loss
    plain = result.to_json()
    assert set(plain) == {"pooled", "intervals", "by_age", "by_quarter", "skipped"}
    assert set(plain["pooled"][CLOSE]) >= {"log_loss", "brier", "roc_auc", "pr_auc", "observed_over_expected", "n"}


def test_pooled_figures_have_intervals_and_the_close_model_is_held_against_each(result: Backtest) -> None:
    for model, figures in result.intervals.items():
        told = result.pooled[model]
        assert figures["log_loss"].value == pytest.approx(told.log_loss)
        assert figures["log_loss"].low < told.log_loss < figures["log_loss"].high
        if model != CLOSE:
            less = figures["less_log_loss"]
            assert less.value == pytest.approx(result.pooled[CLOSE].log_loss - told.log_loss)
    assert result.intervals["base_rate"]["less_log_loss"].high < 0


def test_a_quarter_that_cannot_be_trained_for_is_named(result: Backtest) -> None:
    assert result.skipped[EVERY[0].name].startswith(
        ("too few outcomes", "A training needs leads", "No lead is older than the horizon")
    )
    assert set(result.skipped) | set(result.by_quarter) == {quarter.name for quarter in EVERY}


def test_what_is_done_is_kept_and_what_is_missing_is_made_again(result: Backtest, kept: Path) -> None:
    (folder,) = kept.iterdir()
    file = folder / f"{LAST.name}.parquet"
    before = file.stat().st_mtime_ns
    others = {other: other.stat().st_mtime_ns for other in folder.glob("*.parquet") if other != file}
    file.unlink()
    seen: list[tuple[int, int]] = []
    again = backtest(DATA, SETTINGS, kept, "a history", lambda *step: seen.append(step), cores=1)
    assert again.to_json() == result.to_json()
    assert seen == [(len(EVERY) - 1, len(EVERY)), (len(EVERY), len(EVERY))]
    assert {other: other.stat().st_mtime_ns for other in others} == others
    assert file.stat().st_mtime_ns > before


def test_quarters_made_in_two_processes_are_those_made_in_one(result: Backtest, kept: Path, tmp_path: Path) -> None:
    assert len(result.by_quarter) > 2
    one, two = (
        predict_quarters(DATA, SETTINGS, folder, "a history", cores=cores, latest=2)
        for folder, cores in ((kept, 1), (tmp_path, 2))
    )
    assert len(one) == 2
    assert list(one) == list(two)
    for name, quarter in one.items():
        np.testing.assert_array_equal(quarter.rows, two[name].rows)
        np.testing.assert_array_equal(quarter.probability[CLOSE], two[name].probability[CLOSE])


def test_another_history_or_other_settings_are_kept_apart(result: Backtest, kept: Path) -> None:
    assert result.pooled
    known = len(list(kept.iterdir()))
    short = prepare(DATA.history.as_known_at(EVERY[0].start + DAY), SETTINGS)
    with pytest.raises(TooFewOutcomesError, match="No quarter could be judged"):
        backtest(short, SETTINGS, kept, "another history", cores=1)
    assert len(list(kept.iterdir())) == known + 1
