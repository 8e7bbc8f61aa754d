"""Starting the service: BentoML as a process, with the champion at hand and nothing reported to anybody."""

import json
import os
import shutil
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import mkdtemp
from typing import NoReturn

import serving
from features.settings.folders import private_folder
from serving.settings.settings import (
    KEY_VARIABLE,
    SETTINGS_VARIABLE,
    SHOWN_KEY_VARIABLE,
    ServiceSettings,
    Settings,
    load_settings,
)

SERVICE = "serving.service:GlengarryService"
STOP_SECONDS = 30
"""So long a stop waits for calls that were begun; a client that keeps its connection busy could hold it up for ever."""
MAX_FILES = 65_536
"""Of a worker; the usual 1,024 were taken by as many connections that say nothing, and nobody else was answered."""
FIGURES = "prometheus_multiproc_dir"
"""Folder in BentoML's home in which the workers count."""
MEMORY = Path("/dev/shm")
"""A file system in memory, where Linux has one."""
MEMORY_PREFIX = "glengarry-"
CODE = Path(serving.__file__).parents[1]
"""The folder that holds our packages."""


def serve(settings_file: Path, key: str = f"${KEY_VARIABLE}") -> NoReturn:
    """Serve the registry's champion until SIGTERM or SIGINT; this process becomes BentoML's, which finds champion and store.

    Parameters
    ----------
    key
        As it stands in the calls to try.

    Raises
    ------
    SettingsError
        If the settings cannot be used.
    PortTakenError
        If something else listens there.
    """
    settings = load_settings(settings_file)
    environment = {
        **os.environ,
        **bentoml_environment(settings, os.environ),
        SETTINGS_VARIABLE: str(settings_file.resolve()),
        SHOWN_KEY_VARIABLE: key,
    }
    refuse_taken(settings.service)
    allow_open_files()
    keep_figures_in_memory(Path(environment["BENTOML_HOME"]))
    os.execve(sys.executable, bentoml_command(settings.service), environment)


def allow_open_files() -> None:
    """Let this process and those that it starts have as many files open as the machine allows: each connection is one."""
    import resource  # not on Windows, where BentoML does not serve either

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_FILES if hard == resource.RLIM_INFINITY else min(MAX_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def keep_figures_in_memory(home: Path, memory: Path = MEMORY) -> None:
    """Have the workers count in memory: where they map files of a disk that is full, a signal ends them at the next count."""
    if not (memory.is_dir() and os.access(memory, os.W_OK)):
        return
    link = private_folder(home) / FIGURES
    before = link.readlink() if link.is_symlink() else None
    if before is not None:
        link.unlink()
    elif link.is_dir():
        shutil.rmtree(link)
    link.symlink_to(mkdtemp(prefix=MEMORY_PREFIX, dir=memory))
    if before is not None and before.parent == memory and before.name.startswith(MEMORY_PREFIX):
        shutil.rmtree(before, ignore_errors=True)


class PortTakenError(OSError):
    """Something else listens where the service was to listen."""


def refuse_taken(service: ServiceSettings) -> None:
    """Refuse to serve where something else listens.

    Raises
    ------
    PortTakenError
        If something does.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((service.host, service.port))
        except OSError as error:
            raise PortTakenError(
                f"Port {service.port} of {service.host} must be free, got {error.strerror}: "
                "stop what listens there, or set another service.port in the settings."
            ) from error


def bentoml_command(service: ServiceSettings) -> list[str]:
    """Return the command that serves."""
    host, port = socket.gethostbyname(service.host), str(service.port)
    command = [sys.executable, "-m", "bentoml", "serve", SERVICE]
    limit = ["--timeout-graceful-shutdown", str(STOP_SECONDS)]
    return [*command, "--host", host, "--port", port, "--working-dir", str(CODE), *limit]


def bentoml_environment(settings: Settings, environment: Mapping[str, str]) -> dict[str, str]:
    """Return what BentoML reads from its environment; what the user has set there stays."""
    ours = {
        "BENTOML_HOME": str(settings.var / "bentoml"),
        "BENTOML_DO_NOT_TRACK": "True",
        # uvicorn would take any process of this machine at its word about the client's address; forms.address_header says whose word counts.
        "FORWARDED_ALLOW_IPS": "",
        "BENTOML_CONFIG_OVERRIDES": json.dumps({"services": {"glengarry": {"workers": settings.service.workers}}}),
        # uv and the scripts of our environment come before those of the system.
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), environment.get("PATH", "")]),
    }
    return {name: value for name, value in ours.items() if name == "PATH" or name not in environment}
