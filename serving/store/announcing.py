"""Writing notices of what is decided outside of the store: of sources, versions, refreshes and inputs.

What cannot be written, as the store is away, is kept in a file and written with whatever comes next.
"""

import json
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from features.settings.folders import private_folder, write_whole
from serving.schemas.notices import NOTICE_KINDS
from serving.store.engine import StoreError
from serving.store.notices import NewNotice
from serving.store.store import Store

log = logging.getLogger("glengarry")

Announce = Callable[[Sequence[NewNotice]], None]
"""Writes notices, or leaves them out where nobody wants them."""


def nobody(notices: Sequence[NewNotice]) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Announcer:
    """Writes notices into the store that is found.

    Attributes
    ----------
    clock
        Seconds since 1970.
    folder
        Where notices are kept that could not be written; made when there are any.
    """

    find: Callable[[], Store]
    clock: Callable[[], float]
    folder: Path

    def __call__(self, notices: Sequence[NewNotice]) -> None:
        """Write notices, and before them those that are kept; where the store cannot be reached, these are kept too."""
        read = {file: _read(file) for file in sorted(self.folder.glob("*.json"))}
        kept = [notice for some in read.values() for notice in some or ()]
        if not notices and not kept:
            return
        try:
            with closing(self.find()) as store, store.writing(round(self.clock() * 1e6)) as transaction:
                transaction.announce([*kept, *notices])
        except (StoreError, ValueError) as error:  # or its settings cannot be used just now
            self._keep(notices, error)
            return
        for file in (file for file, some in read.items() if some is not None):
            with suppress(OSError):  # what stays is written again, and is the same notice
                file.unlink(missing_ok=True)

    def _keep(self, notices: Sequence[NewNotice], error: Exception) -> None:
        if not notices:
            return
        name = f"{time.time_ns():020}-{token_hex(4)}"
        # Of a name of its own each, as a process may end after they were written and before the file is gone.
        rows = [one._replace(once=one.once or f"{name} {number}")._asdict() for number, one in enumerate(notices)]
        try:
            write_whole(private_folder(self.folder) / f"{name}.json", json.dumps(rows))
        except OSError as full:
            log.error("nobody is told (%s), as neither store nor disk takes it: %s, %s", notices[0].kind, error, full)
        else:
            log.warning("it is told later (%s), as the store cannot be reached: %s", notices[0].kind, error)


def _read(file: Path) -> list[NewNotice] | None:
    """Return the notices of a file; None of one that cannot be read, as it is another user's, say, or damaged."""
    try:
        notices = [NewNotice(**row) for row in json.loads(file.read_bytes())]
    except FileNotFoundError:  # another process has just written what was in it
        return None
    except OSError as error:
        log.warning("what was to be told stands in %s and cannot be read: %s", file, error)
        return None
    except (ValueError, TypeError) as error:
        log.error("what was to be told stood in %s, which is damaged and called .damaged now: %s", file, error)
        with suppress(OSError):
            file.replace(file.with_suffix(".damaged"))
        return None
    return [one for one in notices if one.kind in NOTICE_KINDS]
