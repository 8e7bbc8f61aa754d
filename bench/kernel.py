"""Measure the feature kernel beside the same features in DuckDB and in pandas: `python bench/kernel.py [--small]`.

Every peer starts from its own tables in memory, keeps the books of channels too, and must end with the same numbers.
Costs are the lowest of several runs. Then a history five times as large, and one moment of one lead alone.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from features.matrix.matrix import Matrix, catalogue, feature_matrix
from features.matrix.target_sums import fit_target_statistics
from features.records.clock import DAY
from features.records.history import Events, Floats, History, Leads, Moments, Outcomes
from features.settings.fields import EventKind, LeadField
from features.settings.schema import LeadSchema

SCHEMA = LeadSchema(
    fields={
        "source": LeadField(role="channel"),
        "budget": LeadField(role="answer", obstacle="money", values=("none", "small", "large"), ordered=True),
        "seats": LeadField(role="answer", obstacle="need", type="number"),
    },
    kinds={name: EventKind(obstacle="desire") for name in ("call", "mail", "visit", "meeting", "offer")},
)
START, DAYS = 17_000 * DAY, 900


class Size(NamedTuple):
    """How large a history is, and how many moments of it are scored."""

    leads: int
    events: int
    moments: int


def synthetic(size: Size, seed: int = 0) -> tuple[History, Moments]:
    """Return leads over 900 days with events in the 120 days after in no order, and moments lead by lead."""
    random = np.random.default_rng(seed)
    created_at = START + random.integers(0, DAYS * DAY, size.leads)
    budget = random.choice([0.0, 1.0, 2.0, np.nan], size.leads)
    source = random.choice(np.array(["web", "fair", "partner", "phone"], np.object_), size.leads)
    ids = np.arange(size.leads).astype(np.object_)
    leads = Leads(ids, created_at, {"budget": budget, "seats": random.normal(size=size.leads)}, {"source": source})
    scored = np.sort(random.integers(0, size.leads, size.moments, np.int32))
    moments = Moments(scored, created_at[scored] + random.integers(0, 60 * DAY, size.moments))
    events, outcomes = _events(random, created_at, size.events), _outcomes(random, created_at)
    return History(SCHEMA, leads, events, outcomes, START + (DAYS + 100) * DAY), moments


def _events(random: np.random.Generator, created_at: np.ndarray[tuple[int], np.dtype[np.int64]], n: int) -> Events:
    lead = random.integers(0, len(created_at), n, np.int32)
    kind = random.integers(0, len(SCHEMA.event_codes), n, np.int16)
    occurred_at = created_at[lead] + random.integers(0, 120 * DAY, n)
    value = random.integers(0, 3, n).astype(np.float64)
    actor = random.integers(-1, 3, n, np.int8)
    return Events(lead, kind, occurred_at, occurred_at + random.integers(0, DAY, n), value, actor)


def _outcomes(random: np.random.Generator, created_at: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Outcomes:
    """Return an outcome of every second lead."""
    lead = random.permutation(len(created_at))[::2].astype(np.int32)
    closed_at = created_at[lead] + random.integers(0, 120 * DAY, len(lead))
    return Outcomes(lead, closed_at, closed_at, random.random(len(lead)) < 0.3, np.full(len(lead), np.nan))


def kernel(history: History, moments: Moments, threads: int) -> Matrix:
    """Compute all features, the books of channels included."""
    return feature_matrix(history, moments, fit_target_statistics(history), threads)


class Cost(NamedTuple):
    """Seconds by the clock and seconds of processor; the second hardly depends on what else the machine does."""

    clock: float
    processor: float

    def __str__(self) -> str:
        return f"{self.clock:6.2f} s, of processor {self.processor:6.2f} s"


def cheapest(run: Callable[[], object], runs: int) -> Cost:
    """Return the lowest costs of several runs."""
    costs = []
    for _ in range(runs):
        start = Cost(time.perf_counter(), time.process_time())
        run()
        costs.append((time.perf_counter() - start.clock, time.process_time() - start.processor))
    return Cost(*(min(column) for column in zip(*costs, strict=True)))


def compare(size: Size, runs: int) -> None:
    """Print the cost of each peer, and check that all agree."""
    from bench.kernel_peers import Tables, duckdb_by_asof_joins, duckdb_by_range_join, pandas_by_merge_asof

    history, moments = synthetic(size)
    tables, expected = Tables(history, moments), kernel(history, moments, 1)
    print(f"{size.leads:,} leads, {size.events:,} events, {size.moments:,} moments, {expected.shape[1]} features")
    for threads in (1, 2):
        ours = cheapest(partial(kernel, history, moments, threads), runs)
        show("kernel", threads, ours, ours)
        database = tables.load(threads)
        for peer in (duckdb_by_range_join, duckdb_by_asof_joins):
            show(peer.__name__, threads, cheapest(partial(peer, database, tables), runs), ours)
            result = database.execute("SELECT * EXCLUDE (row) FROM result ORDER BY row").fetchnumpy()
            agree(
                np.column_stack([np.ma.filled(np.ma.asarray(column), np.nan) for column in result.values()]), expected
            )
        if threads == 1:
            show("pandas_by_merge_asof", threads, cheapest(partial(pandas_by_merge_asof, tables), runs), ours)
            agree(pandas_by_merge_asof(tables), expected)


def show(name: str, threads: int, cost: Cost, ours: Cost) -> None:
    """Print one line of the comparison."""
    times = f"{cost.clock / ours.clock:.1f} and {cost.processor / ours.processor:.1f} times the kernel's"
    print(f"  {name:20} on {threads} {cost}: {times}")


def agree(got: Matrix | Floats, expected: Matrix) -> None:
    """Raise if any number differs by more than 32 bits can hold."""
    for column, feature in enumerate(catalogue(SCHEMA)):
        np.testing.assert_allclose(got[:, column], expected[:, column], rtol=2e-6, atol=1e-6, err_msg=feature.name)


def measure(size: Size) -> dict[str, float]:
    """Return costs and peak memory of a run in this process; memory includes the history and its making."""
    history, moments = synthetic(size)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    cost = cheapest(partial(kernel, history, moments, 2), 3)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {**cost._asdict(), "history_gb": before / 2**20, "peak_gb": peak / 2**20}


def measured_apart(size: Size) -> dict[str, float]:
    """Return `measure` of a fresh process; call it while this one is small, as a child starts with its parent's peak."""
    command = [sys.executable, __file__, "--measure", *map(str, size)]
    measured: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return measured


def scale(small: Size, factor: int) -> None:
    """Print time and memory of a larger history, and how far its time a moment is from the small one's."""
    large = Size(*(factor * n for n in small))
    base, measured = measured_apart(small), measured_apart(large)
    clock, processor = (measured[name] / base[name] / factor for name in ("clock", "processor"))
    print(f"{large.leads:,} leads, {large.events:,} events, {large.moments:,} moments")
    print(f"  kernel on 2 {Cost(measured['clock'], measured['processor'])}")
    print(f"  a moment costs {clock:.2f} and {processor:.2f} of what it does with {small.moments:,}")
    print(f"  peak memory {measured['peak_gb']:.2f} GB, when the history was made {measured['history_gb']:.2f} GB")


def one_moment(events: int = 50, calls: int = 2_000) -> None:
    """Print the time of one moment of one lead."""
    books = fit_target_statistics(synthetic(Size(20_000, 0, 1))[0])
    history, moments = synthetic(Size(1, events, 1))
    times = []
    for _ in range(calls):
        start = time.perf_counter()
        feature_matrix(history, moments, books)
        times.append(time.perf_counter() - start)
    median, late = np.quantile(times, (0.5, 0.95)) * 1e3
    print(f"one moment of one lead with {events} events: median {median:.3f} ms, 95 % within {late:.3f} ms")


def main() -> None:
    """Run the measurements that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="a hundredth of the size: does everything run and agree?")
    parser.add_argument("--runs", type=int, default=3, help="runs of which the best counts")
    parser.add_argument("--measure", type=int, nargs=3, metavar=("LEADS", "EVENTS", "MOMENTS"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(Size(*options.measure))))
        return
    size = Size(2_000, 20_000, 6_000) if options.small else Size(200_000, 2_000_000, 600_000)
    one_moment(calls=200 if options.small else 2_000)
    scale(size, factor=5)
    compare(size, options.runs)


if __name__ == "__main__":
    main()
