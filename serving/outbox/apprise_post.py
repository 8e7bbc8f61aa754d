"""Sending a message by Apprise (github.com/caronc/apprise): mail, Slack, Teams and what else an address of it names."""

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

from features.settings.redaction import redacted
from serving.outbox.wording import OutboxMessage

MAX_REASON = 300
"""Characters of what a way of sending says of its failure that are kept."""
MIN_SECRET = 4
"""Characters from which on a part of an address is taken for a secret, where its failure names it."""


class MessageAddressError(ValueError):
    """An address to which nothing can be sent."""


class ApprisePost:
    """One address.

    Parameters
    ----------
    address
        As Apprise writes it; it holds passwords, and is never said.
    named
        The environment variable that it comes from.

    Raises
    ------
    MessageAddressError
        If it is missing, or Apprise knows no such way.
    """

    def __init__(self, address: str, named: str) -> None:
        import apprise  # a fifth of a second, where somebody is told alone

        remedy = "see docs/how-to/messages.md for addresses"
        if not address.strip():
            raise MessageAddressError(f"The environment variable {named} must hold an address, got nothing: {remedy}.")
        logging.getLogger("apprise").propagate = False  # what it logs of addresses is not ours to judge
        asset = apprise.AppriseAsset(app_id="Glengarry", app_desc="Glengarry", app_url="", async_mode=False)
        server = apprise.Apprise.instantiate(address.strip(), asset=asset)
        if server is None:
            raise MessageAddressError(
                f"The address in {named} must be one that Apprise knows, got something else: {remedy}."
            )
        self._apprise, self._asset, self._server = apprise, asset, server
        self._secrets = secrets_of(address)

    @property
    def takes_pages(self) -> bool:
        """Whether it shows HTML first of all, as mail does."""
        formats: Any = self._server.notify_format  # one of them, or all in the order that the way prefers
        first = formats[0] if isinstance(formats, tuple) else formats
        return bool(first == self._apprise.NotifyFormat.HTML)

    def send(self, message: OutboxMessage, seconds: float) -> str | None:
        """Send a message within so many seconds; return why it was not taken, None if it was."""
        is_page = bool(message.html) and self.takes_pages
        sender = self._apprise.Apprise(asset=self._asset)
        sender.add(self._server)
        if hasattr(self._server, "inline"):
            self._server.inline = is_page
        result = sender.notify(
            title=message.title,
            body=message.html if is_page else message.text,
            body_format=self._apprise.NotifyFormat.HTML if is_page else self._apprise.NotifyFormat.TEXT,
            attach=self._attached(message.pictures) if is_page else None,
            timeout=seconds,
        )
        if result:
            return None
        said = [entry.message for one in result for attempt in one for entry in attempt if entry.level != "DEBUG"]
        return redacted(" ".join(" ".join(said).split()), self._secrets)[:MAX_REASON] or "it did not take it"

    def _attached(self, pictures: Mapping[str, bytes]) -> Any:
        from apprise.attachment.memory import AttachMemory

        memory: Any = AttachMemory  # which has no types
        return [memory(content=content, name=name, mimetype="image/png") for name, content in pictures.items()] or None


def secrets_of(address: str) -> set[str]:
    """Return the parts of an address that are not to be said: all of it but the way and the host, as it is written and as it is meant.

    The first part of a chat's address is no host but a token as well.

    Examples
    --------
    >>> sorted(secrets_of("mailtos://ann:se%40cret@mail.example:587?to=bob@firm.example"))
    ['ann:se%40cret', 'ann:se@cret', 'bob@firm.example', 'se%40cret', 'se@cret']
    >>> sorted(secrets_of("tgram://1234:token/4711")), sorted(secrets_of("mailto://mail.example?pass=secret"))
    (['1234:token', '4711'], ['secret'])
    """
    rest, _, query = address.strip().partition("://")[2].partition("?")
    login, _, place = rest.rpartition("@")
    host, _, path = place.partition("/")
    parts = [login, *login.split(":"), *path.split("/"), *(value for _, value in parse_qsl(query))]
    parts += [] if "." in host else [host]
    return {writing for part in parts for writing in (part, unquote(part)) if len(writing) >= MIN_SECRET}
