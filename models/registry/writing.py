"""How a run and its model are written into MLflow: as text, under names that another program can read."""

from collections.abc import Mapping
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from features.settings.passing import passing_folder
from features.settings.redaction import redacted
from models.registry.versions import Run

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.models import ModelSignature

    from features.settings.schema import LeadSchema
    from models.close.model import CloseModel
    from models.registry.artifacts import Artifacts

LIBRARIES = ("lightgbm", "mlflow", "numpy", "pandas", "pydantic", "scipy")
"""What a logged model needs beside this package; other versions may predict otherwise."""

MODEL_FILE = Path(__file__).parents[1] / "close" / "pyfunc.py"


def flattened(settings: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Return nested settings under dotted names, as text.

    Examples
    --------
    >>> flattened({"seed": 7, "booster": {"rate": 0.1}})
    {'seed': '7', 'booster.rate': '0.1'}
    """
    flat: dict[str, str] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping):
            flat.update(flattened(value, f"{prefix}{name}."))
        else:
            flat[f"{prefix}{name}"] = str(value)
    return flat


def write_text(client: "MlflowClient", run_id: str, text: str, file: str) -> None:
    """Write a text among the files of a run that has ended.

    MLflow's own `log_text` remembers for the whole process where the files of a run are: after a registry was copied or
    restored it would write into the folder that was copied.
    """
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    inside, _, name = file.rpartition("/")
    place: Any = get_artifact_repository(client.get_run(run_id).info.artifact_uri, tracking_uri=client.tracking_uri)
    with passing_folder() as folder:
        written = folder / name
        written.write_text(text, encoding="utf-8")
        place.log_artifact(str(written), inside or None)


def log_facts(run: Run) -> None:
    """Log what a run leaves behind beside the model, into the run that is active."""
    import mlflow

    mlflow.log_params({name: redacted(value) for name, value in flattened(run.params).items()})
    mlflow.log_metrics({name: figure for name, figure in run.metrics.items() if figure is not None})
    for file, document in run.documents.items():
        mlflow.log_dict(document, file)
    for file, figure in run.figures.items():
        mlflow.log_figure(figure, file, save_kwargs={"dpi": 120})


def log_model(model: "CloseModel", beside: "Artifacts") -> str:
    """Log the close model as a model from code, with what stands beside it, and return its URI."""
    import mlflow

    from models.close.frames import example_frame, input_columns

    texts = {**model.to_texts(), **beside.to_texts()}
    with passing_folder() as folder:
        paths = {name: folder / name for name in texts}
        for name, text in texts.items():
            paths[name].write_text(text, encoding="utf-8", newline="\n")
        logged = mlflow.pyfunc.log_model(
            name="close_model",
            python_model=str(MODEL_FILE),
            artifacts={name: str(path) for name, path in paths.items()},
            signature=_signature(model.schema),
            input_example=example_frame(model.schema, model.trained_until),
            pip_requirements=[f"{library}=={installed_version(library)}" for library in LIBRARIES],
            metadata={"glengarry": installed_version("glengarry"), "columns": input_columns(model.schema)},
        )
    return str(logged.model_uri)


def _signature(schema: "LeadSchema") -> "ModelSignature":
    """Return the columns in and out.

    Every column in is of type "any" and optional: MLflow would refuse whole numbers in a column of doubles and a column of empty cells,
    and `models.close.frames` checks each value by the settings and says what is wrong with it.
    """
    from mlflow.models import ModelSignature
    from mlflow.types.schema import AnyType, ColSpec, Schema

    from models.close.frames import OUTPUT_COLUMNS, input_columns

    any_type = AnyType()  # type: ignore[no-untyped-call]
    return ModelSignature(
        inputs=Schema([ColSpec(any_type, name, required=False) for name in input_columns(schema)]),
        outputs=Schema([ColSpec(kind, name) for name, kind in OUTPUT_COLUMNS.items()]),
    )
