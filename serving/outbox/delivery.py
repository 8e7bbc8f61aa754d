"""What a receiver of notices is: its name, what it wants to hear of, and how it is told.

A new kind of receiver is a class with these, and a line in `serving.runtime.delivery_loop`. Which notices it has taken, what waits, when it is
asked again and when it is switched off is none of its business: `serving.outbox.courier` and `serving.store.deliveries` see to that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from serving.schemas.notices import NoticeKind
from serving.store.deliveries import Notice, Results


@dataclass(frozen=True)
class Rhythm:
    """How often and how much a receiver is told.

    Attributes
    ----------
    seconds
        Between two looks into the outbox: a CRM shows a score that soon after the form was sent.
    most
        Notices of a batch: so many at most are sent again after a process was killed.
    probes
        Notices with which a receiver is tried that took nothing the last time.
    """

    seconds: float = 0.25
    most: int = 64
    probes: int = 3


class Delivery(Protocol):
    """A receiver of notices.

    Attributes
    ----------
    name
        By which the store knows how far it is, for good: another name is another receiver, who is told from then on.
    rhythm
        How often and how much it is told.
    """

    @property
    def name(self) -> str:
        """By what the store knows it."""

    @property
    def rhythm(self) -> Rhythm:
        """How often and how much it is told."""

    @property
    def kinds(self) -> frozenset[NoticeKind]:
        """What it wants to hear of."""

    def send(self, batch: Sequence[Notice], until: float) -> Results:
        """Tell the receiver, and return for each notice that was tried whether it was taken.

        It ends by a time (seconds since 1970), as another process may tell the receiver from then on: what may last longer is not begun.
        Notices of a lead come the earliest first. After one that was not taken, later ones of the same lead must not be sent, and are left out of the results; so may
        be whatever there was no time for: it comes again. The same notice may come twice (`notice_id` is then the same), never out of order a lead.
        It raises nothing for what a receiver may do.
        """
