"""Measure the service beside servers that do less, in the same run: `python -m bench.service [--seconds S] [--rounds N]`.

One worker each, the same model, the same lead with 20 events. `POST /score`, whole and up to its reasons, stands beside a bare Starlette app
that parses, computes features, predicts and explains, and beside `mlflow models serve` of the same model without reasons. `POST /leads` stores
durably, scores and answers with reasons. Peers take turns within each round, and ratios are of the same round. Latencies are at half of
the rate of saturation.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil

from bench._load import Answers, Load, run
from bench._service import Home, home
from bench.harness.processes import environment, free_port
from serving.api.openapi import example_lead
from serving.champion.champion import Champion, UpTo
from serving.champion.finding import keep

PLAIN = Path(__file__).parent / "_peers" / "plain.py"
EVENTS = 20
OURS, REASONS, LEADS, BARE, MLFLOW = "POST /score", "up to reasons", "POST /leads", "bare app", "mlflow serve"
START_SECONDS = 300


def lead_with_events(champion: Champion) -> dict[str, Any]:
    """Return a lead with 20 events that left every third question open."""
    lead = example_lead(champion)
    as_of, kinds = datetime.fromisoformat(lead["as_of"]), list(champion.model.schema.kinds)
    fields = {name: value for place, (name, value) in enumerate(lead["fields"].items()) if place % 3}
    events = [
        {"kind": kinds[day % len(kinds)], "occurred_at": (as_of - timedelta(days=day + 1)).isoformat()}
        for day in range(EVENTS)
    ]
    created_at = (as_of - timedelta(days=30)).isoformat()
    return {"created_at": created_at, "as_of": as_of.isoformat(), "fields": fields, "events": events}


@contextmanager
def started(command: list[str], folder: Path, ready: Load) -> Iterator[None]:
    """Run a peer until it answers, and stop it in the end."""
    log = folder / f"{ready.port}.log"
    # MLflow looks for uvicorn on the path.
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, cwd=folder, env={**environment(folder), "PATH": path}, stdout=file, stderr=file
        )
    try:
        wait_for_answer(ready, process)
        yield
    finally:
        for child in (*psutil.Process(process.pid).children(recursive=True), process):
            child.terminate()
        process.wait()


def wait_for_answer(load: Load, process: subprocess.Popen[bytes]) -> float:
    """Return after how many seconds a server that has just been started answers with success."""
    start, url = time.monotonic(), f"http://127.0.0.1:{load.port}{load.path}"
    while time.monotonic() < start + START_SECONDS and process.poll() is None:
        try:
            if httpx.post(url, content=load.body, headers=load.headers, timeout=10).is_success:
                return time.monotonic() - start
        except httpx.TransportError:  # refused, or accepted by the parent's socket before a worker answers
            pass
        time.sleep(0.02)
    raise RuntimeError(f"A server must answer {url} within {START_SECONDS} s: see its log.")


def bare_peer(stack: ExitStack, place: Home, folder: Path, lead: dict[str, Any]) -> Load:
    """Start the bare app."""
    keep(place.champion, folder / "champion")
    load = Load(free_port(), "/score", {"content-type": "application/json"}, json.dumps(lead))
    command = [sys.executable, "-m", "bench._peers.bare", str(folder / "champion"), str(load.port)]
    stack.enter_context(started(command, folder, load))
    return load


def mlflow_peer(stack: ExitStack, place: Home, folder: Path, lead: dict[str, Any]) -> Load:
    """Start `mlflow models serve` of the same model, without reasons."""
    import mlflow

    texts = folder / "texts"
    texts.mkdir(parents=True)
    for name, text in place.champion.model.to_texts().items():
        (texts / name).write_text(text, encoding="utf-8")
    artifacts = {file.name: str(file) for file in texts.iterdir()}
    mlflow.pyfunc.save_model(folder / "plain", python_model=str(PLAIN), artifacts=artifacts, pip_requirements=[])
    row = (
        {name: lead[name] for name in ("created_at", "as_of")} | lead["fields"] | {"events": json.dumps(lead["events"])}
    )
    body = json.dumps({"dataframe_split": {"columns": list(row), "data": [list(row.values())]}})
    load = Load(free_port(), "/invocations", {"content-type": "application/json"}, body)
    serve = ["-m", str(folder / "plain"), "-p", str(load.port), "-w", "1", "--env-manager", "local"]
    stack.enter_context(started([sys.executable, "-m", "mlflow", "models", "serve", *serve], folder, load))
    return load


def our_loads(place: Home, lead: dict[str, Any]) -> dict[str, Load]:
    """Return the loads on the service: to be scored alone, and to be kept and scored."""
    port = place.settings.service.port
    kept = {name: lead[name] for name in ("created_at", "fields")}
    return {
        OURS: Load(port, "/score", place.headers, json.dumps(lead)),
        REASONS: Load(port, f"/score?up_to={UpTo.REASONS}", place.headers, json.dumps(lead)),
        LEADS: Load(port, "/leads", place.headers, json.dumps(kept), connections=16),
    }


def report(rates: dict[str, list[float]], halves: dict[str, Answers]) -> None:
    """Print what was measured."""
    print(f"\n{'':16}{'a second':>10}{'whole':>20}{'up to reasons':>20}{'half: p50':>12}{'p99':>8}{'worst':>8}  (ms)")
    for name, each in rates.items():
        half = halves[name]
        print(
            f"{name:16}{statistics.median(each):10,.0f}{_times(rates[OURS], each):>20}{_times(rates[REASONS], each):>20}"
            f"{half.p50:12.2f}{half.p99:8.2f}{half.worst:8.1f}"
        )
    print(
        "'whole' and 'up to reasons': how many times as much POST /score answers; the rounds' lowest and highest beside it."
    )


def _times(ours: list[float], theirs: list[float]) -> str:
    ratios = [our / their for our, their in zip(ours, theirs, strict=True)]
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"


def memory(process: int) -> str:
    """Return what the workers of a server hold, in megabytes that are theirs alone."""
    workers = psutil.Process(process).children()
    return ", ".join(f"{worker.memory_full_info().uss / 1e6:,.0f} MB" for worker in workers)


def measure(place: Home, folder: Path, given: argparse.Namespace) -> None:
    """Start everything, and take turns."""
    lead = lead_with_events(place.champion)
    loads = our_loads(place, lead)
    with ExitStack() as stack:
        server = stack.enter_context(place.served())
        loads[BARE] = bare_peer(stack, place, folder / "bare", lead)
        loads[MLFLOW] = mlflow_peer(stack, place, folder / "mlflow", lead)
        loads = {name: replace(load, seconds=given.seconds) for name, load in loads.items()}
        for load in loads.values():
            run(replace(load, seconds=1.0))
        rates: dict[str, list[float]] = {name: [] for name in loads}
        for _ in range(given.rounds):
            for name, load in loads.items():
                rates[name].append(run(load).rate)
        halves = {name: run(replace(load, rate=statistics.median(rates[name]) / 2)) for name, load in loads.items()}
        report(rates, halves)
        print(f"memory of the worker: {memory(server.process.pid)}")


def first_score(place: Home) -> float:
    """Return the seconds from `glengarry serve` to the first score."""
    command = [
        sys.executable,
        "-m",
        "serving.cli",
        "serve",
        "--settings",
        str(place.settings.folder / "glengarry.toml"),
    ]
    folder = place.settings.folder
    load = our_loads(place, lead_with_events(place.champion))[OURS]
    with (folder / "start.log").open("wb") as file:
        process = subprocess.Popen(command, cwd=folder, env=environment(folder), stdout=file, stderr=file)
    try:
        return wait_for_answer(load, process)
    finally:
        process.terminate()
        process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=6_000, help="of the simulated company that the model learns from")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5.0, help="of load on each peer in each round")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = home(Path(folder) / "home", given.leads)
        model = place.champion.model
        print(f"{model.blend.rounds} trees, {len(model.features)} features; {EVENTS} events a lead", flush=True)
        starts = [first_score(place) for _ in range(3)]
        print(f"start to first score: {', '.join(f'{seconds:.1f} s' for seconds in starts)}", flush=True)
        measure(place, Path(folder), given)


if __name__ == "__main__":
    main()
