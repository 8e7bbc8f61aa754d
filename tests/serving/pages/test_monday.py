"""The week as it is sent: what the pages say too, of a week alone, with pictures, and nothing in it that acts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from features.records.clock import DAY, to_microseconds
from features.settings.schema import LeadSchema
from models.accountability.accounts import SourceAccounts
from models.accountability.losses import LossShares
from models.accountability.settings import AccountabilitySettings
from serving.outbox.apprise_post import ApprisePost
from serving.outbox.wording import OutboxMessage
from serving.pages import monday
from serving.pages.monday import PICTURE, MondayPage, WeekRecords, monday_message, monday_page
from serving.pages.promises import by_month
from serving.store.first_scores import Promises
from serving.store.records import Feedback, Listed, NewLead, StoredScore
from serving.store.store import Store, open_store
from tests.serving.outbox.receivers import mailbox
from tests.serving.pages.test_lead import a_score

NOW = to_microseconds(datetime(2026, 3, 9, 6, tzinfo=UTC))  # a Monday
SCHEMA = LeadSchema(horizon_days=90)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A week in which one lead moved, one was objected to, and one was spoken with by nobody."""
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('week') / 'store.db'}")
    for lead_id in ("moved", "objected <b>", "waits", "old move"):
        store.add_leads([NewLead(lead_id, {}, NOW - 30 * DAY)], NOW - 30 * DAY)
    for lead_id, route in (("moved", "nurture"), ("old move", "nurture"), ("waits", "rep")):
        score(store, lead_id, 20, 0.10 if route == "nurture" else 0.30, route)
    as_of = score(store, "objected <b>", 20, 0.50)
    score(store, "old move", 10, 0.40)
    object_to(store, 8, as_of, "long ago")
    score(store, "moved", 2, 0.40)
    object_to(store, 1, as_of, "they have @no budget")
    return store


def score(store: Store, lead_id: str, days: int, probability: float, route: str = "nurture") -> int:
    with store.writing(NOW - days * DAY) as transaction:
        as_of = transaction.tick()
        said = (
            a_score(0)
            .model_copy(update={"lead_id": lead_id, "probability": probability})
            .model_dump_json(by_alias=True)
        )
        listed = Listed(route=route, owner="R7", source="web")
        transaction.add_scores([StoredScore(lead_id, as_of, "close", "7", probability, [], [], said, listed)])
    return as_of


def object_to(store: Store, days: int, as_of: int, comment: str) -> None:
    with store.writing(NOW - days * DAY) as transaction:
        transaction.add_feedback(Feedback("objected <b>", as_of, False, None, comment, "k", "too high"))


@pytest.fixture(scope="module")
def page(store: Store) -> MondayPage:
    with store.reading() as connection:
        return monday_page(WeekRecords(connection, SCHEMA, NOW), None)


def promises() -> Promises:
    ago = np.full(100, 120 * DAY, np.int64)
    return Promises(np.full(100, 0.3), ago, np.arange(100) < 20, 0)


def test_week_says_what_happened_in_it_alone(page: MondayPage) -> None:
    moved, overruled, sources, waiting = page.parts
    assert page.week == "2 March 2026 to 8 March 2026"
    assert [(one.name, one.words[:25]) for one in moved.lines] == [("moved", "up 30.0 points, to 40.0 %")]
    assert [(one.name, one.words) for one in overruled.lines] == [
        ("objected <b>", "50.0 % too high, says k: “they have @no budget”")
    ]
    assert (sources.lines, sources.empty) == ((), "Nothing can be said of sources.")
    assert [(one.name, one.words) for one in waiting.lines] == [("waits", "30 %, came in 30 days ago, of R7")]
    assert page.figures[0].value == "4"


def test_what_is_not_named_is_counted_however_much_it_is(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    names = [f"L{at}" for at in range(65)]
    store.add_leads([NewLead(name, {}, NOW - 30 * DAY) for name in names], NOW - 30 * DAY)
    moments = {name: score(store, name, 20, 0.50) for name in names}
    with store.writing(NOW - DAY) as transaction:
        for name, as_of in moments.items():
            transaction.add_feedback(Feedback(name, as_of, False, None, "", "k", "too high"))
    with store.reading() as connection:
        overruled = monday_page(WeekRecords(connection, SCHEMA, NOW), None).parts[1]
    assert (len(overruled.lines), overruled.more) == (10, 55)


def test_a_report_in_which_all_sources_are_well_says_so(store: Store) -> None:
    report = SourceAccounts(NOW, AccountabilitySettings(), (), LossShares((), 30), {})
    with store.reading() as connection:
        shown = monday_page(WeekRecords(connection, SCHEMA, NOW), report)
    assert shown.parts[2].empty == "No source is in watch or alarm."


def test_mail_has_the_picture_and_leads_to_the_pages(page: MondayPage) -> None:
    chart = by_month(promises(), NOW, SCHEMA)
    message = monday_message(replace(page, months=chart), "https://leads.example.com/")
    with mailbox() as box:
        assert ApprisePost(box.address, "ANN").send(message, 30) is None

    parts = {part.get_content_type(): part for part in box.mails[0].walk()}
    html = parts["text/html"].get_content()
    assert f'<img src="cid:{PICTURE}"' in html
    assert "30.0 promised, 20 won, of 100 leads" in html
    assert 'href="https://leads.example.com/pages/leads/waits"' in html
    assert "objected &lt;b&gt;" in html
    assert "<script" not in html
    assert parts["image/png"].get_content().startswith(b"\x89PNG")


def test_text_says_the_same_and_nothing_in_it_acts(page: MondayPage) -> None:
    text = monday_message(page, "").text
    assert "What waits too long:\n- waits: 30 %, came in 30 days ago, of R7" in text
    assert "Nothing can be said of sources." in text
    assert "@" not in text
    assert "<" not in text


def test_without_what_draws_the_numbers_stand_alone(page: MondayPage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monday, "can_draw", lambda: False)
    message: OutboxMessage = monday_message(replace(page, months=by_month(promises(), NOW, SCHEMA)), "")
    assert message.pictures == {}
    assert "<img" not in message.html
    assert "30.0 promised, 20 won, of 100 leads" in message.html
