"""Writing notices of what is decided outside of the store: of sources, versions, refreshes and inputs."""

import logging
from collections.abc import Callable, Sequence
from contextlib import closing

from serving.store.engine import StoreError
from serving.store.notices import NewNotice
from serving.store.store import Store

log = logging.getLogger("glengarry")

Announce = Callable[[Sequence[NewNotice]], None]
"""Writes notices, or leaves them out where nobody wants them."""


def nobody(notices: Sequence[NewNotice]) -> None:
    """Tell nobody."""


def announcer(find: Callable[[], Store], clock: Callable[[], float]) -> Announce:
    """Return what writes notices into the store that is found; where it cannot be reached, the log says that nobody was told.

    Parameters
    ----------
    clock
        Seconds since 1970.
    """

    def announce(notices: Sequence[NewNotice]) -> None:
        if not notices:
            return
        try:
            with closing(find()) as store, store.writing(round(clock() * 1e6)) as transaction:
                transaction.announce(notices)
        except (StoreError, ValueError) as error:  # or its settings cannot be used just now: what was decided stands
            log.warning("nobody is told (%s), as the store cannot be reached: %s", notices[0].kind, error)

    return announce
