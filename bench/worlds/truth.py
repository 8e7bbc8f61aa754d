"""What is true of a moment: the lead's own chance, and the chance given all that is on record.

A lead won in the end with probability p, and still open at age a, is won by age b with probability
p (W(b) - W(a)) / (p (1 - W(a)) + (1 - p) (1 - L(a))), where W and L are the shares of won and of other leads closed by an age. The chance given the record is
the mean of that over what is not on record (segment, answers not given, hidden interest, rep): a fixed set of draws, weighted by how likely each
makes the record, that is: the answers given, those not given, the events, and that the lead is open.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logsumexp, ndtri

from bench.worlds.closing import Closing, closed_shares, counted_until, log_medians
from bench.worlds.events import Events, exposure, rate
from bench.worlds.population import Floats, Places, Population, answer_effect, rep_effect, segment_shares, silence
from bench.worlds.structure import Structure, stream

DRAWS = 240
POOL = 48_000
CHUNK = 500
SECONDS = 86_400


def own_chance(structure: Structure, people: Population, closing: Closing, lead: Places, as_of: Floats) -> Floats:
    """Return the lead's own chance (n,) of being won within the horizon after a time at which it is open."""
    levels = people.levels[lead]
    margin = closing.base[lead] + answer_effect(structure, levels) + structure.interest * people.interest[lead]
    margin = margin + rep_effect(structure, people.rep[lead], people.created[lead])
    median = log_medians(structure, levels, people.own_days[lead])
    until = counted_until(structure, people.created[lead], people.own_days[lead], as_of) - people.created[lead]
    chance, _ = _if_open(structure, margin, as_of - people.created[lead], until, *median)
    return chance


def chance_on_record(
    structure: Structure, people: Population, closing: Closing, events: Events, lead: Places, as_of: Floats
) -> Floats:
    """Return the chance (n,) given all that is on record of the lead itself, and that it is open."""
    draws = _Draws.of(structure)
    counts = _counts(structure, events, lead, as_of)
    parts = [
        _of_chunk(
            structure, people, closing, draws, counts[at : at + CHUNK], lead[at : at + CHUNK], as_of[at : at + CHUNK]
        )
        for at in range(0, len(lead), CHUNK)
    ]
    return np.concatenate(parts) if parts else np.empty(0)


@dataclass(frozen=True)
class _Draws:
    """What is not on record: a pool of draws, of which each lead takes a stretch of its own, so that their errors cancel over leads.

    A Kronecker sequence spreads any stretch of it evenly.
    """

    segment: Places
    levels: Places
    interest: Floats
    rep: Places

    @classmethod
    def of(cls, structure: Structure) -> "_Draws":
        dimensions = len(structure.questions) + 2
        steps = np.sqrt(np.array(_primes(dimensions), np.float64))
        shift = stream(structure.seed, "draws").random(dimensions)
        uniform = (np.arange(POOL)[:, None] * steps + shift) % 1.0
        segment = np.arange(POOL) % structure.segments
        levels = [
            (uniform[:, place, None] > np.cumsum(question.shares, axis=1)[segment, :-1]).sum(axis=1)
            for place, question in enumerate(structure.questions)
        ]
        return cls(
            segment,
            np.stack(levels, axis=1) if levels else np.empty((POOL, 0), np.int64),
            ndtri(uniform[:, -2]),
            (uniform[:, -1] * max(structure.reps, 1)).astype(np.int64),
        )

    def take(self, lead: Places) -> "_Draws":
        """Return (n, draws) those of leads."""
        place = (lead[:, None] * DRAWS + np.arange(DRAWS)) % POOL
        return _Draws(self.segment[place], self.levels[place], self.interest[place], self.rep[place])


def _primes(count: int) -> list[int]:
    found: list[int] = []
    number = 2
    while len(found) < count:
        if all(number % prime for prime in found):
            found.append(number)
        number += 1
    return found


def _of_chunk(
    structure: Structure,
    people: Population,
    closing: Closing,
    draws: _Draws,
    counts: Places,
    lead: Places,
    as_of: Floats,
) -> Floats:
    created, given = people.created[lead], people.answered[lead]
    known = given | (created[:, None] + people.later[lead] <= as_of[:, None])
    draws = draws.take(lead)
    levels = np.where(known[:, None, :], people.levels[lead][:, None, :], draws.levels)
    with np.errstate(divide="ignore"):
        shares = np.log(segment_shares(structure, people.source[lead], created))
        weight = np.take_along_axis(shares, draws.segment, axis=1)
        for place, question in enumerate(structure.questions):
            likely = np.log(np.array(question.shares))[draws.segment, people.levels[lead, place, None]]
            weight += np.where(known[:, place, None], likely, silence(structure, place, draws.levels[..., place]))
    for place, kind in enumerate(structure.kinds):
        expected = rate(kind, draws.interest) * exposure(structure, kind, created, as_of)[:, None]
        weight += kind.reacts * counts[:, place, None] * draws.interest - expected
    margin = closing.base[lead][:, None] + answer_effect(structure, levels) + structure.interest * draws.interest
    margin = margin + rep_effect(structure, draws.rep, created[:, None])
    median = log_medians(structure, levels, people.own_days[lead][:, None])
    until = counted_until(structure, created, people.own_days[lead], as_of) - created
    chance, still_open = _if_open(structure, margin, (as_of - created)[:, None], until[:, None], *median)
    with np.errstate(divide="ignore"):
        weight += np.log(still_open)
    mean: Floats = np.exp(logsumexp(weight, axis=1, b=chance) - logsumexp(weight, axis=1))
    return mean


def _if_open(
    structure: Structure, margin: Floats, age: Floats, until: Floats, won_median: Floats, lost_median: Floats
) -> tuple[Floats, Floats]:
    """Return the chance of a win until an age that counts if open at an earlier one, and the chance of being open then."""
    p = expit(margin)
    won, lost = closed_shares(structure, age, won_median, lost_median)
    later, _ = closed_shares(structure, np.maximum(until, age), won_median, lost_median)
    still_open = p * (1 - won) + (1 - p) * (1 - lost)
    chance: Floats = p * (later - won) / np.maximum(still_open, 1e-300)
    return chance, still_open


def _counts(structure: Structure, events: Events, lead: Places, as_of: Floats) -> NDArray[np.int64]:
    """Return (n, kinds) how many events of each kind are on record."""
    width = (structure.days + 1) * SECONDS
    upto = lead * width + np.round(as_of * SECONDS).astype(np.int64)
    counts = np.zeros((len(lead), len(structure.kinds)), np.int64)
    for place in range(len(structure.kinds)):
        of = events.kind == place
        key = np.sort(events.lead[of] * width + np.round(events.recorded[of] * SECONDS).astype(np.int64))
        counts[:, place] = np.searchsorted(key, upto, "right") - np.searchsorted(key, lead * width, "left")
    return counts
