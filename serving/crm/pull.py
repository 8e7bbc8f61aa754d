"""Pulling: what was changed in a CRM since the last pull, told to the store as its webhooks would tell it.

Records come in the order of their last change. How far a pull has come is kept in the transaction that stores a page, so it goes on there after a
stop; and each pull begins a while before that, as a CRM's search lags behind its records. What comes twice changes nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any

from features.records.clock import to_datetime
from serving.api.webhook_calls import told_by
from serving.champion.champion import Champion
from serving.crm.paths import paths_of
from serving.crm.target import ChangedPage, Crm
from serving.intake.calls import Call, CallScores, Reply, Told, carry_out
from serving.intake.scoring import Moment
from serving.intake.webhooks import StoreMessages
from serving.settings.crm import CrmSettings
from serving.settings.webhooks import WebhookSettings
from serving.store.crm_records import CrmPosition, crm_position, keep_crm_position, make_troubled_due
from serving.store.records import Lead
from serving.store.store import Store
from serving.store.transaction import Transaction

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class StorePage:
    """A page of changed records, and that the pull has come so far."""

    told: StoreMessages
    crm: str
    kind: str
    until: int

    def write(self, transaction: Transaction) -> Sequence[Moment]:
        """Store what is good, as a webhook's call would."""
        places = self.told.write(transaction)
        name = position_name(self.kind)
        before = crm_position(transaction.connection, self.crm, name)
        until = self.until if before is None else max(before.at, self.until)
        keep_crm_position(transaction, self.crm, name, CrmPosition(until))
        leads = [lead.lead_id for lead in self.told.parts["leads"][0].stored if isinstance(lead, Lead)]
        make_troubled_due(transaction, self.crm, leads)
        return places

    def reply(self, scores: CallScores) -> Reply:
        """Return what a webhook would be answered."""
        return self.told.reply(scores)

    def lead_ids(self) -> set[str]:
        """Return nobody, as of a webhook's call."""
        return self.told.lead_ids()


@dataclass
class PullReport:
    """What a pull has read, and what became of it, by what it was.

    Attributes
    ----------
    records
        That were changed, by kind.
    stored
        Leads, events, outcomes and removals that were told, also those that were known.
    unread
        Of which nothing, or not all, was understood: they stand on the page of what was not.
    erased
        Of people who were erased, and not stored.
    """

    crm: str
    testing: bool = False
    records: dict[str, int] = field(default_factory=dict)
    stored: dict[str, int] = field(default_factory=dict)
    unread: int = 0
    erased: int = 0
    set_aside: int = 0


def pull(
    store: Store,
    settings: CrmSettings,
    webhook: WebhookSettings,
    crm: Crm,
    champion: Callable[[], Champion],
    clock: Callable[[], int],
    *,
    testing: bool = False,
    go_on: Callable[[], None] = lambda: None,
) -> PullReport:
    """Read what was changed since the last pull, and tell the store.

    Parameters
    ----------
    testing
        Whether nothing is stored: what was changed is counted.
    go_on
        Asked before each page: what it raises ends the pull there.

    Raises
    ------
    CrmError
        If the CRM does not work: what was stored until then is, and the next pull goes on there.
    StoreError
        If the store cannot be reached.
    """
    report = PullReport(settings.name, testing)
    paths = list(paths_of(webhook))
    for kind in settings.kinds:
        go_on()
        position = store.ask(crm_position, settings.name, position_name(kind))
        for page in crm.changed(kind, beginning(settings, position), paths):
            report.records[kind] = report.records.get(kind, 0) + len(page.messages)
            if not testing:
                go_on()
                told = _told(settings, webhook, page, champion(), clock())
                tell_store(store, champion, StorePage(told, settings.name, kind, page.until), clock())
                _count(report, told)
    return report


def position_name(kind: str) -> str:
    """Return the name of the position up to which records of a kind were pulled."""
    return f"pull {kind}"


def beginning(settings: CrmSettings, position: CrmPosition | None) -> datetime:
    """Return from when on a pull reads: a while before the last change that was seen, or from the day that the settings name."""
    if position is None:
        return EARLIEST if settings.since is None else datetime.combine(settings.since, time(), UTC)
    return max(to_datetime(position.at) - timedelta(minutes=settings.overlap_minutes), EARLIEST)


def tell_store(store: Store, champion: Callable[[], Champion], told: Told, now: int) -> Any:
    """Carry out what is told as a call would be: stored and scored in one transaction."""
    with store.writing(now) as transaction:
        (answer,) = carry_out(champion)(transaction, [Call(told)])
    if isinstance(answer, Exception):
        raise answer
    return answer


def _told(
    settings: CrmSettings, webhook: WebhookSettings, page: ChangedPage, champion: Champion, now: int
) -> StoreMessages:
    messages: Sequence[Mapping[str, Any]] = page.messages
    return told_by(settings.webhook, webhook, messages, champion.intake, to_datetime(now), plain=champion.plain)


def _count(report: PullReport, told: StoreMessages) -> None:
    receipt = told.receipt()
    for name in told.parts:
        report.stored[name] = report.stored.get(name, 0) + getattr(receipt, name)
    report.unread += len(told.broken_places().union(told.ignored))
    report.erased += receipt.erased
    report.set_aside += receipt.set_aside
