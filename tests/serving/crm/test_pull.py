"""Pulls: everything that was changed, once, by the rules of the webhooks, in both databases."""

from __future__ import annotations

from collections import deque
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from bench.harness.crm_stand_in import StandIn
from bench.harness.dynamics_stand_in import DynamicsStandIn
from bench.harness.hubspot_stand_in import HubSpotStandIn
from bench.harness.salesforce_stand_in import SalesforceStandIn
from features.records.clock import HOUR
from serving.crm import bounded, hubspot
from serving.crm.connect import connect_crm
from serving.crm.http import CrmError
from serving.crm.hubspot import HubSpot
from serving.crm.pull import PullReport, beginning, pull
from serving.settings.crm import CrmSettings
from serving.store import reading
from serving.store.crm_records import CrmPosition, crm_records
from serving.store.erasing import erase_person
from serving.store.listing import ListingPage, list_leads
from serving.store.tables import EVENTS, LEADS, LEFTOVERS, OUTCOMES, REMOVALS, SCORES, SNAPSHOTS
from serving.store.transaction import staying
from tests.serving.crm.conftest import DYNAMICS, ENVIRONMENT, HUBSPOT, SALESFORCE, Desk

LEAD, OTHER, DEAL = "00Q000000000017AAA", "00Q000000000019AAA", "006000000000018AAA"
ROW, SECOND = "11111111-2222-3333-4444-555555555555", "11111111-2222-3333-4444-666666666666"


def pulled(
    desk: Desk, settings: CrmSettings, stand_in: StandIn, *, testing: bool = False, **changed: Any
) -> PullReport:
    settings = settings.model_copy(update=changed)
    crm = connect_crm(settings, ENVIRONMENT, stand_in.transport(), clock=desk.waits.clock, sleep=desk.waits.sleep)
    webhook = desk.champion.webhooks[settings.webhook]
    try:
        return pull(desk.store, settings, webhook, crm, lambda: desk.champion, desk.clock, testing=testing)
    finally:
        crm.close()


def rows(desk: Desk) -> dict[str, int]:
    with desk.store.reading() as connection:
        tables = (LEADS, EVENTS, OUTCOMES, SCORES, SNAPSHOTS, LEFTOVERS)
        return {
            table.name: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for table in tables
        }


def fields(desk: Desk, lead_id: str) -> Any:
    return desk.store.ask(reading.leads_of, [lead_id])[lead_id].fields


def scores(desk: Desk, lead_id: str) -> list[float]:
    return [score.probability for score in desk.store.ask(reading.scores_of, lead_id)]


def test_deals_of_hubspot_come_in_by_the_rules_of_its_webhook(desk: Desk) -> None:
    stand_in = HubSpotStandIn()
    stand_in.put("17", dealname="A deal", budget="none", hs_analytics_source="PAID_SEARCH", hs_is_closed="false")
    stand_in.put(
        "18",
        budget="some",
        hs_is_closed="true",
        hs_is_closed_won="true",
        closedate="2026-01-05T09:00:00Z",
        amount="900",
    )
    first = pulled(desk, HUBSPOT, stand_in)

    assert first.records == {"deals": 2}
    assert first.stored["leads"] == 2
    assert first.unread == 0
    assert fields(desk, "17")["budget"] == "none"
    assert fields(desk, "17")["source"] == "PAID_SEARCH"
    (outcome,) = desk.store.ask(reading.outcomes_of, ["18"])["18"]
    assert (outcome.won, outcome.amount) == (True, 900)
    assert len(scores(desk, "17")) == 1

    before = rows(desk)
    assert pulled(desk, HUBSPOT, stand_in).records == {"deals": 2}  # again, as each pull overlaps the one before
    assert rows(desk) == before

    stand_in.ticks += 86_400
    stand_in.put("17", budget="some")  # a rep asks, and writes the answer into the CRM
    pulled(desk, HUBSPOT, stand_in)
    assert len(set(scores(desk, "17"))) == 2
    assert rows(desk)["events"] == before["events"] + 1
    assert stand_in.broken == []


def test_leads_and_opportunities_of_salesforce_come_in_and_become_one_when_converted(desk: Desk) -> None:
    stand_in = SalesforceStandIn()
    stand_in.put(
        LEAD, Budget__c="none", LeadSource="Web", Email="ada@nordwind.example", IsConverted=False, Status="New"
    )
    stand_in.put(OTHER, Budget__c="some", IsConverted=False, Status="Unqualified")
    report = pulled(desk, SALESFORCE, stand_in)
    assert report.records == {"Lead": 2}
    assert fields(desk, LEAD)["mail"] == "ada@nordwind.example"
    assert not desk.store.ask(reading.outcomes_of, [OTHER])[OTHER][0].won

    stand_in.put(LEAD, IsConverted=True, ConvertedOpportunityId=DEAL)
    stand_in.put(DEAL, Budget__c="some", IsClosed=False, IsWon=False)
    assert pulled(desk, SALESFORCE, stand_in).records == {"Lead": 2, "Opportunity": 1}
    with desk.store.reading() as connection:
        assert staying(connection, LEAD) == DEAL
    assert stand_in.broken == []


def test_rows_of_dynamics_come_in_page_by_page(desk: Desk) -> None:
    stand_in = DynamicsStandIn(page=2)
    for number in range(5):
        stand_in.put("lead", f"{ROW[:-1]}{number}", new_budget="none", leadsourcecode="8", fullname="Ada Nord")
    stand_in.put(
        "opportunity", SECOND, statecode=1, actualclosedate="2026-01-05", actualvalue=1200.0, new_budget="some"
    )
    report = pulled(desk, DYNAMICS, stand_in)

    assert report.records == {"lead": 5, "opportunity": 1}
    assert desk.store.ask(reading.outcomes_of, [SECOND])[SECOND][0].amount == 1200
    assert fields(desk, f"{ROW[:-1]}4")["name"] == "Ada Nord"
    assert stand_in.times("GET", "/leads") == 6  # once more for the link by which the next pull hears what was deleted
    assert stand_in.broken == []


def removed(desk: Desk, lead_id: str) -> str | None:
    """Which lead one is part of; an empty text where it was deleted, None where it is there."""
    with desk.store.reading() as connection:
        found = connection.execute(sa.select(REMOVALS.c.into).where(REMOVALS.c.lead_id == lead_id)).first()
    return None if found is None else found.into or ""


def listed(desk: Desk) -> list[str]:
    return sorted(lead.lead_id for lead in desk.store.ask(list_leads, ListingPage()))


def test_what_hubspot_has_deleted_and_merged_is_no_lead_of_its_own_here(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HubSpot, "most", 2)
    stand_in = HubSpotStandIn()
    for number in range(101, 109):
        stand_in.put(str(number), budget="none")
    pulled(desk, HUBSPOT, stand_in)
    for number in (108, 101, 103, 102, 104):
        stand_in.delete(str(number))
    stand_in.merge("106", into="105")
    stand_in.merge("107", into="105")
    desk.ahead += HOUR
    report = pulled(desk, HUBSPOT, stand_in)

    assert report.records["deals deleted"] == 7
    assert report.unread == 0
    assert listed(desk) == ["105"]
    assert [removed(desk, one) for one in ("101", "108", "106", "107", "105")] == ["", "", "105", "105", None]

    before = rows(desk)
    pulled(desk, HUBSPOT, stand_in)
    assert rows(desk) == before
    desk.ahead += HOUR
    pulled(desk, HUBSPOT, stand_in)
    assert rows(desk) == before
    stand_in.put("101", budget="none")  # taken out of the recycle bin: what is told of it since counts
    del stand_in.archived["101"]
    pulled(desk, HUBSPOT, stand_in)
    assert listed(desk) == ["101", "105"]
    assert stand_in.broken == []


def test_a_list_of_deleted_records_that_is_cut_off_is_read_again(quick: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HubSpot, "most", 1)
    settings = HUBSPOT.model_copy(update={"overlap_minutes": 0.0})
    stand_in = HubSpotStandIn()
    for one in ("1", "2"):
        stand_in.put(one, budget="none")
    pulled(quick, settings, stand_in)
    for one in ("1", "2"):  # the later one stands first in the list
        stand_in.delete(one)
    quick.ahead += HOUR
    lists = 0

    def fail_at_the_second(request: httpx.Request) -> httpx.Response:
        nonlocal lists
        lists += request.method == "GET"
        if lists >= 2:
            raise httpx.ConnectError("gone", request=request)
        return stand_in(request)

    times = {"clock": quick.waits.clock, "sleep": quick.waits.sleep}
    crm = connect_crm(settings, ENVIRONMENT, httpx.MockTransport(fail_at_the_second), **times)
    with pytest.raises(CrmError, match="ConnectError"):
        pull(quick.store, settings, quick.champion.webhooks["hubspot"], crm, lambda: quick.champion, quick.clock)
    assert listed(quick) == ["1"]
    pulled(quick, settings, stand_in)
    assert listed(quick) == []


def test_what_hubspot_has_deleted_is_listed_once_an_hour(quick: Desk) -> None:
    """The list holds 90 days of it, and has to be read whole."""
    stand_in = HubSpotStandIn()
    stand_in.put("1", budget="none")
    lists = []
    for minutes in (0, 5, 59, 60, 65):
        quick.ahead = minutes * HOUR // 60
        pulled(quick, HUBSPOT, stand_in)
        lists.append(stand_in.times("GET", "/crm/v3/objects/deals"))
        if minutes == 5:
            stand_in.delete("1")
    assert lists == [1, 1, 1, 2, 2]
    assert listed(quick) == []


def test_what_salesforce_has_deleted_and_merged_is_no_lead_of_its_own_here(desk: Desk) -> None:
    third = "00Q000000000020AAA"
    stand_in = SalesforceStandIn(page=1)
    for one in (LEAD, OTHER, third):
        stand_in.put(one, Budget__c="none", IsConverted=False, Status="New")
    stand_in.put(DEAL, Budget__c="some", IsClosed=False, IsWon=False)
    pulled(desk, SALESFORCE, stand_in)
    stand_in.delete(LEAD)
    stand_in.delete(OTHER, into=third)
    stand_in.delete(DEAL)
    report = pulled(desk, SALESFORCE, stand_in)

    assert report.stored["removals"] == 3
    assert report.unread == 0
    assert listed(desk) == [third]
    assert [removed(desk, one) for one in (LEAD, OTHER, DEAL, third)] == ["", third, "", None]
    before = rows(desk)
    pulled(desk, SALESFORCE, stand_in)
    assert (rows(desk), listed(desk)) == (before, [third])
    assert stand_in.broken == []


def test_rules_that_cannot_tell_a_deleted_record_do_not_see_it(quick: Desk) -> None:
    stand_in = SalesforceStandIn()
    stand_in.put(LEAD, Budget__c="none", IsConverted=False, Status="New")
    stand_in.delete(LEAD)
    crm = connect_crm(SALESFORCE, ENVIRONMENT, stand_in.transport(), clock=quick.waits.clock, sleep=quick.waits.sleep)
    assert list(crm.changed("Lead", datetime(2026, 1, 1, tzinfo=UTC), ["sObject.Name"])) == []


def test_what_dynamics_has_deleted_and_merged_is_no_lead_of_its_own_here(desk: Desk) -> None:
    first, second, third = (f"{ROW[:-1]}{number}" for number in range(3))
    stand_in = DynamicsStandIn(page=2)
    for one in (first, second, third):
        stand_in.put("lead", one, new_budget="none")
    stand_in.put("opportunity", SECOND, new_budget="some")
    pulled(desk, DYNAMICS, stand_in)
    stand_in.delete(first)
    stand_in.delete(SECOND)
    stand_in.put("lead", second, statecode=2, merged=True, _masterid_value=third)
    report = pulled(desk, DYNAMICS, stand_in)

    assert (report.records["lead deleted"], report.records["opportunity deleted"]) == (1, 1)
    assert report.unread == 0
    assert listed(desk) == [third]
    assert [removed(desk, one) for one in (first, second, SECOND)] == ["", third, ""]
    assert desk.store.ask(reading.outcomes_of, [second, third]) == {}
    assert "lead deleted" not in pulled(desk, DYNAMICS, stand_in).records
    assert stand_in.broken == []


def test_a_dynamics_that_does_not_track_changes_is_pulled_all_the_same(
    quick: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    stand_in = DynamicsStandIn(tracks=False)
    stand_in.put("lead", ROW, new_budget="none")
    assert pulled(quick, DYNAMICS, stand_in).records == {"lead": 1}
    assert "have the table track changes" in caplog.text

    stand_in.tracks = True
    pulled(quick, DYNAMICS, stand_in)
    stand_in.oldest = stand_in.ticks + 1
    stand_in.put("lead", SECOND, new_budget="none")
    pulled(quick, DYNAMICS, stand_in)
    assert "compare by an export" in caplog.text
    pulled(quick, DYNAMICS, stand_in)  # begins anew
    stand_in.delete(SECOND)
    assert pulled(quick, DYNAMICS, stand_in).records["lead deleted"] == 1
    assert listed(quick) == [ROW]


def test_an_open_record_takes_back_nothing_that_was_not_told(desk: Desk) -> None:
    stand_in = HubSpotStandIn()
    stand_in.put("17", budget="none", hs_is_closed="false")
    stand_in.put("18", budget="none", hs_is_closed="true", hs_is_closed_won="false", closedate="2026-01-05")
    for _ in range(3):
        stand_in.put("17", hs_is_closed="false")
        pulled(desk, HUBSPOT, stand_in)
    assert desk.store.ask(reading.outcomes_of, ["17"]) == {}

    stand_in.put("18", hs_is_closed="false")
    report = pulled(desk, HUBSPOT, stand_in)
    lost, opened = desk.store.ask(reading.outcomes_of, ["18"])["18"]
    assert (lost.taken_back, opened.taken_back) == (False, True)
    assert report.stored["outcomes"] == 1
    assert report.unread == 0


def test_a_pull_that_is_cut_off_goes_on_where_it_was(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HubSpot, "most", 4)
    stand_in = HubSpotStandIn()
    for number in range(10):
        stand_in.put(str(number + 100), budget="none")
    searches = 0

    def fail_at_the_third(request: httpx.Request) -> httpx.Response:
        nonlocal searches
        searches += 1
        if searches >= 3:
            raise httpx.ConnectError("gone", request=request)
        return stand_in(request)

    times = {"clock": desk.waits.clock, "sleep": desk.waits.sleep}
    crm = connect_crm(HUBSPOT, ENVIRONMENT, httpx.MockTransport(fail_at_the_third), **times)
    settings = HUBSPOT.model_copy(update={"overlap_minutes": 0.0})
    with pytest.raises(CrmError, match="ConnectError"):
        pull(desk.store, settings, desk.champion.webhooks["hubspot"], crm, lambda: desk.champion, desk.clock)
    assert rows(desk)["leads"] == 8
    assert pulled(desk, settings, stand_in).records == {"deals": 3}  # the last one that was seen is read again
    assert rows(desk)["leads"] == 10


def test_an_answer_that_is_too_large_is_said_and_loses_nothing(quick: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HubSpot, "most", 4)
    stand_in = HubSpotStandIn()
    for number in range(4):
        stand_in.put(str(number + 100), budget="none")
    stand_in.put("104", budget="none", hs_analytics_source="x" * 20_000)
    monkeypatch.setattr(bounded, "MAX_BYTES", 10_000)
    with pytest.raises(CrmError, match=r"POST /crm/v3/objects/deals/search must have at most .* fewer properties"):
        pulled(quick, HUBSPOT, stand_in)
    assert rows(quick)["leads"] == 4

    stand_in.put("104", hs_analytics_source="PAID_SEARCH")
    pulled(quick, HUBSPOT, stand_in)
    assert rows(quick)["leads"] == 5


def test_more_than_a_search_can_page_through_is_searched_anew(quick: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubspot, "MAX_SEARCHED", 1_000)
    stand_in = HubSpotStandIn(searched=1_000)
    for number in range(2_150):
        stand_in.put(str(number + 100), budget="none")
    crm = connect_crm(HUBSPOT, ENVIRONMENT, stand_in.transport(), clock=quick.waits.clock, sleep=quick.waits.sleep)
    seen = [
        message["objectId"]
        for page in crm.changed("deals", datetime(2026, 1, 1, tzinfo=UTC), [])
        for message in page.messages
    ]

    assert set(seen) == stand_in.records.keys()
    assert len(seen) < 2_160
    assert stand_in.broken == []


def test_people_who_were_erased_do_not_come_back_by_a_pull(desk: Desk) -> None:
    stand_in = SalesforceStandIn()
    stand_in.put(LEAD, Budget__c="none", Email="ada@nordwind.example", IsConverted=False)
    pulled(desk, SALESFORCE, stand_in)
    with desk.store.writing(desk.clock()) as transaction:
        erase_person(transaction, desk.schema, LEAD, "erased-1")
    stand_in.put(LEAD, Budget__c="some")
    stand_in.put(
        OTHER, Budget__c="none", Email="Ada@nordwind.example", IsConverted=False
    )  # the same person, by another id
    report = pulled(desk, SALESFORCE, stand_in)

    assert (report.erased, report.unread) == (2, 0)
    assert desk.store.ask(reading.leads_of, [LEAD, OTHER]) == {}
    assert rows(desk)["leftovers"] == 0
    assert desk.store.ask(crm_records, "crm", [LEAD, OTHER]) == {}


def test_what_a_crm_has_again_is_written_again(quick: Desk) -> None:
    stand_in = HubSpotStandIn()
    quick.add("17")
    assert quick.round(HUBSPOT, stand_in).troubles == {"17": "not there: Could not get some objects"}
    stand_in.put("17", budget="none")
    pulled(quick, HUBSPOT, stand_in)
    assert quick.round(HUBSPOT, stand_in).written == 1
    assert quick.store.ask(crm_records, "crm", ["17"])["17"].trouble is None


def test_what_was_written_back_changes_nothing_when_it_is_pulled(quick: Desk) -> None:
    stand_in = HubSpotStandIn()
    stand_in.put("17", budget="none")
    pulled(quick, HUBSPOT, stand_in)
    quick.round(HUBSPOT, stand_in)
    before = scores(quick, "17")
    pulled(quick, HUBSPOT, stand_in)

    assert scores(quick, "17") == before
    assert quick.round(HUBSPOT, stand_in).planned == []


def test_nothing_is_stored_in_testing(quick: Desk) -> None:
    stand_in = HubSpotStandIn()
    stand_in.put("17", budget="none")
    report = pulled(quick, HUBSPOT, stand_in, testing=True)

    assert report.records == {"deals": 1}
    assert set(rows(quick).values()) == {0}
    assert pulled(quick, HUBSPOT, stand_in).stored["leads"] == 1


def test_a_failing_crm_is_asked_again(quick: Desk) -> None:
    stand_in = HubSpotStandIn()
    stand_in.put("17", budget="none")
    request = httpx.Request("POST", "https://api.hubapi.com/")
    stand_in.failures = deque([httpx.ReadTimeout("slow", request=request), httpx.Response(502), httpx.Response(429)])
    assert pulled(quick, HUBSPOT, stand_in).records == {"deals": 1}


def test_a_pull_begins_a_while_before_the_last_change() -> None:
    settings = HUBSPOT.model_copy(update={"since": date(2026, 3, 1), "overlap_minutes": 10.0})
    at = datetime(2026, 4, 1, 12, tzinfo=UTC)

    assert beginning(settings, None) == datetime(2026, 3, 1, tzinfo=UTC)
    assert beginning(HUBSPOT, None) == datetime(1970, 1, 1, tzinfo=UTC)
    assert beginning(settings, CrmPosition(round(at.timestamp()) * 1_000_000)) == datetime(
        2026, 4, 1, 11, 50, tzinfo=UTC
    )
