"""Notices: what happens in the service and goes out, each by a kind; the one vocabulary of webhooks, messages and CRMs."""

from collections.abc import Mapping
from typing import Literal, get_args

NoticeKind = Literal[
    "lead.scored",
    "lead.moved",
    "lead.route_changed",
    "lead.step_changed",
    "lead.call_due",
    "lead.waits",
    "source.judged",
    "intake.quiet",
    "version.promoted",
    "version.refused",
    "version.rolled_back",
    "refresh.failed",
    "inputs.drifted",
    "webhook.unread",
    "disk.low",
    "week.began",
    "delivery.off",
    "test",
]
NOTICE_KINDS: tuple[NoticeKind, ...] = get_args(NoticeKind)

MEANINGS: Mapping[NoticeKind, str] = {
    "lead.scored": "a lead was given a score",
    "lead.moved": "a score is another than the one before by at least `outbox.moved_by`",
    "lead.route_changed": "a lead goes elsewhere than before",
    "lead.step_changed": "a lead stands on another step of the ladder than before",
    "lead.call_due": "somebody promised a call, and its day has come",
    "lead.waits": "a lead goes to a rep, and nobody has spoken with it for a day",
    "source.judged": "the verdict on a source has become watch or alarm, or is no longer",
    "intake.quiet": "no lead has come from a source for longer than chance allows",
    "version.promoted": "a version of the model serves from now on",
    "version.refused": "a version was refused, by the gate or by the service that was to serve it",
    "version.rolled_back": "an earlier version serves again",
    "refresh.failed": "the champion could not be brought up to date with new outcomes",
    "inputs.drifted": "new leads are no longer as those that the champion learned from, or promises do not hold",
    "webhook.unread": "messages of a webhook break a rule of the settings, and are kept unread",
    "disk.low": "less than a tenth of the disk is free",
    "week.began": "a week has begun, and what the last one brought can be looked at",
    "delivery.off": "a receiver was switched off, because it took nothing for days or said that it is gone",
    "test": "somebody tries whether notices arrive",
}
"""What each kind says, in words."""

ALWAYS: frozenset[NoticeKind] = frozenset({"test"})
"""Kinds that every receiver is told, whatever it asks for."""
LEAD_KINDS = frozenset(kind for kind in NOTICE_KINDS if kind.startswith("lead."))
SCORE_KINDS: frozenset[NoticeKind] = frozenset({"lead.scored", "lead.moved", "lead.route_changed", "lead.step_changed"})
"""Those that follow from a new score."""
