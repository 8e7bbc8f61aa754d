"""Who posts, and how often."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from limits.storage import MemoryStorage
from starlette.requests import Request

from serving.api.post_limits import PostLimits, client_of
from serving.schemas.problems import RefusedError
from serving.settings.forms import FormSettings


def request(*headers: tuple[str, str], client: tuple[str, int] | None = ("192.0.2.1", 50_000)) -> Request:
    raw = [(name.lower().encode(), value.encode()) for name, value in headers]
    return Request({"type": "http", "headers": raw, "client": client})


def test_whoever_connects_is_the_client() -> None:
    assert client_of(request(("X-Forwarded-For", "203.0.113.9")), "") == "192.0.2.1"
    assert client_of(request(client=None), "") == "unknown"


def test_of_a_trusted_header_what_the_proxy_wrote_counts() -> None:
    forwarded = request(("X-Forwarded-For", "1.2.3.4"), ("X-Forwarded-For", "5.6.7.8, 203.0.113.9"))

    assert client_of(forwarded, "X-Forwarded-For") == "203.0.113.9"
    assert client_of(forwarded, "X-Real-IP") == "192.0.2.1"


def test_neighbours_in_a_network_of_ipv6_are_one() -> None:
    addresses = ("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1", "::ffff:192.0.2.7")

    assert [client_of(request(client=(address, 1)), "") for address in addresses] == [
        "2001:db8::/64", "2001:db8::/64", "2001:db8:0:1::/64", "192.0.2.7",
    ]  # fmt: skip


def test_whoever_has_not_posted_for_two_minutes_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    limits, settings, now = PostLimits(), FormSettings(), [1_790_845_230.0]
    monkeypatch.setattr("limits.storage.memory.time", SimpleNamespace(time=lambda: now[0]))
    storage = limits._limiter.storage
    assert isinstance(storage, MemoryStorage)
    for number in range(100):
        limits.count_address(request(client=(f"192.0.2.{number}", 1)), settings)
    storage.timer.join()
    assert len(storage.storage) == 100

    now[0] += 150
    limits.count_address(request(client=("198.51.100.1", 1)), settings)
    storage.timer.join()

    assert [len(kept) for kept in (storage.storage, storage.expirations, storage.events)] == [1, 1, 0]


def test_one_too_many_is_refused_and_told_when_to_come_again() -> None:
    limits, settings = PostLimits(), FormSettings(most_per_address=2, most_per_key=3)
    for _ in range(2):
        limits.count_address(request(), settings)

    with pytest.raises(RefusedError, match="'address' must post at most 2 forms a minute") as refused:
        limits.count_address(request(), settings)

    assert refused.value.problem.status == 429
    assert 0 < int(refused.value.headers["retry-after"]) <= 61
    limits.count_address(request(client=("192.0.2.2", 1)), settings)
    for _ in range(3):
        limits.count_key("k", settings)
    with pytest.raises(RefusedError, match="'key' must post at most 3"):
        limits.count_key("k", settings)
    limits.count_key("192.0.2.1", settings)
