"""What a command decides is told in the words of its report."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from serving.cli.commands.telling import announcer_of
from serving.outbox.decisions import decision_notice
from serving.settings.settings import Settings
from serving.store.announcing import nobody
from serving.store.backlog import recent
from serving.store.deliveries import register
from serving.store.store import open_store
from training.gate.check import Check, Verdict
from training.gate.decision import Approval, PromotionDecision

CHECKS = (Check("log loss", False, "Worse."), Check("replay", True, "The same."))
DECISION = PromotionDecision(Verdict("8", "7", CHECKS), Approval(datetime(2026, 3, 1, tzinfo=UTC), "Ann"))


def test_command_tells_by_the_store_of_its_settings_if_there_is_one(tmp_path: Path) -> None:
    settings = Settings(folder=tmp_path)
    assert announcer_of(settings) is nobody
    store = open_store(settings.store_url)
    with store.writing(0) as transaction:
        register(transaction, {"ops": frozenset({"version.refused"})}, 0.05)
    announcer_of(settings)([decision_notice(DECISION)])

    assert [notice.kind for notice in store.ask(recent, 9)] == ["version.refused"]
    store.close()
