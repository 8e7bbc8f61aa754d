"""Lists hold what they are asked for, in their order, whatever the size of a page; and follow from the latest score and outcome."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from features.records.clock import DAY, HOUR
from features.simulation import world_schema
from serving.schemas.vocabulary import STATUSES
from serving.store import listing
from serving.store.erasing import erase_person
from serving.store.listing import ListingPage
from serving.store.records import Listed, NewEvent, NewLead, NewOutcome, StoredScore
from serving.store.store import Store
from serving.store.tables import LEADS

NOW = 20_000 * DAY


def score(lead_id: str, as_of: int, probability: float, **shown: Any) -> StoredScore:
    told = Listed(**({"expected_value": 100 * probability} | shown))
    return StoredScore(lead_id, as_of, "close", "7", probability, [], [], "{}", told)


def put(store: Store, *scores: StoredScore, at: int = NOW + 20) -> None:
    with store.writing(at) as transaction:
        transaction.add_scores(scores)


def ids(store: Store, **page: Any) -> list[str]:
    found = store.ask(listing.list_leads, ListingPage(**page))
    for most in (1, len(found) + 1):
        first = store.ask(listing.list_leads, ListingPage(**page, most=most))
        assert store.ask(listing.count_leads, ListingPage(**page, most=most), first) == len(found)
    return [lead.lead_id for lead in found]


@pytest.mark.parametrize("order", listing.ORDERS)
def test_pages_put_together_are_the_whole_list(store: Store, order: listing.Order) -> None:
    store.add_leads([NewLead(f"L{n}", {}, created_at=NOW - n % 3) for n in range(7)], NOW)
    put(store, *(score(f"L{n}", NOW + 20, (n % 4) / 4) for n in range(7)))
    column = order.removeprefix("-")

    listed: list[tuple[float, str]] = []
    while page := store.ask(listing.list_leads, ListingPage(order, after=listed[-1] if listed else None, most=2)):
        listed += [(getattr(lead, column), lead.lead_id) for lead in page]

    assert len(listed) == 7
    assert listed == sorted(listed, reverse=order.startswith("-"))


def test_list_is_filtered_by_standing_probability_and_creation(store: Store) -> None:
    store.add_leads([NewLead(f"L{n}", {}, created_at=NOW + n) for n in range(4)], NOW)
    won = NewOutcome("L0", NOW, won=True)
    store.add_outcomes([won, NewOutcome("L1", NOW, won=False)], NOW)
    put(store, score("L3", NOW + 20, 0.5))

    assert [sorted(ids(store, status=status)) for status in STATUSES] == [["L2", "L3"], ["L0"], ["L1"]]
    assert ids(store, least_probability=0.5) == ["L3"]
    assert ids(store, below_probability=0.5) == []
    assert sorted(ids(store, created_since=NOW + 2)) == ["L2", "L3"]
    assert ids(store, order="probability") == ["L3"]


def test_list_is_filtered_by_what_the_latest_score_decided(store: Store) -> None:
    store.add_leads([NewLead(f"L{n}", {}) for n in range(3)], NOW)
    put(
        store,
        score("L0", NOW + 20, 0.5, route="rep", step="prospect", source="fair", owner="R1", name="Müller & Söhne"),
        score("L1", NOW + 20, 0.5, route="nurture", step="name", source="web", owner="R2", name="50% off_all"),
        score("L2", NOW + 10, 0.5, route="rep", step="prospect", source="fair", owner="R1"),
        score("L2", NOW + 20, 0.1, route="nurture", step="target", source="fair", owner="R3"),
    )

    assert ids(store, route="rep") == ["L0"]
    assert ids(store, step="target") == ["L2"]
    assert sorted(ids(store, source="fair")) == ["L0", "L2"]
    assert ids(store, owner="R3") == ["L2"]
    assert ids(store, route="rep", source="web") == []
    assert ids(store, search="müller") == ids(store, search="MÜLLER & s") == ["L0"]
    assert ids(store, search="l2") == ["L2"]
    assert ids(store, search="50%") == ["L1"]
    assert ids(store, search="f_a") == ["L1"]
    assert ids(store, search="'; DROP TABLE leads") == []
    assert store.ask(listing.values_of, "source") == ["fair", "web"]
    assert store.ask(listing.values_of, "owner") == ["R1", "R2", "R3"]


def test_a_lead_is_found_from_the_moment_it_is_stored_and_by_its_latest_name(store: Store) -> None:
    store.add_leads([NewLead("L1-STRASSE", {}), NewLead("L2", {})], NOW)
    assert ids(store, search="straße") == ["L1-STRASSE"]
    assert sorted(ids(store, search="L")) == ["L1-STRASSE", "L2"]

    for at, name in ((20, "Jane Roe"), (21, "Jane Doe")):
        put(store, score("L2", NOW + at, 0.5, name=name))
    assert ids(store, search="doe") == ["L2"]
    assert ids(store, search="roe") == []


def test_the_longest_texts_fit_into_the_indexes(store: Store) -> None:
    rare = "".join(chr(0x1F300 + n) for n in range(200))  # four bytes each, and no two alike
    store.add_leads([NewLead(rare, {})], NOW)
    put(
        store,
        score(rare, NOW + 20, 0.5, name=rare[:80], source=rare[:80], owner=rare, route="nurture", step="prospect"),
    )

    assert ids(store, search=rare[:100]) == ids(store, owner=rare) == [rare]


def test_outcome_counts_whether_it_comes_before_or_after_its_lead_and_the_last_one_holds(store: Store) -> None:
    store.add_outcomes([NewOutcome("L0", NOW, won=True)], NOW)
    store.add_leads([NewLead("L0", {}), NewLead("L1", {})], NOW)
    store.add_outcomes([NewOutcome("L1", NOW, won=True), NewOutcome("L1", NOW, won=False)], NOW)

    assert ids(store, status="won") == ["L0"]
    assert ids(store, status="lost") == ["L1"]
    assert ids(store, status="open") == []


def test_a_move_is_against_the_last_score_at_least_a_day_before(store: Store) -> None:
    store.add_leads([NewLead("L0", {}), NewLead("L1", {})], NOW)
    for at, probability in ((0, 0.1), (20 * HOUR, 0.2), (25 * HOUR, 0.3), (30 * HOUR, 0.05)):
        put(store, score("L0", NOW + at, probability), at=NOW + at)
    put(store, score("L1", NOW + 30 * HOUR, 0.9), at=NOW + 30 * HOUR)

    (first, second) = store.ask(listing.list_leads, ListingPage(order="probability"))
    assert first.moved == pytest.approx(0.05 - 0.1)
    assert second.moved is None
    moves = store.ask(listing.moves_since, NOW + 10 * HOUR, 0.01, 5)
    assert [lead.lead_id for lead in moves] == ["L0"]
    assert store.ask(listing.moves_since, NOW + 10 * HOUR, 0.06, 5) == []
    assert store.ask(listing.moves_since, NOW + 31 * HOUR, 0.01, 5) == []

    store.add_outcomes([NewOutcome("L0", NOW, won=True)], NOW)
    assert store.ask(listing.moves_since, NOW + 10 * HOUR, 0.01, 5) == []


def test_a_lead_has_changed_when_it_moved_by_a_point_or_was_decided_otherwise(store: Store) -> None:
    store.add_leads([NewLead("L0", {})], NOW)

    def changed_at() -> int:
        (lead,) = store.ask(listing.list_leads, ListingPage())
        assert lead.changed_at is not None
        return int(lead.changed_at)

    seen = []
    for day, (probability, route) in enumerate([(0.1, "rep"), (0.105, "rep"), (0.115, "rep"), (0.115, "nurture")]):
        put(store, score("L0", NOW + day * DAY, probability, route=route))
        seen.append((changed_at() - NOW) // DAY)

    assert seen == [0, 0, 2, 3]
    assert ids(store, changed_since=NOW + 3 * DAY) == ["L0"]
    assert ids(store, changed_since=NOW + 3 * DAY + 1) == []


def test_erased_leads_are_in_no_list(store: Store) -> None:
    store.add_leads([NewLead("L0", {})], NOW)
    store.add_events([NewEvent("L0", "call", NOW, rep_id="R1")], NOW)
    put(store, score("L0", NOW + 20, 0.4, name="Jane Roe"))
    with store.writing(NOW) as transaction:
        assert erase_person(transaction, world_schema(), "L0", "erased-1")

    assert ids(store) == []
    assert ids(store, search="Jane") == []
    with store.reading() as connection:
        assert list(connection.execute(sa.select(LEADS.c.name, LEADS.c.searched))) == [(None, None)]
    store.add_outcomes([NewOutcome("erased-1", NOW, won=True)], NOW)
    assert ids(store, status="won") == []


@pytest.mark.parametrize("order", listing.ORDERS)
def test_each_lead_of_a_list_knows_its_place_and_the_next_one(store: Store, order: listing.Order) -> None:
    store.add_leads([NewLead(f"L{n}", {}, created_at=NOW - n % 3) for n in range(7)], NOW)
    put(store, *(score(f"L{n}", NOW + 20, (n % 4) / 4) for n in range(7)))
    store.add_outcomes([NewOutcome("L5", NOW, won=True)], NOW)
    page = ListingPage(order, status="open")
    inside = [lead.lead_id for lead in store.ask(listing.list_leads, page)]

    for at, lead_id in enumerate(inside):
        following = inside[at + 1] if at + 1 < len(inside) else None
        assert store.ask(listing.place_in, page, lead_id) == listing.PlaceInList(at + 1, len(inside), following)
    assert store.ask(listing.place_in, page, "L5") is None
    assert store.ask(listing.place_in, page, "none") is None


def test_a_rank_counts_the_open_leads_that_are_less_likely(store: Store) -> None:
    store.add_leads([NewLead(f"L{n:02d}", {}, created_at=NOW) for n in range(12)], NOW)
    put(store, *(score(f"L{n:02d}", NOW + 20, (n // 2) / 10) for n in range(12)))
    assert store.ask(listing.rank_of, 0.2) == 4 / 12  # those as likely are not among them
    assert store.ask(listing.rank_of, 0.0) == 0
    assert store.ask(listing.rank_of, 1.0) == 1
    store.add_outcomes([NewOutcome(f"L{n:02d}", NOW, won=False) for n in range(3)], NOW)
    assert store.ask(listing.rank_of, 0.2) is None  # nine are too few to say
