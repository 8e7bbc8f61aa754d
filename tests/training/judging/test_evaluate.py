"""The close model beside its baselines, on the same later moments."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from features.records.clock import DAY
from features.simulation import WorldSettings
from tests.models.company import SETTINGS, dataset, evaluation
from training.fitting.fit import fit_close_model
from training.fitting.offsets import refreshed_daily
from training.judging.evaluate import baselines, evaluate, model_with_profile, profile_alone, with_profile
from training.metrics import measure
from training.samples.dataset import training_sample
from training.samples.moments import moment_weights

DATA = dataset()
MODELS = {
    "close_model",
    "close_model_with_profile",
    "base_rate",
    "close_model_not_refreshed",
    "channel_rate",
    "scorecard",
    "logistic",
    "profile_only",
}


def test_every_test_moment_is_later_than_all_that_was_learned_and_has_matured() -> None:
    as_of = DATA.moments.as_of[evaluation().test.rows]
    assert evaluation().cutoff == evaluation().fitted.model.trained_until < as_of.min()
    assert as_of.max() + DATA.history.schema.horizon_days * DAY <= DATA.history.known_until


def test_all_models_are_measured_on_the_same_moments() -> None:
    assert set(evaluation().metrics) == MODELS == set(evaluation().probability) == set(evaluation().judgement.models)
    assert {figures.n for figures in evaluation().metrics.values()} == {len(evaluation().test.rows)}
    assert {figures.won for figures in evaluation().metrics.values()} == {int(evaluation().test.y.sum())}


def test_figures_are_those_of_a_model_fitted_at_the_cutoff() -> None:
    model = fit_close_model(DATA, SETTINGS, evaluation().cutoff).model
    again = model.predict(refreshed_daily(model, DATA, evaluation().test.rows))
    moments = DATA.moments.take(evaluation().test.rows)
    assert (
        measure(evaluation().test.y, again, moment_weights(moments), moments.lead)
        == evaluation().metrics["close_model"]
    )


def test_a_model_that_is_not_refreshed_is_measured_as_it_would_serve() -> None:
    model, rows = evaluation().fitted.model, evaluation().test.rows
    served = model.predict(model.matrix(DATA.history, DATA.moments.take(rows)))
    np.testing.assert_array_equal(evaluation().probability["close_model_not_refreshed"], served)
    assert not np.array_equal(evaluation().probability["close_model"], served)


def test_the_close_model_beats_the_base_rate() -> None:
    close, base = evaluation().metrics["close_model"], evaluation().metrics["base_rate"]
    assert close.log_loss < 0.93 * base.log_loss
    assert close.brier < base.brier
    assert base.roc_auc == 0.5
    assert close.roc_auc > 0.7


def test_without_signal_the_close_model_stays_near_the_base_rate() -> None:
    dull = evaluate(dataset(WorldSettings(leads=1500, seed=3).without_signal()), SETTINGS)
    close, base, logistic = (dull.metrics[name] for name in ("close_model", "base_rate", "logistic"))
    assert close.log_loss == pytest.approx(base.log_loss, rel=0.05)
    assert close.log_loss < logistic.log_loss
    assert np.quantile(dull.probability["close_model"], 0.95) < 2.5 * dull.test.y.mean()


def test_the_judgement_tells_the_same_figures_with_intervals_around_them() -> None:
    for name, metrics in evaluation().metrics.items():
        for of in ("log_loss", "brier", "roc_auc", "pr_auc", "observed_over_expected"):
            figure = evaluation().judgement.models[name].figures[of]
            assert figure.value == pytest.approx(getattr(metrics, of), abs=1e-9)
            assert figure.low - 1e-9 <= figure.value <= figure.high + 1e-9
    assert evaluation().judgement.moments == len(evaluation().test.rows)
    assert evaluation().judgement.models["close_model"].less_log_loss["base_rate"].high < 0


def test_the_judgement_is_told_by_quarter_age_channel_and_score_band_and_as_json() -> None:
    judgement = evaluation().judgement
    calibration = judgement.models["close_model"].calibration
    channels = {f"channel:{name}" for name in DATA.history.schema.channels}
    assert set(calibration) == {"quarter", "age", "score_band", *channels}
    for groups in calibration.values():
        assert sum(group.leads for group in groups) == pytest.approx(judgement.leads)
    first = datetime.fromtimestamp(DATA.moments.as_of[evaluation().test.rows].min() / 1e6, UTC)
    assert calibration["quarter"][0].name == f"{first.year} Q{(first.month + 2) // 3}"
    assert [group.name for group in calibration["age"]] == ["day 00", "day 07", "day 30"]
    content = json.loads(json.dumps(judgement.to_json(), allow_nan=False))
    assert set(content["models"]["scorecard"]) == {"figures", "less_log_loss", "more_found", "parts", "calibration"}
    table = judgement.table()
    assert table.loc[("logistic", "log_loss"), "value"] == pytest.approx(evaluation().metrics["logistic"].log_loss)


def test_baselines_know_the_training_sample_alone() -> None:
    """Whatever became of the leads after the cut-off, every model that was trained until then predicts the same."""
    outcomes = DATA.history.outcomes
    later = outcomes.recorded_at > evaluation().cutoff
    flipped = replace(DATA.history, outcomes=replace(outcomes, won=outcomes.won ^ later))
    rows = evaluation().test.rows
    other = replace(DATA, history=flipped)
    sample = training_sample(other, SETTINGS, evaluation().cutoff)
    again = {
        **baselines(other, SETTINGS, evaluation().cutoff, DATA.X[rows]),
        **profile_alone(
            with_profile(other), SETTINGS, evaluation().cutoff, replace(evaluation().fitted, sample=sample), rows
        ),
    }
    refreshed = {"close_model", "close_model_with_profile"}  # with the outcomes of each day before
    assert set(again) == MODELS - refreshed - {"close_model_not_refreshed"}
    for name, predicted in again.items():
        np.testing.assert_array_equal(predicted, evaluation().probability[name], err_msg=name)


def test_the_profile_is_beside_the_close_model_only_where_there_is_one() -> None:
    schema = DATA.history.schema
    bare = schema.model_validate(
        {
            **schema.model_dump(exclude={"ladder"}),  # its rules speak of the profile
            "fields": {
                name: field for name, field in schema.model_dump()["fields"].items() if field["role"] != "profile"
            },
        }
    )
    without = replace(DATA, history=replace(DATA.history, schema=bare))
    fitted, rows = evaluation().fitted, evaluation().test.rows
    assert with_profile(without) is without
    assert profile_alone(without, SETTINGS, evaluation().cutoff, fitted, rows) == {}
    assert model_with_profile(without, without, SETTINGS, evaluation().cutoff, fitted, rows) == {}
    profiled = with_profile(DATA)
    assert with_profile(profiled) is profiled
    added = {feature.subject for feature in profiled.features} - {feature.subject for feature in DATA.features}
    assert added == set(schema.by_role("profile"))


def test_the_scorecard_is_there_to_be_read() -> None:
    assert evaluation().scorecard.startswith("Scorecard: base rate ")
