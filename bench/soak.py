"""Put half of its load on the service for a long time: `python -m bench.soak [--minutes M]`.

Half scores alone, half leads that are kept; a window after the other. Prints how memory and latency move by the hour, with 95 % intervals:
where an interval holds 0, nothing shows that they grow. The first tenth is left out, in which caches fill.
"""

import argparse
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
from scipy import stats

from bench._load import Answers, Load, run
from bench._service import home
from bench.harness.processes import Server
from bench.service import LEADS, OURS, lead_with_events, our_loads

WARM_UP = 0.1


def megabytes(server: Server) -> float:
    """Return what all workers hold that is theirs alone."""
    workers = psutil.Process(server.process.pid).children()
    return float(sum(worker.memory_full_info().uss for worker in workers) / 1e6)


def windows(server: Server, loads: list[Load], count: int) -> list[tuple[float, list[Answers]]]:
    """Put the loads on the service at the same time, window after window; return its memory and the answers of each."""
    found = []
    with ThreadPoolExecutor(len(loads)) as pool:
        for number in range(count):
            answers = list(pool.map(run, loads))
            found.append((megabytes(server), answers))
            print(f"window {number + 1} of {count}: {found[-1][0]:.0f} MB, p99 {answers[0].p99:.1f} ms", flush=True)
    return found


def slope(name: str, unit: str, hours: np.ndarray, values: np.ndarray) -> str:
    """Say how a figure moves by the hour."""
    line = stats.linregress(hours, values)
    half = line.stderr * stats.t.ppf(0.975, len(hours) - 2)
    return (
        f"{name:22}{values.mean():10.2f} {unit:3} on average, moves {line.slope:+9.2f} an hour "
        f"({line.slope - half:+.2f} to {line.slope + half:+.2f})"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--window", type=float, default=15.0, help="seconds")
    parser.add_argument("--leads", type=int, default=6_000, help="of the simulated company that the model learns from")
    given = parser.parse_args()
    count = max(int(given.minutes * 60 / given.window), 5)
    with tempfile.TemporaryDirectory() as folder:
        place = home(Path(folder) / "home", given.leads)
        with place.served() as server:
            every = our_loads(place, lead_with_events(place.champion))
            # Each takes a quarter of what it could have alone, so that both together are half.
            rates = {name: run(load).rate / 4 for name, load in every.items()}
            loads = [replace(every[name], rate=rates[name], seconds=given.window) for name in (OURS, LEADS)]
            found = windows(server, loads, count)
    kept = found[int(count * WARM_UP) :]
    hours = np.arange(len(kept)) * given.window / 3600
    print(f"{rates[OURS]:.0f} scores and {rates[LEADS]:.0f} leads a second for {count * given.window / 60:.0f} minutes")
    print(slope("memory", "MB", hours, np.array([memory for memory, _ in kept])))
    for place_, name in enumerate((OURS, LEADS)):
        for quantile in ("p50", "p99"):
            values = np.array([getattr(answers[place_], quantile) for _, answers in kept])
            print(slope(f"{name} {quantile}", "ms", hours, values))


if __name__ == "__main__":
    main()
