"""Measure how long it takes to find the past leads most like one: `python -m bench.similar [--small]`."""

import argparse
import time

import numpy as np

from features.records.clock import DAY
from models.close.reasons.similar import PastLeads, Standing


def past_leads(leads: int, subjects: int, seed: int = 0) -> PastLeads:
    random = np.random.default_rng(seed)
    ids = np.array([f"L{number}" for number in range(leads)], np.object_)
    steps = np.clip(random.normal(0, 15, (leads, subjects)), -127, 127).astype(np.int8)
    known_at = random.integers(0, 900, leads) * DAY
    return PastLeads(
        tuple(f"s{n}" for n in range(subjects)), {0: Standing(ids, random.random(leads) < 0.2, known_at, steps)}
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="a hundredth of the size")
    leads = 2_000 if parser.parse_args().small else 200_000
    past = past_leads(leads, subjects=30)
    random = np.random.default_rng(1)
    for name, as_of in (("all of them known", 901 * DAY), ("half of them known", 450 * DAY)):
        times = []
        for _ in range(50):
            asked = random.normal(0, 0.3, len(past.subjects))
            start = time.perf_counter()
            past.nearest(asked, 0, as_of, without="L7")
            times.append(time.perf_counter() - start)
        median, late = np.quantile(times, (0.5, 0.95)) * 1e3
        print(f"{leads:,} past leads, {name}: median {median:.1f} ms, 95 % within {late:.1f} ms")


if __name__ == "__main__":
    main()
