"""A simulated company with known truth: what a method can be held to where real leads cannot tell."""

from features.simulation.company import Cycle, RecordKeeping, Reps, SkillChange, WorldSettings, quarter_starts
from features.simulation.contacts import CONTACTS, contact_columns
from features.simulation.schema import TRAPS, world_history, world_schema
from features.simulation.simulation import (
    World,
    answers_when_asked,
    simulate,
    true_probability,
    true_reasons,
    write_world,
)
from features.simulation.sources import OBSTACLES, SOURCES, Flood, Source
from features.simulation.truth import REASONS

__all__ = [
    "CONTACTS",
    "OBSTACLES",
    "REASONS",
    "SOURCES",
    "TRAPS",
    "Cycle",
    "Flood",
    "RecordKeeping",
    "Reps",
    "SkillChange",
    "Source",
    "World",
    "WorldSettings",
    "answers_when_asked",
    "contact_columns",
    "quarter_starts",
    "simulate",
    "true_probability",
    "true_reasons",
    "world_history",
    "world_schema",
    "write_world",
]
