"""What leads wrote, in an export and in a store beside it: known when it was written, and to the letter."""

import numpy as np
import pytest

from features.records.clock import DAY
from features.records.history import Events, History, Leads
from features.records.union import unite
from features.settings.fields import LeadField
from features.settings.schema import LeadSchema
from tests.features.strategies import START, outcomes_of, texts

SCHEMA = LeadSchema(fields={"wish": LeadField(role="answer", type="text", obstacle="need")})


def told(at: int, wish: str | None) -> History:
    count = np.nan if wish is None else float(len(wish.split()))
    leads = Leads(texts(["L1"]), np.array([at]), {"wish": np.array([count])}, {}, texts={"wish": texts([wish])})
    return History(SCHEMA, leads, Events.none(), outcomes_of([]), START + 90 * DAY)


@pytest.mark.parametrize(
    ("early", "late", "first", "answers"),
    [
        ("a tender", "no tender", "a tender", [(2.0, "no tender")]),  # as many words, and another text
        ("a tender", "a tender", "a tender", []),
        (None, "a tender", None, [(2.0, "a tender")]),  # not known before it was written
        ("a tender", None, "a tender", []),
    ],
)
@pytest.mark.parametrize("is_export_first", [True, False])
def test_a_text_is_known_from_when_it_was_written(
    is_export_first: bool, early: str | None, late: str | None, first: str | None, answers: list[tuple[float, str]]
) -> None:
    two = [told(START, early), told(START + 5 * DAY, late)]
    history = unite(*(two if is_export_first else two[::-1])).history
    assert history.leads.texts["wish"].tolist() == [first]
    assert history.leads.fields["wish"].tolist() == pytest.approx([np.nan if first is None else 2.0], nan_ok=True)
    written = [] if history.events.text is None else history.events.text.tolist()
    assert list(zip(history.events.value.tolist(), written, strict=False)) == answers
    assert history.events.recorded_at.tolist() == [START + 5 * DAY] * len(answers)
