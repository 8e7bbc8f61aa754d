"""Pieces of work side by side come to what they come to one after the other, to the byte, on however many cores."""

import threading
from functools import partial

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from features.records.history import Floats
from tests.models.company import SETTINGS, dataset
from training import side_by_side as module
from training.fitting.fit import Fitted, fit_close_model
from training.judging.evaluate import fit_baselines
from training.judging.uncertainty import measured
from training.side_by_side import both, cores, side_by_side


@pytest.fixture(params=[1, 2, 3])
def threads(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    count: int = request.param
    monkeypatch.setattr(module, "cpu_count", lambda: count)
    monkeypatch.setenv("OMP_NUM_THREADS", "8")
    return count


def test_results_come_in_the_order_of_the_pieces(threads: int) -> None:
    ended: list[threading.Event] = [threading.Event() for _ in range(threads)]

    def piece(place: int) -> int:
        if place + 1 < threads:  # each waits for the next one, so that they end in the other order
            assert ended[place + 1].wait(10)
        if place < threads:
            ended[place].set()
        return place

    assert side_by_side([partial(piece, place) for place in range(5)]) == [0, 1, 2, 3, 4]
    assert side_by_side([]) == []


def test_a_piece_computes_on_one_core_and_no_more_work_than_there_are(threads: int) -> None:
    working: set[int] = set()

    def inside() -> set[int]:
        working.add(threading.get_ident())
        return {one["num_threads"] for one in threadpool_info() if one["user_api"] in ("openmp", "blas")}

    def outside() -> list[set[int]]:
        return [inside(), *side_by_side([inside] * 3)]

    before = threadpool_info()
    found = side_by_side([outside] * 4)

    if threads > 1:
        assert {number for numbers in found for each in numbers for number in each} == {1}
    assert len(working) <= threads
    assert threadpool_info() == before


@pytest.mark.usefixtures("threads")
def test_pieces_of_pieces_wait_for_nobody_who_waits_for_them() -> None:
    def tree(depth: int) -> int:
        return 1 if not depth else 1 + sum(side_by_side([partial(tree, depth - 1)] * 3))

    assert tree(5) == sum(3**depth for depth in range(6))
    assert both(partial(tree, 1), partial(str, 7)) == (4, "7")


@pytest.mark.usefixtures("threads")
def test_what_a_piece_raises_is_raised_once_what_had_begun_has_ended() -> None:
    ended: list[int] = []

    def fail(what: str) -> None:
        raise ValueError(what)

    pieces = [partial(ended.append, 1), partial(fail, "first"), partial(fail, "second"), partial(ended.append, 2)]
    with pytest.raises(ValueError, match=r"first|second"):
        side_by_side(pieces)
    assert ended[0] == 1


def test_cores_are_those_of_the_machine_as_far_as_openmp_may_use_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "cpu_count", lambda: 4)
    for said, expected in {"": 4, "1": 1, "3": 3, "9": 4, "0": 4, "many": 4}.items():
        monkeypatch.setenv("OMP_NUM_THREADS", said)
        assert cores() == expected


def test_models_are_the_same_bytes_on_any_number_of_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    data = dataset()

    def on(count: int) -> tuple[Fitted, list[Floats], float | None]:
        monkeypatch.setattr(module, "cpu_count", lambda: count)
        fitted = fit_close_model(data, SETTINGS, data.history.known_until)
        beside = [baseline.predict(data.X) for baseline in fit_baselines(data, fitted.sample).values()]
        return fitted, beside, measured(data, SETTINGS, fitted).spread

    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    (alone, baselines, spread), (together, baselines_together, spread_together) = on(1), on(3)

    assert alone.model.blend.to_texts() == together.model.blend.to_texts()
    assert alone.tuning == together.tuning
    assert alone.labels == together.labels
    assert spread == spread_together
    for one, other in zip(baselines, baselines_together, strict=True):
        np.testing.assert_array_equal(one, other)
