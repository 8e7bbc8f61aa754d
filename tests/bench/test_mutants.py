"""Mutants: each change is one, compiles, and is noticed by a test that looks at it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from bench.mutants.__main__ import EVERYWHERE, PARTS, drawn, nearest_first
from bench.mutants.changes import changes

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("source", "after"),
    [
        ("x = a <= b", ["a < b"]),
        ("x = a in b", ["a not in b"]),
        ("x = a - 1", ["a + 1", "2"]),
        ("x = a & ~b", ["a | ~b", "b"]),
        ("x = a and not b", ["a or not b", "b"]),
        ("x = True", ["False"]),
        ("x = a if b else c", ["a if not b else c"]),
        ("if a:\n    f(1)", ["if not a:", "pass", "2"]),
        ("def f():\n    return a", ["return None"]),
        ("def f(a: int = 3) -> list[int]:\n    '''Words of 3.'''\n    return None", ["4"]),
        ("@cache(3)\nclass A(B[1]):\n    pass", []),
        ("raise E(f'{a + 1} words')", []),
    ],
)
def test_changes_of_a_line(source: str, after: list[str]) -> None:
    found = list(changes(source))

    assert [change.after for change in found] == after
    for change in found:
        compile(change.tree, "", "exec")
        assert ast.unparse(change.tree) != ast.unparse(ast.parse(source))


def test_every_part_is_there_with_its_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    for folder, tests in PARTS.values():
        assert Path(folder).is_dir()
        assert [test for test in (*tests, *EVERYWHERE) if not Path(test).exists()] == []


def test_nearest_tests_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    first, second = nearest_first(Path("serving/store/erasing.py"), ("tests/serving/store",))

    assert first == ("tests/serving/store/test_erasing.py",)
    assert second == (*EVERYWHERE, "tests/serving/store")


def test_same_seed_draws_the_same_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    one, again, other = (
        [(module, change.line, change.after) for module, change in drawn("training/gate", 5, seed)]
        for seed in (1, 1, 2)
    )

    assert one == again != other


def test_change_is_seen_by_what_imports_the_module(tmp_path: Path) -> None:
    module, test = tmp_path / "sums.py", tmp_path / "test_sums.py"
    module.write_text("def double(a):\n    return a + a\n", encoding="utf-8")
    test.write_text(
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\nfrom sums import double\n\n\ndef test_it():\n    assert double(2) == 4\n",
        encoding="utf-8",
    )
    code = f"""
from pathlib import Path
from bench.mutants.changes import changes
from bench.mutants.running import passes
test, module = {str(test)!r}, Path({str(module)!r})
print(passes((test,)), *(passes((test,), module, change.tree) for change in changes(module.read_text())))
"""
    # In a process of its own, as forking one that has threads is not sound.
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["survived", "killed", "killed"]
