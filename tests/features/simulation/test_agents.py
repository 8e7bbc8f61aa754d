"""Agents in a simulated history: they act first, and leave the share of the wins that was planted."""

from __future__ import annotations

import numpy as np
import pytest

from features.settings.fields import ACTORS
from features.simulation.agents import with_agents, with_bringers
from tests.models import company

SKILLS = {"desk 1": 0.5, "desk 2": 0.25}


def test_agents_act_first_on_their_share_and_leave_what_was_planted() -> None:
    before = company.checked().history
    history, kept = with_agents(before, SKILLS, 0.5, seed=1)
    events = history.events
    assert kept == {"desk 1": 1.0, "desk 2": 0.5}
    assert events.agent is not None
    acted = events.actor == ACTORS.index("agent")
    assert {str(name) for name in events.agent[acted]} == {*SKILLS}
    assert np.count_nonzero(acted) == pytest.approx(0.5 * len(history.leads), rel=0.1)
    assert all(name is None for name in events.agent[~acted])
    assert (np.diff(events.recorded_at) >= 0).all()
    won, then = before.outcomes.won, history.outcomes.won
    assert (won | ~then).all()
    for name, share in kept.items():
        lead = events.lead[acted & (events.agent == name)]
        of_agent = np.isin(history.outcomes.lead, lead)
        assert then[of_agent].sum() / won[of_agent].sum() == pytest.approx(share, abs=0.15)
    assert np.isnan(history.outcomes.amount[won & ~then]).all()


def test_agents_that_generate_bring_better_leads_by_their_skill_and_change_no_outcome() -> None:
    before = company.checked().history
    worth = np.random.default_rng(2).standard_normal(len(before.leads))
    skills = {"scout 1": 0.0, "scout 2": 1.0, "scout 3": -1.0}
    history, chances = with_bringers(before, worth, skills, 0.8, seed=1)
    brought_by, reps = history.leads.channels["brought_by"], before.leads.channels["brought_by"]
    of_agent = np.isin(brought_by.astype(str), ["scout 1", "scout 2", "scout 3"])
    known = np.array([name is not None for name in reps])

    mean = {name: worth[brought_by == name].mean() for name in ("scout 1", "scout 2", "scout 3")}
    assert mean["scout 3"] < -0.3 < mean["scout 1"] < 0.3 < mean["scout 2"]
    assert not of_agent[~known].any()
    assert chances[known].sum(axis=1) == pytest.approx(np.ones(np.count_nonzero(known)))
    assert not chances[~known].any()
    for column, name in enumerate(skills):
        expected = (chances[:, column] @ worth) / chances[:, column].sum()
        assert mean[name] == pytest.approx(expected, abs=0.15)
    assert np.count_nonzero(of_agent) == pytest.approx(0.8 * np.count_nonzero(known), rel=0.1)
    assert (brought_by[~of_agent] == reps[~of_agent]).all()
    assert history.outcomes is before.outcomes
    acted = history.events.actor == ACTORS.index("agent")
    assert sorted(history.events.lead[acted]) == np.flatnonzero(of_agent).tolist()
