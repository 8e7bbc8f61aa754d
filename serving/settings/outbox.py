"""What the settings say of the outbox: who is told what happens, and where."""

from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from features.settings.frozen import Frozen, Name, Whole
from serving.schemas.notices import ALWAYS, NOTICE_KINDS, NoticeKind
from serving.settings.messages import MessageSettings
from serving.settings.public_addresses import is_public

MAX_TARGETS, MAX_MESSAGES = 50, 100


class OutboxTarget(Frozen):
    """Something that is told by HTTP what happens.

    Attributes
    ----------
    name
        By which it is known for good: under another name it is another target.
    secret
        The environment variable with the secret by which calls are signed: `whsec_` and 24 to 64 bytes in Base64.
    kinds
        What it is told, as `serving.schemas.notices` lists them; everything if empty.
    seconds
        So long an answer is waited for.
    together
        So many calls are under way at a time; those of one lead go one after the other.
    """

    name: Name
    url: Annotated[str, Field(pattern=r"^https?://[^\s#]+$", max_length=2_000)]
    secret: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
    kinds: tuple[NoticeKind, ...] = ()
    seconds: Annotated[float, Field(gt=0, le=60)] = 15.0
    together: Annotated[Whole, Field(ge=1, le=32)] = 4

    @property
    def host(self) -> str:
        """The host of its address."""
        return urlsplit(self.url).hostname or ""

    @property
    def wants(self) -> frozenset[NoticeKind]:
        """What it is told."""
        return frozenset(self.kinds or NOTICE_KINDS) | ALWAYS

    @model_validator(mode="after")
    def _refuse_passwords(self) -> Self:
        parts = urlsplit(self.url)
        if parts.username is not None or not parts.hostname:
            raise ValueError("url must name a host and hold no password: calls are signed by the secret")
        return self


class OutboxSettings(Frozen):
    """Who is told what happens.

    Attributes
    ----------
    moved_by
        The difference of a score from the one before, as a probability, from which on a lead has moved.
    targets, messages
        Those that are called by HTTP, and people who are told in words.
    hosts
        Hosts to which calls go without TLS, or that are in a private network: what is not listed is reached by https alone, at a public address.
    """

    moved_by: Annotated[float, Field(gt=0, le=1)] = 0.05
    hosts: tuple[Annotated[str, Field(pattern=r"^[^\s/:@]+$|^[0-9a-fA-F:]+$")], ...] = ()
    targets: Annotated[tuple[OutboxTarget, ...], Field(max_length=MAX_TARGETS)] = ()
    messages: Annotated[tuple[MessageSettings, ...], Field(max_length=MAX_MESSAGES)] = ()

    @property
    def kinds(self) -> dict[str, frozenset[NoticeKind]]:
        """What each receiver is told, by its name."""
        return {one.name: one.wants for one in self.targets} | {one.name: one.wants for one in self.messages}

    @model_validator(mode="after")
    def _check(self) -> Self:
        names = [*(target.name for target in self.targets), *(one.name for one in self.messages)]
        if len(names) != len(set(names)):
            raise ValueError(f"names of targets and messages must differ, got {', '.join(names)}")
        for target in self.targets:
            if target.host in self.hosts:
                continue
            if not target.url.startswith("https://"):
                raise ValueError(
                    f"the url of {target.name} must begin with https://, or outbox.hosts name {target.host!r}"
                )
            if _is_private(target.host):
                raise ValueError(
                    f"the url of {target.name} must be of a public address, got {target.host!r}: if it is meant, name it in outbox.hosts"
                )
        return self


def _is_private(host: str) -> bool:
    """Return whether a host is written as an address that is not public; names are looked up when they are called.

    Examples
    --------
    >>> _is_private("10.0.0.7"), _is_private("::1"), _is_private("hooks.example.com")
    (True, True, False)
    """
    try:
        return host == "localhost" or not is_public(host)
    except ValueError:
        return False
