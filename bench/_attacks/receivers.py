"""Attacks by whoever is told what happens: addresses that lead into this machine, answers without end, and calls that were recorded."""

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import monotonic, sleep, time
from typing import Any
from unittest.mock import patch

from standardwebhooks import Webhook, WebhookVerificationError

from bench._attacks.target import Attack, Json, Target, must
from serving.outbox.signature import find_secret, signed_headers
from serving.outbox.webhook import WebhookDelivery
from serving.settings.outbox import OutboxTarget
from serving.store.deliveries import Failed, Notice

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
VARIABLE = "ATTACK_HOOK"
PUBLIC = "93.184.215.14"
PRIVATE_HOSTS = (
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "0.0.0.0",
    "localhost",
    "LOCALHOST.",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::1]",
    "[2001:0:7f00:1::]",
    "[fe80::1]",
    "[fd00::1]",
    "[fec0::1]",
    "[ff02::1]",
    "169.254.169.254",
    "[::ffff:169.254.169.254]",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "192.0.0.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
)
ANSWERS: dict[str, bytes] = {
    "301 to inside": b"HTTP/1.1 301 M\r\nlocation: %s\r\ncontent-length: 0\r\n\r\n",
    "302 to inside": b"HTTP/1.1 302 F\r\nlocation: %s\r\ncontent-length: 0\r\n\r\n",
    "303 to inside": b"HTTP/1.1 303 S\r\nlocation: %s\r\ncontent-length: 0\r\n\r\n",
    "307 to inside": b"HTTP/1.1 307 T\r\nlocation: %s\r\ncontent-length: 0\r\n\r\n",
    "308 to inside": b"HTTP/1.1 308 P\r\nlocation: %s\r\ncontent-length: 0\r\n\r\n",
    "a refresh to inside": b"HTTP/1.1 200 OK\r\nrefresh: 0;url=%s\r\ncontent-length: 0\r\n\r\n",
    "a proxy is needed": b"HTTP/1.1 305 U\r\nlocation: %s\r\ncontent-length: 0\r\n\r\n",
    "another protocol": b"HTTP/1.1 101 S\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
    "100 without end": b"HTTP/1.1 100 C\r\n\r\n" * 100_000,
    "a header without end": b"HTTP/1.1 200 OK\r\nx-a: " + b"a" * 5_000_000,
    "headers without end": b"HTTP/1.1 200 OK\r\n" + b"x-a: b\r\n" * 500_000,
    "a body without end": b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n" + b"a" * 20_000_000,
    "a chunk without end": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffff\r\n" + b"a" * 1_000_000,
    "two lengths": b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
    "a status that is none": b"HTTP/1.1 -200 OK\r\n\r\n",
    "no HTTP": b"\x00" * 1_000,
    "nothing": b"",
}
RETRY_AFTERS = (
    "-1",
    "1e9",
    "9" * 400,
    "\u0663",
    "Mon, 02 Mar 9999 09:01:00 GMT",
    "Mon, 99 Foo 0000 99:99:99 GMT",
    "nan",
)


@contextmanager
def listening(answer: Callable[[str], bytes]) -> Iterator[tuple[int, list[dict[str, str]]]]:
    """Run a server that answers with bytes by the path; yields its port and the headers that came."""
    came: list[dict[str, str]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            came.append({name.lower(): value for name, value in self.headers.items()})
            try:
                self.wfile.write(answer(self.path))
            except OSError:  # hung up on, as is right
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_port, came
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def tell(url: str, hosts: tuple[str, ...] = (), lead_id: str = "L1") -> Failed | None:
    """Tell a receiver of one notice, and return what became of it."""
    target = OutboxTarget(name="crm", url=url, secret=VARIABLE, seconds=2)
    notice = Notice(1, "ntc_1", "lead.moved", lead_id, {"before": {}, "after": {"probability": 0.3}})
    with closing(WebhookDelivery(target, hosts, {VARIABLE: SECRET}, time)) as delivery:
        return delivery.send([notice], time() + 60)["ntc_1"]


def names_of(*lots: tuple[str, ...]) -> Callable[..., list[Any]]:
    """Return a server of names that answers with one lot of addresses after the other, and with the last from then on."""
    left = list(lots)

    def resolve(host: str, port: Any, *_: Any, **__: Any) -> list[Any]:
        is_name = any(letter not in "0123456789abcdef.:" for letter in host)
        lot = (left.pop(0) if len(left) > 1 else left[0]) if is_name else (host,)
        kinds = [(socket.AF_INET6 if ":" in one else socket.AF_INET, one) for one in lot]
        return [(kind, socket.SOCK_STREAM, 6, "", (one, port or 0)) for kind, one in kinds]

    return resolve


def addresses_inside() -> Iterator[Attack]:
    """Name receivers that are no public ones, in every way of writing, and have a server of names change its mind."""
    for host in PRIVATE_HOSTS:

        def inside(_: Target, host: str = host) -> str:
            with connections() as made, listening(lambda _: b"") as (port, _came):
                failed = tell(f"https://{host}:{port}/")
            return must(failed is not None and not made, (failed, made))

        yield Attack("receivers", f"the host {host}", inside)
    for name, lots in {
        "a public address and a private one": ((PUBLIC, "127.0.0.1"),),
        "a private one after a public one was looked at": ((PUBLIC,), ("127.0.0.1",)),
        "a private IPv6 one after that": ((PUBLIC,), ("::1",)),
        "an IPv4 address in an IPv6 one": (("::ffff:127.0.0.1",),),
        "an address behind a translator": (("64:ff9b::a9fe:a9fe",),),
        "no address": ((),),
    }.items():

        def rebound(_: Target, lots: tuple[tuple[str, ...], ...] = lots) -> str:
            with patch("socket.getaddrinfo", names_of(*lots)), connections() as made:
                failed = tell("https://hooks.example.com:9/")
            return must(failed is not None and not set(made) - {PUBLIC}, (failed, made))

        yield Attack("receivers", f"a name of {name}", rebound)
    for variable in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):

        def proxied(_: Target, variable: str = variable) -> str:
            with listening(lambda _: b"") as (port, came), connections() as made:
                variables = patch.dict("os.environ", {variable: f"http://127.0.0.1:{port}"})
                with variables, patch("socket.getaddrinfo", names_of((PUBLIC,))):
                    tell("https://hooks.example.com/")
            return must(not came and set(made) <= {PUBLIC}, made)

        yield Attack("receivers", f"a proxy by {variable}", proxied)


@contextmanager
def connections() -> Iterator[list[str]]:
    """Note to which addresses this process connects, and let it reach none of them."""
    made: list[str] = []

    def connect(_: socket.socket, address: Any) -> None:
        made.append(str(address[0]))
        raise ConnectionRefusedError

    with patch.object(socket.socket, "connect", connect):
        yield made


def redirects() -> Iterator[Attack]:
    """Have the running service tell a receiver who sends everybody on to what is inside."""

    def sent_on(target: Target) -> str:
        target.call("POST", "/leads", json={"lead_id": target.name(), "fields": {}}).raise_for_status()
        end = monotonic() + 30
        while not target.told and monotonic() < end:
            sleep(0.1)
        sleep(1)
        return must(bool(target.told) and not target.inside, (len(target.told), target.inside))

    yield Attack("receivers", "the running service is sent on", sent_on)


def answers_of_receivers() -> Iterator[Attack]:
    """Answer with what leads elsewhere, or never ends."""
    for name, answer in ANSWERS.items():

        def said(_: Target, answer: bytes = answer) -> str:
            start = monotonic()
            with listening(lambda _: b"HTTP/1.1 200 OK\r\n\r\n") as (inside, reached):
                where = f"http://127.0.0.1:{inside}/".encode()
                with listening(lambda _: answer.replace(b"%s", where)) as (port, _came):
                    tell(f"http://127.0.0.1:{port}/", ("127.0.0.1",))
            seconds = monotonic() - start
            return must(not reached and seconds < 10, (reached, seconds))

        yield Attack("receivers", f"an answer: {name}", said)
    for wait in RETRY_AFTERS:

        def asked(_: Target, wait: str = wait) -> str:
            answer = f"HTTP/1.1 503 N\r\nretry-after: {wait}\r\ncontent-length: 0\r\n\r\n".encode()
            with listening(lambda _: answer) as (port, _came):
                failed = tell(f"http://127.0.0.1:{port}/", ("127.0.0.1",))
            held = failed is not None and (failed.wait is None or 0 <= failed.wait <= 6 * 3600)
            return must(held, failed)

        yield Attack("receivers", f"to be left alone for {wait[:30]!r}", asked)
    for lead_id in ("a\r\nx-evil: 1", "\0", "\ud800", "'; DROP TABLE", "<script>"):

        def named(_: Target, lead_id: str = lead_id) -> str:
            with listening(lambda _: b"HTTP/1.1 204 N\r\n\r\n") as (port, came):
                failed = tell(f"http://127.0.0.1:{port}/", ("127.0.0.1",), lead_id)
            return must(failed is None and len(came) == 1 and "x-evil" not in came[0], (failed, came))

        yield Attack("receivers", f"a lead called {lead_id!r}", named)


def recorded_calls() -> Iterator[Attack]:
    """Send a call that was recorded once more, as it was and changed, to whoever checks it by the library of the specification."""
    body = '{"type": "lead.moved"}'

    def changes(now: int) -> Mapping[str, tuple[dict[str, str], str]]:
        good = signed_headers(find_secret({VARIABLE: SECRET}, VARIABLE), "ntc_1", now, body)
        old = signed_headers(find_secret({VARIABLE: SECRET}, VARIABLE), "ntc_1", now - 600, body)
        early = signed_headers(find_secret({VARIABLE: SECRET}, VARIABLE), "ntc_1", now + 600, body)
        return {
            "ten minutes later": (old, body),
            "ten minutes too early": (early, body),
            "with a new time": ({**old, "webhook-timestamp": str(now)}, body),
            "as another notice": ({**good, "webhook-id": "ntc_2"}, body),
            "with another body": (good, body.replace("moved", "scored")),
            "with a longer body": (good, body + " "),
            "without a version": ({**good, "webhook-signature": good["webhook-signature"].partition(",")[2]}, body),
            "with a part of the signature": ({**good, "webhook-signature": good["webhook-signature"][:-6]}, body),
            "without a signature": ({**good, "webhook-signature": ""}, body),
            "signed by another": (signed_headers(b"x" * 24, "ntc_1", now, body), body),
        }

    for name in changes(0):

        def replayed(_: Target, name: str = name) -> str:
            headers, sent = changes(int(time()))[name]
            try:
                Webhook(SECRET).verify(sent, headers)
            except (WebhookVerificationError, ValueError):  # one that is no Base64, or has no version
                return ""
            return "it was taken"

        yield Attack("receivers", f"a recorded call {name}", replayed)


def settings(url: str) -> Json:
    """Return settings by which a receiver in the own network is told of every score."""
    target = {"name": "sends_on", "url": url, "secret": VARIABLE, "kinds": ["lead.scored"]}
    return {"outbox": {"hosts": ["127.0.0.1"], "targets": [target]}}
