"""The service refreshes its champion by itself: when it is due, beside everything else, and never at the champion's cost."""

from __future__ import annotations

import logging
import sys
import time
from pathlib import Path

import pytest

from serving.champion.cache import ModelCache, Refreshed
from serving.runtime.refresh_loop import HOUR, LONGEST_SAID, RETRY_SECONDS, Refreshing
from serving.store.notices import NewNotice

STARTED = 1_000_000.0


class Round:
    """A refreshing whose time passes when the test says so, and whose command the test gives."""

    def __init__(self, folder: Path, code: str, hours: float = 24.0) -> None:
        self.now = STARTED
        self.ran = folder / "ran"
        command = [sys.executable, "-c", f"open({str(self.ran)!r}, 'a').write('x')\n{code}"]
        self.copies = ModelCache(folder / "copies")
        self.notices = list[NewNotice]()
        self.refreshing = Refreshing(self.copies, hours, command, lambda: self.now, self.notices.extend)

    def at(self, seconds: float) -> Refreshed | None:
        """Look at a time, and on until what was begun has ended."""
        self.now = STARTED + seconds
        self.refreshing.look()
        while self.refreshing._process is not None:
            time.sleep(0.02)
            self.refreshing.look()
        return self.copies.refreshed()

    @property
    def runs(self) -> int:
        return len(self.ran.read_text()) if self.ran.exists() else 0


def test_it_refreshes_once_in_so_many_hours_across_restarts(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    first = Round(tmp_path, "print('Version 2 is version 1 with more outcomes.')")

    assert first.at(0) == Refreshed(tried_at=STARTED, done_at=STARTED)
    first.at(23 * HOUR)
    assert first.runs == 0
    again = Round(tmp_path, "print('Version 2 is version 1 with more outcomes.')")
    told = again.at(24 * HOUR)
    again.at(25 * HOUR)

    assert again.runs == 1
    assert again.notices == []
    assert told == Refreshed(tried_at=STARTED + 24 * HOUR, done_at=STARTED + 24 * HOUR)
    assert "refresh: Version 2 is version 1 with more outcomes." in caplog.text


def test_what_fails_is_told_and_tried_again_sooner(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    wrong = Round(tmp_path, "import sys; sys.exit('postgresql://crm:hidden@db is gone')")
    wrong.at(0)

    told = wrong.at(24 * HOUR)
    wrong.at(24 * HOUR + RETRY_SECONDS - 1)
    assert wrong.runs == 1
    wrong.at(24 * HOUR + RETRY_SECONDS)

    assert wrong.runs == 2
    failed = NewNotice("refresh.failed", {"after": {"why": "postgresql://***@db is gone"}})
    assert wrong.notices == [failed, failed]
    assert told == Refreshed(tried_at=STARTED + 24 * HOUR, done_at=STARTED, trouble="postgresql://***@db is gone")
    assert "goes on serving as it is: postgresql://***@db is gone" in caplog.text


def test_refresh_whose_end_nobody_saw_is_tried_again_as_one_that_failed(tmp_path: Path) -> None:
    killed = Round(tmp_path, "import time; time.sleep(60)")
    killed.at(0)
    killed.now = STARTED + 24 * HOUR
    killed.refreshing.look()
    killed.refreshing.end()

    again = Round(tmp_path, "raise SystemExit('the disk is full')")
    again.at(24 * HOUR + RETRY_SECONDS - 1)
    assert again.notices == []
    told = again.at(24 * HOUR + RETRY_SECONDS)

    assert [notice.content for notice in again.notices] == [{"after": {"why": "the disk is full"}}]
    assert told is not None
    assert (told.trouble, told.is_under_way) == ("the disk is full", False)


def test_however_much_it_says_it_comes_to_its_end(tmp_path: Path) -> None:
    talks = Round(tmp_path, "print('trained ' * 50_000)\nraise SystemExit('the disk is full')")
    talks.at(0)

    told = talks.at(24 * HOUR)

    assert told is not None
    assert told.trouble.endswith("trained the disk is full")
    assert len(told.trouble) == LONGEST_SAID


def test_switched_off_it_does_nothing(tmp_path: Path) -> None:
    off = Round(tmp_path, "", hours=0)

    assert off.at(0) is None
    assert off.at(1000 * HOUR) is None
    assert off.runs == 0


def test_what_runs_ends_with_the_watch(tmp_path: Path) -> None:
    long = Round(tmp_path, "import time; time.sleep(600)")
    long.at(0)
    long.now += 24 * HOUR
    long.refreshing.look()
    process = long.refreshing._process
    assert process is not None
    assert process.poll() is None

    long.refreshing.end()

    assert process.returncode != 0
