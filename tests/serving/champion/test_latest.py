"""The champion of now is read once, and again when another serves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from serving.champion.cache import ModelCache
from serving.champion.champion import Champion
from serving.champion.finding import NoChampionError, put
from serving.champion.latest import LatestChampion


def test_champion_is_read_again_when_another_serves(champion: Champion, tmp_path: Path) -> None:
    copies, changed = ModelCache(tmp_path), list[str]()

    def change(read: Champion) -> Champion:
        changed.append(read.version.version)
        return replace(read, secret="a secret")

    latest = LatestChampion(copies, change)
    with pytest.raises(NoChampionError, match="must hold a champion"):
        latest()
    put(champion, copies)
    assert latest() is latest()
    assert latest().secret == "a secret"
    first = latest()
    limits = champion.deployment.model_copy(update={"decimals": {"budget": ","}})
    put(replace(champion, deployment=limits), copies)
    assert latest() is not first
    assert latest().deployment.decimals == {"budget": ","}
    assert len(changed) == 2
