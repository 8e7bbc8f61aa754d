"""What came and was not understood: values that were set aside by name, and messages of webhooks as they came."""

from collections.abc import Sequence
from dataclasses import dataclass

from features.settings.schema import LeadSchema
from models.close.reasons.sentences import counted
from serving.pages.words import minute
from serving.store.aside import AsideCount
from serving.store.leftovers import TRAPPED, Leftover

UNREAD = "/pages/unread"
NO_RULE = "No rule of the settings fits it."


@dataclass(frozen=True)
class AsideLine:
    """Values of one name that were set aside by one rule; `remedy` is empty where today's settings would read them."""

    name: str
    count: str
    rule: str
    example: str
    latest: str
    known: bool


@dataclass(frozen=True)
class MessageLine:
    """One message that was not understood; with the id of one that can be taken as a lead by itself."""

    leftover_id: str
    webhook: str
    why: str
    message: str
    times: str
    latest: str


@dataclass(frozen=True)
class UnreadPage:
    """Everything that the page says; `replayed` says what came of reading messages again, empty if nobody asked."""

    aside: tuple[AsideLine, ...]
    messages: tuple[MessageLine, ...]
    webhooks: tuple[str, ...]
    replayed: str


def unread_page(
    aside: Sequence[AsideCount], messages: Sequence[Leftover], schema: LeadSchema, replayed: str
) -> UnreadPage:
    """Return the page of what was not understood."""
    return UnreadPage(
        aside=tuple(_aside(one, schema) for one in aside),
        messages=tuple(map(_message, messages)),
        webhooks=tuple(sorted({one.webhook for one in messages} - {TRAPPED})),
        replayed=replayed,
    )


def _aside(one: AsideCount, schema: LeadSchema) -> AsideLine:
    return AsideLine(
        one.name,
        counted(one.count, "value", "values"),
        one.rule,
        one.example[:200],
        minute(one.latest_at),
        one.name in schema.fields,
    )


def _message(one: Leftover) -> MessageLine:
    times = "" if one.times == 1 else f"{one.times:,} times, the last "
    leftover_id = one.leftover_id if one.webhook == TRAPPED else ""
    return MessageLine(leftover_id, one.webhook, one.why or NO_RULE, one.message[:2_000], times, minute(one.stored_at))
