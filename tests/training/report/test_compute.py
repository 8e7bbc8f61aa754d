"""What the page says, against the evaluation that it tells of, in every state that a training can be in."""

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from models.accountability.settings import AccountabilitySettings
from models.accountability.sources import judge_sources
from models.close.reasons.drivers import subject_sizes
from tests.training.report.materials import FAILED, PASSED, PREVIEW, bare, first, second, too_few, verdict
from training.fitting.tuning import Member
from training.judging.backtest import Backtest
from training.judging.evaluate import CLOSE
from training.metrics import Figure, measure
from training.metrics.judge import SCORE_BAND
from training.report import Material, ReportDocument, compute
from training.report.drivers import by_obstacle
from training.report.page import ReportSource
from training.report.sources import changed, sources
from training.settings import ModelKind

KNOWN = {
    "The same chance for every lead": "base_rate",
    "The rate of the lead's source": "channel_rate",
    "A points scorecard": "scorecard",
    "A model of who they are, nothing else": "profile_only",
}
"""What a manager knows of what the model must beat, as the page names it."""
PASSES, FAILS = verdict(PASSED), verdict(PASSED, FAILED)


def backtested() -> Backtest:
    rng = np.random.default_rng(5)
    y = (rng.random(200) < 0.3).astype(np.float64)
    figures = {
        CLOSE: measure(y, np.where(y > 0, 0.5, 0.2), np.ones(200)),
        "base_rate": measure(y, np.full(200, 0.3), np.ones(200)),
    }
    return Backtest(figures, {"2026-Q1": figures, "2026-Q2": figures}, {"2025-Q4": "none of its moments has matured"})


def ahead() -> Material:
    """Return the first model, better than its nearest rival by more than chance."""
    return _beside(first(), (-0.02, -0.03, -0.01), (0.1, 0.05, 0.2))


@pytest.mark.parametrize(
    ("material", "mood", "said"),
    [
        (ahead, "good", "It serves from now on."),
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
    one = material()
    answer = compute(one).better
    assert (answer.mood, answer.answer) == (mood, f"{one.result.beside_rival.said} {said}")


def test_the_first_answer_leads_with_the_nearest_rival_and_the_wins_that_both_find() -> None:
    material = ahead()
    models = material.judgement.models
    rival = material.result.beside_rival.rival
    names = ("base_rate", "channel_rate", "scorecard", "profile_only")
    assert rival == min(names, key=lambda name: models[name].figures["log_loss"].value)
    own, theirs = (models[name].figures["share_of_wins_top_20"].value for name in (CLOSE, rival))
    answer = compute(material).better.answer
    assert answer.startswith(f"Call the best 20 % and you find {100 * own:.0f} % of the wins; ")
    assert f" finds {100 * theirs:.0f} %: the order is better by more than chance. " in answer
    assert "Its chances came closer to what happened (log loss)." in answer


@pytest.mark.parametrize(
    ("loss", "more", "mood", "said"),
    [
        ((0.01, -0.01, 0.03), (0.0, -0.1, 0.1), "bad", "chance may explain the difference. Its chances came no closer"),
        (
            (0.02, 0.01, 0.03),
            (0.0, -0.1, 0.1),
            "bad",
            "Its chances were FURTHER from what happened (log loss). It serves",
        ),
        (
            (-0.02, -0.03, -0.01),
            (-0.1, -0.2, -0.05),
            "bad",
            "the order is WORSE by more than chance. Its chances came cl",
        ),
        ((-0.02, -0.03, -0.01), (0.0, -0.1, 0.1), "good", "chance may explain the difference. Its chances came closer"),
    ],
)
def test_a_model_that_loses_to_its_nearest_rival_says_so(
    loss: tuple[float, float, float], more: tuple[float, float, float], mood: str, said: str
) -> None:
    answer = compute(_beside(first(), loss, more)).better
    assert answer.mood == mood
    assert said in answer.answer
    assert ("do not sort by it yet" in answer.answer) == (loss[1] > -0.03)


def test_a_model_that_abstains_says_so_before_anything_else() -> None:
    material = ahead()
    answer = compute(replace(material, result=replace(material.result, abstention="too few leads were won"))).better
    assert answer.answer.startswith("It gives every lead the same chance: too few leads were won. ")
    assert answer.mood == "unsure"


def _beside(material: Material, loss: tuple[float, float, float], more: tuple[float, float, float]) -> Material:
    """Return a training whose figures beside its nearest rival are others: value, low and high."""
    close, rival = material.close, material.result.beside_rival.rival
    close = replace(
        close,
        less_log_loss={**close.less_log_loss, rival: Figure(*loss, 40, 200, 10)},
        more_found={**close.more_found, rival: Figure(*more, 40, 200, 10)},
    )
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
    assert page.tables[-1].rows == (("10 %", "35 %", "budget said +20"),)


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
    nearest_first = list(told)[1:]
    losses = [material.judgement.models[KNOWN[name]].figures["log_loss"].value for name in nearest_first]
    assert losses == sorted(losses)
    assert set(told) == {"This model", *KNOWN}
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


def test_what_the_model_is_blended_of_is_told() -> None:
    evaluation = first().result.grounds.evaluation
    members = (Member(ModelKind.ADDITIVE, 90, 0.25, 0.3111), Member(ModelKind.LOGISTIC, 0, 0.0, 0.305))
    tuning = replace(evaluation.fitted.tuning, members=members, later=100)
    compared = replace(evaluation, fitted=replace(evaluation.fitted, tuning=tuning))
    grounds = replace(first().result.grounds, evaluation=compared)
    page = compute(replace(first(), result=replace(first().result, grounds=grounds)))
    (told,) = [table for table in page.tables if table.title == "What the model is blended of"]
    assert told.rows == (("additive", "90", "0.3111", "0.25"), ("logistic", "0", "0.3050", "0.00"))
    known = np.count_nonzero(grounds.dataset.moments.as_of <= evaluation.cutoff)
    learned = f"{evaluation.fitted.moments:,} of the {known:,} moments that were known"
    assert f"The kinds learn from {learned}; open leads count as far as they may be expected to be won." in told.note


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
    assert {one.name for one in page.comparisons} == {
        "This model",
        "The same chance for every lead",
        "A points scorecard",
    }
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
    sizes = subject_sizes(model.features, contributions, np.array([1.0, 3.0]))
    told = {d.name: d.bar for d in by_obstacle(model.features, sizes, model.schema)}
    assert (told["money"], told["hurry"]) == pytest.approx((0.5, 0.5))


def test_a_model_that_gives_every_lead_one_chance_is_told_no_drivers() -> None:
    material = first()
    page = compute(replace(material, result=replace(material.result, abstention="too few leads were won")))
    assert page.drivers == ()
    assert page.driven.answer == "Nothing: every lead gets the same chance: too few leads were won."


def test_sources_have_the_verdicts_and_the_sentences_of_the_sources_report() -> None:
    material = first()
    history = material.result.grounds.checked.history
    report = judge_sources(history, AccountabilitySettings(), history.known_until).to_json()["sources"]
    said = {(row["verdict"], row["says"]) for row in report}
    page = compute(material)
    assert {source.verdict for source in page.sources} <= {"alarm", "watch", "steady"}
    assert {(source.verdict, source.sentence) for source in sources(material)} == said
    assert sum(row["verdict"] == "alarm" for row in report) == sum(one.verdict == "alarm" for one in page.sources)


@pytest.mark.parametrize(
    ("verdicts", "answer"),
    [
        (["steady", "cannot tell yet"], "None by more than luck explains."),
        (["watch", "steady"], "To be watched: web0 (source)."),
        (["alarm", "watch", "alarm"], "Gone bad: web0 (source) and web2 (source)."),
        (["cannot tell yet", "cannot tell yet"], "Cannot tell yet: no source has enough outcomes."),
    ],
)
def test_the_worst_verdict_is_the_answer(verdicts: list[str], answer: str) -> None:
    every = [ReportSource(f"web{at} (source)", "plain", verdict, "") for at, verdict in enumerate(verdicts)]
    assert changed(first(), every).answer == answer


def test_what_was_left_out_is_counted() -> None:
    page: ReportDocument = compute(first())
    whats = " ".join(one.what for one in page.left_out)
    assert re.search(r"\d+ leads too young to judge", whats)
    assert "4 fields written too late" in whats
    assert page.omitted.answer == f"{', '.join(one.what for one in page.left_out[:-1])} and {page.left_out[-1].what}."
