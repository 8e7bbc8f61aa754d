"""`make mutants`: change lines of the modules that matter, one at a time, and list the changes that no test notices.

python -m bench.mutants [--sample N] [--seed N] [--of PART ...]: N changes of each part, drawn at random; without N, all, which takes days.
"""

import argparse
import random
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from bench.mutants.changes import Change, changes
from bench.mutants.running import Fate, passes, warm_up

ENOUGH = 0.85
"""Share of the changes that tests have to notice."""
PARTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "matrix": ("features/matrix", ("tests/features/matrix",)),
    "close": ("models/close", ("tests/models/close",)),
    "decision": ("models/decision", ("tests/models/decision",)),
    "gate": ("training/gate", ("tests/training/gate", "tests/training/rounds/test_promote.py")),
    "intake": (
        "serving/intake",
        ("tests/serving/intake", "tests/serving/api/test_records.py", "tests/serving/api/test_undoing.py"),
    ),
    "store": (
        "serving/store",
        ("tests/serving/store", "tests/serving/api/test_records.py", "tests/serving/api/test_undoing.py"),
    ),
}
"""The parts that matter: the folder of each, and the tests of it."""
EVERYWHERE = ("tests/golden/test_releases.py",)
"""Tests that look at all parts; they come after the nearest."""


def nearest_first(module: Path, tests: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the tests of a module, the nearest first, then all that may notice."""
    nearest = [str(file) for folder in tests for file in sorted(Path(folder).rglob(f"test_{module.stem}*.py"))]
    if nearest:
        yield tuple(nearest)
    yield (*EVERYWHERE, *tests)


def fate_of(module: Path, change: Change, tests: tuple[str, ...]) -> Fate:
    """Return what became of a change."""
    for some in nearest_first(module, tests):
        fate = passes(some, module, change.tree)
        if fate != "survived":
            return fate
    return "survived"


def drawn(folder: str, sample: int | None, seed: int) -> list[tuple[Path, Change]]:
    """Return changes of a part: so many at random, or all in their order."""
    every = [
        (module, change)
        for module in sorted(Path(folder).rglob("*.py"))
        if "migrations" not in module.parts
        for change in changes(module.read_text(encoding="utf-8"))
    ]
    return every if sample is None else random.Random(f"{folder} {seed}").sample(every, min(sample, len(every)))


def main() -> int:
    """Print what survived, part by part; return 1 where too much did."""
    parser = argparse.ArgumentParser(prog="python -m bench.mutants")
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--of", nargs="*", choices=PARTS, default=list(PARTS))
    given = parser.parse_args()
    warm_up()
    every: Counter[Fate] = Counter()
    for name in given.of:
        folder, tests = PARTS[name]
        if passes((*EVERYWHERE, *tests)) != "survived":
            raise SystemExit(f"The tests of {name} must pass without a change: mend them first.")
        fates: Counter[Fate] = Counter()
        for module, change in drawn(folder, given.sample, given.seed):
            fate = fate_of(module, change, tests)
            fates[fate] += 1
            if fate == "survived":
                print(f"survived  {module}:{change.line}: {change.before}  ->  {change.after}", flush=True)
        print(f"{name}: {_share(fates):.0%} of {fates.total()} changes noticed", flush=True)
        every += fates
    print(f"all: {_share(every):.0%} of {every.total()} changes noticed, at least {ENOUGH:.0%} are asked for")
    return int(_share(every) < ENOUGH)


def _share(fates: Counter[Fate]) -> float:
    return 1 - fates["survived"] / max(fates.total(), 1)


if __name__ == "__main__":
    sys.exit(main())
