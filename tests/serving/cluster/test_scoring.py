"""Scores of a partition are those of a file, ranks among all included; what is scored stays scored."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pandas as pd
import pytest

from models.registry import Run
from serving.cli import demo
from serving.cluster.errors import ClusterError
from serving.cluster.history import InProcess, partition_of
from serving.cluster.scoring import ScoringRun, begin, part_scored, score_parts
from serving.settings.settings import Settings, load_settings
from tests.models.company import model
from tests.models.registries import registry_in
from tests.serving.cli.commands.company import run

AS_OF = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    with patch.object(demo, "LEADS", 600):
        file = demo.make_company(tmp_path_factory.mktemp("company"), AS_OF)
    file.write_text(file.read_text(encoding="utf-8") + "\n[store]\nlearned_from = false\n", encoding="utf-8")
    settings = load_settings(file)
    registry_in(settings.var).log(Run(name="small"), model())
    run("partition", "--settings", file, "--parts", "3")
    return settings


def run_of(settings: Settings, target: Path) -> ScoringRun:
    file = settings.folder / "glengarry.toml"
    return ScoringRun(partition_of(settings), file, "1", AS_OF, True, target)


def quiet(_name: str, _done: int, _every: int) -> None:
    """Say nothing."""


def scores(folder: Path) -> pd.DataFrame:
    table = pd.concat([pd.read_parquet(file) for file in sorted(folder.glob("part-*.parquet"))])
    return table.sort_values("row").reset_index(drop=True)


def test_scores_of_parts_are_those_of_the_file(settings: Settings, tmp_path: Path) -> None:
    export = settings.folder / str(settings.source.source)
    leads, events = (next(export.glob(f"{name}.*")) for name in ("leads", "events"))
    file = tmp_path / "scores.parquet"
    given = (
        "score",
        leads,
        "--events",
        events,
        "--as-of",
        AS_OF.isoformat(),
        "--settings",
        settings.folder / "glengarry.toml",
    )
    run(*given, "--out", file, codes=(0, 1))

    counts = score_parts(begin(run_of(settings, tmp_path / "parts"), True), InProcess(), quiet)

    alone, together = pd.read_parquet(file), scores(tmp_path / "parts")
    assert counts.scored == len(alone) == 600
    pd.testing.assert_frame_equal(together, alone.sort_values("row").reset_index(drop=True))


def test_a_part_that_is_scored_is_not_scored_again(settings: Settings, tmp_path: Path) -> None:
    started = begin(run_of(settings, tmp_path / "parts"), True)
    with pytest.raises(KeyboardInterrupt):
        score_parts(started, Interrupted(), quiet)
    (kept,) = (started.unranked).glob("part-*.parquet")
    before = kept.stat().st_mtime_ns

    score_parts(begin(run_of(settings, tmp_path / "parts"), False), InProcess(), quiet)

    assert kept.stat().st_mtime_ns == before
    assert sorted(scores(tmp_path / "parts")["rank"]) == list(range(1, 601))


class Interrupted(InProcess):
    """A process that is interrupted after the first part."""

    def map(self, stage: Callable[..., Any], parts: Sequence[int], *given: object) -> Iterator[tuple[int, Any]]:
        yield parts[0], stage(parts[0], *given)
        raise KeyboardInterrupt


def test_a_folder_holds_the_scores_of_one_run(settings: Settings, tmp_path: Path) -> None:
    begin(run_of(settings, tmp_path), True)
    other = ScoringRun(partition_of(settings), settings.folder, "2", AS_OF, True, tmp_path)

    with pytest.raises(ClusterError, match="must hold the scores of one run, got one with version '1'"):
        begin(other, True)


def test_a_command_scores_by_workers(settings: Settings, tmp_path: Path) -> None:
    given = ("--settings", settings.folder / "glengarry.toml", "--as-of", AS_OF.isoformat())

    run("score", partition_of(settings).folder, "--cluster", "--out", tmp_path / "scores", *given, codes=(0, 1))

    score_parts(begin(run_of(settings, tmp_path / "alone"), True), InProcess(), quiet)
    pd.testing.assert_frame_equal(scores(tmp_path / "scores"), scores(tmp_path / "alone"))
    assert part_scored(0, run_of(settings, tmp_path / "alone")).scored > 100
