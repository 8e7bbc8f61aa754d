"""Whose turn it is to work for a CRM: of one process at a time, on whichever machine, so that no lead is written or made twice."""

import logging
from collections.abc import Callable

from serving.store.crm_records import end_turn, take_turn
from serving.store.engine import StoreError
from serving.store.store import Store

log = logging.getLogger("glengarry")

LONGEST = 600_000_000
"""Microseconds for which a process works for a CRM before another may, unless it says anew that it does: longer than any one call lasts."""


class TurnError(ValueError):
    """Another process works for a CRM, or this one is to stop."""


class CrmTurn:
    """The turn of one process.

    Parameters
    ----------
    clock
        Microseconds UTC.
    holder
        By what others know this process.
    has_ended
        Tells of a process that has the turn whether it is known to have ended.
    is_to_stop
        Whether this process is to stop.
    """

    def __init__(
        self,
        store: Store,
        crm: str,
        clock: Callable[[], int],
        holder: str,
        has_ended: Callable[[str], bool],
        is_to_stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self.store, self.crm, self.clock, self.holder = store, crm, clock, holder
        self._has_ended, self._is_to_stop = has_ended, is_to_stop
        self._until = 0

    def take(self) -> None:
        """Take the turn, or keep it: before each step of the work.

        Raises
        ------
        TurnError
            If it is another's, or the work is to stop.
        StoreError
            If the store cannot be reached.
        """
        if self._is_to_stop():
            raise TurnError(f"The work for crm {self.crm!r} is to stop, and goes on at the next start.")
        now = self.clock()
        if now < self._until - LONGEST // 2:
            return
        with self.store.writing(now) as transaction:
            is_mine = take_turn(transaction, self.crm, self.holder, now, now + LONGEST, self._has_ended)
        self._until = now + LONGEST if is_mine else 0
        if not is_mine:
            raise TurnError(
                f"One process at a time may work for crm {self.crm!r}, and another does just now: try again in a moment."
            )

    def end(self) -> None:
        """Let others work; a turn that cannot be ended for now ends by itself."""
        if not self._until:
            return
        self._until = 0
        try:
            with self.store.writing(self.clock()) as transaction:
                end_turn(transaction, self.crm, self.holder)
        except StoreError as error:
            log.info("the turn of crm %s ends by itself: %s", self.crm, error)
