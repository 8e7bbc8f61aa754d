"""Calls are signed as Standard Webhooks says, and a secret that is none is said to be."""

from __future__ import annotations

import base64

import pytest

from serving.outbox.signature import HookSecretError, find_secret, signed_headers

KEY = bytes(range(24))


def test_signature_is_that_of_the_specification() -> None:
    # The example that its libraries are tested by.
    secret = find_secret({"HOOK": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}, "HOOK")
    headers = signed_headers(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, '{"test": 2432232314}')

    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@pytest.mark.parametrize("length", [24, 64])
def test_secret_is_read_with_and_without_its_prefix(length: int) -> None:
    text = base64.b64encode(bytes(length)).decode()

    assert find_secret({"HOOK": f" whsec_{text}\n"}, "HOOK") == find_secret({"HOOK": text}, "HOOK") == bytes(length)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "HOOK must hold the secret, got nothing"),
        ("whsec_" + base64.b64encode(bytes(23)).decode(), "24 to 64 bytes"),
        ("whsec_" + base64.b64encode(bytes(65)).decode(), "24 to 64 bytes"),
        ("hunter2!", "got something else"),
    ],
)
def test_secret_that_is_none_is_refused_and_not_shown(text: str, message: str) -> None:
    with pytest.raises(HookSecretError, match=message) as refused:
        find_secret({"HOOK": text}, "HOOK")
    assert not text or text not in str(refused.value)
