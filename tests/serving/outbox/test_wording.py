"""Each kind of notice is said in words, with the page of the docs that helps, and nothing in it acts in a chat."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.outbox.wording import HELP, MAX_LINES, Addressee, harmless, message_of
from serving.schemas.notices import LEAD_KINDS, NOTICE_KINDS, NoticeKind
from serving.settings.messages import USUAL_KINDS
from serving.store.deliveries import Notice
from serving.store.records import LeadStanding

DOCS = Path(__file__).parents[3] / "docs"
READER = Addressee(ZoneInfo("UTC"))
TIME = "2026-03-02T09:00:00+00:00"
STANDING = {"probability": 0.31, "route": "rep", "step": "prospect", "due_at": TIME, "created_at": TIME}
CONTENTS: dict[NoticeKind, dict[str, Any]] = {
    **{kind: {"before": {**STANDING, "probability": 0.12, "route": None}, "after": STANDING} for kind in LEAD_KINDS},
    "source.judged": {
        "before": {"source": "source: fair", "verdict": None},
        "after": {"source": "source: fair", "verdict": "alarm"},
    },
    "intake.quiet": {"after": {"source": "web", "since": TIME, "expected": 9.4}},
    "version.promoted": {
        "before": {"version": "6"},
        "after": {"version": "7", "by": "Ann", "reason": "better", "failed_checks": []},
    },
    "version.refused": {"after": {"version": "7", "by": "the service", "why": "it does not load"}},
    "version.rolled_back": {"after": {"version": "6", "by": "Ann", "reason": ""}},
    "refresh.failed": {"after": {"why": "no table"}},
    "inputs.drifted": {"before": {"off": []}, "after": {"off": ["budget"]}},
    "webhook.unread": {"after": {"webhook": "hubspot", "messages": 1200}},
    "disk.low": {"before": {"free": 0.12}, "after": {"free": 0.0912}},
    "delivery.off": {"after": {"delivery": "crm", "is_on": False, "why": "it answered 410"}},
    "week.began": {"after": {"week": "2026-W10"}},
    "test": {},
}


def notice(kind: NoticeKind, place: int = 1) -> Notice:
    return Notice(place, f"ntc_{place}", kind, f"L{place}" if kind in LEAD_KINDS else None, CONTENTS[kind])


@pytest.mark.parametrize("kind", NOTICE_KINDS)
@pytest.mark.parametrize("is_rep", [False, True])
def test_every_kind_is_said(kind: NoticeKind, is_rep: bool) -> None:
    for count in (1, 2):
        message = message_of([notice(kind, place) for place in range(count)], {}, Addressee(ZoneInfo("UTC"), is_rep))
        assert message.title == message.title.strip().capitalize()[:1] + message.title[1:]
        assert "None" not in message.text
    assert ("of your leads" in message.title) == (is_rep and kind in LEAD_KINDS)


def test_more_than_can_be_read_is_counted() -> None:
    message = message_of([notice("lead.moved", place) for place in range(MAX_LINES + 12)], {}, READER)
    assert message.title == "The score of 32 leads has moved"
    assert message.text.endswith("- and 12 more")


@pytest.mark.parametrize("kind", USUAL_KINDS["operator"])
def test_operator_is_led_to_a_page_of_the_docs_that_is_there(kind: NoticeKind) -> None:
    page, _, heading = HELP[kind][1].partition("#")
    headings = re.findall(r"^#+ (.*)$", (DOCS / page).read_text(encoding="utf-8"), re.MULTILINE)
    assert not heading or heading in {line.lower().replace(" ", "-") for line in headings}
    assert f"docs/{HELP[kind][1]}" in message_of([notice(kind)], {}, READER).text


@given(st.text(max_size=500))
def test_nothing_of_a_value_acts_in_a_chat(value: str) -> None:
    said = harmless(value)
    assert not set(said) & set("<>[]@`*|\n\r")
    assert "://" not in said
    assert len(said) <= 300


def test_of_several_notices_about_one_thing_the_last_is_told_in_whatever_order_they_come() -> None:
    def judged(place: int, before: str | None, after: str | None) -> Notice:
        content = {
            "before": {"source": "source: fair", "verdict": before},
            "after": {"source": "source: fair", "verdict": after},
        }
        return Notice(place, f"ntc_{place}", "source.judged", None, content)

    told = message_of([judged(2, "alarm", None), judged(1, None, "alarm")], {}, READER).text

    assert "source: fair: neither watch nor alarm, before alarm" in told
    assert told.count("source: fair") == 1


def test_what_a_score_is_now_is_what_it_is_when_the_message_is_written() -> None:
    standing = LeadStanding(lead_id="L1", probability=0.27)
    assert "L1: 12 %, now 27 %" in message_of([notice("lead.moved")], {"L1": standing}, READER).text
    assert "L1: 12 %, now 31 %" in message_of([notice("lead.moved")], {}, READER).text


def test_disk_and_webhook_are_said_in_figures() -> None:
    assert "9 % of it is free" in message_of([notice("disk.low")], {}, READER).text
    assert "hubspot: 1,200 in the last day" in message_of([notice("webhook.unread")], {}, READER).text
