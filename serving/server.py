"""Starting the service: BentoML as a process, with the champion at hand and nothing reported to anybody."""

import json
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

import serving
from serving.settings import (
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
    _refuse_taken(settings.service)
    os.execve(sys.executable, bentoml_command(settings.service), environment)


class PortTakenError(OSError):
    """Something else listens where the service was to listen."""


def _refuse_taken(service: ServiceSettings) -> None:
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
