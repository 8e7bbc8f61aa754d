"""Progress says which step of how many, and how long the rest will take by what it took the last time."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from serving.cli.commands.progress import PROGRESS_VARIABLE, TIMES_FILE, StepProgress, followed

NAMES = ("reading", "features", "trees")


class Clock:
    """A clock that tests put forward."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_first_run_tells_the_step_and_no_time() -> None:
    course = StepProgress(NAMES)

    course.begin("features")

    assert str(course) == "step 2 of 3: features"


def test_time_left_is_that_of_the_last_time_at_the_pace_of_this_one() -> None:
    clock = Clock()
    course = StepProgress(NAMES, {"reading": 60.0, "features": 60.0, "trees": 600.0}, clock)
    course.begin("reading")
    clock.now += 120  # twice as long as the last time
    course.begin("features")
    clock.now += 30

    # 30 s are left of the 60 s of this step, and twice 600 s of the next.
    assert course.seconds_left == pytest.approx(1230)
    assert str(course) == "step 2 of 3: features, about 20 min left"


def test_time_left_of_a_step_that_is_counted_follows_its_count() -> None:
    clock = Clock()
    course = StepProgress(("quarters",), {}, clock)
    course.begin("quarters: 2 of 10")  # of a run that goes on
    clock.now += 100
    course.begin("quarters: 4 of 10")

    assert course.seconds_left == pytest.approx(300)  # two took 100 s, six are left: 100 · 8/2 - 100


def test_a_step_of_no_list_is_told_as_it_is() -> None:
    course = StepProgress(NAMES)

    course.begin("judging version 3")

    assert str(course) == "judging version 3"


def test_steps_that_were_not_taken_the_last_time_take_no_time() -> None:
    clock = Clock()
    course = StepProgress(NAMES, {"reading": 10.0, "trees": 50.0}, clock)

    course.begin("reading")

    assert course.seconds_left == pytest.approx(60)


def test_nothing_is_written_where_nobody_watches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PROGRESS_VARIABLE, raising=False)
    out = io.StringIO()

    with followed(Console(file=out), "train", NAMES, tmp_path) as step:
        step("reading")

    assert out.getvalue() == ""
    assert set(json.loads((tmp_path / TIMES_FILE).read_text())["train"]) == {"reading"}


def test_lines_are_written_where_they_are_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PROGRESS_VARIABLE, "1")
    (tmp_path / TIMES_FILE).write_text(json.dumps({"train": {"reading": 5.0, "features": 700.0, "trees": 0.0}}))
    out = io.StringIO()

    with followed(Console(file=out), "train", NAMES, tmp_path) as step:
        step("reading")
        step("trees: 1 of 9")
        step("trees: 2 of 9")  # at once after the other, which is not told again

    assert out.getvalue().splitlines() == [
        "step 1 of 3: reading, about 12 min left",
        "step 3 of 3: trees: 1 of 9, a few seconds left",
    ]


def test_a_command_that_fails_leaves_the_times_of_the_last_one(tmp_path: Path) -> None:
    def fail() -> None:
        with followed(Console(file=io.StringIO()), "train", NAMES, tmp_path) as step:
            step("reading")
            raise LookupError("no history")

    with pytest.raises(LookupError, match="no history"):
        fail()

    assert not (tmp_path / TIMES_FILE).exists()


def test_times_that_cannot_be_read_are_none(tmp_path: Path) -> None:
    (tmp_path / TIMES_FILE).write_text("{")

    with followed(Console(file=io.StringIO()), "train", NAMES, tmp_path) as step:
        step("reading")

    assert "train" in json.loads((tmp_path / TIMES_FILE).read_text())
