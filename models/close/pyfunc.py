"""The close model as MLflow runs it: `mlflow.pyfunc.load_model("models:/NAME@champion").predict(frame)`.

A *model from code*: MLflow keeps a copy of this file with the model's texts and runs the copy when the model is loaded. The copy
is an entry point, so it may look at the clock; all else is the installed code, which must be the `glengarry` of the model's metadata.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from models.close.frames import score_frame
from models.close.model import CloseModel

if TYPE_CHECKING:
    from mlflow.pyfunc.model import PythonModel, PythonModelContext


def python_model() -> "PythonModel":
    """Return the model in the shape that MLflow asks for."""
    from mlflow.pyfunc.model import PythonModel

    class ClosePythonModel(PythonModel):
        """Reads its texts when it is loaded, and scores frames."""

        def load_context(self, context: "PythonModelContext") -> None:
            texts = {name: Path(path).read_text(encoding="utf-8") for name, path in context.artifacts.items()}
            self.model_ = CloseModel.from_texts(texts)

        # MLflow leaves out what the signature does not name, and wants the hint of its input to be there when it asks.
        def predict(self, model_input: pd.DataFrame) -> pd.DataFrame:  # type: ignore[override]
            return score_frame(self.model_, model_input, datetime.now(UTC))

    return ClosePythonModel()


if not __name__.startswith(
    "models."
):  # MLflow runs its copy under a name of its own; importing this module does nothing
    from mlflow.models import set_model

    set_model(python_model())
