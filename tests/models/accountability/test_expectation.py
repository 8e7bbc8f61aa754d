"""What leads promise by their own answers: cross-fitted, whatever the times of an export are rounded to."""

from dataclasses import replace

import numpy as np
import pytest

from features.records.clock import DAY, HOUR, SECOND
from models.accountability.expectation import FOLDS, _folds, expected_by_answers
from models.accountability.record import record_at
from tests.models import company


@pytest.mark.parametrize("unit", [SECOND, 60 * SECOND, HOUR, DAY])
def test_times_that_are_rounded_leave_something_to_learn_from(unit: int) -> None:
    history = company.checked().history
    rounded = replace(history, leads=replace(history.leads, created_at=history.leads.created_at // unit * unit))
    record = record_at(rounded, history.known_until)
    promised = expected_by_answers(record)
    assert promised[record.matured].sum() == pytest.approx(record.won[record.matured].sum(), rel=0.15)
    assert promised.std() > 0.03


def test_folds_are_of_one_size_and_of_no_order() -> None:
    lead_id = np.array([f"L{number}" for number in range(4000)], np.object_)
    fold = _folds(lead_id)
    assert np.bincount(fold, minlength=FOLDS) == pytest.approx(np.full(FOLDS, 1000), rel=0.1)
    assert _folds(lead_id[::-1]).tolist() == fold[::-1].tolist()
