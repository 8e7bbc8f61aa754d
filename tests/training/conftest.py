"""Models that several tests train are fitted once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fits import remembered


@pytest.fixture(scope="package", autouse=True)
def _each_model_is_fitted_once() -> Iterator[None]:
    with remembered():
        yield
