"""What a training, and a refresh, put beside the close model in a version."""

from dataclasses import replace

from features.records.clock import to_datetime
from features.records.history import Floats, History
from models.close.model import CloseModel
from models.close.reasons.drivers import obstacle_shares
from models.close.record import VersionRecord, bands, spread
from models.decision.decider import Decider
from models.registry.artifacts import Artifacts
from training.fitting.similar import remember
from training.judging.drivers import tested_sizes
from training.judging.evaluate import CLOSE, Evaluation
from training.judging.rivals import beside_rival
from training.samples.dataset import Dataset
from training.samples.moments import open_leads
from training.settings import TrainingSettings


def companions(
    dataset: Dataset, model: CloseModel, settings: TrainingSettings, evaluation: Evaluation, decider: Decider
) -> Artifacts:
    """Return what stands beside a model that was just trained; one that abstains has no past leads that are like others, and no record."""
    if model.certainty.abstention:
        return Artifacts(decider)
    past = remember(model, dataset, settings) if settings.most_remembered else None
    return Artifacts(decider, past, _record(dataset, model, evaluation))


def renewed(beside: Artifacts, model: CloseModel, history: History) -> Artifacts:
    """Return what stands beside a refreshed model: where the open leads lie by now; all else is that of its training."""
    if beside.record is None:
        return beside
    return replace(beside, record=beside.record.model_copy(update={"open": spread(_of_open(model, history))}))


def _record(dataset: Dataset, model: CloseModel, evaluation: Evaluation) -> VersionRecord:
    test = evaluation.test
    edges = evaluation.judgement.settings.score_edges
    return VersionRecord(
        tested_since=to_datetime(evaluation.cutoff),
        bands=bands(edges, evaluation.probability[CLOSE], test.y, test.weight),
        open=spread(_of_open(model, dataset.history)),
        drivers=tuple(obstacle_shares(evaluation.fitted.model.features, tested_sizes(evaluation, dataset)).items()),
        beside_rival=beside_rival(evaluation.judgement, bool(dataset.history.schema.channels)).said,
    )


def _of_open(model: CloseModel, history: History) -> Floats:
    return model.predict(model.matrix(history, open_leads(history)))
