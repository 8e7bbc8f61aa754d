"""The letter says in plain words what counted, what would have led elsewhere, who decides and how to object; and nothing is made up."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest

from features.records.clock import to_datetime, to_microseconds
from features.settings.fields import LeadField
from features.settings.schema import LeadSchema
from models.close.reasons.sentences import label
from serving.analytics.what_if import suppose
from serving.champion.champion import Champion
from serving.pages.letter import WHAT_HAPPENS, LetterError, answers_to_suppose, letter
from serving.pages.render import Frame, render
from serving.pages.routes.letter import letter_of
from serving.schemas.score import Score
from serving.settings.letter import LetterSettings
from serving.store import reading
from serving.store.records import NewLead
from serving.store.store import Store

SETTINGS = LetterSettings(
    sender="Roe & Sons",
    decides="Ann Roe looks at every estimate and decides whom we call.",
    objections="Write to <privacy@roe.example> to speak with a person.",
)


@pytest.fixture
def now(champion: Champion) -> int:
    return to_microseconds(to_datetime(champion.model.trained_until))


def stored(store: Store, champion: Champion, now: int) -> None:
    """Store a lead that has answered the first value of every list."""
    answers = {name: field.values[0] for name, field in champion.intake.answers.items() if field.values}
    source = next(iter(champion.intake.channels))
    store.add_leads([NewLead("L1", {**answers, source: "webinar"}, created_at=now - 1)], now - 1)


def test_letter_says_all_that_is_asked_of_it(champion: Champion, store: Store, now: int) -> None:
    stored(store, champion, now)

    found = store.ask(letter_of, champion, SETTINGS, "L1", now)

    assert found is not None
    assert found.outcome in WHAT_HAPPENS.values()
    assert found.weighed
    assert all(
        re.fullmatch(r"counted (much|something|a little) (for|against) an order", one.counted) for one in found.weighed
    )
    assert len(found.used) == sum(bool(field.values) for field in champion.intake.answers.values())
    page = html.unescape(render("letter", Frame(), page=found, style=""))
    for said in (found.outcome, SETTINGS.decides, SETTINGS.objections, SETTINGS.sender, "version 7", *found.changes):
        assert said in page
    assert all(one.known in page for one in found.weighed)
    assert "<privacy@" not in render("letter", Frame(), page=found, style="")


def test_change_that_is_named_leads_there_when_it_is_made(champion: Champion, store: Store, now: int) -> None:
    stored(store, champion, now)
    found = store.ask(letter_of, champion, SETTINGS, "L1", now)
    assert found is not None

    (lead,) = store.ask(reading.leads_of, ["L1"]).values()
    elsewhere = set()
    for name, field in champion.intake.answers.items():
        for value in ("true", "false") if field.type == "flag" else field.values[1:]:
            both = store.ask(suppose, champion, lead, {name: value}, now)
            assert isinstance(both.now, Score)
            assert isinstance(both.then, Score)
            if both.then.decision.route != both.now.decision.route:  # type: ignore[union-attr]
                said = {"true": "yes", "false": "no"}.get(value, value)
                elsewhere.add((label(name, field), said, WHAT_HAPPENS[both.then.decision.route]))  # type: ignore[union-attr]
    named = {
        (change.partition("to “")[2].partition("”, ")[0], value, change.partition("”, ")[2].removesuffix("."))
        for change in found.changes
        for value in re.findall("“([^”]*)”", change.partition(" to “")[0])
    }
    assert named <= elsewhere
    assert bool(named) == bool(elsewhere)


@pytest.mark.parametrize(
    ("probability", "said"),
    [(0.004, "fewer than 1 of 100 such"), (0.031, "about 3 of 100 such"), (0.999, "more than 99 of 100 such")],
)
def test_no_estimate_is_called_none_or_all(
    champion: Champion, store: Store, now: int, probability: float, said: str
) -> None:
    stored(store, champion, now)
    (lead,) = store.ask(reading.leads_of, ["L1"]).values()
    score = store.ask(suppose, champion, lead, {}, now).now.model_copy(update={"probability": probability})

    assert letter(lead, score, {}, champion.intake, SETTINGS, to_datetime(now), {}).estimate.startswith(said)


def test_yes_and_no_are_supposed_too() -> None:
    schema = LeadSchema(
        fields={
            "urgent": LeadField(role="answer", obstacle="hurry", type="flag"),
            "budget": LeadField(role="answer", obstacle="money", values=("none", "some")),
        }
    )
    assert answers_to_suppose(schema, {"urgent": True, "budget": "none"}) == [("urgent", "false"), ("budget", "some")]
    assert answers_to_suppose(schema, {}) == [
        ("urgent", "true"),
        ("urgent", "false"),
        ("budget", "none"),
        ("budget", "some"),
    ]


def test_nobody_and_somebody_erased_get_none(champion: Champion, store: Store, now: int) -> None:
    assert store.ask(letter_of, champion, SETTINGS, "nobody", now) is None


@pytest.mark.parametrize("missing", ["sender", "decides", "objections"])
def test_who_decides_is_never_made_up(champion: Champion, store: Store, now: int, missing: str) -> None:
    stored(store, champion, now)
    settings = SETTINGS.model_copy(update={missing: " "})

    with pytest.raises(LetterError, match=rf"\[letter\] must say {missing}, got nothing"):
        store.ask(letter_of, champion, settings, "L1", now)


def test_model_that_decides_nothing_writes_no_letter(champion: Champion, store: Store, now: int) -> None:
    stored(store, champion, now)
    undecided = replace(champion, beside=replace(champion.beside, decider=None))

    with pytest.raises(LetterError, match="must be about a decision"):
        store.ask(letter_of, undecided, SETTINGS, "L1", now)
