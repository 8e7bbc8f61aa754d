"""Refreshing by itself: every so many hours a process beside the workers does what `glengarry refresh` does, if outcomes have come in.

It is a process of its own, so that the watch goes on asking for new champions meanwhile, and what it takes of memory is given back. What
fails leaves the champion as it was, is logged and told in the figures, and is tried again.
"""

import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from serving.champion.cache import ModelCache, Refreshed
from serving.store.announcing import Announce, nobody
from serving.store.notices import NewNotice
from serving.telemetry.logs import blotted

log = logging.getLogger("glengarry")

HOUR = 3600.0
RETRY_SECONDS = HOUR
"""Seconds after which a refresh that failed is tried again, if it is not due before."""
LONGEST_SAID = 2_000
"""So many characters of what it said are kept, the last ones."""


def refresh_command(settings_file: Path) -> list[str]:
    """Return the command that refreshes if there is something new."""
    command = [sys.executable, "-m", "serving.cli", "refresh", "--if-new", "--by", "the service"]
    return [*command, "--settings", str(settings_file)]


class Refreshing:
    """Starts a refresh when one is due, and notes what came of it.

    Parameters
    ----------
    hours
        Between two of them; 0 for none.
    clock
        Seconds since 1970.
    announce
        Tells whoever wants to hear of a refresh that failed.
    """

    def __init__(
        self,
        copies: ModelCache,
        hours: float,
        command: list[str],
        clock: Callable[[], float],
        announce: Announce = nobody,
    ) -> None:
        self._announce = announce
        self.copies, self.seconds = copies, hours * HOUR
        self.command, self.clock = command, clock
        self._process: subprocess.Popen[bytes] | None = None
        self._said: IO[str]

    def look(self) -> None:
        """Start a refresh if it is time, or see whether one has ended."""
        if self._process is not None:
            if self._process.poll() is not None:
                self._ended(self._process.returncode)
                self._process = None
        elif self.seconds and self._is_due():
            self._note(tried_at=self.clock(), is_under_way=True)
            self._start()

    def end(self) -> None:
        """Stop what runs: the champion changes in one step at its end, or not at all."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._said.close()

    def _start(self) -> None:
        # No pipe: one that nobody reads until the end would hold up whoever says much.
        self._said = TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115 - closed when it ends
        self._process = subprocess.Popen(
            self.command, stdin=subprocess.DEVNULL, stdout=self._said, stderr=subprocess.STDOUT
        )

    def _is_due(self) -> bool:
        last = self.copies.refreshed()
        # A service that starts for the first time has a model of today, or is told to refresh by somebody.
        if last is None:
            self.copies.note_refresh(Refreshed(tried_at=self.clock(), done_at=self.clock()))
            return False
        # One whose end nobody has seen may have failed; if it did not, there is nothing new for another to do.
        is_sound = not last.trouble and not last.is_under_way
        wait = self.seconds if is_sound else min(self.seconds, RETRY_SECONDS)
        return self.clock() >= last.tried_at + wait

    def _ended(self, code: int) -> None:
        with self._said as file:
            file.seek(0)
            said = blotted(" ".join(file.read().split()))[-LONGEST_SAID:]
        if code == 0:
            log.info("refresh: %s", said)
            self._note(done_at=self.clock(), trouble="", is_under_way=False)
        else:
            log.error("the champion is not refreshed, and goes on serving as it is: %s", said)
            why = said or f"it ended with code {code}"
            self._announce([NewNotice("refresh.failed", {"after": {"why": why}})])
            self._note(trouble=why, is_under_way=False)

    def _note(self, **changed: float | str | bool) -> None:
        last = self.copies.refreshed() or Refreshed(tried_at=self.clock(), done_at=self.clock())
        self.copies.note_refresh(last.model_copy(update=changed))
