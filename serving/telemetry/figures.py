"""The figures that a worker counts while it answers, as Prometheus metrics; those of several workers add up.

BentoML names a folder to its workers in which `prometheus_client` keeps the figures of each process, and whichever worker is asked adds
them. Without such a folder they are those of this process.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""Environment variable that names the folder; the library reads it too."""

STAGES = ("read", "score", "write")
"""Parts of a request: its body taken and parsed; leads checked, scored and explained; records waiting and put on disk."""
SECONDS = (0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
PROBABILITIES = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
GROUPS = (1, 2, 4, 8, 16, 32, 64)


class Figures:
    """Counters and histograms of one app."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.requests = Counter(
            "glengarry_requests", "Requests answered.", ["method", "route", "status"], registry=registry
        )
        self.request_seconds = Histogram(
            "glengarry_request_seconds",
            "Time from the request to the end of its answer.",
            ["method", "route"],
            registry=registry,
            buckets=SECONDS,
        )
        stages = Histogram(
            "glengarry_stage_seconds", "Time of a part of a request.", ["stage"], registry=registry, buckets=SECONDS
        )
        self.stages = {stage: stages.labels(stage) for stage in STAGES}
        self.probabilities = Histogram(
            "glengarry_score_probability",
            "Probabilities that leads were given.",
            registry=registry,
            buckets=PROBABILITIES,
        )
        self.refused = Counter(
            "glengarry_refused",
            "Records and requests refused, by the kind of problem and the field that breaks a rule.",
            ["kind", "field"],
            registry=registry,
        )
        self.set_aside = Counter(
            "glengarry_set_aside",
            "Values that came with a lead and could not be read, by field.",
            ["field"],
            registry=registry,
        )
        self.trapped = Counter("glengarry_forms_trapped", "Web forms that filled the honeypot in.", registry=registry)
        self.waiting = Gauge(
            "glengarry_writer_waiting",
            "Writes that wait for the store.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self.group_size = Histogram(
            "glengarry_writer_group_size", "Writes that shared a transaction.", registry=registry, buckets=GROUPS
        )
        self.group_wait = Histogram(
            "glengarry_writer_wait_seconds",
            "Time that a write waited for its transaction to begin.",
            registry=registry,
            buckets=SECONDS,
        )
        self.group_seconds = Histogram(
            "glengarry_writer_transaction_seconds",
            "Time of a transaction, with the scores that are stored in it.",
            registry=registry,
            buckets=SECONDS,
        )
        Gauge("glengarry_workers", "Processes that answer.", registry=registry, multiprocess_mode="livesum").set(1)

    def count_scores(self, probabilities: Iterable[float]) -> None:
        """Count what leads were given."""
        for probability in probabilities:
            self.probabilities.observe(probability)

    def all_workers(self) -> CollectorRegistry:
        """Return what holds the figures of every worker."""
        folder = os.environ.get(FOLDER_VARIABLE)
        if folder is None:
            return self.registry
        forget_dead(Path(folder))
        registry = CollectorRegistry()
        MultiProcessCollector(registry, folder)  # type: ignore[no-untyped-call]
        return registry


def forget_dead(folder: Path) -> None:
    """Take back what ended processes said of their present, such as how many writes wait; what they counted stays."""
    for file in folder.glob("gauge_live*_*.db"):
        process = int(file.stem.rpartition("_")[2])
        if not _lives(process):
            with suppress(FileNotFoundError):  # another worker has just done it
                mark_process_dead(process, str(folder))  # type: ignore[no-untyped-call]


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
