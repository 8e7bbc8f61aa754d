"""Running tests against a changed module: in a process forked from one that has the libraries already, and nothing of ours."""

import ast
import contextlib
import importlib
import os
import signal
import sys
from collections.abc import Sequence
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import Literal

import pytest

LIBRARIES = (
    "hypothesis.extra.numpy",
    "lightgbm",
    "numpy",
    "pandas",
    "pyarrow.parquet",
    "pydantic",
    "scipy.stats",
    "shap",
    "sklearn.linear_model",
    "sqlalchemy",
    "starlette.testclient",
)
Fate = Literal["killed", "survived", "timeout"]
"""What became of a change; a test that never ends has noticed it too."""
SECONDS = 600
ALARMED = 124


def warm_up() -> None:
    """Import the libraries, so that each test process begins with them."""
    for name in LIBRARIES:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def passes(tests: Sequence[str], module: Path | None = None, tree: ast.Module | None = None) -> Fate:
    """Return whether tests notice that a module has another tree than its file says."""
    child = os.fork()
    if not child:
        signal.alarm(SECONDS)
        signal.signal(signal.SIGALRM, lambda *_: os._exit(ALARMED))
        os._exit(_test(tests, module, tree))
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    return "timeout" if code == ALARMED else "survived" if code == 0 else "killed"


def _test(tests: Sequence[str], module: Path | None, tree: ast.Module | None) -> int:
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    if module is not None and tree is not None:
        _change(module.resolve(), compile(tree, str(module), "exec"))
    sys.dont_write_bytecode = True
    return int(pytest.main(["-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", *tests]))


def _change(module: Path, code: CodeType) -> None:
    """Let the import of a file give other code than stands in it."""
    usual = SourceFileLoader.get_code

    def get_code(loader: SourceFileLoader, fullname: str) -> CodeType | None:
        return code if Path(loader.path).resolve() == module else usual(loader, fullname)

    SourceFileLoader.get_code = get_code  # type: ignore[method-assign,assignment]
