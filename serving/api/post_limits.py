"""How often a form may be posted: by client address and by key, counted by each worker for itself."""

import math
import time
from ipaddress import IPv6Address, IPv6Network, ip_address

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.requests import Request

from serving.schemas.problems import TOO_OFTEN, refusal
from serving.settings.forms import FormSettings

UNKNOWN = "unknown"
SITE_BITS = 64
"""One household has so many bits of an IPv6 address for itself, and could come from each of them."""


class PostLimits:
    """Counts the posts of the last minute, in memory.

    By a counter for this minute and one for the minute before, which is weighed by how much of it is still within the last minute: what
    has not posted for two minutes is forgotten, however many addresses there are.
    """

    def __init__(self) -> None:
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    def count_address(self, request: Request, settings: FormSettings, posts: int = 1) -> None:
        """Count posts from an address.

        Raises
        ------
        RefusedError
            If too many came from there.
        """
        self._count("address", client_of(request, settings.address_header), settings.most_per_address, posts)

    def count_key(self, key_id: str, settings: FormSettings, posts: int = 1) -> None:
        """Count posts by a key.

        Raises
        ------
        RefusedError
            If too many came by it.
        """
        self._count("key", key_id, settings.most_per_key, posts)

    def _count(self, what: str, who: str, most: int, posts: int) -> None:
        limit = RateLimitItemPerMinute(most)
        if self._limiter.hit(limit, what, who, cost=posts):
            return
        wait = self._limiter.get_window_stats(limit, what, who).reset_time - time.time()
        seconds = max(1, math.ceil(wait))
        rule, remedy = f"must post at most {most:,} forms a minute", f"send it again in {seconds} seconds"
        raise refusal(TOO_OFTEN, what, rule, "more", remedy, {"retry-after": str(seconds)})


def client_of(request: Request, header: str) -> str:
    """Return who posts: the last address in a header that a proxy writes, or whoever connects."""
    peer = request.client.host if request.client else UNKNOWN
    named = request.headers.getlist(header)[-1:] if header else []
    return household(named[0].rpartition(",")[2].strip() if named else peer)


def household(address: str) -> str:
    """Return what stands for everybody who can use an address as well.

    Examples
    --------
    >>> household("192.0.2.7"), household("2001:db8:1:2:3::7"), household("anything")
    ('192.0.2.7', '2001:db8:1:2::/64', 'anything')
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return address[:80]
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(IPv6Network((parsed, SITE_BITS), strict=False))
    return str(parsed)
