"""What a receiver of notices is: its name, what it wants to hear of, and how it is told.

A new kind of receiver is a class with these three, and a line in `serving.runtime.delivery_loop`. Which notices it has taken, what waits, when it is
asked again and when it is switched off is none of its business: `serving.outbox.courier` and `serving.store.deliveries` see to that.
"""

from collections.abc import Sequence
from typing import Protocol

from serving.schemas.notices import NoticeKind
from serving.store.deliveries import Notice, Results


class Delivery(Protocol):
    """A receiver of notices.

    Attributes
    ----------
    name
        By which the store knows how far it is, for good: another name is another receiver, who is told from then on.
    """

    @property
    def name(self) -> str:
        """By what the store knows it."""

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
