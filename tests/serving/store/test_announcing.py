"""What is decided outside of the store is written into its outbox, if it can be reached."""

from __future__ import annotations

import pytest

from serving.store.announcing import announcer, nobody
from serving.store.backlog import recent
from serving.store.deliveries import register
from serving.store.engine import StoreError
from serving.store.notices import NewNotice
from serving.store.store import Store, open_store


def test_notice_is_written_where_somebody_wants_it(store: Store, url: str) -> None:
    announce = announcer(lambda: open_store(url), lambda: 7.0)
    failed = NewNotice("refresh.failed", {"after": {"why": "full disk"}})
    announce([failed])
    with store.writing(0) as transaction:
        register(transaction, {"ops": frozenset({"refresh.failed"})}, 0.05)
    announce([failed, NewNotice("test", {})])

    (notice,) = store.ask(recent, 9)
    assert (notice.kind, notice.content) == ("refresh.failed", failed.content)


def test_store_that_is_away_is_said_and_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def find() -> Store:
        raise StoreError("it is away")

    announcer(find, lambda: 7.0)([NewNotice("test", {})])
    assert "nobody is told (test), as the store cannot be reached: it is away" in caplog.text
    announcer(find, lambda: 7.0)([])
    nobody([NewNotice("test", {})])
    assert len(caplog.records) == 1
