"""Worlds drawn at random: their structure varies, their truth is borne out by what happens in them, and they export what was known."""

import ast
from pathlib import Path

import numpy as np
import pytest
from pandas.testing import assert_frame_equal

from bench.worlds import World, changing, draw_structure, tables
from bench.worlds.structure import Shift, Structure, stream
from features.records.clock import DAY

SEEDS = (1, 2, 8, 21, 54)
by_seed = pytest.mark.parametrize("seed", SEEDS)
FOLDER = Path(__file__).parents[2] / "bench" / "worlds"


def test_structures_differ_in_everything_that_matters() -> None:
    drawn = [draw_structure(seed) for seed in range(60)]
    assert all(500 <= one.leads <= 50_000 and 0.02 <= one.base_rate <= 0.6 for one in drawn)
    assert min(one.leads for one in drawn) < 1_000
    assert max(one.leads for one in drawn) > 25_000
    kinds: list[bool] = [bool(one.kinds) for one in drawn]
    changes = {source.change for one in drawn for source in one.sources}
    assert changes == {"none", "collapse", "recover", "swap", "arrive", "flood"}
    assert {one.recording.outcomes for one in drawn} == {"at_once", "working_day", "weekly", "quarterly"}
    questions = {question.kind for one in drawn for question in one.questions}
    assert questions == {"ordered", "category", "flag", "number", "text"}
    for happens in (
        kinds,
        [one.steady for one in drawn],
        [one.timing.own_day for one in drawn],
        [one.timing.stretch != 0 for one in drawn],
        [bool(one.interactions) for one in drawn],
        [one.accounts > 0 for one in drawn],
        [one.season > 0 for one in drawn],
        [one.recording.clock for one in drawn],
    ):
        assert 0.1 < np.mean(happens) < 0.9


def test_a_steady_world_changes_in_nothing() -> None:
    for seed in range(40):
        drawn = draw_structure(seed, steady=True)
        assert all(source.change == "none" for source in drawn.sources)
        assert (drawn.season, drawn.price, drawn.closers, drawn.worse_leads) == (0.0, None, None, None)


def test_a_part_set_by_hand_leaves_what_does_not_rest_on_it_as_it_was() -> None:
    drawn, changed = draw_structure(5), draw_structure(5, leads=700, price=Shift(0.5, -1.0))
    assert (changed.leads, changed.price) == (700, Shift(0.5, -1.0))
    assert changed.questions == drawn.questions
    assert changed.sources == drawn.sources
    assert changed.timing == drawn.timing
    with pytest.raises(TypeError, match=r"A world has no 'colour': set one of .*base_rate"):
        draw_structure(5, colour="red")


def export(seed: int, leads: int = 800) -> tuple[World, Structure]:
    world = World(seed, leads=leads)
    return world, world.structure


@by_seed
def test_a_seed_makes_the_same_tables_again(seed: int) -> None:
    (one, structure), (again, _), (other, _) = export(seed), export(seed), export(seed + 1)
    assert_frame_equal(tables.leads_table(structure, one.people), tables.leads_table(structure, again.people))
    assert_frame_equal(
        tables.events_table(structure, one.people, one.closing, one.events),
        tables.events_table(structure, again.people, again.closing, again.events),
    )
    assert not np.array_equal(one.people.created, other.people.created)


@by_seed
def test_truth_is_borne_out_by_what_happens(seed: int) -> None:
    world = World(seed, leads=6_000)
    lead = np.arange(0, 6_000, 2)
    for age in world.structure.ages_days:
        as_of = world.people.created[lead] + age
        rows = world.is_open(lead, as_of)
        own = world.own_chance(lead[rows], as_of[rows])
        on_record = world.on_record(lead[rows], as_of[rows])
        won = world.won_in_time(lead[rows], as_of[rows])
        assert won.sum() == pytest.approx(own.sum(), abs=4 * np.sqrt((own * (1 - own)).sum()))
        order = np.argsort(on_record)
        for part in np.array_split(order, 4):  # also where the chance is small, and where it is large
            over = own[part] - on_record[part]
            assert abs(over.mean()) < 4 * over.std() / np.sqrt(len(part)) + 1e-4
        assert np.std(on_record) <= np.std(own) + 0.005  # what is on record tells less than all


def test_what_is_on_record_is_the_whole_truth_where_nothing_is_hidden() -> None:
    shown = draw_structure(4).questions
    open_questions = tuple(type(one)(**{**vars(one), "answered": 50.0, "leaning": 0.0}) for one in shown)
    world = World(4, leads=600, questions=open_questions, interest=0.0, skill=0.0)
    lead = np.arange(600)
    created = world.people.created
    np.testing.assert_allclose(world.on_record(lead, created), world.own_chance(lead, created), rtol=1e-9)


def test_a_source_that_collapses_closes_less_and_the_truth_knows_it() -> None:
    rng = stream(0, "test")
    sources = draw_structure(2).sources
    world = World(2, leads=8_000, sources=(changing(sources[0], "collapse", rng, at=0.5), *sources[1:]))
    people, half = world.people, world.structure.days / 2
    lead = np.flatnonzero(people.source == 0)
    before, after = lead[people.created[lead] < half], lead[people.created[lead] >= half]
    chance = [world.own_chance(rows, people.created[rows]).mean() for rows in (before, after)]
    assert chance[1] < 0.7 * chance[0]


@by_seed
def test_an_export_breaks_no_rule_and_holds_only_what_was_known(seed: int) -> None:
    world, structure = export(seed)
    history = world.history()
    assert len(history.leads) == 800
    assert history.leads.created_at.max() <= history.known_until
    created = history.leads.created_at
    assert np.all(history.events.occurred_at >= created[history.events.lead])
    assert np.all(history.events.recorded_at <= history.known_until)
    assert np.all(history.outcomes.recorded_at >= history.outcomes.closed_at)
    assert np.all(history.outcomes.recorded_at <= history.known_until)
    closed = np.full(800, history.known_until + DAY)
    closed[history.outcomes.lead] = history.outcomes.closed_at
    assert np.all(history.events.occurred_at <= closed[history.events.lead])
    assert structure.horizon_days == history.schema.horizon_days


def test_it_shares_no_code_with_the_first_simulator() -> None:
    for file in FOLDER.glob("*.py"):
        names = {
            node.module or ""
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
            if isinstance(node, ast.ImportFrom)
        }
        assert not [name for name in names if name.startswith(("features.simulation", "features.simulation"))]
