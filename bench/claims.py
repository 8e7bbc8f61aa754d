"""Measure how often each claim is made when it is true, and when it is false: `python -m bench.claims [--small] [--only CLAIM ...] [--seeds 0-39]`.

Worlds are drawn at random by the second simulator (`bench.worlds`), which shares no code with what is tried. For each claim there are worlds in which it
is true and worlds in which it is not; a world is looked at every four weeks of its last year (falls of closers once a quarter), or from the change on. A steady world in which
a claim is made at any look of the year has been told something false that year. Claims of a report (`bench._claims_once`: ladder, loss reasons,
what is said of a model and a plan) are made once, and held against the truth of the world.
"""

import argparse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from bench._claims_once import ONCE
from bench.worlds import World, changing, draw_structure
from bench.worlds.structure import Shift, Source, stream
from features.matrix.matrix import Matrix
from features.matrix.target_sums import fit_target_statistics
from features.records.clock import DAY
from features.records.history import History, creations
from models.accountability.expectation import promised
from models.accountability.falls import PointsTo, point_out
from models.accountability.promises import promises_kept
from models.accountability.record import record_at
from models.accountability.reps import working_reps
from models.accountability.settings import AccountabilitySettings
from models.accountability.sources import judge_sources
from models.accountability.unqualified import find_unqualified
from training.judging.drift import BLOCK_DAYS, drift, drift_reference, won_by_day
from training.samples.dataset import Dataset

SETTINGS = AccountabilitySettings()
LEADS, DAYS = (2_000, 6_000), 1_000
CHANGED_AT = 0.75
"""Share of the time after which a world changes, where it does: 250 days before its end."""
YEAR, EVERY_DAYS, QUARTER = 364, 28, 91
MUCH_WORSE = 5 / 6
"""Of what leads are worth before, on the average."""
SPARED_DAYS = 60
"""So soon after a change nobody can see it."""

Claim = Callable[[History, int], bool]


@dataclass(frozen=True)
class Trial:
    """A claim, the kinds of worlds in which it is true, and those in which it is false; and how often it is looked at."""

    claim: Claim
    true: tuple[str, ...]
    false: tuple[str, ...]
    every_days: int = EVERY_DAYS


@cache
def world(seed: int, kind: str) -> World:
    """Return the world of a seed, steady but for what its kind changes."""
    rng = stream(seed, "claims")
    leads = int(rng.integers(*LEADS))
    base = float(rng.uniform(0.08, 0.4))
    given: dict[str, Any] = {
        "steady": True,
        "leads": leads,
        "days": DAYS,
        "base_rate": base,
        "price": None,
        "worse_leads": None,
    }
    return World(seed, **given | _changes(seed, kind, rng, given))


def _changes(seed: int, kind: str, rng: np.random.Generator, given: Mapping[str, Any]) -> dict[str, Any]:
    match kind:
        case "collapse" | "flood":
            return {"sources": _with_change(draw_structure(seed, **given).sources, kind, rng)}
        case "price":
            return {"price": Shift(CHANGED_AT, -1.2)}
        case "all closers":
            return {"closers": Shift(CHANGED_AT, -1.2), "reps": 8}
        case "one closer":
            return {"closers": Shift(CHANGED_AT, -2.5, rep=0), "reps": 8}
        case "worse leads":
            return {"worse_leads": Shift(CHANGED_AT, 0.8), "signal": 1.8}
        case _:
            return {}


def _with_change(sources: tuple[Source, ...], kind: str, rng: np.random.Generator) -> tuple[Source, ...]:
    """Return at least three sources of which the largest changes."""
    while len(sources) < 3:
        sources = (*sources, replace(sources[0], name=f"source_{len(sources)}"))
    largest = max(range(len(sources)), key=lambda place: sources[place].share)
    return tuple(changing(one, kind, rng, CHANGED_AT) if place == largest else one for place, one in enumerate(sources))


@cache
def history_of(seed: int, kind: str) -> History:
    """Return what the company of a world exports; its sources are teams that others than closers lead."""
    history = world(seed, kind).history()
    channels = {**history.leads.channels, "team": history.leads.channels["source"]}
    return replace(history, leads=replace(history.leads, channels=channels))


def looks(history: History, changed: bool, every_days: int) -> list[int]:
    """Return when a world is looked at: every so many days of its last year, where it changes from soon after that on."""
    end = history.known_until
    since = (1 - CHANGED_AT) * DAYS - SPARED_DAYS if changed else YEAR
    return [int(end - ago * DAY) for ago in range(0, int(since), every_days)]


def source_in_alarm(history: History, as_of: int) -> bool:
    return any(row.verdict == "alarm" for row in judge_sources(history, SETTINGS, as_of).rows)


def source_on_watch(history: History, as_of: int) -> bool:
    return any(row.verdict in ("alarm", "watch") for row in judge_sources(history, SETTINGS, as_of).rows)


def not_qualified(history: History, as_of: int) -> bool:
    return bool(find_unqualified(record_at(history, as_of), SETTINGS))


def fall_of(points_to: PointsTo) -> Claim:
    def claim(history: History, as_of: int) -> bool:
        return points_to in _falls(id(history), as_of, history)

    return claim


def _falls(key: int, as_of: int, history: History) -> frozenset[str]:
    """Return what the falls of a look point to: the three claims share it."""
    if (key, as_of) not in _FOUND:
        record = record_at(history, as_of)
        names, rep = working_reps(record)
        _FOUND[key, as_of] = frozenset(fall.points_to for fall in point_out(record, names, rep, SETTINGS))
    return _FOUND[key, as_of]


_FOUND: dict[tuple[int, int], frozenset[str]] = {}
"""By history, which is kept as long as the process lives, and look."""


def fell_with_all(history: History, as_of: int) -> bool:
    return judge_sources(history, SETTINGS, as_of).together.startswith("Leads of the other values")


def drifted(history: History, as_of: int) -> bool:
    """Return whether the leads of the four weeks before differ from the year before a training that ended a year before the end."""
    reference, X = _trained(history)
    age = as_of - history.leads.created_at
    found = drift(reference, X[(age >= 0) & (age < BLOCK_DAYS * DAY)])
    return found is not None and any(shift.drifted for shift in found)


def _trained(history: History) -> tuple[dict[str, Any], Matrix]:
    """Return the reference of a training a year before the end, and the features of all leads at their creation."""
    if id(history) not in _TRAINED:
        then = history.as_known_at(history.known_until - YEAR * DAY)
        _TRAINED[id(history)] = (drift_reference(_dataset(then)), _dataset(history).at_creation)
    return _TRAINED[id(history)]


_TRAINED: dict[int, tuple[dict[str, Any], Matrix]] = {}
"""By history, which is kept as long as the process lives: looks at the same one share it."""


def _dataset(history: History) -> Dataset:
    moments = creations(history)
    return Dataset(history, moments, np.empty((0, 0), np.float32), fit_target_statistics(history))


def promises_off(history: History, as_of: int) -> bool:
    """Return whether promises are called off that a model of answers made, trained a year before the end."""
    until = history.known_until - YEAR * DAY
    record = record_at(history, as_of)
    learned = record.history.leads.created_at + history.schema.horizon_days * DAY < until
    probability = promised(record, learned).probability
    new = record.history.leads.created_at >= until
    kept = promises_kept(probability[new], record.age[new], record.won[new], won_by_day(history.as_known_at(until)))
    return any(one.off for one in kept)


TRIALS: dict[str, Trial] = {
    "a source is in alarm": Trial(source_in_alarm, ("collapse",), ("steady",)),
    "a source is in alarm or on watch": Trial(source_on_watch, ("collapse",), ("steady",)),
    "leads of other sources fell too": Trial(fell_with_all, ("all closers", "price"), ("steady", "collapse")),
    "leads are not being qualified": Trial(not_qualified, ("flood",), ("steady", "all closers", "collapse")),
    "a fall points to the leads": Trial(
        fall_of("the leads"), ("worse leads",), ("steady", "all closers", "one closer"), QUARTER
    ),
    "a fall points to the person": Trial(
        fall_of("the person"), ("one closer",), ("steady", "all closers", "worse leads"), QUARTER
    ),
    "a fall has no one cause": Trial(
        fall_of("no one cause"), ("all closers", "price"), ("steady", "one closer"), QUARTER
    ),
    "leads have drifted": Trial(drifted, ("worse leads",), ("steady", "all closers")),
    "promises are off": Trial(promises_off, ("price", "all closers"), ("steady",)),
}


def is_meant(seed: int, kind: str) -> bool:
    """Return whether a world is of its kind: leads that get worse, by a sixth at least, may have drawn segments that hardly differ."""
    if kind != "worse leads":
        return True
    people = world(seed, kind).people
    chance = world(seed, kind).own_chance(np.arange(len(people)), people.created)
    changed = people.created >= CHANGED_AT * DAYS
    return bool(chance[changed].mean() <= MUCH_WORSE * chance[~changed].mean())


def measured(name: str, seeds: range) -> Iterator[dict[str, Any]]:
    """Yield for each kind of world how often a claim is made, by world and by look."""
    trial = TRIALS[name]
    for is_true, kinds in ((True, trial.true), (False, trial.false)):
        for kind in kinds:
            made = [
                [
                    trial.claim(history_of(seed, kind), at)
                    for at in looks(history_of(seed, kind), kind != "steady", trial.every_days)
                ]
                for seed in seeds
                if is_meant(seed, kind)
            ]
            yield {
                "claim": name,
                "worlds": kind,
                "true": is_true,
                "n": len(made),
                "at any look": np.mean([any(one) for one in made]),
                "at the last look": np.mean([one[0] for one in made]),
                "of all looks": np.mean([look for one in made for look in one]),
            }


def measured_once(name: str, seeds: range) -> Iterator[dict[str, Any]]:
    """Yield for each claim of a report how often it is made where it is true, and where it is false."""
    pairs = pd.DataFrame([pair for seed in seeds for pair in ONCE[name](seed)], columns=["claim", "made", "true"])
    for (claim, is_true), some in pairs.groupby(["claim", "true"], sort=False):
        yield {"claim": claim, "worlds": name, "true": is_true, "n": len(some), "made": some["made"].mean()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="three worlds of each kind")
    parser.add_argument("--seeds", default="0-39", help="from which to which seed")
    parser.add_argument("--only", nargs="+", default=[*TRIALS, *ONCE], choices=[*TRIALS, *ONCE], metavar="CLAIM")
    given = parser.parse_args()
    first, last = (int(part) for part in given.seeds.split("-"))
    seeds = range(3) if given.small else range(first, last + 1)
    for name in given.only:
        rows = pd.DataFrame((measured if name in TRIALS else measured_once)(name, seeds))
        print(rows.round(3).to_string(index=False), flush=True)


if __name__ == "__main__":
    main()
