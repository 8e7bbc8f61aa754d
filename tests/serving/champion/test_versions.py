"""An older version decides as it did when it served: with what stands beside it, and by the same lots."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from models.registry import Run
from serving.champion.champion import Champion
from serving.champion.versions import from_registry
from serving.settings.settings import Settings
from tests.models.registries import registry_in


def test_an_older_version_gives_the_very_score_that_it_gave(
    champion: Champion, lead: dict[str, Any], tmp_path: Path
) -> None:
    registry = registry_in(tmp_path / "var")
    number = registry.log(Run("a training"), champion.model, beside=champion.beside).version
    settings = cast(Settings, SimpleNamespace(registry=registry.settings, var=tmp_path / "var"))
    again = from_registry(settings, "a secret")(number)
    served = Champion(champion.model, again.deployment, champion.beside, "a secret")
    now = datetime(2026, 10, 1, tzinfo=UTC)
    leads = [{**lead, "lead_id": f"L{place}", "fields": {}} for place in range(5)]
    assert again.score(leads, now) == served.score(leads, now)
