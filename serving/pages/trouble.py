"""What is wrong and a manager should hear of at once: a source that has fallen silent, a refresh that failed, a version that was refused, a disk that fills up."""

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from models.close.reasons.sentences import counted, percent
from serving.champion.cache import Noted, Upkeep
from serving.pages.words import ago, day
from serving.store.crm_health import CrmHealth
from serving.store.deliveries import DeliveryState


def troubles(noted: Noted, zone: ZoneInfo, now: int) -> Iterator[str]:
    """Yield a sentence on each; `now` is in microseconds UTC."""
    for one in noted.quiet.sources if noted.quiet else ():
        since = round(one.since * 1e6)
        expected = counted(max(round(one.expected), 1), "lead was", "leads were")
        yield (
            f"No lead has come from {one.source} since {day(since, zone)}, {ago(since, now)}; about {expected} to be expected. "
            "Send one by its form, and ask whoever runs the CRM."
        )
    if noted.refreshed is not None and noted.refreshed.trouble:
        yield "The last look for new outcomes failed, so the model may not know the latest ones: the service's log says why."
    if noted.refused is not None:
        yield f"Version {noted.refused.version} of the model was refused, and the one before goes on serving: {noted.refused.why[:200]}"
    if noted.upkeep is not None:
        yield from _upkeep(noted.upkeep)


def _upkeep(upkeep: Upkeep) -> Iterator[str]:
    if upkeep.is_disk_low:
        yield f"{percent(upkeep.free)} of the disk is free. Make room: a full disk refuses records."
    for name, count in sorted(upkeep.unread.items()):
        said = f"{counted(count, 'message', 'messages')} of {name} of the last day {'was' if count == 1 else 'were'} not understood"
        yield f"{said}, and {'is' if count == 1 else 'are'} kept under “Not understood”: mend the rule, and an admin has them read again there."


def delivery_troubles(states: Sequence[DeliveryState], now: int) -> Iterator[str]:
    """Yield a sentence on each receiver that is told nothing; `now` is in microseconds UTC.

    Examples
    --------
    >>> off = DeliveryState("crm", 0, off_at=0, trouble="it answered 410")
    >>> list(delivery_troubles([off, DeliveryState("chat", 0)], 3_600_000_000))
    ['crm was switched off 1 hour ago and is told nothing more: it answered 410. `glengarry outbox replay crm` switches it on.']
    """
    for one in states:
        if one.off_at is not None:
            yield (
                f"{one.name} was switched off {ago(one.off_at, now)} and is told nothing more: {one.trouble}. "
                f"`glengarry outbox replay {one.name}` switches it on."
            )
        elif one.failing_since is not None:
            yield f"{one.name} has taken nothing since {ago(one.failing_since, now)}, and is tried again: {one.trouble}."


def crm_troubles(healths: Sequence[CrmHealth], now: int) -> Iterator[str]:
    """Yield a sentence on each CRM with which something fails; `now` is in microseconds UTC.

    Examples
    --------
    >>> list(
    ...     crm_troubles(
    ...         [CrmHealth("hubspot", "it answered 503", 0, 2), CrmHealth("table", "", None, 9)], 3_600_000_000
    ...     )
    ... )
    ['crm hubspot fails since 1 hour ago, and is tried again: it answered 503. `glengarry crm status` says more.']
    """
    for one in healths:
        if one.since is not None:
            yield (
                f"crm {one.crm} fails since {ago(one.since, now)}, and is tried again: {one.trouble.rstrip('.')}. "
                "`glengarry crm status` says more."
            )
