"""Write-back: once for each change, past everything that a CRM may do, in both databases."""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from bench.harness.dynamics_stand_in import DynamicsStandIn
from bench.harness.hubspot_stand_in import HubSpotStandIn
from bench.harness.salesforce_stand_in import SalesforceStandIn
from features.records.clock import duration
from serving.champion.finding import NoChampionError
from serving.crm.http import CrmBusyError, CrmError
from serving.crm.hubspot import HubSpot
from serving.crm.salesforce import Salesforce
from serving.crm.writeback import WriteBack
from serving.intake.commands import StoreEvents, StoreRemovals
from serving.settings.crm import CrmSettings
from serving.store import reading
from serving.store.crm_records import crm_records, in_trouble
from serving.store.erasing import erase_person
from serving.store.listing import leads_named
from serving.store.records import NewEvent, NewOutcome, NewRemoval
from serving.store.tables import CRM_RECORDS, REMOVALS
from serving.store.transaction import staying
from tests.serving.crm.conftest import CONTACTS, DYNAMICS, ENVIRONMENT, HUBSPOT, SALESFORCE, Desk, said

LEAD, DEAL = "00Q000000000017AAA", "006000000000018AAA"
FIRST, SECOND = "11111111-2222-3333-4444-555555555555", "11111111-2222-3333-4444-666666666666"


def answer(desk: Desk, lead_id: str, budget: str) -> None:
    """Let a lead answer, which moves its score."""
    event = NewEvent(lead_id, "budget", desk.clock() - 1, text=budget, actor="lead")
    desk.tell(StoreEvents([event], True, desk.schema))


def probability(desk: Desk, lead_id: str) -> float:
    (lead,) = desk.store.ask(leads_named, [lead_id])
    return float(lead.probability)


def hubspot_with(*ids: str) -> HubSpotStandIn:
    stand_in = HubSpotStandIn()
    for one in ids:
        stand_in.put(one)
    return stand_in


def test_scores_come_into_hubspot_once_for_each_change(desk: Desk) -> None:
    stand_in = hubspot_with("17", "18")
    desk.add("17", "18")
    first = desk.round(HUBSPOT, stand_in)

    assert first.written == 2
    assert sorted(first.made) == sorted(HUBSPOT.names.values())
    assert stand_in.records["17"]["glengarry_probability"] == pytest.approx(probability(desk, "17"), abs=5e-4)
    assert stand_in.records["17"]["glengarry_route"] in ("rep", "qualify", "nurture", "decline")
    assert len(stand_in.records["17"]["glengarry_reasons"].split("\n")) == 3
    assert desk.round(HUBSPOT, stand_in).written == 0
    assert desk.round(HUBSPOT, stand_in, everything=True).unchanged == 2

    answer(desk, "17", "over 50,000")
    assert desk.round(HUBSPOT, stand_in).written == 1
    assert stand_in.records["17"]["glengarry_probability"] == pytest.approx(probability(desk, "17"), abs=5e-4)
    assert stand_in.times("POST", "batch/update") == 2
    assert stand_in.broken == []


def test_scores_come_into_salesforce_where_its_fields_can_be_seen(desk: Desk) -> None:
    stand_in = SalesforceStandIn()
    stand_in.put(LEAD, IsConverted=False)
    stand_in.put(DEAL)
    desk.add(LEAD, DEAL)
    report = desk.round(SALESFORCE, stand_in)

    assert report.written == 2
    assert len(report.made) == 12
    assert stand_in.records[LEAD]["Glengarry_Probability__c"] == pytest.approx(100 * probability(desk, LEAD), abs=0.05)
    assert stand_in.records[DEAL]["Glengarry_Route__c"] is not None
    assert stand_in.assigned == {"005000000000001AAA"}
    assert stand_in.times("PATCH", "composite/sobjects") == 1
    assert stand_in.broken == []


def test_scores_come_into_dynamics_and_its_table_of_predictive_scores(desk: Desk) -> None:
    stand_in = DynamicsStandIn()
    stand_in.put("lead", FIRST)
    stand_in.put("opportunity", SECOND)
    desk.add(FIRST, SECOND)
    report = desk.round(DYNAMICS, stand_in)

    assert (report.written, report.troubles) == (2, {})
    assert stand_in.predictive["lead", FIRST]["msdyn_score"] == round(100 * round(probability(desk, FIRST), 3))
    assert stand_in.predictive["opportunity", SECOND]["msdyn_scoretrend"] == 3
    assert stand_in.records[SECOND]["new_glengarry_probability"] == pytest.approx(
        100 * probability(desk, SECOND), abs=0.05
    )
    assert ("lead", SECOND) not in stand_in.predictive
    assert stand_in.broken == []


def test_what_a_crm_does_not_have_is_set_aside_and_the_others_go_on(desk: Desk) -> None:
    stand_in = hubspot_with("17", "19", "20")
    stand_in.refused, stand_in.merged = {"19"}, {"21": "20"}
    desk.add("17", "18", "19", "20", "21")
    report = desk.round(HUBSPOT, stand_in)

    assert report.written == 2
    assert report.troubles == {
        "18": "not there: Could not get some objects",
        "19": "refused: not valid",
        "21": "merged: merged into 20",
    }
    assert {record.lead_id for record in desk.store.ask(in_trouble, "crm", 10)} == {"18", "19", "21"}
    asked = stand_in.times("POST", "batch/update")
    again = desk.round(HUBSPOT, stand_in)  # what stays was told what is another lead's, and is told anew
    assert [one.lead.lead_id for one in again.planned] == ["20"]
    assert stand_in.times("POST", "batch/update") == asked + 1
    answer(desk, "18", "over 50,000")
    assert desk.round(HUBSPOT, stand_in).planned == []


def test_a_batch_that_is_refused_as_a_whole_is_written_in_parts(quick: Desk) -> None:
    ids = [str(number) for number in range(100, 112)]
    stand_in = hubspot_with(*ids)
    del stand_in.records["105"]
    stand_in.whole, stand_in.refused = True, {"109"}
    quick.add(*ids)
    report = quick.round(HUBSPOT, stand_in)

    assert report.written == 10
    assert report.troubles == {"105": "not there: a record is wrong", "109": "refused: a record is wrong"}


def test_a_refusal_of_one_is_no_end_for_others_in_salesforce_and_dynamics(quick: Desk) -> None:
    salesforce, dynamics = SalesforceStandIn(), DynamicsStandIn()
    salesforce.put(LEAD, IsConverted=True)
    salesforce.put(DEAL)
    quick.add(LEAD, DEAL, "00Q000000000099AAA", FIRST, SECOND)
    report = quick.round(SALESFORCE.model_copy(update={"mail": ""}), salesforce)
    assert (report.written, report.elsewhere) == (1, 2)
    assert report.troubles == {
        LEAD: "merged: converted into an opportunity",
        "00Q000000000099AAA": "not there: entity is deleted",
    }

    dynamics.put("lead", FIRST)
    dynamics.refused = {FIRST}
    other = DYNAMICS.model_copy(update={"name": "other", "mail": ""})
    report = quick.round(other, dynamics)
    assert report.written == 0
    assert report.troubles[FIRST] == "refused: a rule of the organisation"
    assert report.troubles[SECOND].startswith("not there: opportunity With Id")
    assert dynamics.broken == salesforce.broken == []


def test_a_crm_that_asks_to_wait_is_waited_for(desk: Desk) -> None:
    stand_in = hubspot_with("17")
    stand_in.failures = deque([said(429, {"policyName": "TEN_SECONDLY_ROLLING"}, retry_after="7"), said(503)])
    desk.add("17")

    assert desk.round(HUBSPOT, stand_in).written == 1
    assert [one for one in desk.waits.slept if one >= 1] == [7.0, 2.0]


@pytest.mark.parametrize(
    ("failure", "wait"),
    [
        (said(429, {"policyName": "DAILY", "message": "daily limit"}), 3600.0),
        (said(429, None, retry_after="120"), 120.0),
        (said(403, [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}]), 900.0),
    ],
)
def test_a_long_wait_ends_the_round(failure: httpx.Response, wait: float, quick: Desk) -> None:
    stand_in = hubspot_with("17")
    stand_in.failures = deque([failure])
    quick.add("17")
    with pytest.raises(CrmBusyError, match="asks to wait") as caught:
        quick.round(HUBSPOT, stand_in)

    assert caught.value.wait == wait
    assert [one for one in quick.waits.slept if one >= 1] == []
    assert quick.round(HUBSPOT, stand_in).written == 1


def test_what_a_crm_that_fails_has_taken_is_not_written_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HubSpot, "most", 4)
    ids = [str(number) for number in range(100, 110)]
    stand_in = hubspot_with(*ids)
    desk.add(*ids)
    target = desk.connect(HUBSPOT, stand_in)
    writer = desk.writer(HUBSPOT, target)
    target.prepare()
    taken = 0

    def fail_after_two(request: httpx.Request) -> httpx.Response:
        nonlocal taken
        taken += request.url.path.endswith("batch/update")
        if taken > 2:
            raise httpx.ReadTimeout("slow", request=request)
        return stand_in(request)

    times = {"clock": desk.waits.clock, "sleep": desk.waits.sleep}
    failing = HubSpot(HUBSPOT, ENVIRONMENT, httpx.MockTransport(fail_after_two), **times)
    with pytest.raises(CrmError, match="ReadTimeout"):
        desk.writer(HUBSPOT, failing).round(everything=True)
    report = writer.round(everything=True)
    assert (report.written, report.unchanged) == (2, 8)
    assert all("glengarry_route" in record for record in stand_in.records.values())


def test_nothing_is_asked_of_a_crm_in_testing(desk: Desk) -> None:
    stand_in = hubspot_with("17")
    desk.add("17", "L-18")
    target = desk.connect(HUBSPOT, stand_in)
    report = desk.writer(HUBSPOT, None).plan(target.candidates)

    assert report.testing
    assert [(one.lead.lead_id, one.how) for one in report.planned] == [("17", "write")]
    assert report.elsewhere == 1
    assert stand_in.asked == []
    assert desk.store.ask(crm_records, "crm", ["17", "L-18"]) == {}


def test_a_lead_of_a_form_is_found_by_its_mail_address_and_what_is_told_of_the_record_is_told_of_it(desk: Desk) -> None:
    stand_in = hubspot_with()
    stand_in.put("812", email="ada@nordwind.example")
    desk.add("form-1", mail="Ada@Nordwind.example")
    report = desk.round(CONTACTS, stand_in)

    assert (report.found, report.created, report.written) == (1, 0, 1)
    assert stand_in.records["812"]["glengarry_route"]
    before = probability(desk, "form-1")
    answer(desk, "812", "over 50,000")  # as a webhook would tell it
    assert probability(desk, "form-1") != before
    assert desk.round(CONTACTS, stand_in).written == 1
    assert stand_in.broken == []


def removal_of(desk: Desk, lead_id: str) -> str | None:
    with desk.store.reading() as connection:
        row = connection.execute(sa.select(REMOVALS.c.into).where(REMOVALS.c.lead_id == lead_id)).one_or_none()
    return None if row is None else row.into or "deleted"


def test_what_a_crm_merges_of_a_record_that_was_found_is_the_leads(desk: Desk) -> None:
    stand_in = hubspot_with("900")
    stand_in.put("812", email="ada@nordwind.example")
    desk.add("form-1", mail="ada@nordwind.example")
    desk.add("900")
    desk.round(CONTACTS, stand_in)
    answer(desk, "812", "over 50,000")

    for _ in range(2):  # a webhook may come twice, and a pull sees it again
        desk.tell(StoreRemovals([NewRemoval("812", "900", desk.clock())], True, desk.schema))
        desk.tell(StoreRemovals([NewRemoval("812", None, desk.clock())], True, desk.schema))  # and what was merged goes

    assert (removal_of(desk, "form-1"), removal_of(desk, "812"), removal_of(desk, "900")) == ("900", "form-1", None)
    assert desk.store.ask(staying, "812") == "900"
    assert [event.kind for event in desk.store.ask(reading.events_of, ["900"])["900"]] == ["budget"]


def test_what_a_crm_deletes_of_a_record_that_was_found_is_the_leads_until_it_is_there_again(desk: Desk) -> None:
    stand_in = hubspot_with()
    stand_in.put("812", email="ada@nordwind.example")
    desk.add("form-1", mail="ada@nordwind.example")
    desk.round(CONTACTS, stand_in)

    desk.tell(StoreRemovals([NewRemoval("812", None, desk.clock())], True, desk.schema))
    assert removal_of(desk, "form-1") == "deleted"
    desk.tell(StoreRemovals([NewRemoval("812", None, desk.clock())], True, desk.schema))

    desk.add("812", mail="ada@nordwind.example")
    assert (removal_of(desk, "form-1"), removal_of(desk, "812")) == (None, "form-1")


def test_a_record_that_was_found_is_told_of_again_where_the_work_ended_before_it_was_told(desk: Desk) -> None:
    stand_in = hubspot_with()
    stand_in.put("812", email="ada@nordwind.example")
    desk.add("form-1", "form-2", mail="ada@nordwind.example")

    def fail(_: Any) -> None:
        raise NoChampionError("none")

    target = desk.connect(CONTACTS, stand_in)
    with pytest.raises(NoChampionError, match="none"):
        WriteBack(desk.store, CONTACTS, target, desk.schema, desk.clock, fail).round()
    assert desk.round(CONTACTS, stand_in).written == 2
    with desk.store.reading() as connection:
        joined = connection.execute(sa.select(REMOVALS.c.lead_id, REMOVALS.c.into)).all()
    assert [tuple(row) for row in joined] == [("812", "form-1")]


def test_a_lead_of_a_form_that_a_crm_does_not_have_is_made_where_the_settings_say_so(quick: Desk) -> None:
    contacts, leads, rows = hubspot_with(), SalesforceStandIn(), DynamicsStandIn()
    quick.add("form-1", mail="ada@nordwind.example", name="Ada")
    made = CONTACTS.model_copy(update={"create": {"email": "mail", "firstname": "name"}})
    report = quick.round(made, contacts)
    assert (report.created, report.written) == (1, 1)
    (record,) = contacts.records.values()
    assert (record["email"], record["firstname"]) == ("ada@nordwind.example", "Ada")
    assert quick.round(made, contacts, everything=True).unchanged == 1

    other = SALESFORCE.model_copy(
        update={"name": "other", "create": {"Email": "mail", "LastName": "name", "Company": "name"}}
    )
    assert quick.round(other, leads).created == 1
    third = DYNAMICS.model_copy(update={"name": "third", "create": {"emailaddress1": "mail", "lastname": "name"}})
    assert quick.round(third, rows).written == 1
    assert contacts.broken == leads.broken == rows.broken == []


def test_a_lead_that_a_crm_does_not_have_yet_is_looked_for_again_for_a_day(quick: Desk) -> None:
    stand_in = hubspot_with()
    quick.add("form-1", mail="ada@nordwind.example")
    assert quick.round(CONTACTS, stand_in).written == 0
    stand_in.put("812", email="ada@nordwind.example")
    assert quick.round(CONTACTS, stand_in).written == 0  # not within a minute
    quick.ahead = duration(timedelta(seconds=61))
    assert quick.round(CONTACTS, stand_in).written == 1

    quick.add("form-2", mail="bob@nordwind.example")
    quick.round(CONTACTS, stand_in)
    quick.ahead += duration(timedelta(hours=25))
    quick.round(CONTACTS, stand_in)
    asked = stand_in.times("POST", "batch/read")
    quick.ahead += duration(timedelta(hours=1))
    quick.round(CONTACTS, stand_in)
    assert stand_in.times("POST", "batch/read") == asked


def test_what_is_kept_of_an_erased_person_goes_and_nothing_more_is_written(desk: Desk) -> None:
    stand_in = hubspot_with()
    stand_in.put("812", email="ada@nordwind.example")
    desk.add("form-1", mail="ada@nordwind.example")
    desk.round(CONTACTS, stand_in)
    assert desk.store.ask(crm_records, "crm", ["form-1"])
    with desk.store.writing(desk.clock()) as transaction:
        assert erase_person(transaction, desk.schema, "form-1", "erased-1") == ["form-1", "812"]
    with desk.store.reading() as connection:
        assert connection.execute(sa.select(CRM_RECORDS)).all() == []
        assert "812" not in connection.execute(sa.select(REMOVALS.c.lead_id)).scalars().all()
    assert desk.round(CONTACTS, stand_in, everything=True).compared == 0


def test_a_lead_that_is_closed_is_left_as_it_was_last_told(quick: Desk) -> None:
    stand_in = hubspot_with("17")
    quick.add("17")
    quick.round(HUBSPOT, stand_in)
    quick.store.add_outcomes([NewOutcome("17", quick.clock(), True)], quick.clock())
    answer(quick, "17", "over 50,000")
    assert quick.round(HUBSPOT, stand_in).planned == []


def test_an_expired_token_is_renewed_and_no_error_shows_one(quick: Desk) -> None:
    stand_in = SalesforceStandIn()
    stand_in.put(LEAD, IsConverted=False)
    quick.add(LEAD)
    target = quick.connect(SALESFORCE, stand_in)
    writer = quick.writer(SALESFORCE, target)
    writer.round()
    stand_in.token = "another token"
    answer(quick, LEAD, "over 50,000")
    assert writer.round().written == 1
    assert stand_in.times("POST", "/token") == 2

    times = {"clock": quick.waits.clock, "sleep": quick.waits.sleep}
    wrong = Salesforce(SALESFORCE, {**ENVIRONMENT, "CRM_SECRET": "hunter2"}, stand_in.transport(), **times)
    answer(quick, LEAD, "none")
    with pytest.raises(ValueError, match="CRM_CLIENT and CRM_SECRET, got 400") as caught:
        quick.writer(SALESFORCE, wrong).round(everything=True)
    assert "hunter2" not in str(caught.value)


def test_a_property_that_is_not_wanted_is_neither_made_nor_written(quick: Desk) -> None:
    settings = CrmSettings(**{**HUBSPOT.model_dump(), "properties": {"reasons": "", "route": "our_route"}})
    stand_in = hubspot_with("17")
    quick.add("17")
    quick.round(settings, stand_in)

    assert "our_route" in stand_in.records["17"]
    assert not {"glengarry_reasons", "glengarry_route"} & (stand_in.properties | stand_in.records["17"].keys())
