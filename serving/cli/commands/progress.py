"""What a command is doing: step n of m and how long it will still take, on stderr; silent where nobody watches, unless it is asked for."""

import json
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

PROGRESS_VARIABLE = "GLENGARRY_PROGRESS"
"""Environment variable that asks for progress where stderr is no terminal, if it is not empty: a line a step."""
TIMES_FILE = "step_times.json"
"""Where it is kept how long the steps of each command took the last time."""
LINE_SECONDS = 10.0
"""So often a line is written while a step goes on."""

Step = Callable[[str], None]
"""Told each step as it begins, and again as it goes on: "backtest: 3 of 8 quarters"."""


@dataclass
class StepProgress:
    """The course of a command through its steps.

    Attributes
    ----------
    names
        The steps in their order, as far as they are known before; others are shown without a number.
    before
        Seconds that each step took the last time.
    clock
        Tells seconds; a clock that is never set back.
    spent
        Seconds that each finished step took.
    """

    names: Sequence[str] = ()
    before: Mapping[str, float] = field(default_factory=dict)
    clock: Callable[[], float] = time.monotonic
    spent: dict[str, float] = field(default_factory=dict)
    _step: str = ""
    _began: float = 0.0
    _first: int | None = None
    _share: float = 0.0
    _told: str = "starting"

    def begin(self, told: str) -> None:
        """Go on to a step, or on within one: what follows a colon is how far it is."""
        step, _, detail = told.partition(": ")
        if step != self._step:
            self.end()
            self._step, self._began, self._first, self._share = step, self.clock(), None, 0.0
        done = re.match(r"([\d,]+) of ([\d,]+)", detail)
        if done is not None:
            count, every = (int(number.replace(",", "")) for number in done.groups())
            self._first = (
                count if self._first is None else self._first
            )  # what was done before took no time of this step
            self._share = (count - self._first) / max(every - self._first, 1)
        self._told = told

    def end(self) -> None:
        """Note how long the step took that has ended."""
        if self._step:
            self.spent[self._step] = self.spent.get(self._step, 0.0) + self.clock() - self._began
        self._step = ""

    @property
    def seconds_left(self) -> float | None:
        """How long the command will still take, by how long its steps took the last time; None where nobody can tell."""
        if self._step not in self.names:
            return None
        elapsed = self.clock() - self._began
        later = self.names[self.names.index(self._step) + 1 :]
        if later and not self.before:
            return None
        mine = elapsed / self._share if self._share else self.before.get(self._step)
        if mine is None:
            return None
        # A step that was not taken the last time is none that will take long.
        return max(mine - elapsed, 0.0) + self._pace * sum(self.before.get(name, 0.0) for name in later)

    @property
    def _pace(self) -> float:
        """How much longer the finished steps took than the last time."""
        known = [(seconds, self.before[name]) for name, seconds in self.spent.items() if self.before.get(name)]
        now, before = (sum(one) for one in zip(*known, strict=True)) if known else (0.0, 0.0)
        return now / before if before else 1.0

    def __str__(self) -> str:
        """Return the step that is under way, and the time left."""
        number = f"step {self.names.index(self._step) + 1} of {len(self.names)}: " if self._step in self.names else ""
        left = self.seconds_left
        return f"{number}{self._told}" + ("" if left is None else f", {in_words(left)} left")

    def __rich__(self) -> str:
        """Return what a terminal shows, anew with every refresh."""
        return str(self)


def in_words(seconds: float) -> str:
    """Return a time to wait as people say it.

    Examples
    --------
    >>> [in_words(seconds) for seconds in (0.4, 75, 1500, 9000)]
    ['a few seconds', 'about 1 min', 'about 25 min', 'about 2.5 h']
    """
    if seconds < 10:
        return "a few seconds"
    if seconds < 60:
        return f"about {round(seconds, -1):.0f} s"
    return f"about {seconds / 60:.0f} min" if seconds < 5400 else f"about {seconds / 3600:.1f} h"


@contextmanager
def followed(
    console: Console, command: str = "", names: Sequence[str] = (), folder: Path | None = None
) -> Iterator[Step]:
    """Give what is told the steps of a command, and shows them.

    Parameters
    ----------
    folder
        Where it is kept how long the steps took, for the next time; without it, nobody can tell the time left.
    """
    course = StepProgress(names, _times(folder).get(command, {}))
    asked = bool(os.environ.get(PROGRESS_VARIABLE)) and not console.is_terminal
    lines: dict[str, float] = {}

    def step(told: str) -> None:
        course.begin(told)
        name, now = told.partition(": ")[0], course.clock()
        if asked and now - lines.get(name, -LINE_SECONDS) >= LINE_SECONDS:
            lines[name] = now
            console.print(str(course), markup=False, highlight=False, soft_wrap=True)

    with console.status(course):
        yield step
    course.end()
    if folder is not None and course.spent:
        _keep(folder, command, course.spent)


def _times(folder: Path | None) -> dict[str, dict[str, float]]:
    try:
        times: dict[str, dict[str, float]] = (
            json.loads((folder / TIMES_FILE).read_text(encoding="utf-8")) if folder else {}
        )
    except (FileNotFoundError, ValueError):  # it is a convenience, made anew
        return {}
    return times


def _keep(folder: Path, command: str, spent: Mapping[str, float]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f".{TIMES_FILE}.{os.getpid()}"
    unfinished.write_text(json.dumps({**_times(folder), command: dict(spent)}), encoding="utf-8")
    unfinished.replace(folder / TIMES_FILE)
