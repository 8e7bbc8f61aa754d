"""The close model for `mlflow models serve`, without reasons: MLflow runs this file as a model from code."""

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from features.records.leads.checking import to_history
from models.close.frames import read_frame
from models.close.model import CloseModel


class PlainModel(PythonModel):
    """Reads its texts when it is loaded, and predicts probabilities of frames."""

    def load_context(self, context: PythonModelContext) -> None:
        """Read the model."""
        texts = {name: Path(path).read_text(encoding="utf-8") for name, path in context.artifacts.items()}
        self.model_ = CloseModel.from_texts(texts)

    def predict(self, model_input: pd.DataFrame) -> list[float]:  # type: ignore[override]
        """Return the probability of each row."""
        records = read_frame(self.model_.schema, model_input, datetime.now(UTC))
        probabilities: list[float] = self.model_.predict(
            self.model_.matrix(*to_history(self.model_.schema, records))
        ).tolist()
        return probabilities


set_model(PlainModel())
