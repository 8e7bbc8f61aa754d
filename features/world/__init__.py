"""A simulated company with known truth: what a method can be held to where real leads cannot tell."""

from features.world.company import (
    Cycle,
    Records,
    Reps,
    SkillChange,
    WorldSettings,
    quarter_starts,
)
from features.world.schema import TRAPS, world_history, world_schema
from features.world.simulation import (
    World,
    answers_when_asked,
    simulate,
    true_probability,
    true_reasons,
    write_world,
)
from features.world.sources import OBSTACLES, SOURCES, Flood, Source
from features.world.truth import REASONS

__all__ = [
    "OBSTACLES",
    "REASONS",
    "SOURCES",
    "TRAPS",
    "Cycle",
    "Flood",
    "Records",
    "Reps",
    "SkillChange",
    "Source",
    "World",
    "WorldSettings",
    "answers_when_asked",
    "quarter_starts",
    "simulate",
    "true_probability",
    "true_reasons",
    "world_history",
    "world_schema",
    "write_world",
]
