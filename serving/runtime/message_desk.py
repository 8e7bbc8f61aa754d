"""From what messages to people are written, by the settings: the store, the champion of now, and where the service is reached."""

import logging
from collections.abc import Callable

from models.accountability.accounts import SourceAccounts
from serving.analytics.history import Origin
from serving.analytics.report_settings import ReportSettings
from serving.analytics.reports import source_accounts
from serving.champion.champion import Champion
from serving.champion.finding import NoChampionError
from serving.outbox.messages import MessageDesk
from serving.outbox.wording import OutboxMessage
from serving.pages.monday import WeekRecords, monday_message, monday_page
from serving.pages.queue import lead_path
from serving.settings.settings import Settings
from serving.store.engine import StoreError
from serving.store.store import Store

log = logging.getLogger("glengarry")


def link_of(settings: Settings) -> Callable[[str], str]:
    """Return what tells where a lead is looked at; nowhere, where the settings do not say where people reach the service."""
    root = settings.login.address.rstrip("/")
    return lambda lead_id: f"{root}{lead_path(lead_id)}" if root else ""


def desk_of(settings: Settings, store: Store, champion: Callable[[], Champion]) -> MessageDesk:
    """Return what messages are written from."""
    return MessageDesk(store, settings.lead_schema.rep_kinds, lambda at: week_message(settings, store, champion, at))


def week_message(settings: Settings, store: Store, champion: Callable[[], Champion], at: int) -> OutboxMessage:
    """Return what is sent when a week has begun, as of a time (microseconds UTC).

    Raises
    ------
    StoreError
        If the store cannot be read.
    """
    try:
        serving = champion()
    except NoChampionError as error:
        return OutboxMessage(
            "The week: no model serves", f"There is nothing to say of the week, as no model serves: {error}"
        )
    with store.reading() as connection:
        records = WeekRecords(connection, serving.intake, at)
    page = monday_page(records, _sources(settings, store, serving), serving.limits.currency)
    return monday_message(page, settings.login.address)


def _sources(settings: Settings, store: Store, champion: Champion) -> SourceAccounts | None:
    """Return the report on sources; None where it cannot be made, which is no reason to say nothing else."""
    if not champion.model.schema.channels:
        return None
    yardstick = ReportSettings(settings.accountability, settings.spend, settings.folder, Origin.of(settings))
    try:
        return source_accounts(store, yardstick, champion)
    except (StoreError, ValueError, OSError) as error:
        log.warning("the week is told without its sources: %s", error)
        return None
