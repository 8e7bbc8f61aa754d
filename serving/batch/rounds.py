"""Rounds that are begun on a page: the commands of the command line, each in a process of its own, with its log and what came of it in files.

Several workers, and those that come after a restart, read the same files; the command goes on when the worker ends that began it, and holds
the lock that it holds on the command line too.
"""

import fcntl
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Thread
from typing import Literal

from features.settings.folders import held, private_folder, write_whole
from serving.telemetry.logs import blotted

RoundKind = Literal["retrain", "promote", "rollback", "draft", "train", "serve"]
"""The first three change what serves; the others are of own data, which lie beside it."""
TELLS = {"GLENGARRY_PROGRESS": "1", "COLUMNS": "160"}
"""Has a command say its steps where nobody sees a terminal, and its tables as wide as a page."""
MAX_LOG = 20_000
"""Characters of a log that are shown, the last ones."""
MAX_ROUNDS = 20
"""Rounds whose files are kept."""
WATCH = """import pathlib, subprocess, sys
code = subprocess.call(sys.argv[2:], stdin=subprocess.DEVNULL)
place = pathlib.Path(sys.argv[1])
place.with_suffix(".part").write_text(str(code))
place.with_suffix(".part").replace(place)
"""
"""Waits for a command and writes its exit code, whoever else has ended by then."""


class RoundRunningError(RuntimeError):
    """A round is under way, and there is one at a time."""


@dataclass(frozen=True)
class BegunRound:
    """A round that was begun on a page: what, by whom, when (microseconds UTC), and the process that watches over it."""

    round_id: str
    kind: RoundKind
    by: str
    begun_at: int
    process: int
    version: str = ""
    reason: str = ""
    overrules: bool = False


@dataclass(frozen=True)
class RoundState:
    """How a round stands: its exit code, None while it runs or if it was killed, and what it has said."""

    begun: BegunRound
    code: int | None
    is_running: bool
    log: str


def command_of(
    kind: RoundKind, settings_file: Path, by: str, version: str = "", reason: str = "", *, overrules: bool = False
) -> list[str]:
    """Return the command of a round, as somebody would type it; no text in it is taken for an option.

    Examples
    --------
    >>> command_of("promote", Path("g.toml"), "--x", "3", "why", overrules=True)[3:]
    ['promote', '--settings=g.toml', '--by=--x', '--reason=why', '--overrule', '--', '3']
    """
    command = [sys.executable, "-m", "serving.cli", kind, f"--settings={settings_file}", f"--by={by}"]
    if kind != "retrain":
        command.append(f"--reason={reason}")
    if overrules:
        command.append("--overrule")
    return [*command, "--", version] if version else command


def begin(folder: Path, begun: BegunRound, command: Sequence[str], environment: Mapping[str, str]) -> BegunRound:
    """Begin a round, and return it with its process.

    Raises
    ------
    RoundRunningError
        If one is under way that was begun on a page; one of the command line is waited for by the round itself.
    """
    with held(private_folder(folder)):  # of two posts to two workers, one begins
        latest = latest_round(folder)
        if latest is not None and latest.is_running:
            raise RoundRunningError(
                f"There is one round at a time, got another by {latest.begun.by}: wait for its end."
            )
        log, code, lock = (folder / f"{begun.round_id}.{end}" for end in ("log", "code", "lock"))
        with log.open("wb") as said, lock.open("wb") as locked:
            fcntl.flock(locked, fcntl.LOCK_EX)  # the watcher has it from here on, and lets go of it when it ends
            process = subprocess.Popen(
                [sys.executable, "-c", WATCH, str(code), *command],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                env={**environment, **TELLS},
                pass_fds=(locked.fileno(),),
                start_new_session=True,  # it does not end with the worker
            )
        Thread(target=process.wait, daemon=True).start()  # or it stays in the table of processes after its end
        begun = BegunRound(**{**asdict(begun), "process": process.pid})
        write_whole(folder / f"{begun.round_id}.json", json.dumps(asdict(begun)))
    for old in sorted(folder.glob("*.json"))[:-MAX_ROUNDS]:
        for end in ("json", "log", "code", "lock"):
            old.with_suffix(f".{end}").unlink(missing_ok=True)
    return begun


def latest_round(folder: Path) -> RoundState | None:
    """Return how the round stands that was begun last; None if none ever was."""
    files = sorted(folder.glob("*.json"))
    if not files:
        return None
    begun = BegunRound(**json.loads(files[-1].read_text(encoding="utf-8")))
    place, log = files[-1].with_suffix(".code"), files[-1].with_suffix(".log")
    code = int(place.read_text()) if place.exists() else None
    said = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    return RoundState(
        begun, code, code is None and _is_locked(files[-1].with_suffix(".lock")), blotted(said)[-MAX_LOG:]
    )


def _is_locked(file: Path) -> bool:
    """Return whether somebody holds the lock of a file; the number of a process may be another's after a restart."""
    if not file.exists():
        return False
    with file.open("rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
