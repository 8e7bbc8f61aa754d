"""A server of mail and one of HTTP that take whatever comes, so that messages are sent for real."""

from __future__ import annotations

import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass
class Mailbox:
    """Mails that came; a mailbox that is full refuses."""

    port: int = 0
    is_full: bool = False
    mails: list[EmailMessage] = field(default_factory=list)

    @property
    def address(self) -> str:
        """As Apprise writes it."""
        return f"mailto://127.0.0.1:{self.port}?from=glengarry@example.com&to=ann@example.com&mode=insecure"


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """Serve SMTP as far as it is needed to take a mail."""
    box = Mailbox()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 here")
            while line := self.rfile.readline().strip().upper():
                if line == b"DATA":
                    self._say("354 go on")
                    self._take()
                elif line == b"QUIT":
                    self._say("221 bye")
                    return
                elif line.startswith(b"MAIL") and box.is_full:
                    self._say("452 full")
                else:
                    self._say("250 good")

        def _take(self) -> None:
            lines = list(iter(self.rfile.readline, b".\r\n"))
            content = b"".join(line[1:] if line.startswith(b"..") else line for line in lines)
            mail = message_from_bytes(content, policy=policy.default)
            assert isinstance(mail, EmailMessage)
            box.mails.append(mail)
            self._say("250 taken")

        def _say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    with _served(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)) as port:
        box.port = port
        yield box


@contextmanager
def chat(status: int = 200) -> Iterator[tuple[int, list[str]]]:
    """Serve HTTP; yield the port, and the bodies that came."""
    bodies: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["content-length"])).decode())
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with _served(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as port:
        yield port, bodies


@contextmanager
def _served(server: socketserver.TCPServer) -> Iterator[int]:
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
