"""The store as a history like any other, for trainings to read."""

from features.settings import EventsSource, HistorySource, OutcomesSource, TableSource


def history_source(url: str) -> HistorySource:
    """Return where a store's history lies; what waits for its lead is not part of it yet."""
    return HistorySource(
        source=url,
        leads=TableSource(table="history_leads", packed="fields"),
        events=EventsSource(table="history_events"),
        outcomes=OutcomesSource(table="history_outcomes"),
    )
