"""Workers that are lost, freeze, fail or differ: the same result or a clear error, and never a wait without end."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from serving.cluster.client import Cluster, open_cluster
from serving.cluster.errors import ClusterError, PartError
from serving.cluster.versions import check_versions, versions_here
from serving.settings.cluster import ClusterSettings
from tests.serving.cluster.stages import always_dies, dies_once, fails, freezes_once, slow, square

SETTINGS = ClusterSettings(workers=2, memory="1GB", retries=1)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with open_cluster(SETTINGS) as cluster:
        yield cluster


def test_every_part_is_done_once(cluster: Cluster) -> None:
    assert dict(cluster.map(square, range(7))) == {part: part * part for part in range(7)}


def test_a_worker_that_is_killed_costs_no_part(cluster: Cluster, tmp_path: Path) -> None:
    assert dict(cluster.map(dies_once, range(4), tmp_path)) == {part: part for part in range(4)}


def test_a_part_that_kills_every_worker_is_given_up(cluster: Cluster) -> None:
    with pytest.raises(ClusterError, match="Part 1 was given up: every worker that took it was lost"):
        list(cluster.map(always_dies, range(2)))


def test_a_part_that_fails_is_named_with_its_cause(cluster: Cluster) -> None:
    with pytest.raises(PartError, match=r"Part 3 cannot be worked on: there is no 3\. Correct that"):
        list(cluster.map(fails, [3]))


def test_a_frozen_worker_is_given_up_and_its_part_done_by_another(tmp_path: Path) -> None:
    frozen = tmp_path / "froze"
    try:
        with open_cluster(SETTINGS.model_copy(update={"patience_seconds": 6.0})) as cluster:
            assert dict(cluster.map(freezes_once, range(4), tmp_path)) == {part: part for part in range(4)}
            assert frozen.exists()
    finally:
        if frozen.exists():
            kill(int(frozen.read_text()))


def kill(process: int) -> None:
    """End a worker of ours that may be gone already."""
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return


@contextmanager
def scheduler() -> Iterator[tuple[str, Any]]:
    """Start a scheduler of its own and a worker of it, as `dask scheduler` and `dask worker` do."""
    import subprocess

    code = """
        import asyncio
        from distributed import Scheduler, Worker
        async def main():
            async with Scheduler(port=0, dashboard=False, host="127.0.0.1") as scheduler:
                async with Worker(scheduler.address, nthreads=1):
                    print(scheduler.address, flush=True)
                    await scheduler.finished()
        asyncio.run(main())
    """
    import textwrap

    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    with process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip(), process
        finally:
            process.kill()


def test_a_scheduler_that_goes_ends_the_work_with_an_error() -> None:
    with scheduler() as (address, process):
        settings = ClusterSettings(scheduler=address, patience_seconds=5)
        with open_cluster(settings) as cluster:
            assert dict(cluster.map(square, range(2))) == {0: 0, 1: 1}
            results = cluster.map(slow, range(2))
            process.kill()
            with pytest.raises(ClusterError, match=r"The cluster at tcp://127\.0\.0\.1:\d+ is gone, or has no worker"):
                list(results)


def test_a_scheduler_that_never_was_is_named() -> None:
    settings = ClusterSettings(scheduler="tcp://127.0.0.1:9", patience_seconds=2)

    with (
        pytest.raises(
            ClusterError, match=r"must be the address of a Dask scheduler that answers, got tcp://127\.0\.0\.1:9"
        ),
        open_cluster(settings),
    ):
        pass


def test_workers_of_other_versions_are_refused() -> None:
    here = versions_here()

    check_versions(here, {"tcp://a": here})
    with pytest.raises(ClusterError, match=r"Worker tcp://b must have the versions .* got numpy 1\.0 \(here "):
        check_versions(here, {"tcp://a": here, "tcp://b": {**here, "numpy": "1.0"}})
    with pytest.raises(ClusterError, match=r"Worker tcp://d must have the versions .* got code 0 \(here "):
        check_versions(here, {"tcp://d": {**here, "code": "0"}})
    with pytest.raises(ClusterError, match=r"Worker tcp://c must have glengarry\[cluster\] installed, got: No module"):
        check_versions(here, {"tcp://c": "No module named 'serving'"})


def test_without_dask_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)

    with pytest.raises(ClusterError, match=r"pip install 'glengarry\[cluster\]'"), open_cluster(SETTINGS):
        pass
