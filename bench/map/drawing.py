"""The picture of a house: its rooms floor by floor, arrows down in grey and arrows up in red."""

from collections.abc import Mapping
from html import escape

from bench.map.floors import running_up
from bench.map.imports import House

WIDTH, HEIGHT, GAP, RISE = 150, 40, 20, 80
"""A room, and what lies between two rooms and between two floors, in pixels."""
STYLE = (
    "text{font:13px sans-serif;text-anchor:middle}.lines{fill:#666;font-size:11px}rect{fill:#eef3f8;stroke:#45607a}"
    "line{stroke:#9aa7b3;stroke-width:1}.up{stroke:#c0392b;stroke-width:2}"
)


def draw(house: House, floors: Mapping[str, int]) -> str:
    """Return the picture as SVG."""
    top = max(floors.values(), default=1)
    rows = [sorted(room for room in floors if floors[room] == floor) for floor in range(top, 0, -1)]
    wide = max(map(len, rows), default=1) * (WIDTH + GAP) + GAP
    places = {room: _place(at, len(row), floor, wide) for floor, row in enumerate(rows) for at, room in enumerate(row)}
    up = set(running_up(floors, house.arrows))
    lines = [_arrow(places[one], places[other], (one, other) in up) for one, other in sorted(house.arrows)]
    rooms = [_room(room, house.rooms[room], *place) for room, place in places.items()]
    tall = len(rows) * (HEIGHT + RISE) + GAP
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {tall}" width="{wide}" height="{tall}">'
        f"<title>{escape(house.name)}</title><style>{STYLE}</style>{''.join(lines)}{''.join(rooms)}</svg>\n"
    )


def _place(at: int, rooms: int, floor: int, wide: int) -> tuple[int, int]:
    left = (wide - rooms * (WIDTH + GAP) + GAP) // 2
    return left + at * (WIDTH + GAP), GAP + floor * (HEIGHT + RISE)


def _arrow(upper: tuple[int, int], lower: tuple[int, int], is_up: bool) -> str:
    (x1, y1), (x2, y2) = upper, lower
    ends = (y1, y2 + HEIGHT) if is_up else (y1 + HEIGHT, y2)
    kind = ' class="up"' if is_up else ""
    return f'<line{kind} x1="{x1 + WIDTH // 2}" y1="{ends[0]}" x2="{x2 + WIDTH // 2}" y2="{ends[1]}"/>'


def _room(name: str, lines: int, x: int, y: int) -> str:
    middle = x + WIDTH // 2
    return (
        f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="4"/><text x="{middle}" y="{y + 17}">{escape(name)}</text>'
        f'<text class="lines" x="{middle}" y="{y + 33}">{lines:,} lines</text>'
    )
