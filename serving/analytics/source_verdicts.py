"""The verdicts on sources, noted for the figures of operators whenever the history is read anyway."""

from collections import Counter
from datetime import datetime

from features.records.history import History
from models.accountability.source_verdict import VERDICTS
from models.accountability.sources import judge_sources
from serving.champion.cache import ModelCache, SourcesJudged
from serving.settings.settings import Settings


def note_sources(settings: Settings, history: History, now: datetime) -> None:
    """Judge the sources by what is known at the end of a history, and keep how many have each verdict."""
    if not history.schema.channels:
        return
    judged = judge_sources(history, settings.accountability, history.known_until)
    count = Counter(row.verdict for row in judged.rows)
    verdicts: dict[str, int] = {verdict: count[verdict] for verdict in VERDICTS}
    ModelCache(settings.copies).note_sources(SourcesJudged(judged_at=now.timestamp(), verdicts=verdicts))
