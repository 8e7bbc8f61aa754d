"""How promises held: bands worked by hand, and the place of a probability among the open leads."""

from datetime import UTC, datetime

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.close.record import VersionRecord, bands, spread

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SHARES = st.floats(0, 1)


def test_bands_by_hand() -> None:
    low, high = bands((0.2,), np.array([0.1, 0.2, 0.5]), np.array([1.0, 0.0, 1.0]), np.array([1.0, 0.5, 0.5]))
    assert (low.leads, low.won, low.rate) == (1, 1, 1)
    assert (high.low, high.leads, high.won, high.rate) == (0.2, 1, 0.5, 0.5)  # the edge lies in the upper band
    assert high.expected == 0.5 * 0.2 + 0.5 * 0.5


@given(SHARES)
def test_every_probability_has_one_band(probability: float) -> None:
    record = VersionRecord(tested_since=NOW, bands=bands((0.1, 0.5), *np.zeros((3, 0))))
    found = record.band(probability)
    assert found is not None
    assert found.low <= probability <= found.high


@given(st.lists(SHARES, min_size=1, max_size=50), SHARES, SHARES)
def test_a_likelier_lead_never_ranks_lower(open_: list[float], first: float, second: float) -> None:
    record = VersionRecord(tested_since=NOW, bands=(), open=spread(np.array(open_)))
    low, high = (record.percentile(one) for one in sorted((first, second)))
    assert low is not None
    assert high is not None
    assert 0 <= low <= high <= 1


def test_as_likely_leads_count_half() -> None:
    assert VersionRecord(tested_since=NOW, bands=(), open=spread(np.full(7, 0.3))).percentile(0.3) == 0.5


def test_without_an_open_lead_there_is_no_rank() -> None:
    assert VersionRecord(tested_since=NOW, bands=(), open=spread(np.array([]))).percentile(0.3) is None
    assert VersionRecord(tested_since=NOW, bands=()).band(0.3) is None
