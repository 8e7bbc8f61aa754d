"""Measure what the leak audit finds in simulated companies, and how long it takes: `python -m bench.audit [--small]`."""

import argparse
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from features.leaks import AuditedColumn, Finding, audit, read_columns
from features.records.checks import check_history
from features.records.history import History
from features.simulation import TRAPS, WorldSettings, simulate, world_history, world_schema, write_world

SEEDS = 20


def history_of(settings: WorldSettings, folder: Path) -> tuple[History, tuple[AuditedColumn, ...], float]:
    """Return a company's history, its columns, and the seconds that reading these took."""
    write_world(simulate(settings), folder)
    source, schema = world_history(folder, settings), world_schema(settings)
    history = check_history(source, schema, settings.end, folder).history
    start = time.perf_counter()
    columns = read_columns(source, schema, folder, history)
    return history, columns, time.perf_counter() - start


def companies(leads: int, seeds: int) -> Iterator[tuple[int, tuple[Finding, ...], float, float]]:
    for seed in range(seeds):
        with tempfile.TemporaryDirectory() as folder:
            history, columns, reading = history_of(WorldSettings(leads=leads, seed=seed), Path(folder))
        start = time.perf_counter()
        findings = audit(history, columns)
        yield seed, findings, reading, time.perf_counter() - start


def report(leads: int, seeds: int) -> None:
    exact, seconds = 0, []
    for seed, findings, reading, judging in companies(leads, seeds):
        fields = {finding.field for finding in findings}
        exact += fields == set(TRAPS)
        seconds.append((reading, judging))
        if fields != set(TRAPS):
            print(f"  seed {seed}: missed {sorted(set(TRAPS) - fields)}, and named {sorted(fields - set(TRAPS))}")
    reading, judging = np.median(seconds, axis=0)
    print(
        f"{leads:>7,} leads: all {len(TRAPS)} traps and nothing else in {exact} of {seeds} seeds; "
        f"{reading:.2f} s to read, {judging:.2f} s to audit"
    )


def report_time(leads: int, columns: int) -> None:
    """Print the time for a history with so many columns: those of a simulated company over again."""
    with tempfile.TemporaryDirectory() as folder:
        history, read, _ = history_of(WorldSettings(leads=leads), Path(folder))
    wide = (read * (columns // len(read) + 1))[:columns]
    start = time.perf_counter()
    audit(history, wide)
    print(f"{leads:>7,} leads, {columns} columns: {time.perf_counter() - start:.2f} s to audit")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="two companies of 1,000 leads")
    small = parser.parse_args().small
    for leads, seeds in [(1_000, 2)] if small else [(1_000, SEEDS), (3_000, SEEDS), (20_000, SEEDS)]:
        report(leads, seeds)
    report_time(1_000 if small else 20_000, 40)


if __name__ == "__main__":
    main()
