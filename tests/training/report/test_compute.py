"""What the page says, against the evaluation that it tells of, in every state that a training can be in."""

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tests.training.report.materials import FAILED, PASSED, PREVIEW, bare, first, second, too_few, verdict
from training.backtest import Backtest
from training.evaluate import CLOSE, NOT_REFRESHED
from training.metrics import Figure, measure
from training.metrics.groups import GroupFigure
from training.metrics.judge import SCORE_BAND
from training.report import Material, Page, compute
from training.report.drivers import by_obstacle
from training.report.sources import verdict_on
from training.settings import Growth
from training.tuning import Way

PASSES, FAILS = verdict(PASSED), verdict(PASSED, FAILED)


def backtested() -> Backtest:
    rng = np.random.default_rng(5)
    y = (rng.random(200) < 0.3).astype(np.float64)
    figures = {
        CLOSE: measure(y, np.where(y > 0, 0.5, 0.2), np.ones(200)),
        "base_rate": measure(y, np.full(200, 0.3), np.ones(200)),
    }
    return Backtest(figures, {"2026-Q1": figures, "2026-Q2": figures}, {"2025-Q4": "none of its moments has matured"})


@pytest.mark.parametrize(
    ("material", "mood", "said"),
    [
        (first, "good", "Yes: it is better than giving every lead the same chance. It serves from now on."),
        (lambda: second(None, False), "unsure", "Not compared yet with version 1, which goes on serving."),
        (lambda: second(PASSES, True), "good", "Yes. It passed every check against version 1 and serves from now on."),
        (
            lambda: second(PASSES, False),
            "good",
            "Yes. It passed every check against version 1 and waits to be promoted.",
        ),
        (
            lambda: second(FAILS, False),
            "bad",
            "No. It did not pass every check against version 1, which goes on serving.",
        ),
        (
            lambda: second(FAILS, True),
            "unsure",
            "Not shown: it failed a check against version 1, and serves all the same.",
        ),
        (
            lambda: replace(second(verdict(FAILED, champion=None), False), champion=None),
            "bad",
            "No. It did not pass every check against the same chance for every lead: nothing serves yet.",
        ),
        (too_few, "unsure", "It serves, but too few outcomes are known to judge it."),
    ],
)
def test_the_first_answer_tells_the_state_of_the_training(
    material: Callable[[], Material], mood: str, said: str
) -> None:
    answer = compute(material()).better
    assert (answer.mood, answer.answer) == (mood, said)


def test_a_model_that_is_no_better_than_the_base_rate_is_not_recommended() -> None:
    material = first()
    worse = replace(material.close.less_log_loss["base_rate"], value=0.01, low=-0.01, high=0.03)
    assert compute(_with_less_log_loss(material, worse)).better.answer == (
        "It serves, but is not shown to be better than the same chance for every lead: do not sort by it yet."
    )


def _with_less_log_loss(material: Material, figure: Figure) -> Material:
    close = replace(material.close, less_log_loss={**material.close.less_log_loss, "base_rate": figure})
    judgement = replace(material.judgement, models={**material.judgement.models, CLOSE: close})
    grounds = material.result.grounds
    evaluation = replace(grounds.evaluation, judgement=judgement)
    return replace(material, result=replace(material.result, grounds=replace(grounds, evaluation=evaluation)))


def test_a_refusal_names_what_was_not_shown_and_keeps_the_evidence() -> None:
    page = compute(second(FAILS, False))
    assert "Not shown: Does it hold for every source?" in page.better.more
    assert [(check.verdict, check.evidence) for check in page.checks] == [
        ("yes", PASSED.evidence),
        ("not shown", FAILED.evidence),
    ]
    assert page.terms == FAILS.terms


def test_who_moves_is_told_with_the_reasons() -> None:
    page = compute(second(verdict(PASSED, preview=PREVIEW), False))
    assert page.terms[-1] == "Of 120 open leads, 1 changes by more than 10 points."
    assert page.tables[-1].rows == (("L77", "10 %", "35 %", "budget said +20"),)


def test_each_band_tells_what_the_evaluation_counted() -> None:
    material = first()
    groups = [group for group in material.close.calibration[SCORE_BAND] if round(group.leads) >= 1]
    page = compute(material)
    assert len(page.bands) == len(groups) > 4
    for band, group in zip(page.bands, groups, strict=True):
        assert band.sentence.startswith(f"Of {group.leads:,.0f} lead")
        assert f"we called {group.name.replace('-', ' to ')}, " in band.sentence
        assert (band.bar is None) == (band.verdict == "too few to judge") == (not group.supported)
        if group.leads >= 30:
            closed = float(re.findall(r"([\d.]+) % closed", band.sentence)[0])
            assert closed == pytest.approx(100 * group.won / group.leads, abs=0.5)
    expected, won = sum(group.expected for group in groups), sum(group.won for group in groups)
    assert f"of which {won:.0f} closed." in page.better.more[0]
    assert f"it expected {expected:.0f} wins" in page.trust.answer


def test_each_comparison_tells_the_wins_found_and_who_is_better() -> None:
    material = first()
    told = {one.name: one for one in compute(material).comparisons}
    assert list(told) == [
        "This model",
        "The same chance for every lead",
        "The rate of the lead's source",
        "A points scorecard",
        "Who they are, nothing else",
    ]
    assert told["The same chance for every lead"].found == "20 %"
    for name, words in ((CLOSE, "This model"), ("scorecard", "A points scorecard")):
        share = material.judgement.models[name].figures["share_of_wins_top_20"].value
        assert told[words].found == f"{100 * share:.0f} %"
        assert told[words].bar == share


def test_every_figure_of_the_evaluation_stands_in_the_detail() -> None:
    material = first()
    page = compute(material)
    cells = {cell for table in page.tables for row in table.rows for cell in row}
    for name, model in material.judgement.models.items():
        for figure in ("log_loss", "brier", "roc_auc", "pr_auc"):
            assert f"{model.figures[figure].value:.3f}" in cells, (name, figure)
        for top in (10, 20, 30):
            assert f"{model.figures[f'lift_top_{top}'].value:.1f}" in cells
    assert {f"{10 * p:.0f} %" for p in range(1, 4)} & cells
    assert [table.title for table in page.tables if "channel" in table.title] == []
    assert {"Won against expected by quarter", "Won against expected by source"} <= {t.title for t in page.tables}


def test_the_ways_of_growing_trees_are_told_with_the_one_that_was_taken() -> None:
    evaluation = first().result.grounds.evaluation
    ways = (Way(Growth.ADDITIVE, 90, 0.3111, 0.0061, 0.0021), Way(Growth.AS_SET, 40, 0.305, 0.0, 0.0))
    tuning = replace(evaluation.fitted.tuning, ways=ways, name=Growth.AS_SET)
    compared = replace(evaluation, fitted=replace(evaluation.fitted, tuning=tuning))
    grounds = replace(first().result.grounds, evaluation=compared)
    page = compute(replace(first(), result=replace(first().result, grounds=grounds)))
    (told,) = [table for table in page.tables if table.title == "Ways of growing trees"]
    assert told.rows == (
        ("additive", "90", "0.3111", "0.0061 ± 0.0021", ""),
        ("as set", "40", "0.3050", "0.0000 ± 0.0000", "taken"),
    )


def test_too_few_outcomes_are_told_with_their_count_and_without_a_figure() -> None:
    page = compute(too_few())
    won, leads = too_few().judgement.won, too_few().judgement.leads
    assert leads == 25
    assert page.trust.answer.startswith(f"Too few outcomes to tell: {won} lead")
    assert all(one.found == "cannot tell" and one.bar is None for one in page.comparisons)
    assert {one.verdict for one in page.comparisons[1:]} == {f"cannot tell: {won} leads won, 10 needed"}
    (models,) = [table for table in page.tables if table.title == "All models on the same leads"]
    assert {cell for row in models.rows for cell in row[1:]} == {"too few", ""}
    assert f"{won:,} leads were won and {leads - won:,} not" in models.note


def test_without_channels_and_profile_nothing_is_said_of_them() -> None:
    page = compute(bare())
    assert page.changed.answer.startswith("Nobody can tell: no field says where a lead came from")
    assert page.sources == ()
    assert [one.name for one in page.comparisons] == [
        "This model",
        "The same chance for every lead",
        "A points scorecard",
    ]
    assert not any("profile" in sentence for sentence in page.better.more)
    assert not any("who a lead is" in one.what for one in page.left_out)


def test_a_backtest_is_told_quarter_by_quarter() -> None:
    page = compute(second(None, False, backtested()))
    assert page.trust.more[-1].endswith("in 2 of 2 quarters it beat the same chance for every lead.")
    (table,) = [table for table in page.tables if table.title == "Backtest by quarter"]
    assert [row[0] for row in table.rows] == ["2026-Q1", "2026-Q2", "All quarters"]
    assert page.charts[-1].title == "The past, tried anew quarter by quarter"
    assert "1 quarter of the backtest" in [one.what for one in page.left_out]


def test_shares_of_obstacles_add_up_and_follow_the_contributions() -> None:
    material = first()
    model = material.result.grounds.evaluation.fitted.model
    drivers = compute(material).drivers
    assert sum(driver.bar for driver in drivers) == pytest.approx(1)
    contributions = np.zeros((2, len(model.features)))
    budget = next(i for i, feature in enumerate(model.features) if feature.obstacle == "money")
    needed = next(i for i, feature in enumerate(model.features) if feature.obstacle == "hurry")
    contributions[:, budget], contributions[:, needed] = (-0.3, 0.3), (0.0, 0.4)
    # |-0.3| and |0.3| with weights 1 and 3 are 0.3 on average, 0 and 0.4 are 0.3: half each.
    told = {d.name: d.bar for d in by_obstacle(model.features, contributions, np.array([1.0, 3.0]), model.schema)}
    assert (told["money"], told["hurry"]) == pytest.approx((0.5, 0.5))


@pytest.mark.parametrize(
    ("won", "expected", "low", "high", "verdict"),
    [
        (4.0, 4.0, np.nan, np.nan, "cannot tell yet"),
        (5.0, 16.0, 0.1, 0.6, "worse than before"),
        (17.0, 20.0, 0.7, 0.98, "as before"),
        (12.0, 20.0, 0.3, 1.1, "no clear change"),
        (30.0, 20.0, 1.1, 2.0, "better than before"),
    ],
)
def test_a_source_has_changed_where_its_interval_and_its_size_say_so(
    won: float, expected: float, low: float, high: float, verdict: str
) -> None:
    assert verdict_on(GroupFigure("web", 50, won, expected, won / expected, low, high)) == verdict


def test_changed_sources_are_those_of_the_model_that_stood_still() -> None:
    material = first()
    every = {
        f"{group.name} ({name})": group
        for name in material.schema.channels
        for group in material.judgement.models[NOT_REFRESHED].calibration[f"channel:{name}"]
    }
    page = compute(material)
    assert page.sources
    level = material.judgement.models[NOT_REFRESHED].figures["observed_over_expected"]
    moved = not level.low <= 1 <= level.high
    assert moved == any("All leads together closed at" in sentence for sentence in page.changed.more)
    for source in page.sources:
        group = every[source.name.replace("landing page", "landing_page").replace("brought by", "brought_by")]
        assert source.sentence.startswith(f"{group.won:.0f} of {group.leads:.0f} lead")
        assert source.verdict == verdict_on(group)


def test_what_was_left_out_is_counted() -> None:
    page: Page = compute(first())
    whats = " ".join(one.what for one in page.left_out)
    assert re.search(r"\d+ leads too young to judge", whats)
    assert "4 fields written too late" in whats
    assert page.omitted.answer == f"{', '.join(one.what for one in page.left_out[:-1])} and {page.left_out[-1].what}."
