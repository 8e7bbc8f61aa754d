"""Load on a server, from a process of its own: `python -m bench._load`, told what to do in JSON on its standard input.

An asyncio client over connections that stay open; one core of it makes several thousand small requests a second, so what it measures is
the server as long as that gives less. Without a rate each connection sends its next request as soon as it is answered (saturation);
with one, requests are due at even times, and a latency counts from when its request was due, so that waiting for a connection counts.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

SILENCE = "no answer"
"""The status of a request whose connection ended before it was answered: whether it was carried out is not known."""


@dataclass(frozen=True)
class Load:
    """What to send where, for how long.

    Attributes
    ----------
    rate
        Requests a second; None for as many as are answered.
    """

    port: int
    path: str
    headers: dict[str, str]
    body: str
    connections: int = 8
    seconds: float = 5.0
    rate: float | None = None

    def request(self) -> bytes:
        """Return the request as it goes over the wire."""
        body = self.body.encode()
        headers = {"host": f"127.0.0.1:{self.port}", **self.headers, "content-length": str(len(body))}
        lines = [f"POST {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@dataclass(frozen=True)
class Answers:
    """What came back: answers a second, latencies in milliseconds, and how many there were of each status."""

    rate: float
    p50: float
    p99: float
    worst: float
    statuses: dict[str, int]

    @property
    def good(self) -> bool:
        """Whether every request was answered with success."""
        return all(status.startswith("2") for status in self.statuses)


def run(load: Load) -> Answers:
    """Put load on a server from another process, and return what came back.

    Raises
    ------
    RuntimeError
        If a request was not answered with success: figures of refusals say nothing.
    """
    answers = endure(load)
    if not answers.good:
        raise RuntimeError(
            f"Every request must be answered with success, got {answers.statuses}: see the server's log."
        )
    return answers


def endure(load: Load) -> Answers:
    """Put load on a server from another process, and return what came back, refusals and silence too."""
    command = [sys.executable, "-m", "bench._load"]
    done = subprocess.run(command, input=json.dumps(asdict(load)), capture_output=True, text=True, check=True)
    return Answers(**json.loads(done.stdout))


class _Connection(asyncio.Protocol):
    """One connection: sends a request at a time, and resolves with its status when it is answered to the end."""

    def __init__(self) -> None:
        self.answer: asyncio.Future[str] | None = None
        self.buffer = b""
        self.missing = -1

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def send(self, request: bytes) -> "asyncio.Future[str]":
        self.answer = asyncio.get_running_loop().create_future()
        self.buffer, self.missing = b"", -1
        self.transport.write(request)
        return self.answer

    def data_received(self, chunk: bytes) -> None:
        self.buffer += chunk
        if self.missing < 0:
            head, found, rest = self.buffer.partition(b"\r\n\r\n")
            if not found:
                return
            self.status = head[9:12].decode()
            self.missing = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
            self.buffer = rest
        if len(self.buffer) >= self.missing and self.answer is not None and not self.answer.done():
            self.answer.set_result(self.status)

    def connection_lost(self, error: Exception | None) -> None:
        if self.answer is not None and not self.answer.done():
            self.answer.set_exception(error or ConnectionResetError("the server closed the connection"))


class _Client:
    """Connections, and what they have met."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.request = load.request()
        self.milliseconds: list[float] = []
        self.statuses: Counter[str] = Counter()

    async def run(self) -> Answers:
        self.idle: asyncio.Queue[_Connection] = asyncio.Queue()
        for _ in range(self.load.connections):
            self.idle.put_nowait(await self._connect())
        start = time.perf_counter()
        await (self._saturate(start) if self.load.rate is None else self._paced(start, self.load.rate))
        taken = time.perf_counter() - start
        while not self.idle.empty():
            self.idle.get_nowait().transport.close()
        p50, p99, worst = np.percentile(self.milliseconds, [50, 99, 100])
        return Answers(len(self.milliseconds) / taken, p50, p99, worst, dict(self.statuses))

    async def _connect(self) -> _Connection:
        """Open a connection, for as long as a server takes that starts."""
        for _ in range(600):
            try:
                made = await asyncio.get_running_loop().create_connection(_Connection, "127.0.0.1", self.load.port)
                return made[1]
            except OSError:
                await asyncio.sleep(0.1)
        raise ConnectionError(f"A server must listen on port {self.load.port} within a minute: see its log.")

    async def _saturate(self, start: float) -> None:
        async def again_and_again() -> None:
            while time.perf_counter() < start + self.load.seconds:
                await self._one(time.perf_counter())

        await asyncio.gather(*(again_and_again() for _ in range(self.load.connections)))

    async def _paced(self, start: float, rate: float) -> None:
        tasks = []
        for number in range(int(rate * self.load.seconds)):
            due = start + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            tasks.append(asyncio.create_task(self._one(due)))
        await asyncio.gather(*tasks)

    async def _one(self, due: float) -> None:
        connection = await self.idle.get()
        try:
            self.statuses[await connection.send(self.request)] += 1
        except OSError:
            self.statuses[SILENCE] += 1
            connection = await self._connect()
        self.milliseconds.append((time.perf_counter() - due) * 1e3)
        self.idle.put_nowait(connection)


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(_Client(Load(**json.loads(sys.stdin.read()))).run()))))
