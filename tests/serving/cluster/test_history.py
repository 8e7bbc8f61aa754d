"""A partition that workers check has the report of one machine, and what is broken in it is an error."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from features.records.checks import CheckedHistory
from features.records.parts.manifest import PartitionError
from serving.analytics.history import read_history
from serving.cli.printing.history import checked_json
from serving.cluster.client import Cluster, open_cluster
from serving.cluster.errors import ClusterError, PartError
from serving.cluster.history import InProcess, checked_parts, partition_of
from serving.settings.cluster import ClusterSettings
from serving.settings.settings import Settings, load_settings
from tests.features.conftest import Export
from tests.features.records.checks.test_sums import EVENTS, LEADS, OUTCOMES
from tests.serving.cli.commands.company import run

TOML = """
output = "var"

[store]
learned_from = false

[history]
source = "."
exported_at = 2026-06-01T00:00:00Z
[history.events]
table = "events"
[history.outcomes]
table = "outcomes"
undated_lost = "export"

[fields]
source = { role = "channel" }
employees = { role = "answer", type = "number", obstacle = "money", minimum = 0 }
budget = { role = "answer", obstacle = "money", values = ["none", "small", "large"], ordered = true }

[kinds]
call = { obstacle = "hurry", actor = "rep" }
visit = { obstacle = "desire" }
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with open_cluster(ClusterSettings(workers=2, memory="1GB", retries=1)) as cluster:
        yield cluster


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    export = Export(tmp_path)
    for name, lines in (("leads", LEADS), ("events", EVENTS), ("outcomes", OUTCOMES)):
        export.write(f"{name}.csv", *lines)
    (tmp_path / "glengarry.toml").write_text(TOML, encoding="utf-8")
    return load_settings(tmp_path / "glengarry.toml")


def partitioned(settings: Settings, parts: int) -> Settings:
    run("partition", "--settings", settings.folder / "glengarry.toml", "--parts", str(parts))
    return settings


def plain(checked: CheckedHistory) -> Any:
    """Return what `check --json` says of a history."""
    return json.loads(json.dumps(checked_json(checked)))


def test_workers_give_the_report_and_the_leads_of_one_machine(settings: Settings, cluster: Cluster) -> None:
    whole = read_history(settings)
    partitioned(settings, 5)

    with checked_parts(settings, cluster) as parts:
        gathered = parts.gathered()

    assert plain(parts.report) == plain(whole)
    assert gathered.history.leads.lead_id.tolist() == whole.history.leads.lead_id.tolist()
    assert gathered.history.leads.created_at.tolist() == whole.history.leads.created_at.tolist()
    for name in ("lead", "kind", "recorded_at"):
        ours, theirs = (np.sort(getattr(history.events, name)) for history in (gathered.history, whole.history))
        assert ours.tolist() == theirs.tolist()
    assert len(gathered.history.outcomes) == len(whole.history.outcomes)


def test_check_on_a_cluster_prints_what_check_prints(settings: Settings) -> None:
    file = partitioned(settings, 3).folder / "glengarry.toml"
    alone = run("check", "--settings", file, "--json", codes=(1,))

    together = run("check", "--settings", file, "--json", "--cluster", codes=(1,))

    assert json.loads(together.stdout) == json.loads(alone.stdout)


def test_the_columns_of_parts_go_when_the_work_is_done(settings: Settings) -> None:
    folder = partition_of(partitioned(settings, 2)).folder
    before = sorted(path.name for path in folder.iterdir())

    with checked_parts(settings, InProcess()) as parts:
        assert parts.folder.is_dir()

    assert sorted(path.name for path in folder.iterdir()) == before


def test_the_columns_of_a_command_that_was_killed_go_with_the_next(settings: Settings) -> None:
    folder = partition_of(partitioned(settings, 2)).folder
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    node = platform.node().replace(".", "-")
    (folder / f".checked.{node}.{gone.pid}.left").mkdir()
    (folder / f".checked.{node}.{os.getpid()}.mine").mkdir()
    (folder / f".checked.other-{node}.{gone.pid}.theirs").mkdir()

    with checked_parts(settings, InProcess()):
        pass

    assert sorted(path.suffix for path in folder.glob(".checked.*")) == [".mine", ".theirs"]


def test_a_broken_part_is_named(settings: Settings, cluster: Cluster) -> None:
    partition = partition_of(partitioned(settings, 2))
    file = partition.manifest.part(partition.folder, 1) / "leads.0.parquet"
    file.write_bytes(file.read_bytes()[:200])

    with (
        pytest.raises(PartError, match=r"Part 1 cannot be worked on: .*leads\.0\.parquet cannot be read"),
        checked_parts(settings, cluster),
    ):
        pass


def test_a_command_on_a_cluster_needs_a_partition(settings: Settings) -> None:
    with pytest.raises(PartitionError, match="make one with `glengarry partition`"):
        partition_of(settings)


def test_an_export_beside_a_store_that_is_learned_from_is_refused(settings: Settings) -> None:
    partitioned(settings, 2)
    both = settings.model_copy(update={"store": settings.store.model_copy(update={"learned_from": True})})

    with pytest.raises(ClusterError, match=r"set store\.learned_from to false"):
        partition_of(both)


def test_a_history_is_not_read_into_its_parts_twice(settings: Settings) -> None:
    partitioned(settings, 2)

    with pytest.raises(
        PartitionError, match="as every row would be in it twice: remove it, or name a later export with --from"
    ):
        run("partition", "--settings", settings.folder / "glengarry.toml")
