"""The reference sees what was on record, and no more; losses and their differences by hand."""

from dataclasses import replace

import numpy as np
import pytest
from pandas.testing import assert_frame_equal

from bench._figures import difference, losses
from bench._reference import plain_columns
from bench.worlds import World
from features.records.clock import DAY
from features.records.history import Moments
from training.samples.moments import moments_at_ages


def test_what_is_recorded_later_changes_nothing() -> None:
    history = World(21, leads=600).history()
    middle = history.leads.created_at[300] + DAY // 3
    moments = moments_at_ages(history, (0, 7, 30), int(middle))
    known = history.as_known_at(int(middle))
    assert len(history.events) > len(known.events)
    whole = plain_columns(history, moments)
    assert_frame_equal(whole.astype(float), plain_columns(known, moments).astype(float), check_categorical=False)


def test_events_are_counted_and_later_answers_replace_earlier_ones() -> None:
    history = World(2, leads=600).history()
    lead = int(history.events.lead[0])
    of = history.events.take(history.events.lead == lead)
    last = Moments(np.array([lead], np.int32), np.array([history.known_until]))
    columns = plain_columns(replace(history, events=of), last).iloc[0].astype(float)
    kinds = len(history.schema.kinds)
    counted = columns.iloc[-kinds - 2 : -2].sum()
    assert counted == np.sum(of.kind < kinds)
    assert columns.iloc[-2] == pytest.approx((history.known_until - of.recorded_at.max()) / DAY * 24)


def test_losses_and_their_differences_by_hand() -> None:
    np.testing.assert_allclose(losses(np.array([0.25]), np.array([1.0])), [np.log(4)])
    np.testing.assert_allclose(losses(np.array([0.5]), np.array([0.3])), [np.log(2)])
    # two leads of two moments each: means 1 and 3, so the mean is 2 and its standard error sqrt(2^2 + 2^2) / 4
    mean, error = difference(np.array([1.0, 1.0, 3.0, 3.0]), np.array([0, 0, 1, 1]))
    assert mean == 2.0
    assert error == pytest.approx(np.sqrt(8) / 4)
