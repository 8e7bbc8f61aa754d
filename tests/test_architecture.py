"""Imports run one way and have no effect, the command line is light, and nothing names where packages come from."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("features", "models", "training", "serving")  # each may import itself and those before it
NOT_SHIPPED = ("bench", "tests")  # no package imports these; each may import those before it
STREETS = {  # of each package, those first that import nothing of it; each may import those before it
    "features": ("settings", "records", "leaks", "matrix", "scaffold", "simulation"),
    "models": ("digest", "charts", "close", "decision", "baselines", "accountability", "registry"),
    "training": ("settings", "side_by_side", "samples", "fitting", "metrics", "judging", "gate", "report", "rounds"),
    "serving": (
        *("schemas", "settings", "telemetry", "agents", "champion", "store", "intake", "analytics", "outbox", "api"),
        *("crm", "batch", "cluster", "pages", "runtime", "cli", "service"),
    ),
}
LAWS = {  # tests of what many modules do together, which no single one of them mirrors
    *("features.records.checks.test_exports", "features.records.parsing.test_writing"),
    *(
        "features.records.parts.test_partition",
        "features.scaffold.test_mutations",
        "features.scaffold.test_lacking",
        "features.scaffold.test_evidence",
        "features.scaffold.test_once_more",
    ),
    *("models.baselines.test_every_baseline", "training.fitting.test_effects", "training.samples.test_over"),
    *("serving.api.test_hostile", "serving.api.test_todays_settings", "serving.api.test_undoing"),
    *("serving.api.webhooks.test_examples", "serving.cli.commands.test_every_command"),
    *("training.fitting.test_every_kind", "serving.test_crm_in_browser", "serving.test_tutorial"),
    *(
        "serving.pages.routes.test_first_screen",
        "serving.intake.test_agreement",
        "serving.intake.test_any_order",
        "serving.pages.routes.test_browser",
        "serving.pages.routes.test_admin_days",
    ),
    *("serving.test_answers_law", "serving.test_decisions", "serving.test_failures"),
    *(
        "serving.test_forms_in_browser",
        "serving.test_login_in_browser",
        "serving.test_fuzz",
        "serving.test_kills",
        "serving.test_serve_pins",
        "serving.test_stores",
    ),
}
HEAVY = ("bentoml", "lightgbm", "matplotlib", "mlflow", "pandas", "shap", "sklearn")


def module_name(path: Path) -> str:
    """`features/__init__.py` → `features`, `serving/api/lead.py` → `serving.api.lead`."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_name(path): path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))}


def imported_modules(source: str) -> Iterator[str]:
    """Absolute names of all imports, those inside functions too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module


def imported_by(source: str, modules: Collection[str]) -> set[str]:
    """Which of the modules are imported, those too that `from package import module` names."""
    names = set(imported_modules(source))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            submodules = {f"{node.module}.{alias.name}" for alias in node.names} & set(modules)
            names |= submodules
            if len(submodules) == len(node.names):
                names.discard(node.module)
    return names & set(modules)


def arrows(folder: str, imports: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """What the modules and folders in a folder import of each other, by their names in it."""
    rooms: dict[str, set[str]] = {}
    for module, imported in imports.items():
        if module.startswith(f"{folder}."):
            room = module.removeprefix(f"{folder}.").split(".")[0]
            others = {
                name.removeprefix(f"{folder}.").split(".")[0] for name in imported if name.startswith(f"{folder}.")
            }
            rooms.setdefault(room, set()).update(others - {room})
    return rooms


def circle(rooms: Mapping[str, set[str]]) -> list[str]:
    """The rooms that import each other in a circle, or are imported by those; empty where the order is one-way."""
    left = dict(rooms)
    while ends := [room for room, others in left.items() if not others & left.keys()]:
        for room in ends:
            del left[room]
    return sorted(left)


@cache
def imports_of_all() -> dict[str, set[str]]:
    return {module: imported_by(path.read_text(encoding="utf-8"), MODULES) for module, path in MODULES.items()}


FOLDERS = sorted(name for name, path in MODULES.items() if path.name == "__init__.py")


def forbidden_imports(package: str, source: str) -> list[str]:
    """Imports from packages above this one, or from what is not shipped."""
    forbidden = {*PACKAGES[PACKAGES.index(package) + 1 :], *NOT_SHIPPED}
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


@pytest.mark.parametrize("folder", NOT_SHIPPED)
def test_imports_of_what_is_not_shipped_run_one_way(folder: str) -> None:
    later = NOT_SHIPPED[NOT_SHIPPED.index(folder) + 1 :]
    upward = {
        (str(path.relative_to(ROOT)), name)
        for path in (ROOT / folder).rglob("*.py")
        for name in imported_modules(path.read_text(encoding="utf-8"))
        if name.split(".")[0] in later
    }

    assert upward == set()


@pytest.mark.parametrize("folder", FOLDERS)
def test_folder_has_an_order(folder: str) -> None:
    assert circle(arrows(folder, imports_of_all())) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_streets_run_one_way(package: str) -> None:
    streets, rooms = STREETS[package], arrows(package, imports_of_all())
    upward = {(room, other) for room in rooms for other in rooms[room] if streets.index(other) > streets.index(room)}

    assert sorted(rooms) == sorted(streets)
    assert upward == set()


def test_state_of_the_app_is_read_by_its_types() -> None:
    """Starlette's state is `Any`: what routes need is in `Services` and `Logins`, whose names a type checker sees."""
    untyped = re.compile(r"app\W*\.state\.(?!(services|logins)\b)\w+")

    assert [name for name, path in MODULES.items() if untyped.search(path.read_text(encoding="utf-8"))] == []


def test_circle_is_seen() -> None:
    sources = {
        "a.low.one": "from a import high",
        "a.high": "def load():\n    import a.mid.two",
        "a.mid.two": "from a.low.one import x",
        "a.low": "",
        "a.mid": "",
    }
    imports = {module: imported_by(source, sources) for module, source in sources.items()}

    assert arrows("a", imports) == {"low": {"high"}, "high": {"mid"}, "mid": {"low"}}
    assert circle(arrows("a", imports)) == ["high", "low", "mid"]
    assert circle({"high": {"mid"}, "mid": {"low"}, "low": set()}) == []


def test_tests_mirror_modules() -> None:
    tests = {
        ".".join(path.relative_to(ROOT / "tests").with_suffix("").parts)
        for package in PACKAGES
        for path in (ROOT / "tests" / package).rglob("test_*.py")
    }
    mirrored = {name for name in tests if name.replace(".test_", ".") in MODULES}
    folders = {name for name in tests if name.split(".")[-2:] in ([part, f"test_{part}"] for part in name.split("."))}

    assert tests - mirrored - folders == LAWS


def test_import_upward_is_seen_inside_a_function() -> None:
    source = "import features.matrix.asof\ndef fit():\n    from training.fitting.fit import fit"

    assert forbidden_imports("models", source) == ["training.fitting.fit"]
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


@pytest.mark.parametrize("module", [name for name in MODULES if name in PACKAGES or name.endswith(".cli.program")])
def test_command_line_loads_no_heavy_library(module: str, tmp_path: Path) -> None:
    loaded = run_python(f"import sys, {module}; print(*sys.modules)", home=tmp_path).split()

    assert [name for name in HEAVY if name in loaded] == []


def test_every_package_says_that_it_is_typed() -> None:
    assert [package for package in PACKAGES if not (ROOT / package / "py.typed").is_file()] == []


def shipped_files() -> Iterator[Path]:
    """The files at the top and in the folders that are ours, without environments, caches, models and scores."""
    yield from (path for path in ROOT.iterdir() if path.is_file())
    for folder in (*PACKAGES, *NOT_SHIPPED, ".ci"):
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


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-serve.txt"])
def test_pins_are_versions_alone(name: str) -> None:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.lstrip().startswith("#")]

    assert pins
    assert [pin for pin in pins if not re.fullmatch(r"[\w.-]+(\[[\w,-]+\])?==[\w.+!]+( ; .+)?", pin)] == []


def renamed_imports(source: str) -> list[str]:
    """What is imported from our own packages under another name than its own."""
    return [
        f"{node.module}.{alias.name} as {alias.asname}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in PACKAGES
        for alias in node.names
        if alias.asname not in (None, alias.name)
    ]


# A command is named as what it runs, which it imports when it runs: there, `run` is the name of what it runs.
@pytest.mark.parametrize("module", [name for name in MODULES if not name.startswith("serving.cli.")])
def test_no_import_is_renamed(module: str) -> None:
    assert renamed_imports(MODULES[module].read_text(encoding="utf-8")) == []


def test_a_renamed_import_is_seen() -> None:
    source = (
        "import numpy as np\nfrom models.close.model import CloseModel as Model\nfrom models.charts import axes as axes"
    )

    assert renamed_imports(source) == ["models.close.model.CloseModel as Model"]


def class_names() -> Counter[str]:
    """How many modules define a public class of each name."""
    return Counter(
        node.name
        for path in MODULES.values()
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )


def test_a_class_name_has_one_meaning() -> None:
    assert {name for name, count in class_names().items() if count > 1} == set()
