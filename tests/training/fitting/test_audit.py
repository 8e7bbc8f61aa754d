"""A training stops at what knows the outcome, until it is late or accepted by name and reason."""

from dataclasses import replace

import numpy as np
import pytest

from features.records.history import History
from features.settings.fields import LeadField
from tests.models.company import checked
from training.fitting.audit import LeakError, audit_tags, refuse_leaks, refuse_too_good
from training.settings import TrainingSettings

ACCEPTED = TrainingSettings(
    accepted_leaks={"contract": "Signed before the lead is entered.", "close_model": "So easy."}
)


def leaking() -> History:
    """Return a company whose leads have a field that only the won ones have."""
    history = checked().history
    field = LeadField(role="answer", obstacle="trust", type="number")
    contract = np.full(len(history.leads), np.nan)
    contract[history.outcomes.lead[history.outcomes.won]] = 1.0
    schema = history.schema.model_copy(update={"fields": {**history.schema.fields, "contract": field}})
    leads = replace(history.leads, fields={**history.leads.fields, "contract": contract})
    return replace(history, schema=type(schema)(**schema.model_dump()), leads=leads)


def test_an_honest_history_passes() -> None:
    assert refuse_leaks(checked().history, TrainingSettings()) == ()


def test_a_severe_finding_stops_with_field_evidence_and_remedy() -> None:
    with pytest.raises(
        LeakError,
        match=r"1 field knows it:\n  'contract' is severe: It is filled in for .* Give the field contract the role late",
    ):
        refuse_leaks(leaking(), TrainingSettings())


def test_an_accepted_leak_passes_and_the_registry_keeps_the_reason() -> None:
    findings = refuse_leaks(leaking(), ACCEPTED)
    tags = audit_tags(findings, ACCEPTED)
    assert tags["accepted_leak/contract"] == "Signed before the lead is entered."
    assert tags["audit/contract"].startswith("severe: It is filled in for ")


def test_a_model_too_good_to_be_true_stops_unless_accepted() -> None:
    refuse_too_good(0.95, TrainingSettings())
    refuse_too_good(np.nan, TrainingSettings())
    refuse_too_good(0.97, ACCEPTED)
    with pytest.raises(LeakError, match=r"must be at most 0\.95, got 0\.970.*close_model = "):
        refuse_too_good(0.97, TrainingSettings())


def test_an_acceptance_needs_a_reason() -> None:
    with pytest.raises(ValueError, match="at least 1 character"):
        TrainingSettings(accepted_leaks={"contract": ""})
