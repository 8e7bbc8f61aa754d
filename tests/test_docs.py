"""The documentation is under test: its settings are read, its commands are there, its links lead somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
from pydantic import BaseModel

from serving.cli.program import app
from serving.settings.settings import Settings, load_settings

ROOT = Path(__file__).parents[1]
README, CONTRIBUTING = ROOT / "README.md", ROOT / "CONTRIBUTING.md"
COMMANDS, SETTINGS, CRM = (
    ROOT / "docs" / name for name in ("reference/commands.md", "reference/settings.md", "how-to/crm.md")
)
PAGES = (README, CONTRIBUTING, *sorted((ROOT / "docs").rglob("*.md")))
by_page = pytest.mark.parametrize("page", PAGES, ids=[page.relative_to(ROOT).as_posix() for page in PAGES])
SCREENFUL = 45
"""Lines of a section of the README at most."""


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def commands(page: Path) -> set[str]:
    """Every `glengarry NAME` that a reader is told to run, in blocks of code and in the text."""
    text = page.read_text(encoding="utf-8")
    return set(re.findall(r"(?:`|^ {4}|bin/|\b[>$] )glengarry (?!-)([a-z]+(?:-[a-z]+)*)", text, re.MULTILINE))


@pytest.mark.parametrize("name", ["docs/how-to/own-leads.md", "docs/reference/settings.md"])
def test_settings_are_read_as_they_stand(name: str, tmp_path: Path) -> None:
    file = tmp_path / "glengarry.toml"
    file.write_text("\n".join(blocks(ROOT / name, "toml")), encoding="utf-8")
    settings = load_settings(file)
    assert settings.fields["budget"].obstacle == "money"
    assert settings.source.leads.columns["budget"] == "Budget__c"


def keys(model: type[BaseModel], told: str = "") -> Iterator[str]:
    """Every key that settings may have, by its whole name."""
    for name, field in model.model_fields.items():
        yield f"{told}{name}"
        for inner in _models(field.annotation):
            yield from keys(inner, f"{told}{name}.")


def _models(kind: Any) -> Iterator[type[BaseModel]]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
    for part in get_args(kind):
        yield from _models(part)


def test_every_setting_is_told_of() -> None:
    of_webhooks, others = (set(re.findall(r"\w+", page.read_text(encoding="utf-8"))) for page in (CRM, SETTINGS))
    untold = [
        key
        for key in keys(Settings)
        if key != "folder" and key.split(".")[-1] not in (of_webhooks if key.startswith("webhooks.") else others)
    ]
    assert untold == []


def test_defaults_are_told_as_they_are(tmp_path: Path) -> None:
    file = tmp_path / "glengarry.toml"
    file.write_text("\n".join(blocks(SETTINGS, "toml")), encoding="utf-8")
    told = load_settings(file)
    usual = Settings()
    for name in ("track_record", "gate", "retrain", "registry", "store", "service", "forms", "cluster"):
        assert getattr(told, name) == getattr(usual, name), name
    assert told.ladder.goal == usual.ladder.goal
    assert told.accountability.model_copy(update={"costs": usual.accountability.costs}) == usual.accountability
    own = {"settling_days": told.training.settling_days, "accepted_leaks": told.training.accepted_leaks}
    decision = usual.training.decision.model_copy(update={"reasons": told.training.decision.reasons})
    assert told.training == usual.training.model_copy(update={**own, "decision": decision})


@by_page
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?://)([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@by_page
def test_commands_are_there(page: Path) -> None:
    known = set(typer.main.get_group(app).commands)
    assert commands(page) - known == set()


def test_every_command_is_told_of() -> None:
    told = commands(COMMANDS) | {"demo"}  # which `make demo` calls
    assert set(typer.main.get_group(app).commands) - told == set()


def test_a_section_of_the_readme_fits_on_a_screen() -> None:
    sections = README.read_text(encoding="utf-8").split("\n## ")
    lengths = {section.split("\n")[0]: section.count("\n") for section in sections}
    assert {title: length for title, length in lengths.items() if length > SCREENFUL} == {}


def test_every_page_is_found_from_the_index() -> None:
    index = ROOT / "docs" / "README.md"
    links = re.findall(r"\]\(([^)#]+)\)", index.read_text(encoding="utf-8"))
    linked = {(index.parent / link).resolve() for link in links}
    assert [page.name for page in PAGES if page.resolve() not in linked | {index, README}] == []
