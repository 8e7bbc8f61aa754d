"""Promotion and rollback through a real MLflow: what is decided is recorded, and the champion changes or stays."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from features.matrix.matrix import feature_matrix
from features.records.clock import DAY
from features.records.history import History
from features.records.marks import mark_of
from features.settings.schema import LeadSchema
from models.close.model import CloseModel
from models.registry import Registry, Run
from models.registry.artifacts import Artifacts
from models.registry.champions import Cause, ChampionChangedError, NoEarlierChampionError
from tests.models.company import SETTINGS, checked, dataset
from tests.models.registries import registry_in
from tests.training.fitting.test_audit import leaking
from training.fitting.fit import fit_close_model
from training.gate import recorded_scores
from training.gate.decision import Approval
from training.gate.verdict import judge
from training.rounds.promote import AlreadyChampionError, champion_of, promote, rollback
from training.rounds.refresh import refresh
from training.settings import SETTINGS_FILE, GateSettings, TrainingSettings

HISTORY = checked().history
NOW = HISTORY.known_until
ANN = Approval(datetime(2026, 10, 1, 9, 30, tzinfo=UTC), "Ann", "after the quarter")
LENIENT = GateSettings(most_loss=1, slope=(0.1, 9), channel_ratio=(0.01, 99), replicates=100)


def fit(age_days: int = 0, settings: TrainingSettings = SETTINGS) -> CloseModel:
    return fit_close_model(dataset(), settings, NOW - age_days * DAY).model


def log(
    registry: Registry,
    model: CloseModel,
    settings: TrainingSettings = SETTINGS,
    first_serves: bool = True,
    history: History = HISTORY,
) -> str:
    kept = {SETTINGS_FILE: {"training": settings.model_dump(mode="json")}}
    kept[recorded_scores.FILE] = recorded_scores.record(model, history).to_json()
    return registry.log(Run("training", documents=kept), model, first_serves).version


def never(_: LeadSchema) -> History:
    raise AssertionError("the settings have not changed")


@pytest.fixture(scope="module")
def beatable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry with a champion that guesses, a good challenger, and one that is worse than both."""
    folder = tmp_path_factory.mktemp("beatable")
    registry = registry_in(folder)
    new, old = fit(), fit(400)
    guessing = replace(old, calibration=old.calibration.model_copy(update={"slope": 0.05}))
    worse = replace(new, calibration=new.calibration.model_copy(update={"shift": 2.5}))
    for model in (guessing, new, worse):
        log(registry, model)
    return folder


@pytest.fixture
def registry(beatable: Path, tmp_path: Path) -> Registry:
    shutil.copytree(beatable, tmp_path, dirs_exist_ok=True)
    copied = Registry(registry_in(tmp_path / "other").settings, tmp_path)
    copied.settle()
    return copied


def test_a_better_version_serves_and_the_registry_tells_when_why_and_by_whom(registry: Registry) -> None:
    decision = promote("2", HISTORY, never, registry, LENIENT, ANN)
    assert decision.outcome == "promoted", [str(check) for check in decision.verdict.failed]
    assert registry.version_of() == "2"
    first, change = registry.changes()
    assert (first.version, first.cause.kind) == ("1", "first")
    assert (change.version, change.previous) == ("2", "1")
    assert change.cause == Cause("promoted", ANN.at, "Ann", "after the quarter")


def test_the_verdict_is_kept_as_tags_and_whole(registry: Registry) -> None:
    decision = promote("2", HISTORY, never, registry, LENIENT, ANN)
    tags = registry.version("2").tags
    assert (tags["gate/verdict"], tags["gate/outcome"], tags["gate/champion"]) == ("passed", "promoted", "1")
    assert tags["gate/log_loss"].startswith("passed: Log loss ")
    assert set(tags) >= {f"gate/{check.name.replace(' ', '_')}" for check in decision.verdict.checks}
    kept = registry.document("2", tags["gate/document"])
    said = json.loads(json.dumps(decision.to_json(), allow_nan=False))
    for move in said["preview"]["largest"]:  # what is kept for good names no lead that may yet be erased
        move["lead_id"] = mark_of(move["lead_id"])
    assert kept == said
    assert [check["name"] for check in kept["checks"]] == [
        "log loss",
        "better somewhere",
        "calibration slope",
        "channels",
        "leak audit",
        "additivity",
        "replay",
    ]
    assert kept["preview"]["open_leads"] > 0


def test_a_version_trained_worse_is_refused_and_the_champion_stays(tmp_path: Path) -> None:
    registry = registry_in(tmp_path)
    log(registry, fit(400))
    blind = SETTINGS.model_copy(
        update={"booster": SETTINGS.booster.model_copy(update={"num_leaves": 2, "most_rounds": 1})}
    )
    log(registry, fit(settings=blind), blind)
    decision = promote("2", HISTORY, never, registry, GateSettings(replicates=100), ANN)
    assert decision.outcome == "refused"
    assert "log loss" in {check.name for check in decision.verdict.failed}
    assert registry.version_of() == "1"
    assert registry.version("2").tags["gate/outcome"] == "refused"
    assert len(registry.changes()) == 1


def test_a_person_overrules_by_name_and_reason(registry: Registry) -> None:
    strict = GateSettings(channel_ratio=(0.999, 1.001), replicates=100)
    said = replace(ANN, overrule=True, reason="new price list")
    decision = promote("2", HISTORY, never, registry, strict, said)
    assert (decision.verdict.passed, decision.outcome) == (False, "overruled")
    assert registry.version_of() == "2"
    assert registry.changes()[-1].cause == Cause("overruled", ANN.at, "Ann", "new price list")
    assert registry.version("2").tags["gate/verdict"] == "refused"


def test_a_leaky_version_is_refused(registry: Registry) -> None:
    leaky = leaking()
    X = feature_matrix(leaky, dataset().moments, dataset().books)
    model = fit_close_model(replace(dataset(), history=leaky, X=X), SETTINGS, NOW).model
    version = log(registry, model, history=leaky)
    decision = promote(version, leaky, lambda _: HISTORY, registry, LENIENT, ANN)
    assert decision.outcome == "refused"
    (leak,) = [check for check in decision.verdict.failed if check.name == "leak audit"]
    assert leak.evidence.startswith("contract knows the outcome: It is filled in for")
    assert registry.version_of() == "1"


def test_without_a_champion_the_base_rate_is_to_be_beaten(tmp_path: Path) -> None:
    registry = registry_in(tmp_path)
    log(registry, fit(), first_serves=False)
    assert champion_of(registry) is None
    decision = promote("1", HISTORY, never, registry, LENIENT, ANN)
    assert decision.outcome == "promoted"
    assert (decision.verdict.champion, decision.verdict.preview) == (None, None)
    assert registry.changes()[-1].previous is None


def test_the_champion_itself_is_not_promoted(registry: Registry) -> None:
    with pytest.raises(AlreadyChampionError, match="must not be the champion, got version 1, which serves"):
        promote("1", HISTORY, never, registry, LENIENT, ANN)


def test_what_cannot_be_compared_is_refused_and_says_why(tmp_path: Path) -> None:
    registry = registry_in(tmp_path)
    registry.log(Run("without settings"), fit(400))
    log(registry, fit())
    decision = promote("2", HISTORY, never, registry, LENIENT, ANN)
    (check,) = decision.verdict.checks
    assert (decision.outcome, check.name) == ("refused", "comparison")
    assert check.evidence.startswith(
        "Version 1 must be judged on the history as the settings of its training read it, got: its run"
    )


def test_a_champion_changed_meanwhile_is_not_replaced(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    def slowly(*arguments: object) -> object:
        registry.make_champion("3")
        return judge(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("training.rounds.promote.judge", slowly)
    with pytest.raises(ChampionChangedError, match="must still be version 1, got version 3"):
        promote("2", HISTORY, never, registry, LENIENT, ANN)
    assert registry.version_of() == "3"


def test_a_champion_refreshed_meanwhile_is_the_same_model(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    def overnight(*arguments: object) -> object:
        refresh(checked(), registry)
        return judge(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("training.rounds.promote.judge", overnight)
    assert promote("2", HISTORY, never, registry, LENIENT, ANN).promoted
    assert [change.cause.kind for change in registry.changes()] == ["first", "refreshed", "promoted"]
    assert rollback(registry, 1, ANN) == "4"


def test_a_refresh_never_undoes_a_promotion(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    logged = registry.log

    def promoted_meanwhile(run: Run, model: CloseModel, beside: Artifacts | None = None) -> object:
        registry.make_champion("2")
        return logged(run, model, beside=beside)

    monkeypatch.setattr(registry, "log", promoted_meanwhile)
    with pytest.raises(ChampionChangedError, match="must still be version 1, got version 2"):
        refresh(checked(), registry)
    assert registry.version_of() == "2"


def test_several_steps_back_and_nothing_is_deleted(registry: Registry) -> None:
    for version in ("2", "3"):
        registry.make_champion(version, Cause("promoted", ANN.at, "Ann"))
    assert rollback(registry, 2, ANN) == registry.version_of() == "1"
    assert registry.changes()[-1].cause == Cause("rolled back", ANN.at, "Ann", "after the quarter", 2)
    assert len(registry.versions()) == 3
    assert len(registry.changes()) == 4
    with pytest.raises(NoEarlierChampionError, match="of which there are none; got 1 steps"):
        rollback(registry, 1, ANN)


def test_a_rollback_to_what_cannot_be_loaded_leaves_the_champion(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.make_champion("2")

    def broken(*_: object) -> CloseModel:
        raise ValueError("The model was trained on other features")

    monkeypatch.setattr(CloseModel, "from_texts", broken)
    with pytest.raises(ValueError, match="other features"):
        rollback(registry, 1, ANN)
    assert registry.version_of() == "2"
