"""Agents with a planted skill in a simulated history: who answers leads before people do, and how well, is known.

An agent acts on each of its leads before anybody else. One that closes was given its leads at random, and of the wins among them some are undone: with a
skill of a half of the best agent's, half of them. One that generates brought its leads, and has the better ones the higher its skill; what becomes of
them is left as it was.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from features.records.clock import SECOND
from features.records.history import Events, Floats, History, Strings
from features.settings.fields import ACTORS


def with_agents(
    history: History, skills: Mapping[str, float], share: float, seed: int
) -> tuple[History, dict[str, float]]:
    """Return a history in which agents answered a share of the leads, and the wins that each left of those it got, 0 to 1.

    Parameters
    ----------
    skills
        By the name and version of each agent; those of the best are kept whole.
    """
    rng = np.random.default_rng(seed)
    names, leads, outcomes = list(skills), history.leads, history.outcomes
    kept = {name: skill / max(skills.values()) for name, skill in skills.items()}
    agent = np.where(rng.random(len(leads)) < share, rng.integers(0, len(names), len(leads)), -1)
    leaves = np.append([kept[name] for name in names], 1.0)[agent]
    undone = outcomes.won & (rng.random(len(outcomes)) >= leaves[outcomes.lead])
    amount = np.where(undone, np.nan, outcomes.amount)
    outcomes = replace(outcomes, won=outcomes.won & ~undone, amount=amount)
    return replace(
        history, events=_with_touches(history, np.flatnonzero(agent >= 0), agent, names), outcomes=outcomes
    ), kept


def with_bringers(
    history: History, worth: Floats, skills: Mapping[str, float], share: float, seed: int, channel: str = "brought_by"
) -> tuple[History, Floats]:
    """Return a history in which agents brought a share of the leads that somebody brought, and acted on them first.

    With it comes by how much each agent prefers each lead (n, agents): the chance that it brought that lead rather than another agent; 0 where nobody did.

    Parameters
    ----------
    worth
        How good each lead (n,) is, in log-odds of being won.
    skills
        By the name and version of each agent the log-odds by which it prefers a lead that is better by one standard deviation: 0 brings any.
    channel
        The channel that names who brought a lead.
    """
    rng = np.random.default_rng(seed)
    names, brought_by = list(skills), history.leads.channels[channel].copy()
    by_somebody = np.array([name is not None for name in brought_by])
    brought = np.flatnonzero(by_somebody & (rng.random(len(brought_by)) < share))
    standard = (worth - worth[by_somebody].mean()) / worth[by_somebody].std()
    prefers = np.outer(standard, list(skills.values()))
    agent = np.full(len(brought_by), -1)
    agent[brought] = (prefers[brought] + rng.gumbel(size=(len(brought), len(names)))).argmax(axis=1)
    brought_by[brought] = np.array(names, np.object_)[agent[brought]]
    leads = replace(history.leads, channels={**history.leads.channels, channel: brought_by})
    chances = np.exp(prefers) / np.exp(prefers).sum(axis=1, keepdims=True) * by_somebody[:, None]
    return replace(history, leads=leads, events=_with_touches(history, brought, agent, names)), chances


def _with_touches(history: History, rows: np.ndarray, agent: np.ndarray, names: list[str]) -> Events:
    """Return the events with one of its agent for each of some leads, a minute after the lead came in."""
    events, size = history.events, len(rows)
    kind = next(code for name, code in history.schema.event_codes.items() if history.schema.kinds[name].actor == "rep")
    at = history.leads.created_at[rows] + 60 * SECOND
    nobody: Strings = np.full(len(events), None, np.object_)
    agents: Strings = np.array([names[number] for number in agent[rows]], np.object_)
    blank: Strings = np.full(size, None, np.object_)

    def joined(column: Strings | None) -> Strings | None:
        return None if column is None else np.concatenate((column, blank))

    whole = Events(
        np.concatenate((events.lead, rows.astype(events.lead.dtype))),
        np.concatenate((events.kind, np.full(size, kind, events.kind.dtype))),
        np.concatenate((events.occurred_at, at)),
        np.concatenate((events.recorded_at, at)),
        np.concatenate((events.value, np.full(size, np.nan))),
        np.concatenate((events.actor, np.full(size, ACTORS.index("agent"), events.actor.dtype))),
        joined(events.rep_id),
        joined(events.text),
        np.concatenate((nobody, agents)),
    )
    return whole.take(np.argsort(whole.recorded_at, kind="stable"))
