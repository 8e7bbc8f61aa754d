"""What is wrong and a manager should hear of at once: a source that has fallen silent, a refresh that failed, a version that was refused."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from models.close.reasons.sentences import counted
from serving.champion.cache import Noted
from serving.pages.words import ago, day


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
