"""What write-back and pull ask of a CRM, whichever it is."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from serving.crm.lead_values import LeadValues

Fate = Literal["written", "unknown", "merged", "refused"]
"""What became of one record: `unknown` is one that the CRM does not have, `merged` one that is part of another."""


@dataclass(frozen=True)
class RemoteRecord:
    """A record of a CRM: its kind and id."""

    kind: str
    remote_id: str


@dataclass(frozen=True)
class Writing:
    """What is to be written to a record."""

    remote: RemoteRecord
    values: LeadValues


@dataclass(frozen=True)
class Written:
    """What became of one record, and why; of a merged one, `into` is the other's id."""

    fate: Fate
    why: str = ""
    into: str = ""


WRITTEN = Written("written")


@dataclass(frozen=True)
class ChangedPage:
    """Records that were changed or deleted, as messages that the rules of webhooks read.

    Attributes
    ----------
    until
        Up to when everything was told with this page (microseconds UTC).
    place
        What the CRM is asked with the next time, where a time is not enough.
    """

    messages: Sequence[Mapping[str, Any]]
    until: int
    place: str = ""


class Target(Protocol):
    """A CRM, or a table, that is told scores."""

    most: int
    """Records in one request, at most."""

    def candidates(self, lead_id: str) -> Sequence[RemoteRecord]:
        """Return the records that a lead's id may be the id of, in the order in which they are tried."""

    def missing(self) -> Sequence[str]:
        """Return the properties that would be made first."""

    def prepare(self) -> Sequence[str]:
        """Make the properties that are not there yet, and return them."""

    def write(self, writings: Sequence[Writing]) -> Sequence[Written]:
        """Write, and return what became of each."""

    def close(self) -> None:
        """Close all connections."""


class Crm(Target, Protocol):
    """A CRM, which also finds records, makes them, and tells which were changed."""

    def find(self, mails: Sequence[str]) -> Mapping[str, RemoteRecord]:
        """Return by mail address, in small letters, the record that has it."""

    def create(self, contents: Sequence[Mapping[str, Any]]) -> Sequence[RemoteRecord | Written]:
        """Make records, and return each or what became of it."""

    def changed(self, kind: str, since: datetime, paths: Iterable[str]) -> Iterator[ChangedPage]:
        """Yield the records that were changed since a time, the earliest first, with what stands at these paths of their messages."""

    def deleted(self, kind: str, since: datetime, place: str, now: datetime) -> Iterator[ChangedPage]:
        """Yield the records that were deleted since a time, or since a place that the last page gave.

        Nothing where `changed` tells that, or where it is too soon to ask again.
        """
