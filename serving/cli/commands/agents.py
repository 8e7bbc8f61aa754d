"""The command that lets agents ask: tools over the Model Context Protocol, answered by the running service."""

import os
from pathlib import Path
from typing import Annotated

import typer

from serving.cli.commands.console import SettingsOption, err
from serving.settings.settings import DEFAULT_FILE, KEY_VARIABLE, load_settings


class NoToolsError(ValueError):
    """The tools cannot be served as they were asked for."""


def mcp(
    settings: SettingsOption = DEFAULT_FILE,
    url: Annotated[str, typer.Option(help="The running service; by default where the settings have it.")] = "",
    http: Annotated[str, typer.Option(help="Serve over HTTP at HOST:PORT, by the key of each caller.")] = "",
    name: Annotated[list[str] | None, typer.Option(help="A host name by which a proxy is reached; repeat it.")] = None,
) -> None:
    """Offer queue, reasons and reports to agents as tools (MCP), over stdio by the key in GLENGARRY_KEY, or over HTTP."""
    from functools import partial

    key = os.environ.get(KEY_VARIABLE, "")
    if not http and not key:
        raise NoToolsError(
            f"{KEY_VARIABLE} must hold a key of the service where tools are served over stdio, got nothing: "
            "make one with `glengarry keys create NAME --role rep`."
        )
    try:
        import anyio

        from serving.agents.server import run_http, run_stdio
        from serving.runtime.server import allow_open_files
        from serving.runtime.silent_connections import close_silent_connections
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] != "mcp":
            raise
        raise NoToolsError("Tools for agents need the package mcp, got none: install `glengarry[mcp]`.") from error
    service = url or _address(settings)
    if not http:
        anyio.run(run_stdio, service, key)
        return
    host, port = _parsed(http)
    allow_open_files()
    close_silent_connections()
    err.print(f"Tools at http://{host}:{port}/mcp, by keys of {service}.", highlight=False, markup=False)
    anyio.run(partial(run_http, service, host, port, tuple(name or ())))


def _address(settings: Path) -> str:
    service = load_settings(settings).service
    host = "127.0.0.1" if service.host in ("0.0.0.0", "::") else service.host
    return f"http://{host}:{service.port}"


def _parsed(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65_536:
        raise NoToolsError(f"--http must be HOST:PORT, got {address!r}: say for instance 127.0.0.1:3001.")
    return host, int(port)
