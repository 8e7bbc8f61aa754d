"""What stands beside a model: it comes back from its texts as it was, and may be missing."""

import json
from functools import cache

import numpy as np

from models.registry.artifacts import ARTIFACT_FILES, NO_ARTIFACTS, Artifacts
from tests.models.company import SETTINGS, dataset, evaluation, model
from training.fitting.decisions import fit_decider
from training.rounds.artifacts import companions, renewed


@cache
def beside() -> Artifacts:
    return companions(dataset(), model(), SETTINGS, evaluation(), fit_decider(dataset(), model(), SETTINGS).decider)


def test_they_come_back_from_their_texts_as_they_were() -> None:
    texts = beside().to_texts()
    assert set(texts) == set(ARTIFACT_FILES)
    assert Artifacts.from_texts(texts).to_texts() == texts


def test_each_may_be_missing() -> None:
    assert Artifacts.from_texts({"model.json": "{}"}) == NO_ARTIFACTS
    for file in ARTIFACT_FILES:
        kept = {name: text for name, text in beside().to_texts().items() if name != file}
        assert set(Artifacts.from_texts(kept).to_texts()) == set(kept)


def test_a_decider_from_before_there_were_replies_asks_nothing() -> None:
    texts = beside().to_texts()
    content = json.loads(texts["decision.json"])
    del content["replies"]
    older = Artifacts.from_texts({"decision.json": json.dumps(content)}).decider
    assert older is not None
    assert older.replies == {}


def test_the_bands_hold_every_lead_of_the_test() -> None:
    record = beside().record
    assert record is not None
    test = evaluation().test
    assert np.isclose(sum(band.leads for band in record.bands), test.weight.sum())
    assert np.isclose(sum(band.won for band in record.bands), (test.weight * test.y).sum())


def test_a_refresh_moves_where_the_open_leads_lie_and_nothing_else() -> None:
    history = dataset().history
    earlier = history.as_known_at(history.known_until - 200 * 86_400_000_000)
    again = renewed(beside(), model(), earlier)
    before, after = beside().record, again.record
    assert before is not None
    assert after is not None
    assert (after.bands, after.open == before.open) == (before.bands, False)
    assert again.past is beside().past
    assert renewed(NO_ARTIFACTS, model(), earlier) == NO_ARTIFACTS
