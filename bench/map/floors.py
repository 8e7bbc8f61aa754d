"""The floor of each room: a room stands above all that it imports, but for arrows that close a circle, which run up."""

from collections.abc import Collection, Iterable, Mapping

from bench.map.imports import Arrow


def floors_of(rooms: Iterable[str], arrows: Collection[Arrow]) -> dict[str, int]:
    """Return the floor of each room, 1 for those that import no other.

    Examples
    --------
    >>> floors_of(["app", "store", "schemas"], {("app", "store"), ("store", "schemas"), ("app", "schemas")})
    {'app': 3, 'schemas': 1, 'store': 2}
    """
    order = _order(sorted(rooms), arrows)
    place = {room: number for number, room in enumerate(order)}
    below: dict[str, list[str]] = {room: [] for room in order}
    for upper, lower in arrows:
        if place[upper] < place[lower]:
            below[upper].append(lower)
    floors: dict[str, int] = {}
    for room in reversed(order):
        floors[room] = 1 + max((floors[lower] for lower in below[room]), default=0)
    return dict(sorted(floors.items()))


def running_up(floors: Mapping[str, int], arrows: Iterable[Arrow]) -> list[Arrow]:
    """Return the arrows that do not lead to a lower floor: without a circle there are none."""
    return sorted((upper, lower) for upper, lower in arrows if floors[upper] <= floors[lower])


def _order(rooms: list[str], arrows: Collection[Arrow]) -> list[str]:
    """Return the rooms from above to below, with few arrows against the order; with none where there is no circle.

    Source: Eades, Lin & Smyth 1993, "A fast and effective heuristic for the feedback arc set problem".
    """
    left = set(arrows)
    waiting, top, bottom = list(rooms), list[str](), list[str]()
    while waiting:
        out = {room: sum(upper == room for upper, _ in left) for room in waiting}
        into = {room: sum(lower == room for _, lower in left) for room in waiting}
        sinks = [room for room in waiting if not out[room]]
        sources = [room for room in waiting if not into[room]]
        if sinks:
            chosen = sinks[-1]
            bottom.insert(0, chosen)
        elif sources:
            chosen = sources[0]
            top.append(chosen)
        else:
            chosen = max(waiting, key=lambda room: (out[room] - into[room], room))
            top.append(chosen)
        waiting.remove(chosen)
        left = {arrow for arrow in left if chosen not in arrow}
    return top + bottom
