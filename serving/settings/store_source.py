"""The store as a history like any other, for trainings to read."""

from features.settings.source import EventsSource, HistorySource, LeadsSource, OutcomesSource


def history_source(url: str, *, with_waiting: bool = False) -> HistorySource:
    """Return where a store's history lies; what waits for its lead is part of it only where that lead may stand elsewhere.

    Nothing that was answered as stored is left out: intake has refused days that stand for no date, and as an outcome may come before its
    lead, a close before the creation counts as at once.
    """
    events, outcomes = (
        ("standing_events", "standing_outcomes") if with_waiting else ("history_events", "history_outcomes")
    )
    return HistorySource(
        source=url,
        closed_before_created="at_once",
        fillers=(),
        leads=LeadsSource(table="history_leads", packed="fields"),
        events=(EventsSource(table=events),),
        outcomes=(OutcomesSource(table=outcomes),),
    )
