"""The verdicts on sources, noted for the figures of operators whenever the history is read anyway; whoever wants to is told of those that change."""

from collections import Counter
from datetime import datetime

from features.records.history import History
from models.accountability.source_verdict import VERDICTS
from models.accountability.sources import judge_sources
from serving.champion.cache import ModelCache, SourcesJudged
from serving.settings.settings import Settings
from serving.store.announcing import Announce, nobody
from serving.store.notices import NewNotice

CALLED = ("watch", "alarm")
"""The verdicts that somebody should hear of."""


def note_sources(settings: Settings, history: History, now: datetime, announce: Announce = nobody) -> None:
    """Judge the sources by what is known at the end of a history, and keep how many have each verdict."""
    if not history.schema.channels:
        return
    judged = judge_sources(history, settings.accountability, history.known_until)
    count = Counter(row.verdict for row in judged.rows)
    verdicts: dict[str, int] = {verdict: count[verdict] for verdict in VERDICTS}
    cache = ModelCache(settings.copies)
    last = cache.sources()
    called: dict[str, str] = {
        f"{row.channel}: {row.value}": row.verdict for row in judged.rows if row.verdict in CALLED
    }
    announce(verdict_notices({} if last is None else last.called, called))
    cache.note_sources(SourcesJudged(judged_at=now.timestamp(), verdicts=verdicts, called=called))


def verdict_notices(before: dict[str, str], after: dict[str, str]) -> list[NewNotice]:
    """Return what has changed of the sources that watch or alarm.

    Examples
    --------
    >>> [notice.content for notice in verdict_notices({"source: fair": "watch"}, {"source: fair": "alarm"})]
    [{'before': {'source': 'source: fair', 'verdict': 'watch'}, 'after': {'source': 'source: fair', 'verdict': 'alarm'}}]
    """
    changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    return [
        NewNotice(
            "source.judged",
            {
                "before": {"source": name, "verdict": before.get(name)},
                "after": {"source": name, "verdict": after.get(name)},
            },
        )
        for name in changed
    ]
