"""The champions that stand: a stack of promotions, in which refreshes take the place of what they refresh."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.registry.champions import Cause, ChampionChange, Kind, NoEarlierChampionError, changes_of, earlier, standing

AT = datetime(2026, 10, 1, tzinfo=UTC)


def told(*steps: tuple[Kind, str] | tuple[Kind, str, int]) -> list[ChampionChange]:
    """Return changes, each from the version before."""
    changes: list[ChampionChange] = []
    for kind, version, *back in steps:
        previous = changes[-1].version if changes else None
        changes.append(ChampionChange(len(changes) + 1, version, previous, Cause(kind, AT, "Ann", "", *back)))
    return changes


def test_the_previous_champion_is_the_last_refresh_of_the_model_before() -> None:
    changes = told(("first", "1"), ("refreshed", "2"), ("refreshed", "3"), ("promoted", "4"), ("refreshed", "5"))
    assert standing(changes, "5") == ("3", "5")
    assert earlier(changes, "5", 1) == "3"


def test_going_back_twice_never_returns_to_what_was_left() -> None:
    changes = told(("first", "1"), ("promoted", "2"), ("promoted", "3"), ("rolled back", "2", 1))
    assert standing(changes, "2") == ("1", "2")
    assert earlier(changes, "2", 1) == "1"


def test_several_steps_go_back_at_once_and_a_version_may_serve_twice() -> None:
    changes = told(("first", "1"), ("promoted", "2"), ("overruled", "1"), ("promoted", "3"))
    assert [earlier(changes, "3", steps) for steps in (1, 2, 3)] == ["1", "2", "1"]
    back = [*changes, ChampionChange(5, "1", "3", Cause("rolled back", AT, "Ann", "", 3))]
    assert standing(back, "1") == ("1",)


def test_a_change_that_nobody_recorded_counts() -> None:
    changes = told(("first", "1"), ("promoted", "2"))
    assert standing(changes, "7") == ("1", "2", "7")
    assert earlier(changes, "7", 1) == "2"
    assert standing([], "2") == ("2",)


@pytest.mark.parametrize("steps", [0, 2, -1])
def test_there_are_only_so_many(steps: int) -> None:
    changes = told(("first", "1"), ("promoted", "2"))
    with pytest.raises(NoEarlierChampionError, match=rf"there are 1 \(1\); got {steps} steps: see `glengarry models`"):
        earlier(changes, "2", steps)


STEPS = st.lists(st.tuples(st.sampled_from(["promoted", "refreshed", "rolled back"]), st.integers(1, 4)), max_size=12)


@given(STEPS)
def test_what_is_rolled_back_to_has_served_and_a_rollback_undoes_promotions_only(steps: list[tuple[Kind, int]]) -> None:
    """Played step by step beside a stack that is kept by hand."""
    changes, stack = told(("first", "0")), ["0"]
    for kind, back in steps:
        serving = stack[-1]
        if kind == "rolled back":
            if back >= len(stack):
                with pytest.raises(NoEarlierChampionError, match="must go back"):
                    earlier(changes, serving, back)
                continue
            version = earlier(changes, serving, back)
            del stack[-back:]
        else:
            version, back = str(len(changes)), 0
            if kind == "refreshed":
                stack.pop()
            stack.append(version)
        changes.append(ChampionChange(len(changes) + 1, version, serving, Cause(kind, AT, "Ann", "", back)))
        assert version == stack[-1]
        assert standing(changes, version) == tuple(stack)


def test_a_change_is_read_as_it_was_written_without_passwords() -> None:
    change = ChampionChange(12, "3", None, Cause("overruled", AT, "Ann", "see https://ann:hush@host/wiki"))
    name, content = change.tag
    assert (name, "hush" in content) == ("champion/000012", False)
    (again,) = changes_of({"3": {name: content, "gate/verdict": "passed"}, "2": {}})
    assert (again.number, again.version, again.previous, again.cause.at) == (12, "3", None, AT)
    assert json.loads(content)["reason"] == again.cause.reason == "see https://***@host/wiki"
