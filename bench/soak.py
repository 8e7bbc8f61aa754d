"""Put half of its load on the service for a long time: `python -m bench.soak [--minutes M]`.

Half scores alone, half leads that are kept; a window after the other. Prints how memory, handles, threads and latency move by the hour, with
95 % intervals: where an interval holds 0, nothing shows that they grow. The first tenth is left out, in which caches fill. Every request
has to be answered with success, every lead that was acknowledged has to be there in the end with its score, none twice, and the log
must hold no traceback. Ends with code 1 if anything is not so.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import psutil
import sqlalchemy as sa
from scipy import stats

from bench._load import SILENCE, Answers, Load, endure
from bench._service import Home, home
from bench.harness.processes import Server
from bench.service import LEADS, OURS, lead_with_events, our_loads
from serving.store.store import open_store
from serving.store.tables import LEADS as LEADS_TABLE
from serving.store.tables import SCORES

WARM_UP = 0.1
WARM_UP_SECONDS = 15.0
"""Of load before it is measured what half of it is: the first calls of a process take far longer."""
MIN_WINDOWS = 5
CREATED = "201"


@dataclass(frozen=True)
class Window:
    """What the service's processes held after a window, and what was answered in it; `hours` is when it ended."""

    hours: float
    memory: float
    handles: int
    threads: int
    answers: list[Answers]


def look(server: Server, answers: list[Answers], hours: float) -> Window:
    """Return what the workers hold that is theirs alone (MB), and the handles and threads of all processes."""
    parent = psutil.Process(server.process.pid)
    workers = parent.children(recursive=True)
    memory = sum(worker.memory_full_info().uss for worker in workers) / 1e6
    every = [parent, *workers]
    return Window(hours, memory, sum(one.num_fds() for one in every), sum(one.num_threads() for one in every), answers)


def processor_seconds(server: Server) -> float:
    """Return what the processes of a server have used of processors since they began."""
    parent = psutil.Process(server.process.pid)
    times = [one.cpu_times() for one in (parent, *parent.children(recursive=True))]
    return float(sum(one.user + one.system for one in times))


def windows(server: Server, loads: list[Load], minutes: float) -> list[Window]:
    """Put the loads on the service at the same time, window after window, for so many minutes; return what each showed."""
    seen: list[Window] = []
    start = time.monotonic()
    with ThreadPoolExecutor(len(loads)) as pool:
        while time.monotonic() < start + minutes * 60 or len(seen) < MIN_WINDOWS:
            answers = list(pool.map(endure, loads))
            seen.append(look(server, answers, (time.monotonic() - start) / 3600))
            last = seen[-1]
            print(
                f"{last.hours * 60:.1f} of {minutes:g} minutes: {last.memory:.0f} MB, {last.handles} handles, "
                f"{last.threads} threads, p99 {answers[0].p99:.1f} ms",
                flush=True,
            )
    return seen


def slope(name: str, unit: str, hours: np.ndarray, values: np.ndarray) -> str:
    """Say how a figure moves by the hour."""
    if np.ptp(values) == 0:
        return f"{name:22}{values[0]:10.2f} {unit:3} throughout"
    line = stats.linregress(hours, values)
    half = line.stderr * stats.t.ppf(0.975, len(hours) - 2)
    return (
        f"{name:22}{values.mean():10.2f} {unit:3} on average, moves {line.slope:+9.2f} an hour "
        f"({line.slope - half:+.2f} to {line.slope + half:+.2f})"
    )


def report(seen: list[Window]) -> None:
    """Print how everything that was seen moves by the hour."""
    after = seen[int(len(seen) * WARM_UP) :]
    hours = np.array([one.hours for one in after])
    for name, unit, values in (
        ("memory", "MB", [one.memory for one in after]),
        ("handles", "", [one.handles for one in after]),
        ("threads", "", [one.threads for one in after]),
    ):
        print(slope(name, unit, hours, np.array(values, dtype=float)))
    for place, name in enumerate((OURS, LEADS)):
        for quantile in ("p50", "p99"):
            values = [getattr(one.answers[place], quantile) for one in after]
            print(slope(f"{name} {quantile}", "ms", hours, np.array(values)))


def missing(place: Home, leads: Counter[str]) -> list[str]:
    """Return, in words, what is not in the store as it was answered: each lead once, with a score."""
    with closing(open_store(place.settings.store_url, place.settings.folder)) as store, store.reading() as connection:
        stored = connection.execute(sa.select(sa.func.count()).select_from(LEADS_TABLE)).scalar_one()
        scored = connection.execute(sa.select(sa.func.count(sa.distinct(SCORES.c.lead_id)))).scalar_one()
    told, unknown = leads[CREATED], leads[SILENCE]
    print(f"{told:,} leads acknowledged, {stored:,} stored, {scored:,} with a score")
    amiss = [] if told <= stored <= told + unknown else [f"{told} leads were acknowledged, {stored} are stored"]
    return amiss + ([] if scored == stored else [f"{stored} leads are stored, {scored} with a score"])


def soak(place: Home, given: argparse.Namespace) -> list[str]:
    """Put load on a service, and return what was amiss."""
    with place.served() as server:
        every = our_loads(place, lead_with_events(place.champion))
        warm = [endure(replace(every[name], seconds=WARM_UP_SECONDS)) for name in (OURS, LEADS)]
        alone = {name: endure(every[name]) for name in (OURS, LEADS)}
        # Each takes a quarter of what it could have alone, so that both together are half.
        rates = {name: answers.rate / 4 for name, answers in alone.items()}
        loads = [replace(every[name], rate=rates[name], seconds=given.window) for name in (OURS, LEADS)]
        used, start = processor_seconds(server), time.monotonic()
        seen = windows(server, loads, given.minutes)
        share = (processor_seconds(server) - used) / (time.monotonic() - start)
    print(
        f"{rates[OURS]:.0f} scores and {rates[LEADS]:.0f} leads a second for {seen[-1].hours * 60:.0f} minutes, "
        f"by {share:.2f} of a processor"
    )
    report(seen)
    scores, leads = (
        Counter(alone[name].statuses) + Counter(first.statuses) for name, first in zip(alone, warm, strict=True)
    )
    for window in seen:
        scores += Counter(window.answers[0].statuses)
        leads += Counter(window.answers[1].statuses)
    print(f"statuses: {OURS} {dict(scores)}, {LEADS} {dict(leads)}")
    refused = [f"{n} times {status}" for status, n in (scores + leads).items() if not status.startswith("2")]
    tracebacks = server.log.read_text(encoding="utf-8", errors="replace").count("Traceback")
    return [*refused, *missing(place, leads), *([f"{tracebacks} tracebacks in the log"] if tracebacks else [])]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--window", type=float, default=15.0, help="seconds")
    parser.add_argument("--leads", type=int, default=6_000, help="of the simulated company that the model learns from")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        amiss = soak(home(Path(folder) / "home", given.leads), given)
    print(f"amiss: {len(amiss)}", *amiss, sep="\n  ")
    sys.exit(bool(amiss))


if __name__ == "__main__":
    main()
