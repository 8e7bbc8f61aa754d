"""What figures, log lines and traces cost a request: the parts around it alone, as shares of the time that a score takes.

Run by `python -m bench.telemetry`. The app within answers at once; a worker's figures are kept as several workers keep them, in a folder.
"""

import asyncio
import logging
import os
from contextlib import redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from types import SimpleNamespace
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from features.records.checks import check_history
from features.records.clock import to_datetime
from features.simulation import WorldSettings, simulate, world_history, world_schema, write_world
from serving.champion.champion import Champion, Deployment
from serving.telemetry.figures import FOLDER_VARIABLE
from training.fitting.fit import fit_close_model
from training.samples.dataset import prepare
from training.settings import TrainingSettings

REQUESTS = 3_000
ROUNDS = 5


async def ready(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 - ASGI's signature
    """Answer as `/score` does, with stages and a score to count, and no work in them."""
    scope.setdefault("state", {})["route"] = "/score"
    telemetry = scope["app"].state.services.telemetry
    if telemetry is not None:
        for stage in ("read", "score"):
            with telemetry.stage(stage):
                pass
        telemetry.figures.count_scores([0.2])
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})


def seconds(app: ASGIApp, telemetry: Any) -> float:
    """Return the least time of a request."""
    host = SimpleNamespace(state=SimpleNamespace(telemetry=telemetry))

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        pass

    async def run() -> float:
        since = perf_counter()
        for _ in range(REQUESTS):
            scope = {"type": "http", "method": "POST", "path": "/score", "headers": [(b"host", b"x")] * 6, "app": host}
            await app(scope, receive, send)
        return (perf_counter() - since) / REQUESTS

    return min(asyncio.run(run()) for _ in range(ROUNDS))


def score_seconds() -> float:
    """Return the least time of scoring one lead with 20 events, reasons included."""
    with TemporaryDirectory() as folder:
        settings = WorldSettings(leads=2_000, seed=1)
        write_world(simulate(settings), Path(folder))
        source = world_history(Path(folder), settings)
        history = check_history(source, world_schema(settings), datetime.now(UTC), Path()).history
    training = TrainingSettings(undetermined="left_out")
    model = fit_close_model(prepare(history, training), training, history.known_until).model
    champion = Champion(model, Deployment(name="close", version="1"))
    now = to_datetime(history.known_until)
    kinds = list(model.schema.kinds)
    events = [{"kind": kinds[at % len(kinds)], "occurred_at": now - timedelta(days=at)} for at in range(20)]
    times = []
    for _ in range(300):
        since = perf_counter()
        champion.score([{"fields": {}, "events": events}], now)
        times.append(perf_counter() - since)
    return min(times)


def main() -> None:
    """Print what each part costs."""
    with TemporaryDirectory() as folder:
        os.environ[FOLDER_VARIABLE] = folder  # read when the library is imported
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

        from serving.telemetry.logs import configure
        from serving.telemetry.requests import Observed
        from serving.telemetry.telemetry import Telemetry

        provider = TracerProvider()
        provider.add_span_processor(BatchSpanProcessor(InMemorySpanExporter()))
        bare, counted = seconds(ready, None), Telemetry()
        access = logging.getLogger("glengarry.access")
        with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
            configure("json")
            access.setLevel(logging.ERROR)
            figures = seconds(Observed(ready), counted)
            access.setLevel(logging.INFO)
            lines = seconds(Observed(ready), counted)
            traces = seconds(Observed(ready), Telemetry(provider=provider))
    whole = score_seconds()
    for part, cost in (("figures and id", figures - bare), ("log line", lines - figures), ("traces", traces - lines)):
        print(f"{part:15} {1e6 * cost:6.1f} µs   {cost / whole:.1%} of scoring a lead ({1e3 * whole:.2f} ms)")


if __name__ == "__main__":
    main()
