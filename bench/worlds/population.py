"""The leads of a world: when and whence they come, who they are, what they would answer, and what they do answer."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.worlds.structure import Source, Structure, stream

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

YEAR_DAYS = 365.25
FLOODED = 0.85
"""Share of the least segment among leads of a source that is flooded."""
OPENING, CLOSING = 8 / 24, 19 / 24
"""Leads come between these hours where a world has a clock."""


@dataclass(frozen=True)
class Population:
    """Leads in order of creation, n rows, with q questions.

    Attributes
    ----------
    created
        Days since the start of the world.
    source, segment, rep, brought_by, account
        Positions; -1 for the rep who brought a lead that none did, and for the account of a lead without one.
    levels
        (n, q) the true answers.
    answered
        (n, q) whether they are given at creation.
    later
        (n, q) days after creation when they are given otherwise; infinite where never.
    interest
        The hidden interest, standard normal.
    own_days
        Days from creation to the lead's own day.
    """

    created: Floats
    source: Places
    segment: Places
    rep: Places
    brought_by: Places
    account: Places
    levels: Places
    answered: NDArray[np.bool_]
    later: Floats
    interest: Floats
    own_days: Floats

    def __len__(self) -> int:
        return len(self.created)


def populate(structure: Structure) -> Population:
    """Draw the leads of a structure."""
    created, source = _arrivals(structure)
    segment = _pick(stream(structure.seed, "segment"), segment_shares(structure, source, created))
    levels = _levels(structure, segment)
    answered, later = _answering(structure, levels)
    rng = stream(structure.seed, "people")
    n = len(created)
    return Population(
        created,
        source,
        segment,
        rng.integers(0, max(structure.reps, 1), n),
        _brought_by(structure, n),
        rng.integers(0, max(int(n / structure.accounts), 1), n) if structure.accounts else np.full(n, -1),
        levels,
        answered,
        later,
        rng.normal(size=n),
        np.maximum(rng.lognormal(np.log(structure.timing.own_days), 0.8, n), 2.0),
    )


def segment_shares(structure: Structure, source: Places, created: Floats) -> Floats:
    """Return (n, segments) the chance that a lead of a source, created then, is of each segment."""
    shares = np.array([one.segments for one in structure.sources])[source]
    least = np.eye(structure.segments)[least_segment(structure)]
    when = created / structure.days
    taken = np.zeros(len(source))
    for place, one in enumerate(structure.sources):
        if one.change == "flood":
            taken[(source == place) & (when >= one.at)] = FLOODED
    if structure.worse_leads is not None:
        taken = np.where(when >= structure.worse_leads.at, np.maximum(taken, structure.worse_leads.by), taken)
    mixed: Floats = (1 - taken[:, None]) * shares + taken[:, None] * least
    return mixed


def least_segment(structure: Structure) -> int:
    """Return the segment whose answers are worth least."""
    worth = np.zeros(structure.segments)
    for question in structure.questions:
        worth += np.array(question.shares) @ np.array(question.effect)
    return int(np.argmin(worth))


def answer_effect(structure: Structure, levels: Places) -> Floats:
    """Return what answers (..., q) add to the log-odds."""
    total = np.zeros(levels.shape[:-1])
    for place, question in enumerate(structure.questions):
        total += np.array(question.effect)[levels[..., place]]
    for pair in structure.interactions:
        total += np.array(pair.effect)[levels[..., pair.first], levels[..., pair.second]]
    return total


def calendar_effect(structure: Structure, source: Places, created: Floats) -> Floats:
    """Return what source, season and prices add to the log-odds (n,) of leads created then."""
    when = created / structure.days
    total = np.zeros(len(source))
    for place, one in enumerate(structure.sources):
        of = source == place
        total[of] = _source_effect(one, when[of])
    phase = stream(structure.seed, "phase").uniform(0, 2 * np.pi)
    total += structure.season * np.sin(2 * np.pi * created / YEAR_DAYS + phase)
    if structure.price is not None:
        total += np.where(when >= structure.price.at, structure.price.by, 0.0)
    return total


def bringing_effect(structure: Structure, brought_by: Places) -> Floats:
    """Return what the reps who brought leads add to their log-odds (n,)."""
    skill = stream(structure.seed, "bringers").normal(0, 1, max(structure.reps, 1)) * structure.bringing
    effect: Floats = np.where(brought_by >= 0, skill[brought_by], 0.0)
    return effect


def rep_effect(structure: Structure, rep: Places, created: Floats) -> Floats:
    """Return what closers add to the log-odds of leads created then; shapes are broadcast."""
    skill = stream(structure.seed, "skills").normal(0, 1, max(structure.reps, 1)) * structure.skill
    total: Floats = skill[rep] + np.zeros_like(created)
    if structure.closers is not None:
        theirs = (structure.closers.rep < 0) | (rep == structure.closers.rep)
        total = total + np.where(theirs & (created / structure.days >= structure.closers.at), structure.closers.by, 0.0)
    return total


def silence(structure: Structure, place: int, levels: Places) -> Floats:
    """Return the log-probability that a question is not answered at creation by those who would answer so."""
    question = structure.questions[place]
    effect = np.array(question.effect)
    spread = max(float(np.std(effect)), 1e-9)
    log_odds = question.answered + question.leaning * effect / spread
    quiet: Floats = -np.logaddexp(0.0, log_odds)[levels]
    return quiet


def _brought_by(structure: Structure, n: int) -> Places:
    rng = stream(structure.seed, "brought by")
    rep = rng.integers(0, max(structure.reps, 1), n)
    brought: Places = np.where(rng.random(n) < structure.brought, rep, -1)
    return brought


def _source_effect(source: Source, when: Floats) -> Floats:
    changed = (when >= source.at) & (when < source.until)
    return np.where(changed, source.later_effect, source.effect)


def _arrivals(structure: Structure) -> tuple[Floats, Places]:
    """Return when leads are created, rising, and their sources."""
    rng = stream(structure.seed, "arrivals")
    day = np.arange(structure.days)
    weight = np.empty((structure.days, len(structure.sources)))
    for place, one in enumerate(structure.sources):
        after = day / structure.days >= one.at
        before = 0.0 if one.change == "arrive" else 1.0
        weight[:, place] = one.share * np.where(after, one.growth, before)
    weight *= np.exp(rng.normal(0, 0.4) * day / structure.days)[:, None]
    if structure.weekdays:
        weight *= np.where(day % 7 < 5, 1.0, 0.15)[:, None]
    cell = np.sort(rng.choice(weight.size, structure.leads, p=weight.ravel() / weight.sum()))
    created = (cell // len(structure.sources)).astype(np.float64)
    if structure.recording.clock:
        created += rng.uniform(OPENING, CLOSING, structure.leads)
    order = np.argsort(created, kind="stable")
    return created[order], (cell % len(structure.sources))[order]


def _pick(rng: np.random.Generator, shares: Floats) -> Places:
    """Return one position a row, drawn by shares (n, k)."""
    place: Places = (rng.random(len(shares))[:, None] > np.cumsum(shares, axis=1)[:, :-1]).sum(axis=1)
    return place


def _levels(structure: Structure, segment: Places) -> Places:
    rng = stream(structure.seed, "answers")
    columns = [_pick(rng, np.array(question.shares)[segment]) for question in structure.questions]
    return np.stack(columns, axis=1) if columns else np.empty((len(segment), 0), np.int64)


def _answering(structure: Structure, levels: Places) -> tuple[NDArray[np.bool_], Floats]:
    rng = stream(structure.seed, "answering")
    answered, later = np.ones(levels.shape, np.bool_), np.full(levels.shape, np.inf)
    for place, question in enumerate(structure.questions):
        answered[:, place] = rng.random(len(levels)) >= np.exp(silence(structure, place, levels[:, place]))
        comes = ~answered[:, place] & (rng.random(len(levels)) < question.later)
        later[comes, place] = rng.exponential(question.later_days, int(comes.sum()))
    return answered, later
