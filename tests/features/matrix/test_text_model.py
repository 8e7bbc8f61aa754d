"""What words tell: learned from the past alone, from words that many wrote, and only where later leads bear it out."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy.special import expit

from features.matrix.matrix import catalogue, feature_matrix
from features.matrix.target_sums import fit_target_statistics
from features.matrix.text_model import MILLIONTHS, Readings, read_texts
from features.matrix.texts import words_at
from features.matrix.track_record import TargetStatistics
from features.records.clock import DAY
from features.records.history import Events, History, Leads, Moments, creations
from features.settings.fields import EventKind, LeadField
from features.settings.schema import LeadSchema
from tests.features.strategies import START, events_of, outcomes_of, texts

N, DAYS = 1500, 600
SCHEMA = LeadSchema(fields={"wish": LeadField(role="answer", type="text", obstacle="need")}, horizon_days=30)
COMMON = ("we", "need", "some", "units", "of", "it", "for", "our", "new", "plant", "and", "would", "like", "to", "hear")


@cache
def company(strength: float = 1.0, seed: int = 1) -> History:
    """Return leads of which those that write "tender" are won more often by a strength, and those of "student" less."""
    rng = np.random.default_rng(seed)
    created = START + np.sort(rng.integers(0, DAYS * DAY, N))
    said, margin = [], np.full(N, -0.5)
    for lead in range(N):
        words = list(rng.choice(COMMON, 8))
        for word, share, weight in (("tender", 0.2, 2.0), ("student", 0.2, -2.0)):
            if rng.random() < share:
                words.insert(int(rng.integers(1, 8)), word)
                margin[lead] += strength * weight
        if lead % 40 == 0:
            words.insert(3, "Kowalski" if lead % 80 else "zebra")  # in 19 leads each
        words.insert(3, "Berlin" if rng.random() < 0.1 else "here")
        said.append(" ".join(words))
    won = rng.random(N) < expit(margin)
    closed = created + rng.integers(1, 29, N) * DAY
    rows = [(lead, int(closed[lead]), int(closed[lead]), bool(won[lead])) for lead in range(N)]
    ids = texts([f"L{lead:04}" for lead in range(N)])
    leads = Leads(ids, created, {"wish": np.full(N, 9.0)}, {}, texts={"wish": texts(said)})
    return History(SCHEMA, leads, Events.none(), outcomes_of(rows), START + DAYS * DAY)


def last(history: History) -> dict[str, int]:
    return dict(read_texts(history)["wish"].readings[-1].weights)


def test_words_that_decide_are_found_and_weigh_the_right_way() -> None:
    weights = last(company())
    assert weights["tender"] > MILLIONTHS
    assert weights["student"] < -MILLIONTHS
    others = [weight for term, weight in weights.items() if not {"tender", "student"} & set(term.split(" "))]
    assert all(abs(weight) < MILLIONTHS / 2 for weight in others)


def test_where_words_tell_nothing_nothing_is_read_from_them() -> None:
    read = [read_texts(company(0.0, seed))["wish"].readings for seed in range(2, 6)]
    assert sum(not one.weights for readings in read for one in readings) > 0.9 * sum(map(len, read))


def test_nothing_that_is_recorded_later_changes_a_reading_or_a_feature() -> None:
    history = company()
    whole, books = read_texts(history)["wish"].readings, fit_target_statistics(history)
    for day in (200, 333, 470):
        known = history.as_known_at(START + day * DAY)
        then = read_texts(known)["wish"].readings
        assert then == whole[: len(then)]
        assert len(then) > 5
        moments = creations(known)
        np.testing.assert_array_equal(
            message(known, moments, fit_target_statistics(known)), message(history, moments, books)
        )


def message(history: History, moments: Moments, books: TargetStatistics) -> np.ndarray:
    place = [feature.name for feature in catalogue(history.schema)].index("wish_message")
    return feature_matrix(history, moments, books)[:, place].view(np.int32)


def test_no_order_of_leads_changes_a_reading() -> None:
    history = company()
    order = np.random.default_rng(3).permutation(N)
    shuffled = history.of_leads(order) if len(order) != N else _reordered(history, order)
    assert read_texts(shuffled) == read_texts(history)


def _reordered(history: History, order: np.ndarray) -> History:
    position = np.empty(N, np.int32)
    position[order] = np.arange(N)
    outcomes = replace(history.outcomes, lead=position[history.outcomes.lead])
    return replace(history, leads=history.leads.take(order), outcomes=outcomes)


def test_no_name_and_no_rare_word_is_kept() -> None:
    every = {
        word
        for reading in read_texts(company(3.0))["wish"].readings
        for term in reading.weights
        for word in term.split(" ")
    }
    assert {"tender", "student"} <= every
    assert not {"kowalski", "zebra", "berlin"} & every


def test_books_with_readings_come_back_from_json() -> None:
    books = fit_target_statistics(company())
    again = TargetStatistics.from_json(books.to_json())
    moments = creations(company())
    np.testing.assert_array_equal(message(company(), moments, again), message(company(), moments, books))
    assert Readings.from_json(books.texts["wish"].to_json()) == books.texts["wish"]


def test_the_feature_is_the_sum_of_its_words_as_the_moment_knows_the_text() -> None:
    history, books = company(), fit_target_statistics(company())
    early, late = START + 500 * DAY, START + 590 * DAY
    lead = int(np.flatnonzero(history.leads.created_at < early)[-1])
    answer = events_of([(lead, 0, early + DAY, early + 2 * DAY, 2.0, 0), (lead, 0, late - DAY, late - DAY, np.nan, 0)])
    told = replace(history, events=replace(answer, text=texts(["A TENDER!", None])))
    moments = Moments(np.array([lead] * 3, np.int32), np.array([early + DAY, early + 3 * DAY, late]))
    values = message(told, moments, books).view(np.float32)
    weight = books.texts["wish"].at(early + 3 * DAY)
    assert weight is not None
    assert values[1] == pytest.approx(weight.weights["tender"] / MILLIONTHS)
    assert np.isnan(values[2])  # withdrawn
    words = words_at(told, moments, books.texts)
    assert words[1] == {"wish": {"tender": weight.weights["tender"]}}
    assert sum(words[0]["wish"].values()) / MILLIONTHS == pytest.approx(values[0])
    assert words[2] == {}


MAILS = LeadSchema(kinds={"mail": EventKind(obstacle="trust", text=True)}, horizon_days=30)


@cache
def correspondence(strength: float = 2.0) -> History:
    """Return leads that write two mails each; whoever mentions "approval" in the second is won more often by a strength, after that."""
    rng = np.random.default_rng(11)
    created = START + np.sort(rng.integers(0, DAYS * DAY, N))
    approved = rng.random(N) < 0.3
    won = rng.random(N) < expit(np.where(approved, strength, -0.7))
    rows, said = [], []
    for lead in range(N):
        for day, more in ((1, ""), (5, " approval" if approved[lead] else "")):
            at = int(created[lead]) + day * DAY
            rows.append((lead, 0, at, at, np.nan, 0))
            said.append(" ".join(rng.choice(COMMON, 6)) + more)
        # Whoever has signed says so, which foretells nothing.
        if won[lead]:
            rows.append((lead, 0, int(created[lead]) + 21 * DAY, int(created[lead]) + 21 * DAY, np.nan, 0))
            said.append("signed today")
    endings = [(lead, at := int(created[lead]) + 20 * DAY, at, bool(won[lead])) for lead in range(N)]
    events = replace(events_of(rows), text=texts(said))
    leads = Leads(texts([f"L{lead:04}" for lead in range(N)]), created, {}, {})
    return History(MAILS, leads, events, outcomes_of(endings), START + DAYS * DAY)


def test_text_of_events_is_learned_from_as_of_each_and_what_follows_an_end_is_not() -> None:
    weights = dict(read_texts(correspondence())["mail"].readings[-1].weights)
    assert weights["approval"] > MILLIONTHS
    assert not {"signed", "today"} & set(weights)


def test_text_of_events_that_tells_nothing_is_not_read() -> None:
    readings = read_texts(correspondence(-0.7))["mail"].readings
    assert len(readings) > 15
    assert sum(not one.weights for one in readings) > 0.9 * len(readings)


def test_nothing_that_is_recorded_later_changes_what_mails_tell() -> None:
    history = correspondence()
    whole = read_texts(history)["mail"].readings
    then = read_texts(history.as_known_at(START + 333 * DAY))["mail"].readings
    assert then == whole[: len(then)]
    assert any(one.weights for one in then)


def test_the_last_messages_are_read_together() -> None:
    history, books = correspondence(), fit_target_statistics(correspondence())
    assert history.events.text is not None
    lead = int(history.events.lead[["approval" in said for said in history.events.text]][-1])
    created = int(history.leads.created_at[lead])
    moments = Moments(np.array([lead] * 3, np.int32), created + np.array([0, 2, 6]) * DAY)
    known = words_at(history, moments, books.texts)
    assert [list(one.get("mail", {"none": 0})) for one in known] == [["none"], [], ["approval"]]


@pytest.mark.parametrize(("bearers", "is_kept"), [(0.05, True), (0.2, False)])
def test_a_word_that_many_of_its_writers_bear_as_a_name_is_not_kept(bearers: float, is_kept: bool) -> None:
    history = company()
    wrote = np.array(["tender" in text for text in history.leads.texts["wish"]])
    bear = np.random.default_rng(2).random(N) < bearers * wrote.mean()
    named = texts(["Jo Tender, jo@acme.com" if one else "Al Roe" for one in bear])
    told = replace(history, leads=replace(history.leads, names=named))
    assert ("tender" in last(told)) == is_kept
    assert "student" in last(told)
