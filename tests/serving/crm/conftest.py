"""A store with scored leads, and the three CRMs that stand in for the real ones."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest

from bench.harness.crm_stand_in import StandIn
from bench.harness.dynamics_stand_in import DynamicsStandIn
from bench.harness.hubspot_stand_in import HubSpotStandIn
from bench.harness.salesforce_stand_in import SalesforceStandIn
from features.settings.fields import LeadField
from features.settings.schema import LeadSchema
from serving.champion.champion import Champion
from serving.crm.connect import connect
from serving.crm.pull import tell_store
from serving.crm.target import Target
from serving.crm.write_plan import WriteReport
from serving.crm.writeback import WriteBack
from serving.intake.commands import StoreLeads, StoreRemovals
from serving.settings.crm import CrmSettings
from serving.settings.webhooks import WebhookSettings
from serving.store.records import NewLead
from serving.store.store import Store

ENVIRONMENT = {"CRM_TOKEN": "a token of the CRM", "CRM_SECRET": "a secret", "CRM_CLIENT": "a client"}
BUDGETS = {"none": "none", "some": "5,000 to 20,000"}
WEBHOOKS: dict[str, dict[str, Any]] = {
    "hubspot": {"preset": "hubspot", "fields": {"budget": "properties.budget.value"}, "values": {"budget": BUDGETS}},
    "salesforce": {"preset": "salesforce", "fields": {"budget": "sObject.Budget__c"}, "values": {"budget": BUDGETS}},
    "dynamics": {"preset": "dynamics", "fields": {"budget": "new_budget"}, "values": {"budget": BUDGETS}},
}
HUBSPOT = CrmSettings(name="crm", vendor="hubspot", state="on", token_variable="CRM_TOKEN", webhook="hubspot")
CONTACTS = HUBSPOT.model_copy(update={"objects": ("contacts",), "mail": "mail"})
SALESFORCE = CrmSettings(
    name="crm",
    vendor="salesforce",
    state="on",
    address="https://company.my.salesforce.com",
    client_variable="CRM_CLIENT",
    secret_variable="CRM_SECRET",
    token_address="https://company.my.salesforce.com/services/oauth2/token",
    webhook="salesforce",
    mail="mail",
)
DYNAMICS = CrmSettings(
    name="crm",
    vendor="dynamics",
    state="on",
    address="https://company.crm4.dynamics.com",
    client_variable="CRM_CLIENT",
    secret_variable="CRM_SECRET",
    token_address="https://login.microsoftonline.com/company/oauth2/v2.0/token",
    webhook="dynamics",
    mail="mail",
)
SETTINGS = {"hubspot": HUBSPOT, "salesforce": SALESFORCE, "dynamics": DYNAMICS}
STAND_INS: dict[str, Callable[[], StandIn]] = {
    "hubspot": HubSpotStandIn,
    "salesforce": SalesforceStandIn,
    "dynamics": DynamicsStandIn,
}


@dataclass
class Waits:
    """A clock that only sleeping moves on, and what was slept."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        if seconds > 0:
            self.slept.append(seconds)
            self.now += seconds


@dataclass
class Desk:
    """What write-back and pull work on."""

    store: Store
    champion: Champion
    waits: Waits = field(default_factory=Waits)
    ahead: int = 0

    @property
    def schema(self) -> LeadSchema:
        return self.champion.intake

    def clock(self) -> int:
        return time.time_ns() // 1_000 + self.ahead

    def tell(self, told: Any) -> Any:
        return tell_store(self.store, lambda: self.champion, told, self.clock())

    def add(self, *lead_ids: str, **fields: Any) -> None:
        """Let leads come in, and be scored."""
        leads = [NewLead(lead_id, {"budget": "none", **fields}) for lead_id in lead_ids]
        self.tell(StoreLeads(leads, True, self.schema))

    def connect(self, settings: CrmSettings, stand_in: StandIn) -> Target:
        times = {"clock": self.waits.clock, "sleep": self.waits.sleep}
        return connect(settings, ENVIRONMENT, stand_in.transport(), **times)

    def writer(self, settings: CrmSettings, target: Target | None) -> WriteBack:
        return WriteBack(self.store, settings, target, self.schema, self.clock, self.merge)

    def merge(self, told: StoreRemovals) -> Any:
        return self.tell(told)

    def round(self, settings: CrmSettings, stand_in: StandIn, *, everything: bool = False) -> WriteReport:
        """One round of a process that was just started."""
        target = self.connect(settings, stand_in)
        try:
            return self.writer(settings, target).round(everything=everything)
        finally:
            target.close()


@pytest.fixture(scope="session")
def clerk(champion: Champion) -> Champion:
    """The champion under settings of today that know a mail address, and the webhooks of the three."""
    schema = champion.model.schema
    contacts = {"mail": LeadField(role="contact"), "name": LeadField(role="contact")}
    told = {name: getattr(schema, name) for name in LeadSchema.model_fields}
    intake = LeadSchema(**{**told, "fields": {**schema.fields, **contacts}})
    webhooks = {name: WebhookSettings(**told) for name, told in WEBHOOKS.items()}
    changed = {"intake": intake, "webhooks": webhooks}
    return replace(champion, deployment=champion.deployment.model_copy(update=changed))


@pytest.fixture
def desk(store: Store, clerk: Champion) -> Desk:
    return Desk(store, clerk)


@pytest.fixture
def quick(tmp_path: Any, clerk: Champion) -> Iterator[Desk]:
    """A desk on SQLite, where the database makes no difference."""
    store = Store(f"sqlite:///{tmp_path / 'store.db'}")
    store.upgrade()
    yield Desk(store, clerk)
    store.close()


def said(status: int, content: Any = None, **headers: str) -> httpx.Response:
    """An answer that a stand-in is to give instead of its own."""
    return httpx.Response(
        status, json=content, headers={name.replace("_", "-"): told for name, told in headers.items()}
    )
