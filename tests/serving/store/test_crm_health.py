"""What fails with a CRM is told of each, and of none that is told nothing any more."""

from __future__ import annotations

from serving.store.crm_health import TROUBLE, CrmHealth, crm_healths, forget_troubles
from serving.store.crm_records import CrmPosition, CrmRecord, keep_crm_position, keep_crm_records
from serving.store.records import NewLead
from serving.store.store import Store


def test_each_crm_is_told_with_what_fails_and_what_it_did_not_take(store: Store) -> None:
    assert store.ask(crm_healths) == []
    store.add_leads([NewLead("L1", {}, 0), NewLead("L2", {}, 0)], 0)
    with store.writing(0) as transaction:
        keep_crm_position(transaction, "hubspot", TROUBLE, CrmPosition(7, "it answered 503"))
        keep_crm_position(transaction, "mended", TROUBLE, CrmPosition(7))
        keep_crm_records(transaction, [CrmRecord("hubspot", "L1", trouble="not there"), CrmRecord("hubspot", "L2")])
    assert store.ask(crm_healths) == [CrmHealth("hubspot", "it answered 503", 7, 1), CrmHealth("mended", "", None, 0)]
    with store.writing(0) as transaction:
        forget_troubles(transaction, ["mended"])
    assert store.ask(crm_healths) == [CrmHealth("hubspot", "", None, 1), CrmHealth("mended", "", None, 0)]
