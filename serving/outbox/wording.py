"""Notices in plain words: what happened to how many, a line each, and where it is written what helps."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from models.close.reasons.sentences import capitalized, counted, percent
from serving.schemas.notices import LEAD_KINDS, NoticeKind
from serving.store.deliveries import Notice
from serving.store.records import LeadStanding

MAX_LINES = 20
"""Lines of one kind that are written; of the others it is said how many they are."""
MAX_VALUE = 300
"""Characters of a value that are written."""
HARMLESS = str.maketrans({"<": "(", ">": ")", "[": "(", "]": ")", "@": " at ", "`": "'", "|": "/", "*": ""})
"""By what signs are replaced that a chat would read as a mention, a link or a format."""
HELP: Mapping[NoticeKind, tuple[str, str]] = {
    "source.judged": (
        "Look at what was promised, what came, and since when, before anything is stopped.",
        "explanation/accountability.md",
    ),
    "intake.quiet": (
        "Send a lead by its form, and look at the CRM's webhooks.",
        "how-to/operate.md#figures-for-prometheus",
    ),
    "version.promoted": ("`glengarry rollback` lets the one before serve again.", "explanation/promotion.md"),
    "version.refused": (
        "The one before goes on serving; `glengarry models` says what failed.",
        "explanation/promotion.md",
    ),
    "version.rolled_back": ("`glengarry refresh` gives it the outcomes since.", "explanation/promotion.md"),
    "refresh.failed": (
        "The champion goes on serving, and it is tried again in an hour; `glengarry refresh` says more.",
        "how-to/operate.md#outcomes-are-followed-by-themselves",
    ),
    "inputs.drifted": (
        "A reason to look and perhaps to retrain, not a verdict.",
        "how-to/operate.md#figures-for-prometheus",
    ),
    "webhook.unread": (
        "Mend the rule, then have them read again on /pages/unread: the latest 1,000 are kept, for 30 days.",
        "how-to/crm.md",
    ),
    "disk.low": ("Make room: a full disk refuses records.", "how-to/operate.md#figures-for-prometheus"),
    "delivery.off": (
        "Mend it, then `glengarry outbox replay NAME`; nothing is lost meanwhile.",
        "how-to/outbox.md#what-is-promised",
    ),
}
"""By kind what helps, and the page of the docs that says more."""


@dataclass(frozen=True)
class OutboxMessage:
    """What somebody is sent.

    Attributes
    ----------
    html
        The same for ways that show pages; empty where the text is all there is.
    pictures
        PNG files by the names under which the page shows them.
    """

    title: str
    text: str
    html: str = ""
    pictures: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Addressee:
    """For whom something is written.

    Attributes
    ----------
    is_rep
        Whether the leads are all theirs.
    link
        Returns where a lead is looked at; an empty text where that is not known.
    """

    zone: ZoneInfo
    is_rep: bool = False
    link: Callable[[str], str] = lambda _: ""


def subject_of(notice: Notice) -> str:
    """Return what a notice is of: a lead, or what else it names.

    Examples
    --------
    >>> (
    ...     subject_of(Notice(1, "n", "lead.moved", "L1", {})),
    ...     subject_of(Notice(1, "n", "intake.quiet", None, {"after": {"source": "web"}})),
    ... )
    ('L1', 'intake.quiet web')
    """
    if notice.lead_id is not None:
        return notice.lead_id
    told = _after(notice)
    return " ".join(
        [notice.kind, *(str(told[name]) for name in ("source", "version", "delivery", "webhook") if name in told)]
    )


def message_of(notices: Sequence[Notice], standings: Mapping[str, LeadStanding], reader: Addressee) -> OutboxMessage:
    """Return what is sent of some notices; of several of one kind about one thing, the last is told."""
    kinds: dict[NoticeKind, dict[str, Notice]] = {}
    for notice in sorted(notices, key=lambda notice: notice.at):  # one that is tried again may come after a later one
        kinds.setdefault(notice.kind, {})[subject_of(notice)] = notice
    parts = [
        _part(kind, list(some.values()), standings, reader)
        for kind, some in sorted(kinds.items(), key=lambda one: _ORDER.index(one[0]))
    ]
    first, *others = (heading for heading, _ in parts)
    title = f"{first}, and {counted(len(others), 'thing', 'things')} more" if others else first
    return OutboxMessage(title, "\n\n".join("\n".join([f"{heading}.", *lines]) for heading, lines in parts))


def harmless(value: object) -> str:
    r"""Return a value as it may stand in any message: in one line, not too long, and nothing that a chat would act upon.

    Examples
    --------
    >>> harmless("a <b>\n@everyone http://x.example")
    'a (b) at everyone http: //x.example'
    """
    text = " ".join("".join(letter if letter.isprintable() else " " for letter in str(value)).split())
    return " ".join(text.translate(HARMLESS).replace("://", ": //").split())[:MAX_VALUE]


def _part(
    kind: NoticeKind, notices: Sequence[Notice], standings: Mapping[str, LeadStanding], reader: Addressee
) -> tuple[str, list[str]]:
    heading = capitalized(_heading(kind, len(notices), is_rep=reader.is_rep))
    shown = [_line(one, standings.get(one.lead_id or ""), reader) for one in notices[:MAX_LINES]]
    lines = [f"- {line}" for line in shown if line]
    if len(notices) > MAX_LINES:
        lines.append(f"- and {len(notices) - MAX_LINES:,} more")
    if kind in HELP:
        what, page = HELP[kind]
        lines.append(f"What helps: {what} See docs/{page}.")
    return heading, lines


def _heading(kind: NoticeKind, count: int, *, is_rep: bool) -> str:
    one = count == 1
    leads = ("one of your leads" if one else f"{count:,} of your leads") if is_rep else counted(count, "lead", "leads")
    sources = counted(count, "source", "sources")
    headings: dict[NoticeKind, str] = {
        "lead.scored": f"{leads} {'has' if one else 'have'} a new score",
        "lead.moved": f"the score of {leads} has moved",
        "lead.route_changed": f"{leads} {'goes' if one else 'go'} elsewhere than before",
        "lead.step_changed": f"{leads} {'stands' if one else 'stand'} on another step than before",
        "lead.call_due": f"{leads} {'was' if one else 'were'} promised a call that is due",
        "lead.waits": f"{leads} {'waits' if one else 'wait'} for a first word",
        "source.judged": f"the verdict on {sources} has changed",
        "intake.quiet": f"no lead comes from {sources}",
        "version.promoted": "another version of the model serves",
        "version.refused": "a version of the model was refused",
        "version.rolled_back": "an earlier version of the model serves again",
        "refresh.failed": "new outcomes could not be taken in",
        "inputs.drifted": "leads or promises are no longer as they were",
        "webhook.unread": f"messages of {counted(count, 'webhook', 'webhooks')} are not understood",
        "disk.low": "the disk is almost full",
        "week.began": "a week has begun",
        "delivery.off": f"{counted(count, 'receiver is', 'receivers are')} switched off",
        "test": "Glengarry tries whether this arrives",
    }
    return headings[kind]


def _line(notice: Notice, standing: LeadStanding | None, reader: Addressee) -> str:
    told = _after(notice)
    if notice.kind in LEAD_KINDS:
        return _lead_line(notice, told, standing, reader)
    match notice.kind:
        case "source.judged":
            was = _before(notice).get("verdict") or "neither"
            return f"{harmless(told.get('source'))}: {told.get('verdict') or 'neither watch nor alarm'}, before {was}"
        case "intake.quiet":
            expected = f"about {told['expected']:,.0f} were to be expected"
            return f"{harmless(told.get('source'))}: none since {_moment(told['since'], reader.zone)}, {expected}"
        case "version.promoted" | "version.refused" | "version.rolled_back":
            why = told.get("why") or told.get("reason") or ", ".join(told.get("failed_checks", ()))
            by = f", by {harmless(told['by'])}" if told.get("by") else ""
            return f"version {harmless(told.get('version'))}{by}{f': {harmless(why)}' if why else ''}"
        case "refresh.failed":
            return harmless(str(told.get("why", ""))[-MAX_VALUE:])
        case "inputs.drifted":
            return harmless(", ".join(told.get("off", ())))
        case "webhook.unread":
            return f"{harmless(told.get('webhook'))}: {told['messages']:,} in the last day"
        case "disk.low":
            return f"{percent(told['free'])} of it is free"
        case "delivery.off":
            return f"{harmless(told.get('delivery'))}: {harmless(told.get('why'))}"
        case _:
            return ""


def _lead_line(notice: Notice, told: Mapping[str, Any], standing: LeadStanding | None, reader: Addressee) -> str:
    probability = told.get("probability") if standing is None else standing.probability
    parts = [] if probability is None else [percent(probability)]
    before = _before(notice)
    match notice.kind:
        case "lead.moved":
            now = told["probability"] if probability is None else probability
            parts = [f"{percent(before['probability'])}, now {percent(now)}"]
        case "lead.route_changed":
            parts.append(f"before {before.get('route') or 'nowhere'}, now {told.get('route') or 'nowhere'}")
        case "lead.step_changed":
            parts.append(f"before {before.get('step') or 'no step'}, now {told.get('step') or 'no step'}")
        case "lead.call_due":
            parts.append(f"due {_moment(told['due_at'], reader.zone)}")
        case "lead.waits":
            parts.append(f"came in {_moment(told['created_at'], reader.zone)}")
        case _:
            pass
    owner = None if standing is None or reader.is_rep else standing.owner
    parts += [f"of {harmless(owner)}"] if owner else []
    link = reader.link(notice.lead_id or "")
    return f"{harmless(notice.lead_id)}: {', '.join(parts)}{f' {link}' if link else ''}"


def _moment(said: str, zone: ZoneInfo) -> str:
    at = datetime.fromisoformat(said).astimezone(zone)
    return f"{at.day} {at:%B, %H:%M}"


def _after(notice: Notice) -> Mapping[str, Any]:
    return notice.content.get("after") or {}


def _before(notice: Notice) -> Mapping[str, Any]:
    return notice.content.get("before") or {}


_ORDER: tuple[NoticeKind, ...] = (
    "disk.low",
    "delivery.off",
    "webhook.unread",
    "refresh.failed",
    "version.refused",
    "version.rolled_back",
    "version.promoted",
    "intake.quiet",
    "source.judged",
    "inputs.drifted",
    "lead.call_due",
    "lead.waits",
    "lead.route_changed",
    "lead.step_changed",
    "lead.moved",
    "lead.scored",
    "week.began",
    "test",
)
"""What is told first."""
