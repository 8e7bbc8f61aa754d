"""The Containerfile and the compose file name what is there: files, variables, paths and settings."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from serving.runtime.server import STOP_SECONDS
from serving.settings.secret import EXPLORATION, SESSIONS
from serving.settings.settings import STORE_VARIABLE, load_settings

ROOT = Path(__file__).parents[1]
COMPOSE = ROOT / "docs" / "examples" / "compose"
RECIPE = (ROOT / "Containerfile").read_text(encoding="utf-8")
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((COMPOSE / "compose.yaml").read_text(encoding="utf-8"))["services"]


def copied() -> set[str]:
    return {name for line in re.findall(r"^COPY (.+)$", RECIPE, re.MULTILINE) for name in line.split()[:-1]}


def test_what_is_copied_is_there_and_all_that_is_imported_is_copied() -> None:
    assert all((ROOT / name).exists() for name in copied())
    assert {"features", "models", "training", "serving", "pyproject.toml", "requirements-serve.txt"} <= copied()


def test_nothing_else_is_sent_to_the_builder() -> None:
    for name in (".containerignore", ".dockerignore"):
        lines = (ROOT / name).read_text(encoding="utf-8").split()
        assert lines[0] == "*"
        assert {line.removeprefix("!") for line in lines if line.startswith("!")} == copied()


def test_service_runs_as_nobody_in_particular_and_serves() -> None:
    lines = RECIPE.splitlines()
    assert 'CMD ["glengarry", "serve"]' in lines
    assert lines.index("USER glengarry") < lines.index('CMD ["glengarry", "serve"]')
    assert not any(line.startswith("USER root") for line in lines)


def test_compose_file_gives_the_service_what_it_reads() -> None:
    service = SERVICES["service"]
    assert set(service["environment"]) == {STORE_VARIABLE, EXPLORATION.variable, SESSIONS.variable}
    assert int(service["stop_grace_period"].removesuffix("s")) > STOP_SECONDS
    assert (COMPOSE / service["build"]["context"]).resolve() == ROOT
    assert service["environment"][STORE_VARIABLE].endswith("@store/glengarry")
    assert set(service["depends_on"]) < set(SERVICES)


def test_every_container_has_limits_and_only_the_proxy_is_reached_from_outside() -> None:
    assert all("mem_limit" in service for service in SERVICES.values())
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    assert not [
        name
        for name, service in SERVICES.items()
        if "password" in str(service).lower().replace("postgres_password", "")
    ]


def test_settings_of_the_example_are_read_and_name_the_other_containers() -> None:
    settings = load_settings(COMPOSE / "glengarry.toml")
    assert settings.registry.tracking_uri == "http://registry:5000"
    assert (settings.service.host, settings.service.https) == ("0.0.0.0", True)
    proxy = (COMPOSE / "Caddyfile").read_text(encoding="utf-8")
    assert f"header_up {settings.forms.address_header} {{remote_host}}" in proxy
    assert f"reverse_proxy service:{settings.service.port}" in proxy
