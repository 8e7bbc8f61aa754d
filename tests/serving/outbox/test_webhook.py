"""A receiver is called as it asked to be; whatever it answers, it is known what became of each notice."""

from __future__ import annotations

import json
import math
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from standardwebhooks import Webhook

from serving.outbox.webhook import WebhookDelivery, failure_of, message_of
from serving.settings.outbox import OutboxTarget
from serving.store.deliveries import Failed, Notice

PUBLIC = "93.184.215.14"
DAY = timedelta(days=1)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NOW = 1_772_442_000.0
LATER = NOW + 90
Answer = Callable[[str], int]


def notice(number: int, lead_id: str | None = "L1") -> Notice:
    return Notice(number, f"ntc_{number}", "lead.moved", lead_id, {"before": {"as_of": ""}, "after": {"n": number}})


@contextmanager
def receiver(answer: Answer, certificate: Path | None = None) -> Iterator[tuple[str, list[tuple[dict[str, str], str]]]]:
    """A server that answers with a status, by the id of the notice; yields its address and what came."""
    calls, lock = list[tuple[dict[str, str], str]](), Lock()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            with lock:
                calls.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(answer(str(self.headers["webhook-id"])))
            self.send_header("content-length", "0")
            self.send_header("location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook", calls
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def delivering(url: str, hosts: tuple[str, ...] = ("127.0.0.1",), **given: Any) -> Iterator[WebhookDelivery]:
    target = OutboxTarget(**({"name": "crm", "url": url, "secret": "HOOK"} | given))
    environment = {"HOOK": SECRET}
    delivery = WebhookDelivery(target, hosts, environment, lambda: NOW, lambda _: {"points": 0.5})
    try:
        yield delivery
    finally:
        delivery.close()


class Resolver:
    """A server of names that answers with one lot of addresses after the other; addresses are their own."""

    def __init__(self, *lots: list[str]) -> None:
        self.lots, self.asked = list(lots), list[str]()

    def __call__(self, host: str, port: Any, *_: Any, **__: Any) -> list[Any]:
        is_name = host.endswith(".com")
        if is_name:
            self.asked.append(host)
        lot = (self.lots.pop(0) if len(self.lots) > 1 else self.lots[0]) if is_name else [host]
        kinds = [(socket.AF_INET6 if ":" in one else socket.AF_INET, one) for one in lot]
        return [(kind, socket.SOCK_STREAM, 6, "", (one, port or 0)) for kind, one in kinds]


def certificate_of(host: str, file: Path) -> Path:
    """Write a certificate of a host, signed by itself, and its key."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now - DAY, now + DAY)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    kind = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    file.write_bytes(made.public_bytes(pem) + key.private_bytes(pem, *kind))
    return file


def refuse_connections(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let this process reach nobody, and return to whom it would have connected."""
    made: list[str] = []

    def connect(_: socket.socket, address: Any) -> None:
        made.append(str(address[0]))
        raise ConnectionRefusedError

    monkeypatch.setattr("socket.socket.connect", connect)
    return made


def test_call_says_what_happened_and_is_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver(lambda _: 204) as (url, calls), delivering(url) as delivery:
        assert delivery.send([notice(7)], LATER) == {"ntc_7": None}

    ((headers, body),) = calls
    monkeypatch.setattr("standardwebhooks.webhooks.datetime", _At)
    assert Webhook(SECRET).verify(body, headers) == {
        "type": "lead.moved",
        "timestamp": "1970-01-01T00:00:00.000007+00:00",
        "data": {"lead_id": "L1", "before": {"as_of": ""}, "after": {"n": 7}, "change": {"points": 0.5}},
    }
    assert headers["content-type"] == "application/json"


class _At:
    """The clock of the library's receiver, stopped."""

    from datetime import datetime

    fromtimestamp = datetime.fromtimestamp

    @classmethod
    def now(cls, tz: Any) -> Any:
        return cls.datetime.fromtimestamp(NOW, tz)


@pytest.mark.parametrize("together", [1, 4])
def test_later_notices_of_a_lead_are_not_sent_after_one_that_was_not_taken(together: int) -> None:
    batch = [notice(1, "L1"), notice(2, "L2"), notice(3, "L1"), notice(4, None), notice(5, "L2")]
    with (
        receiver(lambda call: 422 if call == "ntc_1" else 200) as (url, calls),
        delivering(url, together=together) as delivery,
    ):
        results = delivery.send(batch, LATER)

    assert results == {"ntc_1": Failed("it answered 422"), "ntc_2": None, "ntc_4": None, "ntc_5": None}
    assert sorted(headers["webhook-id"] for headers, _ in calls) == ["ntc_1", "ntc_2", "ntc_4", "ntc_5"]


def test_receiver_that_fails_is_left_alone_after_a_few_calls() -> None:
    with receiver(lambda _: 503) as (url, calls), delivering(url, together=1) as delivery:
        results = delivery.send([notice(n, f"L{n}") for n in range(9)], LATER)

    assert len(calls) == 3
    assert list(results.values()) == [Failed("it answered 503", is_down=True)] * 3


def test_notice_that_cannot_be_written_keeps_no_other_from_being_told() -> None:
    broken = replace(notice(1), content={"after": {"n": math.nan}})
    with receiver(lambda _: 204) as (url, calls), delivering(url) as delivery:
        assert delivery.send([broken, notice(2, "L2")], LATER) == {
            "ntc_1": Failed("it cannot be written: ValueError"),
            "ntc_2": None,
        }
    assert len(calls) == 1


def test_redirect_is_not_followed() -> None:
    with receiver(lambda _: 307) as (url, calls), delivering(url) as delivery:
        (failed,) = delivery.send([notice(1)], LATER).values()

    assert len(calls) == 1
    assert failed is not None
    assert "no redirect is followed" in failed.why


def test_receiver_that_cannot_be_reached_is_down() -> None:
    with receiver(lambda _: 200) as (url, _):
        pass
    with delivering(url) as delivery:
        assert delivery.send([notice(1)], LATER) == {
            "ntc_1": Failed("it cannot be reached: ConnectError", is_down=True)
        }


def test_private_address_is_called_only_where_the_settings_name_it() -> None:
    with receiver(lambda _: 200) as (url, calls), delivering(url, hosts=("elsewhere",)) as delivery:
        (failed,) = delivery.send([notice(1)], LATER).values()

    assert calls == []
    assert failed is not None
    assert failed.is_down
    assert "127.0.0.1 must have a public address" in failed.why


@pytest.mark.parametrize("later", ["127.0.0.1", "::1"])
def test_name_that_leads_elsewhere_a_moment_later_is_called_where_it_was_looked_at(
    monkeypatch: pytest.MonkeyPatch, later: str
) -> None:
    resolver = Resolver([PUBLIC], [later])
    monkeypatch.setattr("socket.getaddrinfo", resolver)
    made = refuse_connections(monkeypatch)
    with delivering("https://hooks.example.com/", hosts=()) as delivery:
        assert delivery.send([notice(1)], LATER) == {
            "ntc_1": Failed("it cannot be reached: ConnectError", is_down=True)
        }

    assert made == [PUBLIC]
    assert resolver.asked == ["hooks.example.com"]


def test_address_that_takes_no_connection_leaves_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.getaddrinfo", Resolver(["2606:4700::6810:84e5", PUBLIC]))
    made = refuse_connections(monkeypatch)
    with delivering("https://hooks.example.com/", hosts=()) as delivery:
        (failed,) = delivery.send([notice(1)], LATER).values()

    assert failed is not None
    assert made == ["2606:4700::6810:84e5", PUBLIC]


@pytest.mark.parametrize("addresses", [["127.0.0.1"], [PUBLIC, "10.0.0.7"], ["64:ff9b::a9fe:a9fe"], ["224.0.0.1"], []])
def test_name_of_an_address_that_is_not_public_is_not_called(
    monkeypatch: pytest.MonkeyPatch, addresses: list[str]
) -> None:
    monkeypatch.setattr("socket.getaddrinfo", Resolver(addresses))
    made = refuse_connections(monkeypatch)
    with delivering("https://hooks.example.com/", hosts=()) as delivery:
        (failed,) = delivery.send([notice(1)], LATER).values()

    assert failed is not None
    assert failed.is_down
    assert "hooks.example.com" in failed.why
    assert made == []


def test_call_at_an_address_names_the_host_and_has_its_certificate(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = certificate_of("hooks.example.com", tmp_path / "own.pem")
    monkeypatch.setattr("certifi.where", lambda: str(file))
    with receiver(lambda _: 204, file) as (url, calls):
        port = httpx.URL(url).port
        monkeypatch.setattr("socket.getaddrinfo", Resolver(["127.0.0.1"]))
        monkeypatch.setattr("serving.outbox.webhook.is_public", lambda _: True)
        with delivering(f"https://hooks.example.com:{port}/hook", hosts=()) as delivery:
            assert delivery.send([notice(1)], LATER) == {"ntc_1": None}
        with delivering(f"https://other.example.com:{port}/hook", hosts=()) as delivery:
            assert delivery.send([notice(2)], LATER) == {
                "ntc_2": Failed("it cannot be reached: ConnectError", is_down=True)
            }

    ((headers, _),) = calls
    assert headers["host"] == f"hooks.example.com:{port}"


def test_missing_secret_is_said_and_nothing_sent() -> None:
    with receiver(lambda _: 200) as (url, calls), delivering(url, secret="NO_SUCH") as delivery:
        (failed,) = delivery.send([notice(1), notice(2)], LATER).values()
        assert delivery.send([], LATER) == {}

    assert calls == []
    assert failed is not None
    assert "NO_SUCH must hold the secret" in failed.why


@pytest.mark.parametrize(
    ("status", "retry_after", "failed"),
    [
        (200, "", None),
        (299, "", None),
        (199, "", Failed("it answered 199")),
        (400, "", Failed("it answered 400")),
        (408, "", Failed("it answered 408", is_down=True)),
        (410, "", Failed("it answered 410", is_gone=True)),
        (429, "90", Failed("it answered 429", 90.0, is_down=True)),
        (429, "99999", Failed("it answered 429", 21_600.0, is_down=True)),
        (429, "soon", Failed("it answered 429", is_down=True)),
        (499, "", Failed("it answered 499")),
        (500, "Mon, 02 Mar 2026 09:01:00 GMT", Failed("it answered 500", 60.0, is_down=True)),
        (500, "Mon, 02 Mar 2026 08:00:00 GMT", Failed("it answered 500", 0.0, is_down=True)),
    ],
)
def test_status_says_whether_a_notice_was_taken(status: int, retry_after: str, failed: Failed | None) -> None:
    headers = {"retry-after": retry_after} if retry_after else {}
    assert failure_of(httpx.Response(status, headers=headers), NOW) == failed


def test_message_of_what_is_no_leads_names_none() -> None:
    said = message_of(Notice(0, "ntc_0", "refresh.failed", None, {"after": {"why": "half \ud800"}}), None)

    assert json.loads(json.dumps(said)) == said
    assert set(said["data"]) == {"after"}


def test_receiver_that_answers_twice_answers_one_call_only() -> None:
    """The second answer must not stand for that to the next call, which was not taken."""

    class Twice(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            good, bad = (f"HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n".encode() for status in ("200 OK", "503 No"))
            self.wfile.write(good + good if self.headers["webhook-id"] == "ntc_1" else bad)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Twice)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        with delivering(f"http://127.0.0.1:{server.server_port}/", together=1) as delivery:
            results = delivery.send([notice(1), notice(2)], LATER)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

    assert results == {"ntc_1": None, "ntc_2": Failed("it answered 503", is_down=True)}


def test_call_that_could_last_beyond_the_time_is_not_begun() -> None:
    with receiver(lambda _: 204) as (url, calls), delivering(url, seconds=15) as delivery:
        assert delivery.send([notice(1)], NOW + 14.9) == {}
        assert calls == []
        assert delivery.send([notice(1)], NOW + 15.1) == {"ntc_1": None}


@pytest.mark.parametrize(
    ("begins_with", "failed"),
    [
        (b"HTTP/1.1 200 OK\r\n", Failed("it cannot be reached: it did not answer within 0.3 seconds", is_down=True)),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 90000\r\n\r\n", None),
        (b"HTTP/1.1 503 No\r\ncontent-length: 90000\r\n\r\n", Failed("it answered 503", is_down=True)),
    ],
)
def test_answer_that_trickles_is_broken_off_when_its_time_is_over(begins_with: bytes, failed: Failed | None) -> None:
    """Each piece comes in time, and the last never: the receiver goes on until it is hung up on."""
    hung_up = Event()

    class Trickle(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            try:
                self.wfile.write(begins_with)
                while True:
                    self.wfile.write(b"x")
                    time.sleep(0.02)
            except OSError:
                hung_up.set()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Trickle)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        with delivering(f"http://127.0.0.1:{server.server_port}/", seconds=0.3) as delivery:
            assert delivery.send([notice(1)], LATER) == {"ntc_1": failed}
        assert hung_up.wait(30)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
