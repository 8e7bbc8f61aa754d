"""Signatures of Standard Webhooks (standardwebhooks.com): whoever has the secret knows that a call is ours, whole and of now."""

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, datetime

from standardwebhooks import Webhook

PREFIX = "whsec_"
MIN_BYTES, MAX_BYTES = 24, 64
"""Of a secret, as the specification has it."""


class HookSecretError(ValueError):
    """A secret by which calls cannot be signed."""


def find_secret(environment: Mapping[str, str], variable: str) -> bytes:
    """Return the secret in an environment variable.

    Raises
    ------
    HookSecretError
        If it is not set, or is none.
    """
    text = environment.get(variable, "").strip()
    remedy = f"set it to {PREFIX}$(openssl rand -base64 32)"
    if not text:
        raise HookSecretError(f"The environment variable {variable} must hold the secret, got nothing: {remedy}.")
    try:
        secret = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        secret = b""
    if not MIN_BYTES <= len(secret) <= MAX_BYTES:
        raise HookSecretError(
            f"The secret in {variable} must be {PREFIX} and {MIN_BYTES} to {MAX_BYTES} bytes in Base64, got something else: {remedy}."
        )
    return secret


def signed_headers(secret: bytes, notice_id: str, seconds: int, body: str) -> dict[str, str]:
    """Return the headers that sign a call.

    Parameters
    ----------
    seconds
        When it is sent, since 1970: receivers refuse what is old.
    """
    signature = Webhook(secret).sign(notice_id, datetime.fromtimestamp(seconds, UTC), body)
    return {"webhook-id": notice_id, "webhook-timestamp": str(seconds), "webhook-signature": signature}
