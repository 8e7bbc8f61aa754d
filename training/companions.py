"""What a training, and a refresh, put beside the close model in a version."""

from dataclasses import replace

from features.clock import to_datetime
from features.history import Floats, History
from models.close.model import CloseModel
from models.close.record import Record, bands, spread
from models.companions import Companions
from models.decision.decider import Decider
from training.evaluate import CLOSE, Evaluation
from training.moments import open_leads
from training.samples import Dataset
from training.settings import TrainingSettings
from training.similar import remember


def companions(
    dataset: Dataset, model: CloseModel, settings: TrainingSettings, evaluation: Evaluation, decider: Decider
) -> Companions:
    """Return what stands beside a model that was just trained; one that abstains has no past leads that are like others, and no record."""
    if model.certainty.abstention:
        return Companions(decider)
    past = remember(model, dataset, settings) if settings.most_remembered else None
    return Companions(decider, past, _record(dataset, model, evaluation))


def renewed(beside: Companions, model: CloseModel, history: History) -> Companions:
    """Return what stands beside a refreshed model: where the open leads lie by now; all else is that of its training."""
    if beside.record is None:
        return beside
    return replace(beside, record=beside.record.model_copy(update={"open": spread(_of_open(model, history))}))


def _record(dataset: Dataset, model: CloseModel, evaluation: Evaluation) -> Record:
    test = evaluation.test
    edges = evaluation.judgement.settings.score_edges
    return Record(
        tested_since=to_datetime(evaluation.cutoff),
        bands=bands(edges, evaluation.probability[CLOSE], test.y, test.weight),
        open=spread(_of_open(model, dataset.history)),
    )


def _of_open(model: CloseModel, history: History) -> Floats:
    return model.predict(model.matrix(history, open_leads(history)))
