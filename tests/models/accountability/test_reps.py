"""Two skills of reps: laws, edges, the truth of a simulated company, and what a fall points to."""

import json
import re
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from features.records.clock import DAY
from features.records.history import History
from features.simulation import WorldSettings
from features.simulation.agents import with_agents
from features.simulation.company import SkillChange
from models.accountability.expectation import promised
from models.accountability.falls import Fall
from models.accountability.record import record_at
from models.accountability.reps import RepsReport, first_agents, judge_reps, shrunk, working_reps
from models.accountability.settings import AccountabilitySettings
from tests.models import company
from tests.models.accountability.companies import Batch, history_of, shuffled

SETTINGS = AccountabilitySettings()
STEADY = WorldSettings(leads=6000, seed=1).steady()


def history(settings: WorldSettings = STEADY) -> History:
    return company.checked(settings).history


@cache
def report(settings: WorldSettings = STEADY) -> RepsReport:
    return judge_reps(history(settings), SETTINGS, history(settings).known_until)


def test_both_skills_are_found_better_than_by_raw_figures() -> None:
    frame = report().frame().set_index("rep_id").drop(columns="actor").astype(float)
    truth = company.world(STEADY).reps.set_index("rep_id").loc[frame.index]
    closing = spearmanr(frame["closing"], truth["closing"]).statistic
    assert closing > 0.6
    assert closing > spearmanr(frame["close_ratio"], truth["closing"]).statistic
    assert spearmanr(frame["generating"], truth["generating"]).statistic > 0.7


def test_every_win_of_a_rep_is_counted_once_and_the_team_is_its_own_measure() -> None:
    rows = report().rows
    record = record_at(history(), history().known_until)
    assert sum(row.won for row in rows) == np.count_nonzero(record.won & (working_reps(record)[1] >= 0))
    assert sum(row.expected for row in rows) == pytest.approx(sum(row.won for row in rows))


def test_a_lead_belongs_to_who_acted_on_it_first() -> None:
    record = record_at(history(), history().known_until)
    names, rep = working_reps(record)
    world = company.world(STEADY)
    latent = world.latent["rep_id"].to_numpy()[world.rows(pd.Series(record.history.leads.lead_id))]
    known = rep >= 0
    assert known.mean() > 0.9
    assert (np.array(names)[rep[known]] == latent[known]).all()


def test_rates_of_few_wins_are_drawn_to_the_team_and_the_interval_narrows_with_wins() -> None:
    rate, low, high = shrunk(np.array([2.0, 20.0, 200.0, 100.0]), np.array([1.0, 10.0, 100.0, 200.0]))
    assert 1 < rate[0] < rate[1] < rate[2] < 2
    assert high[0] - low[0] > high[1] - low[1] > high[2] - low[2]
    assert rate[3] < high[3] < 1


def test_intervals_cover_the_truth() -> None:
    rng = np.random.default_rng(5)
    covered = []
    for _ in range(25):
        truth = rng.gamma(25, 1 / 25, 14)
        due = rng.uniform(20, 120, 14)
        _, low, high = shrunk(rng.poisson(truth * due).astype(float), due)
        covered.append(np.mean((low <= truth) & (truth <= high)))
    assert 0.85 <= np.mean(covered) <= 0.95


@cache
def with_planted_agents() -> tuple[RepsReport, dict[str, float]]:
    """A company in which four agents answered most leads first, the best twice as good as the worst."""
    skills = {"desk 1": 1.0, "desk 2": 0.5, "night 1": 0.75, "scout 2": 0.6}
    planted, kept = with_agents(history(), skills, 0.8, seed=5)
    return judge_reps(planted, SETTINGS, planted.known_until), kept


def test_agents_are_found_by_their_planted_skill_and_intervals_cover_it() -> None:
    planted, kept = with_planted_agents()
    rows = [row for row in planted.rows if row.actor == "agent"]
    assert rows[0].rep_id == "desk 1"
    assert {row.rep_id for row in rows} == {*kept}
    mean = np.average([kept[row.rep_id] for row in rows], weights=[row.expected for row in rows])
    inside = 0
    for row in rows:
        assert row.closing_low is not None
        assert row.closing_high is not None
        inside += row.closing_low <= kept[row.rep_id] / mean <= row.closing_high
    assert inside >= 3
    assert sum(row.won for row in rows) == pytest.approx(sum(row.expected for row in rows))


def test_agents_come_after_reps_and_take_nothing_from_them() -> None:
    planted, _ = with_planted_agents()
    actors = [row.actor for row in planted.rows]
    assert actors == sorted(actors, reverse=True)
    reps = {row.rep_id: row.leads for row in planted.rows if row.actor == "rep"}
    assert reps == {row.rep_id: row.leads for row in report().rows}
    assert planted.to_json()["distribution"]["closing"]["reps"] == len(reps)


def test_what_agents_brought_is_judged_beside_what_reps_brought() -> None:
    planted, _ = with_agents(history(), {"desk 1": 1.0, "scout 2": 0.9}, 0.5, seed=2)
    brought = planted.leads.channels["brought_by"].copy()
    rows = np.flatnonzero(np.arange(len(brought)) % 3 == 0)
    brought[rows] = np.where(rows % 2, "desk 1", "scout 2")
    changed = replace(planted, leads=replace(planted.leads, channels={**planted.leads.channels, "brought_by": brought}))
    told = {row.rep_id: row for row in judge_reps(changed, SETTINGS, changed.known_until).rows}
    assert told["desk 1"].brought == np.count_nonzero(brought == "desk 1")
    assert told["desk 1"].generating is not None
    assert told["R01"].brought == np.count_nonzero(brought == "R01")


def test_rep_and_agent_of_one_name_are_two() -> None:
    """The agent brought the leads that it acted on first; what names no agent is the rep's."""
    planted, _ = with_agents(history(), {"R01": 1.0, "scout 2": 0.9}, 0.5, seed=2)
    agents, agent = first_agents(record_at(planted, planted.known_until))
    its_own = agent == agents.index("R01")
    brought = planted.leads.channels["brought_by"] == "R01"
    told = {(row.actor, row.rep_id): row.brought for row in judge_reps(planted, SETTINGS, planted.known_until).rows}

    assert told["agent", "R01"] == np.count_nonzero(brought & its_own) > 0
    assert told["rep", "R01"] == np.count_nonzero(brought & ~its_own) > 0
    assert told["agent", "scout 2"] == 0


def test_two_versions_of_an_agent_are_two_and_nameless_ones_none() -> None:
    planted, _ = with_agents(history(), {"desk 1": 1.0, "desk 2": 1.0}, 0.5, seed=3)
    events = planted.events
    assert events.agent is not None
    known = events.agent.copy()
    known[known == "desk 1"] = None
    nameless = replace(planted, events=replace(events, agent=known))
    names, agent = first_agents(record_at(nameless, nameless.known_until))
    assert names == ["desk 2"]
    assert set(np.unique(agent)) == {-1, 0}
    assert first_agents(record_at(planted, planted.known_until))[0] == ["desk 1", "desk 2"]


def test_of_too_few_expected_wins_nothing_is_said() -> None:
    strict = SETTINGS.model_copy(update={"fewest_expected": 1e6})
    rows = judge_reps(history(), strict, history().known_until).rows
    assert all(row.closing is None and row.generating is None for row in rows)


def test_what_is_recorded_later_changes_nothing() -> None:
    past = history().known_until - 200 * DAY
    assert judge_reps(history(), SETTINGS, past) == judge_reps(history().as_known_at(past), SETTINGS, past)


@given(st.integers(1, 900))
@settings(max_examples=6, deadline=None)
def test_nothing_recorded_later_changes_the_report_of_any_day(days: int) -> None:
    small = company.checked().history
    past = small.known_until - days * DAY
    then = judge_reps(small.as_known_at(past), SETTINGS, past)
    assert judge_reps(small, SETTINGS, past).to_json() == then.to_json()


def test_a_history_that_names_no_rep_has_no_reps() -> None:
    bare = history_of((Batch("web", 300, 1000, 700, 140),), 1000)
    assert judge_reps(bare, SETTINGS, 1000 * DAY).rows == ()
    assert judge_reps(shuffled(bare, 1), SETTINGS, 1000 * DAY).falls == ()


def test_without_the_channel_that_names_who_brought_a_lead_closing_is_told_all_the_same() -> None:
    other = SETTINGS.model_copy(update={"brought_by": "nobody"})
    rows = judge_reps(history(), other, history().known_until).rows
    assert all(row.generating is None and row.closing is not None for row in rows)


def test_a_flood_points_to_the_leads() -> None:
    (fall,) = report(replace(STEADY.flooded(), seed=2)).falls
    assert (fall.points_to, fall.rep_id) == ("the leads", None)
    assert "What the leads answered when they came in promises" in fall.evidence
    assert fall.says.startswith("A fall that points to the leads: What the leads answered")


def test_a_whole_team_that_falls_with_the_same_answers_blames_nobody() -> None:
    everybody = tuple(SkillChange(rank, 9, -1.5) for rank in range(1, STEADY.reps.count + 1))
    fallen = replace(STEADY, leads=8000, reps=replace(STEADY.reps, changes=everybody))
    (fall,) = report(fallen).falls
    assert (fall.points_to, fall.rep_id) == ("no one cause", None)
    assert "these figures cannot tell which" in fall.evidence
    assert fall.says.startswith("A fall of which these figures cannot tell the cause")


def test_closers_who_fall_with_one_source_alone_point_to_its_leads() -> None:
    sources = tuple(
        replace(
            each,
            share=0.5 if each.name == "trade show" else each.share,
            collapse_at=9 if each.name == "trade show" else None,
        )
        for each in STEADY.sources
    )
    (fall,) = report(replace(STEADY, leads=8000, sources=sources)).falls
    assert fall.points_to == "the leads"
    assert "It is with leads of source 'trade show' alone: of all others they close" in fall.evidence


def test_closers_are_not_cleared_by_their_own_fall() -> None:
    """What is expected of the leads of now is the same whether they are closed or not."""
    now = history()
    record = record_at(now, now.known_until)
    recent = record.created(180)
    unclosed = replace(record, won=record.won & ~recent)
    learned = ~recent
    assert promised(unclosed, learned).probability[recent] == pytest.approx(
        promised(record, learned).probability[recent]
    )
    assert promised(record, learned).tells


def test_answers_that_foretell_nothing_clear_nobody() -> None:
    record = record_at(history(), history().known_until)
    shuffle = np.random.default_rng(3).permutation(len(record.won))
    assert not promised(replace(record, won=record.won[shuffle]), np.ones(len(record.won), np.bool_)).tells


def test_a_quiet_team_has_no_fall() -> None:
    assert report().falls == ()


def test_the_best_closer_who_falls_alone_is_named() -> None:
    worse = WorldSettings(leads=12_000, seed=3).steady().with_bad_closer(effect=-4.0)
    best = company.world(worse).reps.set_index("rep_id")["closing"].idxmax()
    falls: tuple[Fall, ...] = report(worse).falls
    assert [(fall.points_to, fall.rep_id) for fall in falls] == [("the person", best)]
    assert re.search(
        r"while the others closed \d+ % of what was to be expected of leads from the same sources", falls[0].evidence
    )


def test_the_report_is_plain_json() -> None:
    content = json.loads(json.dumps(report().to_json(), allow_nan=False))
    assert len(content["reps"]) == 14
    assert "not assigned at random" in content["warning"]
