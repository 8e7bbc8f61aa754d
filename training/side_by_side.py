"""Pieces of work side by side, each on a core of its own.

Two threads that grow one tree take half as much again of the processors as one thread, and are hardly faster. Models that do not hang on
each other are therefore fitted at once, each by one thread.
"""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from joblib import cpu_count
from threadpoolctl import threadpool_limits

Result = TypeVar("Result")
One = TypeVar("One")
Other = TypeVar("Other")
Given = ParamSpec("Given")

_here = threading.local()
"""Of a thread that works on pieces: `helpers`, the pool of those that work on others."""


def side_by_side(pieces: Sequence[Callable[[], Result]]) -> list[Result]:
    """Return what pieces of work come to, in their order.

    They run on threads of this process: LightGBM and NumPy let go of the interpreter. What a piece computes takes one core. A piece may have
    pieces of its own: whoever is idle helps with them. Pieces share what they read, and write nothing that another reads.

    Raises
    ------
    Exception
        What a piece raises, once those that had begun have ended.
    """
    with _helpers(len(pieces)) as helpers:
        if helpers is None:
            return [piece() for piece in pieces]
        begun = [helpers.submit(_help, helpers, piece) for piece in pieces[1:]]
        try:
            results = {0: pieces[0]()}
            # Helpers begin at the front. Whoever asked takes from the back what nobody has begun, and never waits for what has not begun.
            for place in range(len(begun), 0, -1):
                if begun[place - 1].cancel():
                    results[place] = pieces[place]()
            return [results[place] if place in results else begun[place - 1].result() for place in range(len(pieces))]
        finally:
            wait([one for one in begun if not one.cancel()])


def one_blas_thread(function: Callable[Given, Result]) -> Callable[Given, Result]:
    """Decorate what adds up floats by NumPy: by one thread they come to the same bytes on any number of cores."""

    @wraps(function)
    def limited(*given: Given.args, **named: Given.kwargs) -> Result:
        with threadpool_limits(1, "blas"):
            return function(*given, **named)

    return limited


def both(one: Callable[[], One], other: Callable[[], Other]) -> tuple[One, Other]:
    """Return what two pieces of work come to that are not alike; as `side_by_side` does."""
    pieces: list[Callable[[], Any]] = [one, other]
    of_one, of_other = side_by_side(pieces)
    return of_one, of_other


def cores() -> int:
    """Return how many cores this process may use: those of the machine, or as many as `OMP_NUM_THREADS` leaves it."""
    machine: int = cpu_count()
    allowed = os.environ.get("OMP_NUM_THREADS", "")
    return min(machine, int(allowed)) if allowed.isdigit() and int(allowed) else machine


@contextmanager
def _helpers(pieces: int) -> Iterator[ThreadPoolExecutor | None]:
    """Yield who may help with so many pieces; None where nobody can. Whoever asks first makes them, for all that is asked within."""
    helpers: ThreadPoolExecutor | None = getattr(_here, "helpers", None)
    idle = min(cores(), pieces) - 1
    with threadpool_limits(1, "blas"):
        if helpers is not None or idle < 1:
            yield helpers
            return
        with threadpool_limits(1, "openmp"), ThreadPoolExecutor(cores() - 1) as pool:
            _here.helpers = pool
            try:
                yield pool
            finally:
                del _here.helpers


def _help(helpers: ThreadPoolExecutor, piece: Callable[[], Result]) -> Result:
    """Return what a piece comes to on this thread, which has one core, for as long as it lives."""
    if getattr(_here, "helpers", None) is None:
        _here.helpers = helpers
        threadpool_limits(1, "openmp")
    return piece()
