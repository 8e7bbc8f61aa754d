"""The map shows each import once, puts each room above what it imports, and calls what runs up."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench.map.drawing import draw
from bench.map.floors import floors_of, running_up
from bench.map.imports import House, read_house

SOURCES = {
    "app/__init__.py": "from app.store import save\n",
    "app/pages/__init__.py": "from app import store\n",
    "app/pages/queue.py": "import json\nfrom app.store.tables import LEADS\nfrom app.schemas import Lead\n",
    "app/store/__init__.py": "def save() -> None: ...\n",
    "app/store/tables.py": "from app.schemas import Lead\nLEADS = 1\n",
    "app/schemas.py": "def f() -> None:\n    from other.store import tables\n",
    "other/store.py": "import app.pages\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, source in SOURCES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(source, encoding="utf-8")
    return tmp_path


def test_rooms_are_files_and_folders_and_arrows_their_imports(root: Path) -> None:
    house = read_house(root, "app")

    assert house.rooms == {"pages": 4, "store": 3, "schemas": 2}
    assert house.arrows == {("pages", "store"), ("pages", "schemas"), ("store", "schemas")}
    assert floors_of(house.rooms, house.arrows) == {"pages": 3, "schemas": 1, "store": 2}


def test_rooms_further_down(root: Path) -> None:
    house = read_house(root, "app", depth=2)

    assert set(house.rooms) == {"pages", "pages/queue", "store", "store/tables", "schemas"}
    assert ("pages/queue", "store/tables") in house.arrows


def test_import_that_closes_a_circle_runs_up(root: Path) -> None:
    (root / "app/schemas.py").write_text("import app.pages.queue\n", encoding="utf-8")
    house = read_house(root, "app")
    floors = floors_of(house.rooms, house.arrows)

    assert len(running_up(floors, house.arrows)) == 1
    assert sorted(floors.values()) == [1, 2, 3]


def test_two_rooms_that_import_each_other_have_one_arrow_up() -> None:
    arrows = {("a", "b"), ("b", "a"), ("a", "c")}

    assert len(running_up(floors_of("abc", arrows), arrows)) == 1


def test_picture_has_every_room_and_every_arrow() -> None:
    house = House("app", {"a": 1, "b&c": 2_000}, frozenset({("a", "b&c"), ("b&c", "a")}))
    picture = ElementTree.fromstring(draw(house, floors_of(house.rooms, house.arrows)))
    kinds = [element.tag.rpartition("}")[2] for element in picture.iter()]

    assert kinds.count("rect") == 2
    assert kinds.count("line") == 2
    assert [line.get("class") for line in picture.iter("{http://www.w3.org/2000/svg}line")].count("up") == 1
    assert "b&c" in "".join(picture.itertext())
    assert "2,000 lines" in "".join(picture.itertext())
