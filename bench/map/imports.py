"""Rooms and arrows of a folder: its files and folders, and which of them imports from which."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

Arrow = tuple[str, str]
"""The room that imports, and the room that is imported."""


@dataclass(frozen=True)
class House:
    """A folder as rooms, each with its number of lines, and arrows between them."""

    name: str
    rooms: dict[str, int]
    arrows: frozenset[Arrow]


def read_house(root: Path, folder: str, depth: int = 1) -> House:
    """Return the rooms of a folder below a root.

    Parameters
    ----------
    depth
        1: each file and folder in it is a room; 2: each file and folder one level further down is one, and so on.

    The `__init__.py` of a folder belongs to the folder; that of the house itself is no room, and its imports are no arrows.
    """
    rooms: dict[str, int] = {}
    arrows = set()
    for file in sorted((root / folder).rglob("*.py")):
        source = file.read_text(encoding="utf-8")
        room = _room(file.relative_to(root / folder).with_suffix("").parts, depth)
        if room is None:
            continue
        rooms[room] = rooms.get(room, 0) + source.count("\n")
        for module in imported(source):
            other = _room_of_module(root, folder, module, depth)
            if other not in (None, room):
                arrows.add((room, str(other)))
    return House(folder, rooms, frozenset(arrows))


def imported(source: str) -> Iterator[str]:
    """Yield what a module imports, those inside functions too: `a.b` for `import a.b`, `a.b.c` for `from a.b import c`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _room(parts: tuple[str, ...], depth: int) -> str | None:
    parts = parts[:-1] if parts[-1] == "__init__" else parts
    return "/".join(parts[:depth]) or None


def _room_of_module(root: Path, folder: str, module: str, depth: int) -> str | None:
    """Return the room in which a module of the same house stands, None of another house, or of the house as a whole."""
    parts = module.split(".")
    home = folder.split("/")
    if parts[: len(home)] != home:
        return None
    place = root / folder
    within: list[str] = []
    for part in parts[len(home) :]:
        place /= part
        if not place.is_dir() and not place.with_suffix(".py").is_file():
            break
        within.append(part)
    return "/".join(within[:depth]) or None
