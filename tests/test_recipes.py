"""CONTRIBUTING.md is under test: what it names is there, and whoever does what a recipe says gets what its proof asks for."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
SOURCES = (
    "features",
    "models",
    "training",
    "serving",
    "tests",
    "bench",
    "docs",
    "pyproject.toml",
    "README.md",
    "CONTRIBUTING.md",
)
STEP = re.compile(
    r"(?:[Ii]n `(?P<file>[^`\n]+)`, (?P<how>after|before|in place of) `(?P<anchor>[^`\n]+)`|New, `(?P<new>[^`\n]+)`):\n\n"
    r"```text\n(?P<code>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)


class Recipe(NamedTuple):
    """What is to be done, and the tests that prove it."""

    steps: tuple[re.Match[str], ...]
    proof: tuple[str, ...]


def recipe(title: str) -> Recipe:
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", TEXT, re.DOTALL | re.MULTILINE)
    assert found is not None
    (proof,) = re.findall(r"^    pytest (.+)$", found[1], re.MULTILINE)
    return Recipe(tuple(STEP.finditer(found[1])), tuple(proof.split()))


def follow(step: re.Match[str], root: Path) -> None:
    """Do one step in a copy of the tree; what it names must be there once."""
    if step["new"]:
        (root / step["new"]).write_text(step["code"], encoding="utf-8")
        return
    file = root / step["file"]
    text = file.read_text(encoding="utf-8")
    assert text.count(step["anchor"]) == 1, f"{step['anchor']!r} must stand once in {step['file']}"
    code = step["code"]
    match step["how"]:
        case "after":
            line = text[text.index(step["anchor"]) :].split("\n")[0]
            text = text.replace(f"{line}\n", f"{line}\n{code}", 1)
        case "before":
            text = text.replace(step["anchor"], f"{code}{step['anchor']}", 1)
        case _:
            text = text.replace(step["anchor"], code.removesuffix("\n"), 1)
    file.write_text(text, encoding="utf-8")


def proven(done: Recipe, root: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", *done.proof]
    environment = os.environ | {"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "var"))
        else:
            shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.mark.parametrize(
    ("title", "steps"),
    [("A measure of a feature", 8), pytest.param("A report", 10, marks=pytest.mark.nightly)],
)
def test_whoever_follows_a_recipe_has_its_proof(title: str, steps: int, copy: Path) -> None:
    followed = recipe(title)
    assert len(followed.steps) == steps
    for step in followed.steps:
        follow(step, copy)
    done = proven(followed, copy)

    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.nightly
def test_proof_of_a_measure_fails_where_a_step_is_left_out(copy: Path) -> None:
    followed = recipe("A measure of a feature")
    for step in followed.steps[:-3]:
        follow(step, copy)

    assert proven(followed, copy).returncode == 1


def test_steps_of_every_recipe_can_be_done(copy: Path) -> None:
    for step in (*recipe("A measure of a feature").steps, *recipe("A report").steps):
        follow(step, copy)
        changed = copy / (step["new"] or step["file"])
        assert step["code"].strip() in changed.read_text(encoding="utf-8")


def test_every_recipe_ends_in_a_proof_that_is_there() -> None:
    titles = re.findall(r"^## (.+)$", TEXT[TEXT.index("# Recipes") :], re.MULTILINE)

    assert titles == [
        "A measure of a feature",
        "A route",
        "A report",
        "A page",
        "A CRM",
        "A metric",
        "A store's backend",
    ]
    for title in titles:
        assert [path for path in recipe(title).proof if not (ROOT / path).exists()] == []


def test_every_place_that_is_named_is_there() -> None:
    named = set(re.findall(r"`((?:features|models|training|serving|tests|bench)/[^`\s]*)`", TEXT))
    new = {step["new"] for step in STEP.finditer(TEXT)}

    assert [place for place in sorted(named - new) if not (ROOT / place).exists()] == []


def test_every_folder_of_the_packages_stands_on_the_map() -> None:
    on_the_map = set(re.findall(r"`([a-z]+/[a-z_]+)`", TEXT[: TEXT.index("## Vocabulary")]))
    there = {
        f"{package}/{folder.name}"
        for package in ("features", "models", "training", "serving")
        for folder in (ROOT / package).iterdir()
        if (folder / "__init__.py").exists()
    }

    assert there - on_the_map == set()
