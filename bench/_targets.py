"""What the learning has to reach on the portfolio, and how much of it is met."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from bench._forecast import CLOSE, NOT_REFRESHED

ALLOWED = 0.002
"""By how much more than a simple model the served one may lose."""
REFRESHING = 0.003
LARGE = 5_000
MAX_EXCESS = 0.25
STANDARD_ERRORS = 2.0
"""What chance allows, beyond what is allowed."""
NEAR = (0.9, 1.1)
ENOUGH = 400
"""Wins on record at the first cut-off: with fewer, chance alone moves a level by more than a twentieth."""
PUBLISHED_GOALS = {
    "hotel": (0.295, 0.925),
    "hotel_ever": (0.50, 0.78),
    "bank": (0.334, 0.78),
    "olist": (0.295, 0.675),
    "x_education": (0.4255, 0.877),
}
"""Log loss at most, ROC AUC at least."""


class Target(NamedTuple):
    """What is asked of each of some histories, and what came of it: by name, what was measured and whether it is met."""

    asked: str
    of: Mapping[str, tuple[str, bool]]


def targets(records: Iterable[Mapping[str, Any]]) -> list[Target]:
    """Return every target with the histories that it is asked of."""
    every = {record["name"]: record for record in records}
    worlds = {name: record for name, record in every.items() if "world" in record}
    goals = {name: record for name, record in every.items() if name in PUBLISHED_GOALS}
    told = {name: record for name, record in every.items() if record["wins"] >= ENOUGH}
    large = {name: record for name, record in worlds.items() if record["leads"] >= LARGE}
    return [
        Target(f"at most the reference's loss + {ALLOWED}", _each(every, lambda of: _over(of, "over_reference"))),
        Target(f"at most the base rate's loss + {ALLOWED}", _each(every, lambda of: _over(of, "over_base_rate"))),
        Target(f"refreshing costs at most {REFRESHING}", _each(every, _refreshing)),
        Target(f"won over expected at creation within {NEAR}, from {ENOUGH} wins", _each(told, _at_creation)),
        Target(
            f"excess over the truth at most {MAX_EXCESS:.0%} of the base rate's, from {LARGE:,} leads",
            _each(large, _excess),
        ),
        Target(
            "goals of published histories",
            {name: _goal(name, record["models"][CLOSE]) for name, record in goals.items()},
        ),
    ]


def print_targets(records: Iterable[Mapping[str, Any]]) -> None:
    """Print what is met, and by name what is not."""
    print("\nTargets met")
    for target in targets(records):
        missed = {name: said for name, (said, met) in target.of.items() if not met}
        print(f"{len(target.of) - len(missed):4} of {len(target.of):<3} {target.asked}")
        for name, said in missed.items():
            print(f"{'':13}{name}: {said}")


def _each(records: Mapping[str, Mapping[str, Any]], judge: Any) -> dict[str, tuple[str, bool]]:
    return {name: judge(record["models"]) for name, record in records.items()}


def _over(models: Mapping[str, Any], key: str) -> tuple[str, bool]:
    mean, error = models[CLOSE][key]
    return f"{mean:+.4f}, {STANDARD_ERRORS:g} standard errors are {STANDARD_ERRORS * error:.4f}", mean <= ALLOWED


def _refreshing(models: Mapping[str, Any]) -> tuple[str, bool]:
    cost = models[CLOSE]["log_loss"] - models[NOT_REFRESHED]["log_loss"]
    return f"{cost:+.4f}", cost <= REFRESHING


def _at_creation(models: Mapping[str, Any]) -> tuple[str, bool]:
    ratio = next(iter(models[CLOSE]["by_age"].values()))["ratio"]
    return f"{ratio:.2f}", NEAR[0] <= ratio <= NEAR[1]


def _excess(models: Mapping[str, Any]) -> tuple[str, bool]:
    share = models[CLOSE]["excess"]
    return f"{share:.0%}", share <= MAX_EXCESS


def _goal(name: str, figure: Mapping[str, Any]) -> tuple[str, bool]:
    loss, auc = PUBLISHED_GOALS[name]
    met = figure["log_loss"] <= loss and figure["auc"] >= auc
    return f"{figure['log_loss']:.4f} / {figure['auc']:.3f}, asked {loss} / {auc}", met
