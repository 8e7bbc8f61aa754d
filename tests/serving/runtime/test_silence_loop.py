"""The watch notes which sources are silent, once in the log, for page, figures and doctor."""

from __future__ import annotations

import logging
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from features.records.clock import DAY
from serving.champion.cache import ModelCache, Noted, Refreshed, Refused
from serving.pages.trouble import troubles
from serving.runtime.silence_loop import EVERY, Silences
from serving.settings.settings import STORE_VARIABLE
from serving.store.notices import NewNotice
from serving.store.records import NewLead
from serving.store.store import open_store
from serving.store.tables import LEADS

UTC_ZONE = ZoneInfo("UTC")
START = 1_767_571_200 * 1_000_000


def test_silent_source_is_noted_and_logged_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    monkeypatch.setenv(STORE_VARIABLE, url)
    store = open_store(url)
    for number in range(60):
        with store.writing(START + number * DAY // 2) as transaction:
            transaction.add_lead(NewLead(f"L{number}", {}))
            transaction.add_lead(NewLead(f"old-{number}", {}, created_at=1))  # imported
    with store.engine.begin() as connection:
        connection.execute(sa.update(LEADS).where(LEADS.c.lead_id.startswith("L")).values(source="form"))
        connection.execute(sa.update(LEADS).where(LEADS.c.lead_id.startswith("old")).values(source="import"))
    store.close()
    seconds, cache = [START / 1e6 + 30 * 86_400], ModelCache(tmp_path / "champions")
    notices = list[NewNotice]()
    looking = Silences(cache, UTC_ZONE, lambda: seconds[0], notices.extend)

    with caplog.at_level(logging.WARNING, "glengarry"):
        looking.look()
        assert cache.noted().quiet is not None
        assert cache.noted().quiet.sources == ()  # type: ignore[union-attr]
        for days in (40, 41):
            seconds[0] += days * 86_400
            looking.look()
            looking.look()

    quiet = cache.noted().quiet
    assert quiet is not None
    assert [one.source for one in quiet.sources] == ["any source", "form"]
    assert quiet.looked_at == seconds[0]
    assert [notice.content["after"]["source"] for notice in notices if notice.kind == "intake.quiet"] == [
        "any source",
        "form",
    ]
    assert caplog.text.count("no lead has come from form since") == 1
    (_, form) = troubles(cache.noted(), UTC_ZONE, round(seconds[0] * 1e6))
    assert form.startswith("No lead has come from form since ")
    assert EVERY < 3_600


def test_failed_refresh_and_refused_version_are_trouble_and_nothing_is_none() -> None:
    noted = Noted(Refreshed(tried_at=0, done_at=0, trouble="gone"), refused=Refused(version="9", why="it was broken"))

    said = list(troubles(noted, UTC_ZONE, 0))

    assert len(said) == 2
    assert "Version 9 of the model was refused" in said[1]
    assert list(troubles(Noted(), UTC_ZONE, 0)) == []
