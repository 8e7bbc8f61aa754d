"""A small company made by `glengarry demo`, once a process, for tests that run commands on it as its user would."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

import typer
from typer.core import TyperGroup
from typer.testing import CliRunner, Result

from serving.cli import demo
from serving.cli.program import app

SMALL = """
[training.booster]
most_rounds = 40

[training.tuning]
ways = ["as_set"]

[gate]
replicates = 100

[retrain]
backtest_quarters = 1
"""
"""Fewer trees, one way to grow them and one quarter: what is tried is the way through, not the model."""


def run(*arguments: str | Path, codes: tuple[int, ...] = (0,)) -> Result:
    """Run the command line to its end, which must be one of these exit codes; an error is raised."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code in codes, result.output
    return result


def small(settings: str) -> str:
    """Return settings as `glengarry demo` writes them with what makes trainings short."""
    usual = "\n[training]\n"
    assert usual in settings
    return settings.replace(usual, f'{usual}undetermined = "expected"\n') + SMALL


def make_company(folder: Path, leads: int = 1200) -> Path:
    """Make a company with a history, a champion and a filled store; return its settings file."""
    with patch.object(demo, "LEADS", leads):
        file = demo.make_company(folder, datetime.now(UTC))
    file.write_text(small(file.read_text(encoding="utf-8")), encoding="utf-8")
    run("demo", "--folder", folder, "--no-serve")
    return file


def walk(command: typer.core.TyperCommand | TyperGroup, name: str = "") -> Iterator[tuple[str, bool]]:
    """Yield every command of a group by the words that call it, and whether it can print JSON."""
    if isinstance(command, TyperGroup):
        for word, inner in command.commands.items():
            yield from walk(inner, f"{name} {word}".strip())  # type: ignore[arg-type]  # they are ours, and so Typer's
    else:
        yield name, any("--json" in option.opts for option in command.params)


COMMANDS = dict(walk(typer.main.get_command(app)))  # type: ignore[arg-type]
"""Every command there is, and whether it can print JSON."""
