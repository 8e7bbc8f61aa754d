"""Curves side by side: each is that of NumPy's interpolation, to the bit."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.close.curves import CurveTable

RNG = np.random.default_rng(4)
CURVES = [
    (np.unique(RNG.normal(size=count).astype(np.float32)).astype(np.float64), RNG.normal(size=count))
    for count in (1, 2, 3, 32, 33, 35)
]
TABLE = CurveTable.of(CURVES)

values = st.floats(width=32) | st.sampled_from([float(knot) for knots, _ in CURVES for knot in knots])


@given(X=arrays(np.float32, st.tuples(st.integers(0, 4), st.just(len(CURVES))), elements=values))
def test_each_column_is_interpolated_between_its_own_knots_and_constant_beyond(X: np.ndarray) -> None:
    columns = [np.interp(column, knots, heights) for column, (knots, heights) in zip(X.T, CURVES, strict=True)]
    expected = np.column_stack(columns)
    assert (np.isnan(TABLE.at(X)) == np.isnan(X)).all()
    assert TABLE.at(X)[~np.isnan(X)].tobytes() == expected[~np.isnan(X)].tobytes()


def test_some_columns_are_those_of_the_whole_table() -> None:
    X = RNG.normal(size=(2, 3, len(CURVES))).astype(np.float32)
    some = np.array([4, 1])
    assert TABLE.of_columns(some).at(X[..., some]).tobytes() == TABLE.at(X)[..., some].tobytes()
