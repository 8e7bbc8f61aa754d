"""How the structure of a world is drawn from its seed.

Every part has a stream of random numbers of its own, named for it: setting one by hand leaves the others as they were drawn.
"""

import math
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np

from bench.worlds.structure import (
    Change,
    Generator,
    Interaction,
    Kind,
    Question,
    Recording,
    Rhythm,
    Shift,
    Source,
    Structure,
    Timing,
    stream,
)
from features.settings.fields import Actor, Obstacle

OBSTACLES: tuple[Obstacle, ...] = ("need", "money", "hurry", "desire", "trust")
ACTORS: tuple[Actor, ...] = ("lead", "lead", "rep", "marketing")
CHANGES: tuple[Change, ...] = ("collapse", "recover", "swap", "arrive", "flood")


def draw_structure(seed: int, **overrides: Any) -> Structure:
    """Return the structure of a seed; what is given by name is set instead of drawn.

    Raises
    ------
    TypeError
        If a structure has no such part.
    """
    unknown = sorted(overrides.keys() - {field.name for field in fields(Structure)})
    if unknown:
        names = ", ".join(field.name for field in fields(Structure))
        raise TypeError(f"A world has no {unknown[0]!r}: set one of {names}.")
    parts: dict[str, Any] = {"seed": seed}
    for name, draw in DRAWS.items():
        parts[name] = overrides[name] if name in overrides else draw(stream(seed, name), parts)
    return Structure(**parts)


def _questions(rng: Generator, parts: dict[str, Any]) -> tuple[Question, ...]:
    drawn: list[Question] = []
    for obstacle in OBSTACLES:
        count = int(rng.choice(5, p=(0.25, 0.35, 0.2, 0.12, 0.08)))
        drawn += [_question(rng, parts["segments"], f"{obstacle}_{number}", obstacle) for number in range(count)]
    if rng.random() < 0.3:
        drawn.append(_question(rng, parts["segments"], "message", "need", "text"))
    return _scaled(rng, tuple(drawn), parts["signal"])


def _question(rng: Generator, segments: int, name: str, obstacle: Obstacle, kind: str = "") -> Question:
    kind = kind or str(rng.choice(("ordered", "category", "flag", "number"), p=(0.35, 0.2, 0.2, 0.25)))
    levels = {"flag": 2, "number": 12, "text": 3}.get(kind) or int(rng.integers(3, 7))
    shares = rng.dirichlet(np.full(levels, 1.5), segments)
    place = np.linspace(-1, 1, levels)
    shape = "free" if kind == "category" else str(rng.choice(("linear", "step", "hump"), p=(0.5, 0.35, 0.15)))
    effect = {
        "free": rng.normal(size=levels),
        "linear": place * rng.choice((-1, 1, 1, 1)),
        "step": np.where(place > rng.uniform(-0.6, 0.6), 1.0, 0.0) * rng.choice((-1, 1, 1, 1)),
        "hump": 1 - place**2,
    }[shape]
    return Question(
        name,
        obstacle,
        kind,  # type: ignore[arg-type]
        tuple(tuple(row) for row in shares.tolist()),
        tuple(effect.tolist()),
        answered=float(rng.choice((6.0, rng.uniform(-1.5, 2.0)), p=(0.3, 0.7))),
        leaning=float(rng.choice((0.0, rng.normal(0, 1.0)), p=(0.5, 0.5))),
        later=float(rng.choice((0.0, rng.uniform(0.2, 0.8)), p=(0.5, 0.5))) if kind != "text" else 0.0,
        later_days=float(rng.uniform(2, 40)),
    )


def _scaled(rng: Generator, questions: tuple[Question, ...], signal: float) -> tuple[Question, ...]:
    """Return questions whose effects have mean 0 and together such a standard deviation; some do next to nothing."""
    parts = rng.dirichlet(np.full(max(len(questions), 1), 0.6))
    scaled = []
    for question, part in zip(questions, parts, strict=False):
        share = np.mean(question.shares, axis=0)
        effect = np.array(question.effect)
        effect = effect - share @ effect
        effect = effect / math.sqrt(max(float(share @ effect**2), 1e-9)) * math.sqrt(part) * signal
        scaled.append(_with(question, effect=tuple(effect.tolist())))
    return tuple(scaled)


def _with(part: Any, **changed: Any) -> Any:
    return type(part)(**{field.name: getattr(part, field.name) for field in fields(part)} | changed)


def _interactions(rng: Generator, parts: dict[str, Any]) -> tuple[Interaction, ...]:
    questions: tuple[Question, ...] = parts["questions"]
    if len(questions) < 2 or rng.random() < 0.5:
        return ()
    drawn = []
    for _ in range(int(rng.integers(1, 4))):
        first, second = (int(place) for place in rng.choice(len(questions), 2, replace=False))
        rows = np.arange(questions[first].levels) >= rng.integers(1, questions[first].levels)
        columns = np.arange(questions[second].levels) >= rng.integers(1, questions[second].levels)
        effect = np.outer(rows, columns) * rng.normal(0, 0.8 * parts["signal"])
        drawn.append(Interaction(first, second, tuple(tuple(row) for row in effect.tolist())))
    return tuple(drawn)


def _sources(rng: Generator, parts: dict[str, Any]) -> tuple[Source, ...]:
    count = int(rng.integers(1, 9))
    shares = rng.dirichlet(np.full(count, 2.0))
    spread = float(rng.uniform(0.0, 0.9))
    changed = count > 1 and not parts["steady"] and rng.random() < 0.75
    picked = (
        set(rng.choice(count, int(rng.integers(1, min(3, count) + 1)), replace=False).tolist()) if changed else set()
    )
    sources = []
    for place in range(count):
        effect = float(rng.normal(0, spread))
        source = Source(
            f"source_{place}",
            float(shares[place]),
            tuple(rng.dirichlet(np.full(parts["segments"], 2.0)).tolist()),
            effect,
            cost=float(rng.lognormal(3, 0.7)),
        )
        sources.append(changing(source, str(rng.choice(CHANGES)), rng) if place in picked else source)
    return tuple(sources)


def changing(source: Source, change: str, rng: Generator, at: float | None = None) -> Source:
    """Return a source that changes in such a way, at a share of the time."""
    at = float(rng.uniform(0.4, 0.75)) if at is None else at
    down = source.effect - float(rng.uniform(1.0, 2.5))
    later = {
        "collapse": down,
        "recover": down,
        "swap": -source.effect + float(rng.normal(0, 0.5)),
        "arrive": source.effect,
        "flood": source.effect - float(rng.uniform(0.8, 1.8)),
    }[change]
    growth = {"arrive": 1.0, "flood": float(rng.uniform(3, 8))}.get(change, 1.0)
    until = at + 0.15 if change == "recover" else 1.0
    return _with(source, change=change, later_effect=later, at=at, until=until, growth=growth)  # type: ignore[no-any-return]


def _kinds(rng: Generator, _: dict[str, Any]) -> tuple[Kind, ...]:
    if rng.random() < 0.4:
        return ()
    drawn = []
    for number in range(int(rng.integers(2, 6))):
        actor = ACTORS[number % len(ACTORS)]
        reacts = float(rng.uniform(0.3, 1.1)) if actor == "lead" else 0.0
        fading = float(rng.uniform(5, 40))
        a_day = float(rng.uniform(0.5, 3.0)) / fading
        drawn.append(Kind(f"{actor}_{number}", OBSTACLES[number], actor, a_day, fading, reacts))
    return tuple(drawn)


def _timing(rng: Generator, parts: dict[str, Any]) -> Timing:
    horizon = parts["horizon_days"]
    own_day = bool(rng.random() < 0.25)
    by_answer = bool(parts["questions"]) and rng.random() < 0.4
    return Timing(
        won_days=horizon * float(rng.uniform(0.1, 0.5)),
        won_spread=float(rng.uniform(0.4, 1.1)),
        lost_days=horizon * float(rng.uniform(0.1, 0.8)),
        lost_spread=float(rng.uniform(0.5, 1.3)),
        never=float(rng.choice((0.0, rng.uniform(0.1, 0.6), 1.0), p=(0.35, 0.5, 0.15))),
        question=int(rng.integers(len(parts["questions"]))) if by_answer else -1,
        stretch=float(rng.normal(0, 1.0)) if by_answer else 0.0,
        own_day=own_day,
        own_days=horizon * float(rng.uniform(0.3, 1.0)),
        decides=own_day and bool(rng.random() < 0.6),
    )


def _recording(rng: Generator, _: dict[str, Any]) -> Recording:
    rhythms: tuple[Rhythm, ...] = ("at_once", "working_day", "weekly", "quarterly")
    return Recording(
        outcomes=rhythms[int(rng.choice(4, p=(0.25, 0.35, 0.25, 0.15)))],
        weekly_events=bool(rng.random() < 0.2),
        late=float(rng.choice((0.0, rng.uniform(0.02, 0.25)))),
        late_days=float(rng.uniform(2, 15)),
        clock=bool(rng.random() < 0.7),
    )


def _shift(chance: float, low: float, high: float) -> Callable[[Generator, dict[str, Any]], Shift | None]:
    def draw(rng: Generator, parts: dict[str, Any]) -> Shift | None:
        happens = rng.random() < chance and not parts["steady"]
        return Shift(float(rng.uniform(0.4, 0.8)), float(rng.uniform(low, high))) if happens else None

    return draw


DRAWS: dict[str, Callable[[Generator, dict[str, Any]], Any]] = {
    "leads": lambda rng, _: int(np.exp(rng.uniform(np.log(500), np.log(50_000)))),
    "days": lambda rng, _: int(rng.integers(540, 1100)),
    "horizon_days": lambda rng, _: int(rng.integers(30, 181)),
    "base_rate": lambda rng, _: float(np.exp(rng.uniform(np.log(0.02), np.log(0.6)))),
    "steady": lambda rng, _: bool(rng.random() < 0.3),
    "segments": lambda rng, _: int(rng.integers(2, 5)),
    "signal": lambda rng, _: float(rng.uniform(0.4, 2.0)),
    "questions": _questions,
    "interactions": _interactions,
    "sources": _sources,
    "kinds": _kinds,
    "interest": lambda rng, _: float(rng.uniform(0.0, 1.2)),
    "timing": _timing,
    "recording": _recording,
    "season": lambda rng, parts: float(rng.uniform(0.1, 0.6)) if rng.random() < 0.4 and not parts["steady"] else 0.0,
    "price": _shift(0.2, -1.0, -0.3),
    "closers": lambda *_: None,
    "worse_leads": _shift(0.15, 0.2, 0.6),
    "weekdays": lambda rng, _: bool(rng.random() < 0.6),
    "profile": lambda rng, _: int(rng.integers(0, 3)),
    "accounts": lambda rng, _: float(rng.choice((0.0, rng.uniform(1.3, 4.0)), p=(0.7, 0.3))),
    "account_effect": lambda rng, parts: float(rng.uniform(0.3, 1.2)) if parts["accounts"] else 0.0,
    "reps": lambda rng, _: int(rng.integers(3, 12)),
    "skill": lambda rng, _: float(rng.choice((0.0, rng.uniform(0.1, 0.4)))),
    "brought": lambda rng, _: float(rng.choice((0.0, rng.uniform(0.1, 0.5)), p=(0.8, 0.2))),
    "bringing": lambda rng, parts: float(rng.uniform(0.0, 0.5)) if parts["brought"] else 0.0,
    "amount": lambda rng, _: float(rng.lognormal(8, 0.8)),
    "ages_days": lambda _, parts: (0, 7, 30) if parts["kinds"] or any(q.later for q in parts["questions"]) else (0,),
}
"""How each part is drawn, in order, from its own random numbers and from what was drawn before."""
