"""The quarter's round: the champion changes at its end or not at all, and what was done is not done twice."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from joblib import parallel_config

from features.records.clock import DAY, to_datetime
from features.records.history import History
from features.settings.schema import LeadSchema
from models.registry import Registry, Run
from tests.models.company import SETTINGS, checked, dataset, evaluation
from tests.models.registries import registry_in
from training.fitting.audit import LeakError
from training.fitting.fit import TooFewOutcomesError, fit_close_model
from training.gate import recorded_scores
from training.gate.decision import Approval
from training.judging.backtest import quarters
from training.rounds.lock import BusyError, only_one
from training.rounds.promote import rollback
from training.rounds.retrain import LOCK, Round, RoundPlan, known_at, retrain
from training.rounds.train import train
from training.settings import SETTINGS_FILE, GateSettings, RetrainSettings

NOW = checked().history.known_until
WORD = Approval(datetime(2026, 10, 1, 6, tzinfo=UTC), "the schedule")
LENIENT = GateSettings(most_loss=1, slope=(0.1, 9), channel_ratio=(0.01, 99), replicates=100)
NO_QUARTER = RetrainSettings(backtest_quarters=0)


def never(_: LeadSchema) -> History:
    raise AssertionError("the settings have not changed")


def plan(folder: Path, gate: GateSettings = LENIENT, rounds: RetrainSettings = NO_QUARTER) -> RoundPlan:
    return RoundPlan(SETTINGS, gate, rounds, folder, folder / "reports", never)


def with_a_guessing_champion(folder: Path) -> Registry:
    registry = registry_in(folder)
    model = fit_close_model(dataset(), SETTINGS, NOW - 400 * DAY).model
    guessing = replace(model, calibration=model.calibration.model_copy(update={"slope": 0.05}))
    kept = {SETTINGS_FILE: {"training": SETTINGS.model_dump(mode="json")}}
    kept[recorded_scores.FILE] = recorded_scores.record(guessing, checked().history).to_json()
    registry.log(Run("long ago", documents=kept), guessing)
    return registry


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Registry, Path, Round, list[str]]:
    folder = tmp_path_factory.mktemp("var")
    registry, told = with_a_guessing_champion(folder), list[str]()
    rounds = RetrainSettings(backtest_quarters=2)
    with parallel_config(backend="threading"):  # processes take longer to start than two small quarters to train
        ended = retrain(checked(), plan(folder, rounds=rounds), registry, WORD, told.append)
    return registry, folder, ended, told


@pytest.fixture
def evaluated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare a round the evaluation beside the baselines, the plots and the report: they take most of its time and decide nothing."""
    monkeypatch.setattr("training.rounds.train.evaluate", lambda *_: evaluation())
    monkeypatch.setattr("training.judging.plots.figures", lambda *_: {})
    monkeypatch.setattr("training.rounds.retrain.write_report", lambda *_: Path("report.html"))


Done = tuple[Registry, Path, Round, list[str]]


def test_a_round_trains_backtests_judges_and_promotes(done: Done) -> None:
    registry, folder, ended, told = done
    assert (ended.version, ended.promoted, registry.version_of()) == ("2", True, "2")
    assert told[0] == "features"
    assert [step for step in told if step in ("registry", "backtest", "gate", "promotion")] == [
        "registry",
        "backtest",
        "gate",
        "promotion",
    ]
    assert "backtest: 2 of 2 quarters" in told
    content = json.loads(json.dumps(ended.to_json(), allow_nan=False))
    assert content["gate"]["outcome"] == "promoted"
    assert content["training"]["version"] == "2"
    assert registry.document("2", "backtest.json") == content["backtest"]
    assert ended.report == folder / "reports" / "version-2.html"
    assert "version 2" in ended.report.read_text(encoding="utf-8").lower()


def test_the_quarters_are_the_latest_that_have_begun_to_mature(done: Done) -> None:
    backtest = done[2].backtest
    assert backtest is not None
    matured = [
        quarter.name
        for quarter in quarters(int(checked().history.leads.created_at.min()), NOW)
        if quarter.start + checked().history.schema.horizon_days * DAY <= NOW
    ]
    assert list(backtest.by_quarter) == matured[-2:]


def test_the_same_round_again_does_nothing_and_says_what_was_decided(done: Done) -> None:
    registry, folder, ended, _ = done
    told: list[str] = []
    again = retrain(checked(), plan(folder, rounds=RetrainSettings(backtest_quarters=2)), registry, WORD, told.append)
    assert (again.done_before, again.version, again.promoted) == (True, "2", True)
    assert ended.decision is not None  # what is kept for good names no lead that may yet be erased
    assert again.decision is not None
    assert again.decision.to_json() == ended.decision.without_ids().to_json()
    assert told == []
    assert len(registry.versions()) == 2


def test_a_round_that_was_undone_by_hand_is_not_done_anew_by_the_schedule(done: Done) -> None:
    registry, folder, _, _ = done
    changes = registry.changes()
    rollback(registry, 1, WORD)
    assert retrain(checked(), plan(folder, rounds=RetrainSettings(backtest_quarters=2)), registry, WORD).done_before
    assert registry.version_of() == "1"
    assert len(registry.changes()) == len(changes) + 1
    registry.make_champion("2")


@pytest.mark.usefixtures("evaluated")
def test_an_interrupted_round_leaves_the_champion_and_goes_on_where_it_was(tmp_path: Path) -> None:
    """Interrupted at every step in turn; the one version that came of it serves once it is promoted, and the report follows."""
    registry = with_a_guessing_champion(tmp_path)
    seen: list[str] = []

    def interrupt(step: str) -> None:
        if step not in seen:
            seen.append(step)
            raise KeyboardInterrupt

    for _ in range(20):
        assert registry.version_of() == ("2" if "report" in seen else "1")
        try:
            ended = retrain(checked(), plan(tmp_path), registry, WORD, interrupt)
        except KeyboardInterrupt:
            continue
        break
    assert seen == [
        "features",
        "test on later leads",
        "final model",
        "plots",
        "registry",
        "backtest",
        "gate",
        "promotion",
        "report",
    ]
    assert ended.promoted
    assert [version.version for version in registry.versions()] == ["2", "1"]
    assert registry.version_of() == "2"


@pytest.mark.usefixtures("evaluated")
def test_a_round_interrupted_after_the_promotion_is_finished_without_another_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = with_a_guessing_champion(tmp_path)
    with monkeypatch.context() as broken:
        broken.setattr("training.rounds.retrain.FINISHED", None)
        with pytest.raises(TypeError):
            retrain(checked(), plan(tmp_path), _that_cannot_tag_nothing(registry, broken), WORD)
    assert registry.version_of() == "2"
    changes = registry.changes()
    ended = retrain(checked(), plan(tmp_path), registry, WORD)
    assert (ended.version, ended.promoted, ended.done_before) == ("2", True, False)
    assert registry.changes() == changes
    assert retrain(checked(), plan(tmp_path), registry, WORD).done_before


def _that_cannot_tag_nothing(registry: Registry, broken: pytest.MonkeyPatch) -> Registry:
    tag = registry.tag

    def refusing(number: str, tags: dict[str, str]) -> None:
        if None in tags:
            raise TypeError("killed")
        tag(number, tags)

    broken.setattr(registry, "tag", refusing)
    return registry


@pytest.mark.usefixtures("evaluated")
def test_a_refused_round_keeps_the_champion_and_every_reason(tmp_path: Path) -> None:
    registry = registry_in(tmp_path)
    train(checked(), SETTINGS, registry)
    other = plan(tmp_path)
    blind = SETTINGS.model_copy(
        update={"booster": SETTINGS.booster.model_copy(update={"num_leaves": 2, "most_rounds": 1})}
    )
    ended = retrain(checked(), replace(other, training=blind, gate=GateSettings(replicates=100)), registry, WORD)
    assert not ended.promoted
    assert ended.decision is not None
    assert ended.decision.outcome == "refused"
    assert registry.version_of() == "1"
    assert len(registry.versions()) == 2


@pytest.mark.usefixtures("evaluated")
def test_the_first_round_ever_must_beat_the_base_rate(tmp_path: Path) -> None:
    registry = registry_in(tmp_path)
    strict = GateSettings(channel_ratio=(0.999, 1.001), replicates=100)
    refused = retrain(checked(), plan(tmp_path, strict), registry, WORD)
    assert not refused.promoted
    assert [version.aliases for version in registry.versions()] == [()]
    ended = retrain(checked(), plan(tmp_path), registry, WORD)
    assert ended.promoted
    assert ended.decision is not None
    assert ended.decision.verdict.champion is None
    assert registry.version_of() == ended.version == "1"


@pytest.mark.usefixtures("evaluated")
def test_a_model_trained_on_this_history_that_serves_has_nothing_to_prove(tmp_path: Path) -> None:
    registry = registry_in(tmp_path)
    train(checked(), SETTINGS, registry)
    ended = retrain(checked(), plan(tmp_path), registry, WORD)
    assert (ended.version, ended.promoted, ended.decision) == ("1", True, None)
    assert len(registry.versions()) == 1


def test_only_what_was_known_by_the_time_is_used(tmp_path: Path) -> None:
    then = NOW - 120 * DAY
    cut = known_at(checked(), then)
    assert cut.history.known_until == then
    for recorded in (cut.history.leads.created_at, cut.history.events.recorded_at, cut.history.outcomes.recorded_at):
        assert recorded.max() <= then
    assert cut.fingerprint != checked().fingerprint
    later = replace(checked(), history=checked().history.as_known_at(NOW - 30 * DAY))
    assert known_at(later, then).fingerprint == cut.fingerprint
    registry = registry_in(tmp_path)
    ended = retrain(cut, plan(tmp_path), registry, WORD)
    model = registry.load(ended.version).model
    assert model.trained_until == then
    assert registry.version(ended.version).tags["trained_until"] == to_datetime(then).isoformat()


def test_two_rounds_exclude_each_other(tmp_path: Path) -> None:
    registry = registry_in(tmp_path)
    with (
        only_one(tmp_path / LOCK, "round", WORD.at),
        pytest.raises(BusyError, match="Only one round of retraining may run at a time"),
    ):
        retrain(checked(), plan(tmp_path), registry, WORD)
    assert registry.versions() == []


def test_a_leak_stops_the_round_before_anything_is_registered(tmp_path: Path) -> None:
    from tests.training.fitting.test_audit import leaking

    registry = with_a_guessing_champion(tmp_path)
    with pytest.raises(LeakError, match="'contract' is severe"):
        retrain(replace(checked(), history=leaking()), plan(tmp_path), registry, WORD)
    assert [version.version for version in registry.versions()] == ["1"]
    assert registry.version_of() == "1"


def test_a_time_with_too_little_known_is_an_error_that_says_so(tmp_path: Path) -> None:
    start = int(np.min(checked().history.leads.created_at))
    for time in (start - DAY, start + 30 * DAY):
        with pytest.raises(TooFewOutcomesError, match="older than the horizon"):
            retrain(known_at(checked(), time), plan(tmp_path), registry_in(tmp_path), WORD)
