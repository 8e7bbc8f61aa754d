"""Champions in a terminal."""

from datetime import UTC, datetime

from rich.console import Console

from models.registry.champions import Cause, ChampionChange, Kind
from serving.cli.printing.promotion import print_champions


def told_of(*kinds: Kind) -> str:
    console = Console(width=120, record=True)
    causes = [Cause(kind, datetime(2026, 1, 1, tzinfo=UTC)) for kind in kinds]
    print_champions(console, [ChampionChange(at, f"v{at}", None, cause) for at, cause in enumerate(causes)])
    return console.export_text()


def test_without_a_champion_there_is_nothing_to_tell() -> None:
    assert told_of() == ""


def test_of_refreshes_in_a_row_the_last_is_told() -> None:
    told = told_of("first", "refreshed", "refreshed", "promoted", "refreshed")
    assert [f"v{at}" in told for at in range(5)] == [True, False, True, True, True]
