"""Who is told what happens: how far each receiver is, what waits for it, and what happened lately."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from models.close.reasons.sentences import capitalized, counted
from serving.pages.queue import lead_path
from serving.pages.words import ago, minute
from serving.schemas.notices import MEANINGS
from serving.store.backlog import Backlog
from serving.store.deliveries import DeliveryState, Notice

OUTBOX = "/pages/outbox"
MAX_RECENT = 100
"""Notices that are shown, the latest."""


@dataclass(frozen=True)
class ReceiverRow:
    """A receiver in words; `trouble` is empty of one that takes what it is told."""

    name: str
    state: str
    is_on: bool
    sent: str
    last: str
    waiting: str
    given_up: str
    trouble: str


@dataclass(frozen=True)
class NoticeRow:
    """Something that happened; the path is empty where it is of no lead."""

    when: str
    kind: str
    words: str
    lead_id: str
    path: str


@dataclass(frozen=True)
class OutboxPage:
    """Everything that the page says.

    Attributes
    ----------
    done
        What was just done; empty if nothing was.
    """

    receivers: tuple[ReceiverRow, ...]
    notices: tuple[NoticeRow, ...]
    done: str


def outbox_page(
    receivers: Sequence[tuple[DeliveryState, Backlog]],
    notices: Sequence[Notice],
    zone: ZoneInfo,
    now: int,
    done: str = "",
) -> OutboxPage:
    """Return the page; `now` is in microseconds UTC."""
    return OutboxPage(
        tuple(_receiver(state, behind, zone, now) for state, behind in receivers),
        tuple(_notice(notice, zone) for notice in notices),
        done,
    )


def _receiver(state: DeliveryState, behind: Backlog, zone: ZoneInfo, now: int) -> ReceiverRow:
    said = "on"
    if state.off_at is not None:
        said = f"switched off {ago(state.off_at, now)}"
    elif state.failing_since is not None:
        said = f"takes nothing since {ago(state.failing_since, now)}"
    waiting = f"{behind.waiting:,}"
    if behind.oldest is not None:
        waiting += f", the oldest {ago(behind.oldest, now)}"
    return ReceiverRow(
        state.name,
        said,
        state.off_at is None,
        f"{state.sent:,}",
        "never" if state.sent_at is None else minute(state.sent_at, zone),
        waiting,
        counted(behind.given_up, "notice", "notices") if behind.given_up else "",
        state.trouble or "",
    )


def _notice(notice: Notice, zone: ZoneInfo) -> NoticeRow:
    path = "" if notice.lead_id is None else lead_path(notice.lead_id)
    words = capitalized(MEANINGS[notice.kind].replace("`", ""))
    return NoticeRow(minute(notice.at, zone), notice.kind, words, notice.lead_id or "", path)
