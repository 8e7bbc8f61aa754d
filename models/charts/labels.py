"""Names of the points of a chart: each where it touches no other, or nowhere."""

from collections.abc import Sequence

from models.charts.chart import ChartText

LETTER, LINE = 7, 14
"""Of a name: how wide a letter is, and how high a line."""
LONGEST = 24
"""Letters of a name; what is longer is cut."""


def short(name: str, longest: int = LONGEST) -> str:
    """Return a name that has room.

    Examples
    --------
    >>> short("R1"), short("Donaudampfschifffahrt", 10)
    ('R1', 'Donaudamp…')
    """
    return name if len(name) <= longest else f"{name[: longest - 1]}…"


def place_labels(
    dots: Sequence[tuple[float, float, str]], left: float, right: float, bottom: float
) -> tuple[ChartText, ...]:
    """Return the names of dots (x, y, name), each beside its dot at the first of four corners where it touches no other name and no dot.

    A name that has no such place within the edges is left out: what lies in a heap is told by the table.

    Examples
    --------
    >>> [(one.text, one.x, one.y) for one in place_labels([(100, 100, "R1"), (140, 102, "R2")], 0, 300, 300)]
    [('R1', 107.0, 94), ('R2', 147.0, 96)]
    >>> [one.text for one in place_labels([(100, 100, str(at)) for at in range(10)], 0, 300, 300)]
    ['0', '1', '2', '3']
    """
    taken: list[tuple[float, float, float]] = []
    texts = []
    for at, (x, y, name) in enumerate(dots):
        text = short(name)
        wide = LETTER * len(text)
        others = [(beside - 4, below + 4, 8.0) for place, (beside, below, _) in enumerate(dots) if place != at]
        corners = [(start, y + down, wide) for start in (x + 7.0, x - 7.0 - wide) for down in (-6, 16)]
        free = next(
            (
                place
                for place in corners
                if left <= place[0]
                and place[0] + wide <= right
                and LINE <= place[1] <= bottom
                and not any(_touch(place, other) for other in (*taken, *others))
            ),
            None,
        )
        if free is not None:
            taken.append(free)
            texts.append(ChartText(free[0], free[1], text))
    return tuple(texts)


def _touch(one: tuple[float, float, float], other: tuple[float, float, float]) -> bool:
    """Return whether two boxes lie on each other, each told by its start, its line and its width."""
    across = one[0] < other[0] + other[2] and other[0] < one[0] + one[2]
    return across and abs(one[1] - other[1]) < LINE
