"""Telling a receiver by HTTP: one signed call a notice, those of one lead one after the other.

No redirect is followed, and addresses that are not public are called only where `outbox.hosts` names the host: the name is looked up once, and the addresses that were looked at are those
that are called, whatever a server of names answers a moment later. Whoever writes the settings decides where calls go, so this keeps no administrator out.
"""

import json
import logging
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from email.utils import parsedate_to_datetime
from threading import Event, Lock, Thread, Timer
from typing import Any

import httpx

from features.records.clock import to_datetime
from serving.outbox.delivery import Rhythm
from serving.outbox.signature import HookSecretError, find_secret, signed_headers
from serving.schemas.notices import NoticeKind
from serving.settings.outbox import OutboxTarget
from serving.settings.public_addresses import is_public
from serving.store.deliveries import Failed, Notice

log = logging.getLogger("glengarry")

GONE = 410
BUSY = (408, 425, 429)
"""Statuses by which a receiver says that it takes nothing just now."""
MAX_FAILURES = 3
"""Failures of a batch, with nothing taken, after which the receiver is left alone for a while."""
LONGEST_WAIT = 6 * 3600.0
"""Seconds for which a receiver may ask at most to be left alone."""
LONGEST_READ = 100_000
"""Bytes of an answer that are read: only its status counts."""

Explain = Callable[[Notice], Mapping[str, Any] | None]
"""Says why a score is another than the one before; None where that cannot be said."""


class WebhookDelivery:
    """A target of `[[outbox.targets]]`.

    Parameters
    ----------
    hosts
        Those that may have an address which is not public.
    clock
        Seconds since 1970.
    """

    def __init__(
        self,
        target: OutboxTarget,
        hosts: Sequence[str],
        environment: Mapping[str, str],
        clock: Callable[[], float],
        explain: Explain = lambda _: None,
    ) -> None:
        self.target, self._hosts, self._environment = target, frozenset(hosts), environment
        self._clock, self._explain = clock, explain
        # A connection a call: on one that is used again, a second answer to a call would be taken for that to the next.
        once = httpx.Limits(max_keepalive_connections=0)
        self._client = httpx.Client(timeout=target.seconds, follow_redirects=False, trust_env=False, limits=once)

    @property
    def name(self) -> str:
        """By what the store knows it."""
        return self.target.name

    @property
    def rhythm(self) -> Rhythm:
        """How often and how much it is told."""
        return Rhythm()

    @property
    def kinds(self) -> frozenset[NoticeKind]:
        """What it wants to hear of."""
        return self.target.wants

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    def send(self, batch: Sequence[Notice], until: float) -> dict[str, Failed | None]:
        """Call for each notice, some at a time; after a few failures, or when the time is almost up, the rest is left for later."""
        try:
            secret = find_secret(self._environment, self.target.secret)
            addresses = self._addresses()
        except (HookSecretError, PrivateAddressError, OSError) as error:
            return {batch[0].notice_id: Failed(str(error), is_down=True)} if batch else {}
        stop = Event()
        queues: dict[str, list[Notice]] = {}
        for notice in batch:
            queues.setdefault(notice.lead_id or f"\0{notice.at}", []).append(notice)
        results: dict[str, Failed | None] = {}

        def tell(queue: Sequence[Notice]) -> None:
            for notice in queue:
                if stop.is_set() or self._clock() + self.target.seconds > until:
                    return
                results[notice.notice_id] = failed = self._call(secret, notice, addresses)
                if failed is not None:
                    if failed.is_gone or self._gives_up(results):
                        stop.set()
                    return

        _in_threads(tell, list(queues.values()), self.target.together)
        return results

    @staticmethod
    def _gives_up(results: Mapping[str, Failed | None]) -> bool:
        said = list(results.values())
        return None not in said and sum(one is not None and one.is_down for one in said) >= MAX_FAILURES

    def _call(self, secret: bytes, notice: Notice, addresses: Sequence[str]) -> Failed | None:
        try:
            body = json.dumps(message_of(notice, self._explain(notice)), allow_nan=False)
        except Exception as error:  # a defect in one notice keeps no other from being told, and is counted as a failure
            log.exception("notice %s cannot be written", notice.notice_id)
            return Failed(f"it cannot be written: {type(error).__name__}")
        headers = signed_headers(secret, notice.notice_id, int(self._clock()), body)
        limit = CallLimit(self.target.seconds)
        try:
            with limit:
                return self._post(body.encode(), headers, addresses, limit)
        except httpx.HTTPError as error:
            why = f"it did not answer within {self.target.seconds:g} seconds" if limit.is_over else type(error).__name__
            return Failed(f"it cannot be reached: {why}", is_down=True)

    def _post(
        self, body: bytes, headers: Mapping[str, str], addresses: Sequence[str], limit: "CallLimit"
    ) -> Failed | None:
        """Call at the first address that takes a connection."""
        for address in addresses[:-1]:
            try:
                return self._post_to(address, body, headers, limit)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if limit.is_over:
                    raise
        return self._post_to(addresses[-1], body, headers, limit)

    def _post_to(self, address: str, body: bytes, headers: Mapping[str, str], limit: "CallLimit") -> Failed | None:
        """Call at an address, by the name that the settings have: it stands in the call, and the certificate has to be its own."""
        named = httpx.URL(self.target.url)
        with self._client.stream(
            "POST",
            named.copy_with(host=address),
            content=body,
            headers={
                **headers,
                "host": named.netloc.decode(),
                "content-type": "application/json",
                "user-agent": "glengarry",
            },
            extensions={"trace": limit.note, "sni_hostname": named.raw_host.decode()},
        ) as answer:
            with suppress(httpx.HTTPError):  # its status is known, and the rest says nothing
                _read(answer)
            return failure_of(answer, self._clock())

    def _addresses(self) -> Sequence[str]:
        """Return where the target is called: its host where the settings list it, else the addresses that its name has now.

        Raises
        ------
        PrivateAddressError
            If any of them is not public.
        OSError
            If it has none.
        """
        host = self.target.host
        if host in self._hosts:
            return [host]
        told = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(one[4][0]) for one in told))
        private = sorted(address for address in addresses if not is_public(address))
        if private:
            raise PrivateAddressError(
                f"{host} must have a public address, got {private[0]}: if that is meant, name the host in outbox.hosts."
            )
        if not addresses:
            raise OSError(f"{host} has no address")
        return addresses


class CallLimit:
    """How long a call may last in all: its connection is cut after that.

    A client's own times are for each piece that it waits for, so that an answer which trickles would never end.
    """

    def __init__(self, seconds: float) -> None:
        self.is_over = False
        self._sockets, self._lock = list[socket.socket](), Lock()
        self._timer = Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def note(self, event: str, told: Mapping[str, Any]) -> None:
        """Take note of a connection, as the client tells of it."""
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            with self._lock:
                self._sockets.append(told["return_value"].get_extra_info("socket"))
            if self.is_over:
                self._cut()

    def _cut(self) -> None:
        with self._lock:
            self.is_over = True
            for one in self._sockets:
                with suppress(OSError):  # one that is closed, or went into another by TLS
                    socket.socket.shutdown(one, socket.SHUT_RDWR)  # that of TLS itself is not for other threads


def _read(answer: httpx.Response) -> None:
    read = 0
    for part in answer.iter_raw():
        read += len(part)
        if read > LONGEST_READ:
            return


def _in_threads(tell: Callable[[Sequence[Notice]], None], queues: Sequence[Sequence[Notice]], together: int) -> None:
    """Go through queues, so many at a time; a pool's threads would keep a process that is to end until the last answer."""
    rest, lock = iter(queues), Lock()

    def work() -> None:
        while True:
            with lock:
                queue = next(rest, None)
            if queue is None:
                return
            tell(queue)

    threads = [Thread(target=work, daemon=True) for _ in range(min(together, len(queues)) - 1)]
    for thread in threads:
        thread.start()
    work()
    for thread in threads:
        thread.join()


class PrivateAddressError(ValueError):
    """A host that is not listed has an address in a private network."""


def message_of(notice: Notice, change: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what a call says: type, time and content, as Standard Webhooks recommends."""
    content: dict[str, Any] = dict(notice.content)
    if notice.lead_id is not None:
        content = {"lead_id": notice.lead_id, **content}
    if change is not None:
        content["change"] = change
    return {"type": notice.kind, "timestamp": to_datetime(notice.at).isoformat(), "data": content}


def failure_of(answer: httpx.Response, now: float) -> Failed | None:
    """Return why an answer means that a notice was not taken; None if it was: any status of success."""
    status = answer.status_code
    if 200 <= status < 300:
        return None
    if 300 <= status < 400:
        return Failed(f"it answered {status}, and no redirect is followed: correct its url", is_down=True)
    is_down = status >= 500 or status in BUSY
    return Failed(f"it answered {status}", _wait(answer, now), is_down, is_gone=status == GONE)


def _wait(answer: httpx.Response, now: float) -> float | None:
    """Return for how many seconds a receiver asks to be left alone: Retry-After is a number, or a date."""
    said = answer.headers.get("retry-after", "").strip()
    if not said:
        return None
    if said.isascii() and said.isdigit():
        return min(float(said), LONGEST_WAIT)
    try:
        return min(max(parsedate_to_datetime(said).timestamp() - now, 0.0), LONGEST_WAIT)
    except ValueError:
        return None
