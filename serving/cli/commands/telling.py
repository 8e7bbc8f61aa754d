"""Telling, from a command, those whom the settings name of what it has decided."""

import time

from serving.settings.settings import Settings
from serving.store.announcing import Announce, Announcer, nobody
from serving.store.store import open_store


def announcer_of(settings: Settings) -> Announce:
    """Return what writes notices into the store of these settings; where there is none yet, nobody is told."""
    if not settings.store_is_there:
        return nobody
    return Announcer(lambda: open_store(settings.store_url, settings.folder), time.time, settings.untold)
