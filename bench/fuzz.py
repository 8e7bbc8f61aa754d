"""Call the service by its published description, and against it: `python -m bench.fuzz [--calls N] [--seed S]`.

Schemathesis makes up calls of every operation of `/openapi.json`, half by its rules and half against them, from as many seeds as it takes.
No answer may be a 5xx, of a status that is not described, or of another shape than is described. Ends with code 1 if any is.
"""

import argparse
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

from starlette.testclient import TestClient

from bench._service import company
from bench.harness.fuzzing import fuzz, open_to_crms
from bench.harness.keys import bearer, make_tokens
from serving.runtime.app import create_app
from serving.store.store import open_store

EXAMPLES = 100
"""Calls of each operation from one seed."""


def report(statuses: Counter[tuple[str, int]], amiss: list[str]) -> None:
    """Print how many calls there were by operation and status, and what was amiss."""
    by_operation: defaultdict[str, dict[int, int]] = defaultdict(dict)
    for (operation, status), count in sorted(statuses.items()):
        by_operation[operation][status] = count
    for operation, counts in by_operation.items():
        print(f"{operation:34}", "  ".join(f"{status}: {count:,}" for status, count in counts.items()))
    print(f"{statuses.total():,} calls; not as described: {len(amiss)}", *amiss[:20], sep="\n  ")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=20_000, help="at least so many")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    statuses: Counter[tuple[str, int]] = Counter()
    amiss: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        champion = open_to_crms(company(Path(folder) / "company", leads=1_200).champion)
        url, start = f"sqlite:///{Path(folder) / 'store.db'}", given.seed
        headers = bearer(make_tokens(url)["admin"])
        with TestClient(create_app(lambda: champion, lambda: open_store(url)), headers=headers) as client:
            while statuses.total() < given.calls:
                found = fuzz(client, champion, EXAMPLES, start)
                statuses += found.statuses
                amiss += found.amiss
                start += 1
    report(statuses, amiss)
    sys.exit(bool(amiss))


if __name__ == "__main__":
    main()
