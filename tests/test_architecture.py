"""Imports run one way and have no effect, the command line is light, and nothing names where packages come from."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("features", "models", "training", "serving")  # each may import itself and those before it
HEAVY = ("bentoml", "lightgbm", "matplotlib", "mlflow", "pandas", "shap", "sklearn")


def module_name(path: Path) -> str:
    """`features/__init__.py` → `features`, `serving/routes/leads.py` → `serving.routes.leads`."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_name(path): path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))}


def imported_modules(source: str) -> Iterator[str]:
    """Absolute names of all imports, those inside functions too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module


def forbidden_imports(package: str, source: str) -> list[str]:
    """Imports from packages above this one, or from what is not shipped."""
    forbidden = {*PACKAGES[PACKAGES.index(package) + 1 :], "tests", "bench"}
    return [name for name in imported_modules(source) if name.split(".")[0] in forbidden]


def run_python(code: str, *arguments: str, home: Path) -> str:
    """Run code in a fresh interpreter that finds the repository, but no home of ours."""
    environment = os.environ | {
        "HOME": str(home),
        "PYTHONPATH": f"{ROOT}{os.pathsep}{home}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [sys.executable, "-c", dedent(code), *arguments]
    done = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


# Libraries are imported first, because some of them (matplotlib's font list) do have effects: what is seen is ours.
WATCHED_IMPORT = """
    import contextlib, importlib, json, os, sys

    modules, libraries = map(json.loads, sys.argv[1:])
    for library in libraries:
        with contextlib.suppress(ImportError):  # those that only the type checker has
            importlib.import_module(library)

    def writes(event, arguments):
        if event == "open":
            return bool(set(str(arguments[1] or "")) & set("wax+") or arguments[2] & (os.O_WRONLY | os.O_RDWR))
        return event == "sqlite3.connect" or (event.startswith(prefixes) and event not in reads)

    prefixes = ("os.", "shutil.", "socket.", "subprocess.")
    reads = {"os.listdir", "os.scandir", "os.walk", "os.fwalk", "os.listxattr", "os.getxattr"}
    effects = []
    sys.addaudithook(lambda event, arguments: effects.append(event) if writes(event, arguments) else None)
    found = {}
    for module in modules:
        effects.clear()
        importlib.import_module(module)
        if effects:
            found[module] = sorted(set(effects))
    print(json.dumps(found))
"""


def import_effects(modules: list[str], libraries: list[str], home: Path) -> object:
    """Per module, the audit events of whatever its import changes; any output of an import breaks the JSON."""
    return json.loads(run_python(WATCHED_IMPORT, json.dumps(modules), json.dumps(libraries), home=home))


@pytest.mark.parametrize("module", MODULES)
def test_imports_run_one_way(module: str) -> None:
    package = module.split(".")[0]

    assert forbidden_imports(package, MODULES[module].read_text(encoding="utf-8")) == []


def test_import_upward_is_seen_inside_a_function() -> None:
    source = "import features.asof\ndef fit():\n    from training.fit import fit"

    assert forbidden_imports("models", source) == ["training.fit"]
    assert forbidden_imports("serving", source) == []


def test_importing_has_no_effect(tmp_path: Path) -> None:
    names = {name for path in MODULES.values() for name in imported_modules(path.read_text(encoding="utf-8"))}
    libraries = sorted(name for name in names if name.split(".")[0] not in PACKAGES)

    assert import_effects(list(MODULES), libraries, home=tmp_path) == {}


@pytest.mark.parametrize(
    ("effect", "event"),
    [
        ("open('made', 'w')", "open"),
        ("import os; os.environ['MADE'] = '1'", "os.putenv"),
        ("import sqlite3; sqlite3.connect('made')", "sqlite3.connect"),
        ("import socket; socket.getaddrinfo('localhost', 1)", "socket.getaddrinfo"),
    ],
)
def test_effect_of_an_import_is_seen(effect: str, event: str, tmp_path: Path) -> None:
    (tmp_path / "careless.py").write_text(effect, encoding="utf-8")

    assert import_effects(["careless"], ["json", "socket", "sqlite3"], home=tmp_path) == {"careless": [event]}


@pytest.mark.parametrize("module", [name for name in MODULES if name in PACKAGES or name.endswith(".cli")])
def test_command_line_loads_no_heavy_library(module: str, tmp_path: Path) -> None:
    loaded = run_python(f"import sys, {module}; print(*sys.modules)", home=tmp_path).split()

    assert [name for name in HEAVY if name in loaded] == []


def test_every_package_says_that_it_is_typed() -> None:
    assert [package for package in PACKAGES if not (ROOT / package / "py.typed").is_file()] == []


def shipped_files() -> Iterator[Path]:
    """The files at the top and in the folders that are ours, without environments, caches, models and scores."""
    yield from (path for path in ROOT.iterdir() if path.is_file())
    for folder in (*PACKAGES, "tests", "bench", ".ci"):
        yield from (path for path in (ROOT / folder).rglob("*") if path.is_file() and path.suffix != ".pyc")


# Written so that this file does not name them either.
REGISTRY = re.compile(
    r"\b(py[p]i\.|python[h]osted\.|np[m]js\.|ana[c]onda\.org|deb[.]debian\.|[a-z]+-index-url[= ]https?:)"
)


def test_nothing_names_a_package_registry() -> None:
    texts = {path: path.read_text(encoding="utf-8", errors="ignore") for path in shipped_files()}

    assert [str(path.relative_to(ROOT)) for path, text in texts.items() if REGISTRY.search(text)] == []


@pytest.mark.parametrize("host", ["py" + "pi.org", "files.python" + "hosted.org", "registry.npm" + "js.org"])
def test_package_registry_is_recognised(host: str) -> None:
    assert REGISTRY.search(f"see https://{host}/simple")


def test_pins_are_versions_alone() -> None:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.lstrip().startswith("#")]

    assert pins
    assert [pin for pin in pins if not re.fullmatch(r"[\w.-]+(\[[\w,-]+\])?==[\w.+!]+( ; .+)?", pin)] == []
