"""Connections that say nothing: closed after a while, as each holds one of the files that a process may have open.

uvicorn limits how long a connection may rest between two calls, but not how long the first call, or the head of any, may take to arrive.
"""

import asyncio
from typing import Any

HEAD_SECONDS = 20.0
"""So long a connection may hold no call, or half the head of one; it is closed within twice that."""


def close_silent_connections(protocol: Any = None, seconds: float = HEAD_SECONDS) -> None:
    """Have a class of uvicorn's connections, by default the one that this process serves by, close those that are silent."""
    if protocol is None:
        from uvicorn.protocols.http.auto import AutoHTTPProtocol

        protocol = AutoHTTPProtocol
    made = protocol.connection_made

    def connection_made(self: Any, transport: asyncio.Transport) -> None:
        made(self, transport)
        _look_later(self, transport, None, seconds)

    protocol.connection_made = connection_made


def _look_later(connection: Any, transport: asyncio.Transport, idle_since: object, seconds: float) -> None:
    asyncio.get_running_loop().call_later(seconds, _look, connection, transport, idle_since, seconds)


def _look(connection: Any, transport: asyncio.Transport, idle_since: object, seconds: float) -> None:
    """Close a connection that has no call in hand, and had none a while ago and since."""
    if transport.is_closing():
        return
    call = connection.cycle
    if call is not None and not call.response_complete:
        idle = None
    elif idle_since is (idle := call or _NO_CALL):
        transport.close()
        return
    _look_later(connection, transport, idle, seconds)


_NO_CALL = object()
"""Stands for the time before the first call."""
