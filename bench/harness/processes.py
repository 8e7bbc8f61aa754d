"""Real servers for tests: each in a process of its own, started, waited for and stopped."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from serving.runtime.server import CODE

SECONDS = 900
"""After which a process that is waited for hangs: a start takes seconds, and minutes where many others work on the machine."""
COMPILED = Path(tempfile.gettempdir()) / "glengarry-tests-compiled"
"""Where processes share compiled code: without it each would spend seconds on the same imports."""


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


@dataclass
class Server:
    """A running service."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path


def environment(home: Path) -> dict[str, str]:
    """The environment of a process that is not to touch ours."""
    cache = {"PYTHONPYCACHEPREFIX": str(COMPILED), "PYTHONDONTWRITEBYTECODE": ""}
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("BENTOML", "GLENGARRY", "PROMETHEUS"))
    }
    return {**kept, **cache, "HOME": str(home), "PYTHONPATH": str(CODE), "OMP_NUM_THREADS": "1"}


@contextmanager
def running(command: list[str], port: int, home: Path, variables: dict[str, str] | None = None) -> Iterator[Server]:
    """Run a server until it is ready, and stop it in the end; it is never killed, as its workers would outlive it."""
    log = home / f"{port}.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, cwd=home, env=environment(home) | (variables or {}), stdout=file, stderr=subprocess.STDOUT
        )
    server = Server(f"http://127.0.0.1:{port}", process, log)
    try:
        wait_until(lambda: is_ready(server), server)
        yield server
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(SECONDS)


def wait_until(happened: Callable[[], bool], server: Server, every: float = 0.05) -> None:
    """Wait for something while the server runs; fail with its log if it ends, or if it takes too long."""
    end = time.monotonic() + SECONDS
    while not happened():
        assert server.process.poll() is None, server.log.read_text()
        assert time.monotonic() < end, server.log.read_text()
        time.sleep(every)


def is_ready(server: Server) -> bool:
    """Ask whether a server is ready, by what costs little: it is asked twenty times a second, and a client of TLS would read certificates each time."""
    try:
        with closing(HTTPConnection(urlsplit(server.url).netloc, timeout=1)) as connection:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
    except (OSError, HTTPException):  # refused, or accepted by the parent's socket before a worker answers
        return False
