"""The learning curve: more leads help where there is more to learn, and it never says more than the figures bear."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.models.company import SETTINGS, dataset, evaluation
from training.judging.learning_curve import PARTS, CurvePoint, LearningCurve, drawn_leads, learning_curve
from training.metrics import Figure
from training.metrics.figure import verdict
from training.samples.dataset import Sample

DATA = dataset()


def curve_of(test: Sample) -> LearningCurve:
    found = learning_curve(DATA, SETTINGS, evaluation().cutoff, evaluation().fitted, test)
    assert found is not None
    return found


def lost(low: float, high: float, won: int = 100) -> Figure:
    return Figure((low + high) / 2, low, high, won, 400, 10)


def test_parts_rise_and_are_shares_of_all_leads() -> None:
    curve = evaluation().curve
    assert curve is not None
    leads = [point.leads for point in curve.points]
    assert leads == sorted(leads)
    assert leads[-1] == pytest.approx(0.5 * curve.leads, rel=0.15)
    assert len(leads) <= len(PARTS)


def test_it_is_judged_on_the_test_alone_and_is_the_same_again() -> None:
    test = evaluation().test
    assert curve_of(test) == evaluation().curve
    turned = replace(test, y=1.0 - test.y)
    assert curve_of(turned).points != curve_of(test).points
    assert [point.leads for point in curve_of(turned).points] == [point.leads for point in curve_of(test).points]


def test_nothing_recorded_after_the_cutoff_matters() -> None:
    cutoff, test = evaluation().cutoff, evaluation().test
    changed = DATA.X.copy()
    changed[np.setdiff1d(np.flatnonzero(DATA.moments.as_of > cutoff), test.rows)] = 7.0

    assert learning_curve(replace(DATA, X=changed), SETTINGS, cutoff, evaluation().fitted, test) == curve_of(test)


@given(st.lists(st.text(max_size=8), min_size=1, max_size=30, unique=True))
def test_a_lead_is_in_the_same_parts_of_every_history(ids: list[str]) -> None:
    every = dict(zip(ids, drawn_leads(np.array(ids, np.object_)).tolist(), strict=True))
    some = ids[::-1][: max(len(ids) // 2, 1)]

    assert drawn_leads(np.array(some, np.object_)).tolist() == [every[one] for one in some]
    assert all(0 <= place < 1 for place in every.values())


def test_an_eighth_of_the_leads_is_an_eighth() -> None:
    ids = np.array([f"L{number}" for number in range(20_000)], np.object_)
    for share in PARTS:
        assert np.mean(drawn_leads(ids) < share) == pytest.approx(share, abs=0.01)


@pytest.mark.parametrize(
    ("points", "enough", "said"),
    [
        ([lost(0.02, 0.04), lost(0.01, 0.03), lost(0.001, 0.002)], None, "More leads still help: learning from 400 of"),
        ([lost(0.01, 0.02), lost(-0.01, 0.01), lost(-0.01, 0.01)], 200, "That more leads would help does not show"),
        ([lost(-0.01, 0.01), lost(0.01, 0.02), lost(-0.01, 0.01)], 400, "That more leads would help does not show"),
        ([lost(-0.01, 0.01), lost(-0.01, 0.01), lost(-0.02, -0.01)], 100, "That more leads would help does not show"),
        ([lost(np.nan, np.nan, won=3)], None, "Too few outcomes tell"),
    ],
    ids=["more help", "a quarter is enough", "a break in between", "half is better", "too few"],
)
def test_what_is_said_is_what_the_figures_bear(points: list[Figure], enough: int | None, said: str) -> None:
    leads = [100, 200, 400][-len(points) :]
    curve = LearningCurve(800, tuple(CurvePoint(*of) for of in zip(leads, points, strict=True)))

    assert curve.enough == enough
    assert curve.said.startswith(said)
    assert curve.to_json()["said"] == curve.said
    assert (verdict(points[-1]) == "worse") == ("still help" in curve.said)


def test_there_is_none_where_too_few_have_ended() -> None:
    strict = SETTINGS.model_copy(update={"fewest_won": 100_000})
    assert learning_curve(DATA, strict, evaluation().cutoff, evaluation().fitted, evaluation().test) is None
