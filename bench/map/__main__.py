"""`make map`: the packages as rooms, floors and arrows, by their imports; figures on the screen, pictures in var/map.

python -m bench.map [--depth N] [FOLDER ...]: other folders, or rooms further down.
"""

import argparse
from pathlib import Path

from bench.map.drawing import draw
from bench.map.floors import floors_of, running_up
from bench.map.imports import read_house

PACKAGES = ("features", "models", "training", "serving")
PICTURES = Path("var/map")


def main() -> None:
    """Print the figures of each house, and each arrow that runs up; write the pictures."""
    parser = argparse.ArgumentParser(prog="python -m bench.map")
    parser.add_argument("folders", nargs="*", default=list(PACKAGES))
    parser.add_argument("--depth", type=int, default=1)
    given = parser.parse_args()
    PICTURES.mkdir(parents=True, exist_ok=True)
    print(f"{'':24}{'rooms':>8}{'floors':>8}{'arrows':>8}{'up':>8}")
    for folder in given.folders:
        house = read_house(Path(), folder.strip("/"), given.depth)
        floors = floors_of(house.rooms, house.arrows)
        up = running_up(floors, house.arrows)
        figures = (len(house.rooms), max(floors.values(), default=0), len(house.arrows), len(up))
        print(f"{house.name:24}" + "".join(f"{figure:8}" for figure in figures))
        for one, other in up:
            print(f"    up: {one} imports {other}")
        (PICTURES / f"{house.name.replace('/', '.')}.svg").write_text(draw(house, floors), encoding="utf-8")
    print(f"pictures: {PICTURES}/")


if __name__ == "__main__":
    main()
