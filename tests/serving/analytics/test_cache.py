"""What takes long is computed beside the requests: nobody waits who only asks whether it is at hand."""

import asyncio
import threading

import pytest

from serving.analytics.cache import SingleFlightCache


def test_what_is_not_at_hand_is_computed_for_the_next_who_asks() -> None:
    async def ask() -> list[int | None]:
        cache, go, clock = SingleFlightCache[int](10, 1, lambda: now[0]), threading.Event(), iter(range(9))
        told = [cache.at_hand("a", lambda: (go.wait(5), next(clock))[1]), cache.at_hand("a", lambda: 99)]
        go.set()
        told.append(await cache.get("a", lambda: 99))
        told.append(cache.at_hand("a", lambda: 99))
        now[0] = 11.0  # too old: said once more, and computed anew
        told.append(cache.at_hand("a", lambda: 7))
        told.append(await cache.get("a", lambda: 99))
        return told

    now = [0.0]
    assert asyncio.run(ask()) == [None, None, 0, 0, 0, 7]


def test_what_failed_is_tried_again() -> None:
    def fail() -> int:
        raise ValueError("no")

    async def ask() -> None:
        cache = SingleFlightCache[int](10, 1)
        assert cache.at_hand("a", fail) is None
        with pytest.raises(ValueError, match="no"):
            await cache.get("a", lambda: fail())
        assert cache.at_hand("a", lambda: 3) is None
        assert await cache.get("a", lambda: 99) == 3

    asyncio.run(ask())
