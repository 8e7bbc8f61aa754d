"""Whoever is told of a new score is told why it is another than the one before, as the API and the pages say it; an erased person leaves the outbox."""

from __future__ import annotations

from dataclasses import replace

import pytest

from serving.api.openapi.shapes import example_told
from serving.champion.champion import Champion
from serving.champion.versions import VersionCache
from serving.outbox.change import explainer
from serving.pages.moves import reason
from serving.schemas.notices import NOTICE_KINDS
from serving.store.backlog import recent
from serving.store.deliveries import register
from tests.serving.conftest import Service, service

__all__ = ["service"]


def test_change_is_the_split_that_the_api_gives(service: Service, champion: Champion) -> None:
    with service.store.writing(0) as transaction:
        register(transaction, {"crm": frozenset(NOTICE_KINDS)}, 0.000_001)
    told = example_told(champion)
    lead_id = told["lead"]["lead_id"]
    service.tell("/leads", told["lead"])
    service.tell("/events", told["event"])
    explain = explainer(service.store, VersionCache(lambda: champion, None), reason)
    by_time = list(reversed(service.store.ask(recent, 20)))

    first, second = (notice for notice in by_time if notice.kind == "lead.scored")
    assert explain(first) is None
    change = explain(second)
    assert change is not None
    (by_api,) = service.ask(f"/leads/{lead_id}/scores")["changes"]
    assert {name: value for name, value in change.items() if name != "sentence"} == by_api
    assert change["sentence"]
    moved = second.content["after"]["probability"] - second.content["before"]["probability"]
    assert sum(change[part]["points"] for part in ("time", "records", "model")) == pytest.approx(moved, abs=1e-9)
    assert explain(replace(second, kind="test")) is None
    assert explain(replace(second, lead_id="nobody")) is None
    assert explainer(service.store, VersionCache(None, None), reason)(second) is None
    service.ask(f"/leads/{lead_id}", status=204, method="DELETE")
    assert service.store.ask(recent, 20) == []
    assert explain(second) is None
