"""A model that is trained and brought up to date again and again while a service serves it, and is killed at any moment of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from bench.harness.processes import environment
from models.registry import NoModelError, Registry, RegistryError
from serving.settings.settings import Settings

DONE = (0, 3)
"""Exit codes of a round that came to its end; 3 says that the gate refused the new model."""
LONGEST_ROUND = 3_600.0
"""Seconds after which a round that nobody kills hangs."""
FIRST_SECONDS = 30.0
"""Within which a round is killed as long as none took longer: of a machine where many work at once, a kill would only ever meet its imports."""
MAX_PAUSE = 2.0
"""Of the time that a round took: so long the next one waits at most, and the service has the processors for itself."""


@dataclass
class Retraining:
    """Rounds of retraining and refreshes, one after the other; every other one is killed with all that it has started.

    Attributes
    ----------
    amiss
        What ended otherwise than by its own end or by a kill, with its last words.
    """

    settings: Settings
    home: Path
    variables: dict[str, str]
    random: Random
    killed: int = 0
    ended: Counter[str] = field(default_factory=Counter)
    amiss: list[str] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)
    _seconds: float = FIRST_SECONDS

    def run(self) -> None:
        """Retrain until it is stopped."""
        number = 0
        while not self.stopped.is_set():
            number += 1
            kill_after = self.random.uniform(1, self._seconds) if number % 2 else LONGEST_ROUND
            start = time.monotonic()
            self._do(self._command(number), kill_after)
            taken = time.monotonic() - start
            self._seconds = max(self._seconds, taken)
            self.stopped.wait(self.random.uniform(0, MAX_PAUSE) * taken)

    def finish(self) -> None:
        """Do one more round, which nobody kills: whatever the kills left behind must not be in its way."""
        self.stopped.clear()
        self._do(self._retrain(0), LONGEST_ROUND)

    def _command(self, number: int) -> list[str]:
        return ["refresh", "--by", "a test"] if number % 3 == 0 else self._retrain(number)

    def _retrain(self, number: int) -> list[str]:
        """Return a round as of another day each time, as the same one again would find itself done."""
        return ["retrain", "--by", "a test", "--as-of", (datetime.now(UTC) - timedelta(days=number)).isoformat()]

    def _do(self, arguments: Sequence[str], kill_after: float) -> None:
        file = self.settings.folder / "glengarry.toml"
        command = [sys.executable, "-m", "serving.cli", *arguments, "--settings", str(file)]
        log = self.home / "retraining.log"
        with log.open("wb") as said:
            process = subprocess.Popen(
                command,
                cwd=self.home,
                env=environment(self.home) | self.variables,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            end = self._wait(process, kill_after)
        if end is None:
            self.killed += 1
            if kill_after >= LONGEST_ROUND and not self.stopped.is_set():
                self.amiss.append(f"{arguments[0]} has not ended after {LONGEST_ROUND:.0f} s")
        elif end in DONE:
            self.ended[arguments[0]] += 1
        else:
            words = log.read_text(encoding="utf-8", errors="replace")[-600:]
            self.amiss.append(f"{' '.join(arguments)} ended with {end}: {words}")

    def _wait(self, process: subprocess.Popen[bytes], kill_after: float) -> int | None:
        """Return how a process ended; None if it was killed, as its time was over or all is to stop."""
        for _ in range(int(kill_after * 5)):
            try:
                return process.wait(0.2)
            except subprocess.TimeoutExpired:
                if self.stopped.is_set():
                    break
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return None


@contextmanager
def retraining(rounds: Retraining) -> Iterator[None]:
    """Retrain meanwhile, and once more in the end, undisturbed."""
    thread = threading.Thread(target=rounds.run)
    thread.start()
    try:
        yield
    finally:
        rounds.stopped.set()
        thread.join()
    rounds.finish()


def broken_versions(registry: Registry) -> list[str]:
    """Return, in words, which registered versions cannot be loaded: what a kill left half-written is not to be among them."""
    amiss = []
    for version in registry.versions():
        try:
            registry.load(version.version)
        except (NoModelError, RegistryError, ValueError, OSError) as error:
            amiss.append(f"version {version.version} is registered and cannot be loaded: {error}")
    return amiss
