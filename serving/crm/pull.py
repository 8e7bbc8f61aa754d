"""Pulling: what was changed or deleted in a CRM since the last pull, told to the store as its webhooks would tell it.

Records come in the order of their last change. How far a pull has come is kept in the transaction that stores a page, so it goes on there after a
stop; and each pull begins a while before that, as a CRM's search lags behind its records. What comes twice changes nothing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from features.records.clock import to_datetime
from serving.api.webhook_calls import told_by
from serving.champion.champion import Champion
from serving.crm.paths import paths_of
from serving.crm.target import ChangedPage, Crm
from serving.intake.calls import Call, CallScores, Reply, Told, carry_out
from serving.intake.commands import StoreOutcomes
from serving.intake.scoring import Moment
from serving.intake.webhooks import StoreMessages
from serving.settings.crm import CrmSettings
from serving.settings.webhooks import WebhookSettings
from serving.store import reading
from serving.store.crm_records import CrmPosition, crm_position, keep_crm_position, make_troubled_due
from serving.store.records import Lead, NewOutcome
from serving.store.store import Store
from serving.store.transaction import Transaction

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class StorePage:
    """A page of records, and that the pull has come so far; `name` is its position's."""

    told: StoreMessages
    crm: str
    name: str
    page: ChangedPage

    def write(self, transaction: Transaction) -> Sequence[Moment]:
        """Store what is good, as a webhook's call would."""
        self.told = without_echoes(transaction, self.told)
        places = self.told.write(transaction)
        before = crm_position(transaction.connection, self.crm, self.name)
        until = self.page.until if before is None else max(before.at, self.page.until)
        keep_crm_position(transaction, self.crm, self.name, CrmPosition(until, self.page.place))
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
    for kind in settings.kinds:
        go_on()
        for name, counted, page in _pages(store, settings, crm, kind, list(paths_of(webhook)), to_datetime(clock())):
            if page.messages:
                report.records[counted] = report.records.get(counted, 0) + len(page.messages)
            if not testing:
                go_on()
                told = StorePage(_told(settings, webhook, page, champion(), clock()), settings.name, name, page)
                tell_store(store, champion, told, clock())
                _count(report, told.told)
    return report


def _pages(
    store: Store, settings: CrmSettings, crm: Crm, kind: str, paths: Sequence[str], now: datetime
) -> Iterator[tuple[str, str, ChangedPage]]:
    """Yield each page of a kind with the name of its position, and with what its records are counted as."""
    name = position_name(kind)
    position = store.ask(crm_position, settings.name, name)
    for page in crm.changed(kind, beginning(settings, position), paths):
        yield name, kind, page
    gone = f"deleted {kind}"
    position = store.ask(crm_position, settings.name, gone)
    place = "" if position is None else position.place
    for page in crm.deleted(kind, beginning(settings, position), place, now):
        yield gone, f"{kind} deleted", page


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


def without_echoes(transaction: Transaction, told: StoreMessages) -> StoreMessages:
    """Return messages without outcomes that say a lead is open of which nothing else was ever told.

    A pull reads how each record stands, again and again, and in order: an open one takes nothing back unless it was closed before. Of webhooks,
    which come in any order, such a word is kept, as the closing that it takes back may come later.
    """
    part, places = told.parts["outcomes"]
    if not isinstance(part, StoreOutcomes):
        raise TypeError(f"Outcomes must be stored by StoreOutcomes, got {type(part).__name__}.")
    staying = {one.lead_id: transaction.staying(one.lead_id) for one in part.records if isinstance(one, NewOutcome)}
    ended = set(reading.outcomes_of(transaction.connection, set(staying.values())))
    ended |= {staying[one.lead_id] for one in part.records if isinstance(one, NewOutcome) and not one.taken_back}
    kept = [
        (one, place)
        for one, place in zip(part.records, places, strict=True)
        if not (isinstance(one, NewOutcome) and one.taken_back) or staying[one.lead_id] in ended
    ]
    records = StoreOutcomes([one for one, _ in kept], part.many, part.schema)
    return replace(told, parts={**told.parts, "outcomes": (records, [place for _, place in kept])})


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
