"""Through a real MLflow: what is logged can be found, loaded and trusted, and what is missing says so."""

import json
import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure
from pydantic import ValidationError

from features.records.clock import to_datetime
from models.close.frames import OUTPUT_COLUMNS, BadFrameError, input_columns, score_frame
from models.digest import DamagedModelError
from models.registry import NoModelError, Registry, RegistryError, RegistrySettings, Run
from models.registry.versions import DIGEST
from tests.models.company import dataset, model
from tests.models.registries import registry_in

SECRET = "op3n-sesame"
FIRST = Run(
    name="first",
    params={"horizon_days": 90, "training": {"seed": 7, "from": f"postgresql://crm:{SECRET}@db/leads"}},
    tags={"fingerprint": "abc", "source": f"https://token:{SECRET}@host/mlflow"},
    metrics={"close_model/log_loss": 0.25, "close_model/roc_auc": None},
    documents={"settings.json": {"horizon_days": 90}},
    figures={"figures/empty.png": Figure()},
)


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """A registry with two versions of the close model."""
    registry = registry_in(tmp_path_factory.mktemp("var"))
    registry.log(FIRST, model())
    registry.log(Run(name="second"), model())
    return registry


def files(registry: Registry) -> list[Path]:
    folder = Path(registry.tracking_uri.removeprefix("sqlite:///")).parent
    return [path for path in folder.rglob("*") if path.is_file()]


def test_the_first_version_becomes_champion_and_the_second_does_not(logged: Registry) -> None:
    second, first = logged.versions()
    assert (first.version, first.aliases) == ("1", ("champion",))
    assert (second.version, second.aliases) == ("2", ())
    assert logged.version_of("champion") == "1"
    assert timedelta(0) <= datetime.now(UTC) - first.created_at < timedelta(minutes=10)


def test_a_version_carries_the_metrics_and_tags_of_its_run(logged: Registry) -> None:
    first = logged.versions()[-1]
    assert first.metrics == {"close_model/log_loss": 0.25}
    assert first.tags["fingerprint"] == "abc"
    assert {version.run_id for version in logged.versions()} >= {first.run_id}


@pytest.mark.parametrize("reference", ["champion", "1", 2])
def test_a_loaded_model_is_the_logged_one_to_the_bit(logged: Registry, reference: str | int) -> None:
    version, again, _ = logged.load(reference)
    assert version == ("2" if reference == 2 else "1")
    assert again.to_texts() == model().to_texts()
    assert again.predict(dataset().X).tobytes() == model().predict(dataset().X).tobytes()


@pytest.mark.parametrize("file", ["trees.txt", "model.json", "books.json", "linear.json"])
@pytest.mark.parametrize("damage", ["a digit", "half", "no text"])
def test_a_version_that_was_damaged_since_is_refused(tmp_path: Path, file: str, damage: str) -> None:
    registry = registry_in(tmp_path)
    registry.log(FIRST, model())
    (path,) = [path for path in files(registry) if path.name == file]
    whole = path.read_bytes()
    match damage:
        case "a digit":
            place = max(whole.rfind(digit) for digit in range(48, 58))
            path.write_bytes(whole[:place] + (b"1" if whole[place : place + 1] != b"1" else b"2") + whole[place + 1 :])
        case "half":
            path.write_bytes(whole[: len(whole) // 2])
        case _:
            path.write_bytes(whole + b"\xff")

    with pytest.raises(DamagedModelError, match=r"[Rr]estore it from a backup"):
        registry.load()

    path.write_bytes(whole)
    assert registry.load().model.to_texts() == model().to_texts()


def test_a_version_that_was_registered_before_digests_were_kept_loads(tmp_path: Path) -> None:
    import mlflow

    registry = registry_in(tmp_path)
    registry.log(FIRST, model())
    mlflow.MlflowClient(registry.tracking_uri).delete_model_version_tag(registry.settings.model, "1", DIGEST)

    assert registry.load().model.to_texts() == model().to_texts()


def test_a_model_is_kept_as_text_alone(logged: Registry) -> None:
    # Python itself may keep compiled code beside what it has loaded.
    kept = [path for path in files(logged) if "models" in path.parts and path.parent.name != "__pycache__"]
    assert {path.name for path in kept} >= {"trees.txt", "model.json", "books.json", "pyfunc.py", "MLmodel"}
    assert not [path for path in kept if path.suffix in (".pkl", ".pickle", ".joblib", ".cloudpickle")]
    for path in kept:
        path.read_text(encoding="utf-8")


def test_documents_and_figures_are_kept(logged: Registry) -> None:
    (settings,) = [path for path in files(logged) if path.name == "settings.json"]
    assert json.loads(settings.read_text(encoding="utf-8")) == {"horizon_days": 90}
    assert [path.name for path in files(logged) if path.suffix == ".png"] == ["empty.png"]


def test_no_password_reaches_mlflow(logged: Registry) -> None:
    for path in files(logged):
        assert SECRET.encode() not in path.read_bytes()
    import mlflow

    run = mlflow.MlflowClient(logged.tracking_uri).get_run(logged.versions()[-1].run_id)
    assert run.data.params == {
        "horizon_days": "90",
        "training.seed": "7",
        "training.from": "postgresql://***@db/leads",
    }


FRAME = pd.DataFrame(
    {
        "lead_id": [7, 8],
        "as_of": ["2026-09-01T10:00:00Z", None],
        "source": ["trade show", None],
        "cost_of_not_solving": [5000, 0],
        "wants_contact": [True, None],
        "events": ['[{"kind": "visit", "occurred_at": "2026-09-01T09:00:00Z"}]', None],
    }
)


def test_mlflow_itself_loads_the_champion_and_predicts_what_the_model_says(logged: Registry) -> None:
    import mlflow

    assert os.environ["MLFLOW_ALLOW_PICKLE_DESERIALIZATION"] == "false"
    mlflow.set_tracking_uri(logged.tracking_uri)
    champion = mlflow.pyfunc.load_model(f"models:/{logged.settings.model}@champion")
    dated = FRAME.assign(as_of="2026-09-01T10:00:00Z", created_at=pd.Timestamp("2026-09-01T08:00:00"))
    pd.testing.assert_frame_equal(champion.predict(dated), score_frame(model(), dated, to_datetime(0)))
    scored = champion.predict(FRAME)
    assert list(scored) == list(OUTPUT_COLUMNS)
    assert abs(datetime.now(UTC) - scored["as_of"][1].tz_localize("UTC")) < timedelta(minutes=1)
    assert [column["name"] for column in champion.metadata.signature.inputs.to_dict()] == [
        *input_columns(model().schema)
    ]
    with pytest.raises(ValueError, match=r"Row 1 \(counted from 0\): 'fields.source' must be text of at most 100,000 "):
        champion.predict(FRAME.assign(source=pd.Series(["fair", ["web"]], FRAME.index, object)))
    assert issubclass(BadFrameError, ValueError)


@pytest.mark.parametrize(
    ("reference", "what"), [("challenger", "the alias 'challenger'"), ("3", "version 3"), (0, "version 0")]
)
def test_what_is_not_there_is_named(logged: Registry, reference: str | int, what: str) -> None:
    with pytest.raises(NoModelError, match=f"must have {what} in the registry .*train one with `glengarry train`"):
        logged.load(reference)


def test_before_the_first_training_there_is_nothing_and_nothing_is_made(tmp_path: Path) -> None:
    registry = Registry(RegistrySettings(), tmp_path / "var")
    assert registry.versions() == []
    with pytest.raises(
        NoModelError, match=r"'champion'.*got none \(no alias is set\): train one with `glengarry train`"
    ):
        registry.load()
    with pytest.raises(NoModelError, match="version 1"):
        registry.load(1)
    assert list(tmp_path.iterdir()) == []


def test_a_registry_without_a_model_has_no_champion(tmp_path: Path) -> None:
    registry = registry_in(tmp_path)
    assert registry.versions() == []
    with pytest.raises(NoModelError, match="'champion'"):
        registry.version_of()


@pytest.mark.parametrize("uri", ["http://{}@127.0.0.1:9/", "postgresql+psycopg://crm:{}@127.0.0.1:9/leads"])
def test_a_registry_that_does_not_answer_is_named_without_its_password(
    uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    registry = Registry(RegistrySettings(tracking_uri=uri.format(SECRET)), tmp_path)
    for ask in (registry.versions, registry.version_of, registry.load):
        with pytest.raises(RegistryError, match=r"must be reachable and work, got .*registry\.tracking_uri") as caught:
            ask()
        assert SECRET not in str(caught.value)


def test_a_database_that_is_none_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_text("these are not tables, these are words " * 40, encoding="utf-8")
    with pytest.raises(RegistryError, match="file is not a database"):
        Registry(RegistrySettings(), tmp_path).versions()


@pytest.mark.parametrize("name", ["", "a/b", "a:b", "it's"])
def test_a_name_that_mlflow_cannot_keep_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="String should match pattern"):
        RegistrySettings(model=name)


def test_the_settings_say_where_and_how_things_are_called(tmp_path: Path) -> None:
    other = Registry(RegistrySettings(model="other", experiment="trial"), _with_tables(tmp_path))
    version = other.log(Run(name="one"), model())
    assert (version.version, version.aliases) == ("1", ("champion",))
    import mlflow

    client = mlflow.MlflowClient(other.tracking_uri)
    assert client.get_experiment_by_name("trial") is not None
    assert client.get_experiment(client.get_run(version.run_id).info.experiment_id).name == "trial"
    assert client.get_model_version_by_alias("other", "champion").run_id == version.run_id


def _with_tables(folder: Path) -> Path:
    registry_in(folder)
    return folder


def test_each_of_two_registries_keeps_what_is_logged_in_it(tmp_path: Path) -> None:
    ours, theirs = registry_in(tmp_path / "ours"), registry_in(tmp_path / "theirs")
    for registry in (ours, theirs, ours):
        registry.log(Run("a training"), model())
    assert [version.version for version in ours.versions()] == ["2", "1"]
    assert [version.version for version in theirs.versions()] == ["1"]
    assert ours.load("2").model.to_texts() == model().to_texts()


def test_what_a_copied_registry_is_told_is_kept_in_the_copy(logged: Registry, tmp_path: Path) -> None:
    logged.keep("1", {"notes/first.json": {"of": "the original"}})  # MLflow has seen where this run's files are
    shutil.copytree(Path(logged.tracking_uri.removeprefix("sqlite:///")).parent, tmp_path, dirs_exist_ok=True)
    copied = Registry(logged.settings, tmp_path)
    copied.settle()
    copied.keep("1", {"notes/second.json": {"of": "the copy"}})
    copied.attach(copied.version("1").run_id, {"third.txt": "of the copy"})
    assert copied.document("1", "notes/second.json") == {"of": "the copy"}
    assert copied.text("1", "third.txt") == "of the copy"
    assert logged.document("1", "notes/second.json") is None
    assert logged.text("1", "third.txt") is None
