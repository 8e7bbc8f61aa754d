"""HubSpot's signature, by a value worked out by hand, and what it does not let through."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from starlette.datastructures import Headers

from serving.api.webhooks.signature import SIGNATURE, TIMESTAMP, is_signed, sign

SECRET, ADDRESS, BODY = "secret", "https://leads.example.com/webhooks/hubspot", b'[{"eventId": 1}]'
NOW = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)
STAMP = "1790845200000"  # of NOW, in milliseconds
# printf 'POSThttps://leads.example.com/webhooks/hubspot[{"eventId": 1}]1790845200000' | openssl dgst -sha256 -hmac secret -binary | base64
SIGNED = "MwkdqWIxenN8EmUNFry4LVy2zClwpYWAw1Tfa8k9dfI="


def signed() -> Headers:
    return Headers({SIGNATURE: SIGNED, TIMESTAMP: STAMP})


def test_signature_is_what_another_tool_makes_of_it() -> None:
    assert str(int(NOW.timestamp() * 1000)) == STAMP
    assert sign(SECRET, ADDRESS, BODY, STAMP) == SIGNED
    assert is_signed(SECRET, ADDRESS, signed(), BODY, NOW)


@pytest.mark.parametrize("minutes", [-6, 6, 60 * 24])
def test_old_calls_and_those_of_the_future_are_not_let_through(minutes: int) -> None:
    assert is_signed(SECRET, ADDRESS, signed(), BODY, NOW + timedelta(minutes=4.9))
    assert not is_signed(SECRET, ADDRESS, signed(), BODY, NOW + timedelta(minutes=minutes))


def test_anything_else_is_signed_otherwise() -> None:
    assert not is_signed("other", ADDRESS, signed(), BODY, NOW)
    assert not is_signed(SECRET, f"{ADDRESS}?a=1", signed(), BODY, NOW)
    assert not is_signed(SECRET, ADDRESS, signed(), BODY + b" ", NOW)
    assert not is_signed(SECRET, ADDRESS, Headers({SIGNATURE: SIGNED, TIMESTAMP: f"{STAMP[:-1]}1"}), BODY, NOW)
    for timestamp in ("", "now", "-1", "9" * 40, "\u0661"):
        headers = Headers(
            raw=[(SIGNATURE.lower().encode(), SIGNED.encode()), (TIMESTAMP.lower().encode(), timestamp.encode())]
        )
        assert not is_signed(SECRET, ADDRESS, headers, BODY, NOW)
    assert not is_signed(SECRET, ADDRESS, Headers({TIMESTAMP: STAMP}), BODY, NOW)
