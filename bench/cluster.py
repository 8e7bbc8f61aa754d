"""Measure work past one machine: `python -m bench.cluster [--leads N ...] [--parts N] [--memory 1GB]`.

A simulated company's files are partitioned, then checked, laid out with features and judged by two worker processes of this machine, beside one
process that reads and lays out the same files. Told are seconds of processors, the peak memory of each process (VmHWM) in megabytes above that of
a process that has only imported the code, and whether fingerprint and matrix are the same. Growth is by rows: sizes are doubled.
"""

import argparse
import hashlib
import multiprocessing
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from features.matrix.matrix import Matrix
from features.records.checks import check_history
from features.records.clock import to_microseconds
from features.records.parts.manifest import Manifest
from features.records.parts.writing import partition
from features.settings.mapping import latest
from features.settings.schema import LeadSchema
from features.settings.source import HistorySource
from features.simulation import WorldSettings, simulate, world_history, world_schema, write_world
from models.accountability.accounts import hold_to_account
from models.accountability.settings import AccountabilitySettings
from serving.cluster.client import Cluster, open_cluster
from serving.cluster.history import checked_partition
from serving.cluster.learning import PartFeatures, compute_features, gathered, report_gathered
from serving.cluster.stages import Partition
from serving.settings.cluster import ClusterSettings
from training.samples.dataset import prepare
from training.settings import TrainingSettings

SETTINGS = TrainingSettings(settling_days=7)
MEGABYTES = 1 << 10
"""Of the kilobytes that the kernel tells."""


def peak() -> float:
    """Return the greatest memory that this process ever had, in megabytes."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / MEGABYTES


def spent() -> tuple[float, float]:
    """Return the seconds of processors and the peak of this process."""
    return time.process_time(), peak()


def digest(X: Matrix) -> str:
    return hashlib.sha256(np.ascontiguousarray(X).tobytes()).hexdigest()[:12]


def nothing(_folder: Path, _source: HistorySource, _schema: LeadSchema) -> str:
    """Do nothing, for the memory that the code alone takes."""
    return ""


def alone(folder: Path, source: HistorySource, schema: LeadSchema) -> str:
    """Read, check and lay out the whole in one process; return fingerprint and digest of the matrix."""
    checked = check_history(source, schema, datetime.now(UTC), folder)
    return f"{checked.fingerprint[:12]} {digest(prepare(checked.history, SETTINGS).X)}"


def parted(folder: Path, source: HistorySource, schema: LeadSchema, parts: int) -> str:
    partition(source, schema, folder, folder / "parts", parts)
    return ""


def measured(work: Callable[..., str], *given: Any) -> tuple[str, float, float]:
    """Return what work in a process of its own gives, its seconds of processors and its peak."""
    context = multiprocessing.get_context("spawn")
    results: Any = context.SimpleQueue()
    process = context.Process(target=_measured, args=(results, work, *given))
    process.start()
    result = results.get()
    process.join()
    return str(result[0]), float(result[1]), float(result[2])


def _measured(results: Any, work: Callable[..., str], *given: Any) -> None:
    start = time.process_time()
    result = work(*given)
    results.put((result, time.process_time() - start, peak()))


def on_workers(cluster: Cluster, folder: Path, source: HistorySource, schema: LeadSchema, base: float) -> str:
    """Check, lay out and judge the parts on workers; print each step, and return fingerprint and digest of the matrix."""
    until = to_microseconds(latest(source, datetime.now(UTC)))
    manifest = Manifest.read(folder / "parts")
    whole = Partition(folder / "parts", manifest, source, schema, until)
    before = cluster.client.run(spent)

    def tell(step: str) -> None:
        nonlocal before
        after = cluster.client.run(spent)
        seconds = sum(after[worker][0] - before[worker][0] for worker in after)
        print(line(step, seconds, max(one[1] for one in after.values()) - base), flush=True)
        before = after

    with checked_partition(whole, cluster) as parts:
        tell("check, 2 workers")
        features = compute_features(parts, SETTINGS, cluster, lambda _name, _done, _every: None)
        tell("features, 2 workers")
        if not isinstance(features, PartFeatures):
            raise TypeError("The simulated company must have features by part.")
        settings, decision = AccountabilitySettings(), SETTINGS.decision
        cluster.run(report_gathered, parts, hold_to_account, settings, parts.known_until, decision, None)
        tell("sources, 1 worker")
        checked, dataset = gathered(parts, features)
        return f"{checked.fingerprint[:12]} {digest(dataset.X)}"


def report(leads: int, parts: int, memory: str) -> None:
    world = WorldSettings(leads=leads)
    schema = world_schema(world)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_world(simulate(world), folder)
        source = world_history(folder, world)
        print(f"\n{leads:,} leads, {parts} parts\n{'':22}{'processors':>12}{'peak MB':>10}", flush=True)
        base = measured(nothing, folder, source, schema)[2]
        one, seconds, most = measured(alone, folder, source, schema)
        print(line("whole, 1 process", seconds, most - base), flush=True)
        _, seconds, most = measured(parted, folder, source, schema, parts)
        print(line("partition, 1 process", seconds, most - base), flush=True)
        with open_cluster(ClusterSettings(workers=2, memory=memory)) as cluster:
            several = on_workers(cluster, folder, source, schema, base)
        print("the same" if one == several else f"NOT the same: {one} and {several}")


def line(step: str, seconds: float, megabytes: float) -> str:
    return f"{step:22}{seconds:12.1f}{megabytes:10.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="a smoke run on 2,000 leads")
    parser.add_argument("--leads", type=int, nargs="+", default=[10_000, 20_000], help="sizes to measure")
    parser.add_argument("--parts", type=int, default=8)
    parser.add_argument("--memory", default="1GB", help="what each worker may take")
    given = parser.parse_args()
    for leads in [2_000] if given.small else given.leads:
        report(leads, given.parts, given.memory)


if __name__ == "__main__":
    main()
