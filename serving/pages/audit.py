"""The audit trail in words: calls that were refused entry, forms that were trapped, leads that were erased, keys and imports."""

from collections.abc import Sequence
from dataclasses import dataclass

from serving.pages.words import minute
from serving.store.reading import AuditEntry

AUDIT = "/pages/audit"
MOST = 100
"""Entries on a page."""


@dataclass(frozen=True)
class AuditRow:
    """An entry as people read it."""

    when: str
    action: str
    who: str
    subject: str
    detail: str


@dataclass(frozen=True)
class AuditPage:
    """A page of the audit trail, the latest first; `next` is empty on the last one."""

    entries: tuple[AuditRow, ...]
    next: str


def audit_page(entries: Sequence[AuditEntry]) -> AuditPage:
    """Return a page of the audit trail."""
    following = f"{AUDIT}?before={entries[-1].at}" if len(entries) == MOST else ""
    return AuditPage(tuple(map(entry, entries)), following)


def entry(one: AuditEntry) -> AuditRow:
    """Return an entry in words; whose key was revoked and forgotten is told by the key's id."""
    return AuditRow(minute(one.at), one.action, one.key_name or one.key_id or "", one.subject, one.detail)
