"""The service as its users run it: settings file, registry, `serve`, HTTP, signals."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import tomli_w

from bench.harness.keys import bearer, make_tokens
from bench.harness.processes import SECONDS, Server, environment, free_port, is_ready, running, wait_until
from models.registry import Registry, Run
from serving.api.openapi import example_lead
from serving.champion.champion import Champion
from serving.champion.finding import FOLDER_VARIABLE, keep, provide_champion
from serving.runtime.banner import calls_to_try
from serving.runtime.server import FIGURES, SERVICE, bentoml_command, bentoml_environment, keep_figures_in_memory
from serving.settings.secret import EXPLORATION
from serving.settings.settings import (
    KEY_VARIABLE,
    SETTINGS_VARIABLE,
    STORE_VARIABLE,
    ServiceSettings,
    Settings,
    load_settings,
)

Json = dict[str, Any]


@pytest.fixture(scope="module")
def settings(champion: Champion, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings with a registry that has a champion."""
    folder = tmp_path_factory.mktemp("home")
    schema = champion.model.schema.model_dump(mode="json", exclude_defaults=True)
    service = {"port": free_port(), "most_bytes": 100_000, "workers": 2, "log": "json"}
    history = {"source": "not needed to serve"}
    (folder / "glengarry.toml").write_text(
        tomli_w.dumps({**schema, "history": history, "service": service}), encoding="utf-8"
    )
    settings = load_settings(folder / "glengarry.toml")
    Registry(settings.registry, settings.var).log(Run("a training"), champion.model, beside=champion.beside)
    return settings


@pytest.fixture(scope="module")
def key(settings: Settings) -> str:
    """A key of all rights."""
    return make_tokens(settings.store_url)["admin"]


@pytest.fixture(scope="module")
def server(settings: Settings, key: str) -> Iterator[Server]:
    assert key
    code = "import sys; from pathlib import Path; from serving.runtime.server import serve; serve(Path(sys.argv[1]))"
    with running([sys.executable, "-c", code, "glengarry.toml"], settings.service.port, settings.folder) as server:
        yield server


def test_registry_is_asked_once_and_workers_find_a_copy(settings: Settings, champion: Champion) -> None:
    variables = {SETTINGS_VARIABLE: str(settings.folder / "glengarry.toml")}

    provided = provide_champion(variables)
    (settings.folder / "glengarry.toml").rename(settings.folder / "moved.toml")
    again = provide_champion(variables)
    (settings.folder / "moved.toml").rename(settings.folder / "glengarry.toml")

    assert provided.deployment == again.deployment
    assert provided.model.to_texts() == again.model.to_texts() == champion.model.to_texts()
    assert (provided.version.name, provided.version.version) == ("glengarry-close", "1")


def test_server_says_where_it_answers_and_its_examples_work(server: Server, settings: Settings, key: str) -> None:
    text = server.log.read_text()
    calls = [line.strip() for line in text.splitlines() if "curl" in line]

    assert f"http://127.0.0.1:{settings.service.port}" in text
    assert len(calls) == 2
    for call in calls:
        command = ["bash", "-c", call.replace("curl", "curl -s")]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | {KEY_VARIABLE: key})
        assert '"probability":' in done.stdout


def test_server_scores_as_the_model_does(
    server: Server, settings: Settings, key: str, champion: Champion, lead: Json
) -> None:
    over_http = httpx.post(f"{server.url}/score", json=lead, headers=bearer(key)).json()
    (alone,) = replace(champion, secret=EXPLORATION.find({}, settings.var)).score([lead], datetime.now(UTC))

    here = alone.model_dump(mode="json")
    assert over_http.pop("model") | {"name": "close", "version": "7"} == here.pop("model")
    assert over_http == here


def test_many_clients_at_once_get_their_own_answers(server: Server, key: str, lead: Json) -> None:
    def scored(number: int) -> tuple[int, Json]:
        content = lead | {"lead_id": f"L{number}"}
        answer = httpx.post(f"{server.url}/score", json=content, headers=bearer(key), timeout=SECONDS)
        return answer.status_code, answer.json()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(scored, range(60)))

    assert {status for status, _ in answers} == {200}
    assert [score["lead_id"] for _, score in answers] == [f"L{number}" for number in range(60)]
    assert len({score["probability"] for _, score in answers}) == 1


@pytest.mark.parametrize("factor", [2, 100])
def test_too_large_body_is_refused_and_the_next_is_answered(server: Server, key: str, factor: int) -> None:
    body = b" " * (100_000 * factor)
    headers = bearer(key) | {"content-type": "application/json"}
    try:
        assert httpx.post(f"{server.url}/score", content=body, headers=headers).status_code == 413
    except httpx.TransportError:
        assert factor > 8  # so much is not read to its end

    assert httpx.get(server.url, headers=bearer(key)).status_code == 200


def test_nobody_is_taken_at_his_word_about_his_address(server: Server, settings: Settings) -> None:
    def post(number: int) -> int:
        headers = {"x-forwarded-for": f"203.0.113.{number}"}
        return httpx.post(f"{server.url}/leads", data={"source": "fair"}, headers=headers).status_code

    most = settings.forms.most_per_address * settings.service.workers
    assert {post(number) for number in range(most + 1)} == {401, 429}


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/healthz"])
def test_orchestrator_asks_without_a_key(server: Server, path: str) -> None:
    assert httpx.get(f"{server.url}{path}").status_code == 200


@pytest.mark.parametrize("path", ["/schema.json", "/docs.json", "/static_content/index.css"])
def test_what_bentoml_would_tell_of_itself_is_not_there(server: Server, path: str) -> None:
    answer = httpx.get(f"{server.url}{path}")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_metrics_of_all_workers_add_up(server: Server, key: str, lead: Json) -> None:
    def told(name: str) -> float:
        text = httpx.get(f"{server.url}/metrics", headers=bearer(key), timeout=SECONDS).text
        return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith(name))

    assert httpx.get(f"{server.url}/metrics").status_code == 401
    before = told("glengarry_score_probability_count")
    with ThreadPoolExecutor(8) as pool:  # each on a connection of its own, so both workers answer
        list(pool.map(lambda _: httpx.post(f"{server.url}/score", json=lead, headers=bearer(key)), range(40)))

    assert told("glengarry_score_probability_count") == before + 40
    assert told('glengarry_requests_total{method="POST",route="/score",status="200"}') >= 40
    assert told("glengarry_workers") == 2


def test_log_has_a_line_a_request_in_json(server: Server, key: str) -> None:
    httpx.get(f"{server.url}/?note=private", headers=bearer(key) | {"x-request-id": "asked-by-a-test"})

    def lines() -> list[Json]:
        return [json.loads(line) for line in server.log.read_text().splitlines() if line.startswith("{")]

    wait_until(lambda: any(line.get("request_id") == "asked-by-a-test" for line in lines()), server)
    (said,) = (line for line in lines() if line.get("request_id") == "asked-by-a-test")
    assert (said["route"], said["status"], said["role"]) == ("/", 200, "admin")
    assert key.split("_", 2)[2] not in server.log.read_text()


def test_new_champion_is_taken_by_every_worker_without_a_lost_or_mixed_answer(
    server: Server, settings: Settings, key: str, champion: Champion, lead: Json
) -> None:
    def scored(_: int) -> tuple[int, str]:
        answer = httpx.post(f"{server.url}/score", json=lead, headers=bearer(key), timeout=SECONDS)
        return answer.status_code, answer.json()["model"]["version"]

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(scored, range(40)))
        registry = Registry(settings.registry, settings.var)
        registry.make_champion(registry.log(Run("another training"), champion.model, beside=champion.beside).version)
        wait_until(lambda: server.log.read_text().count(" serves version 2") == 2, server)
        later = list(pool.map(scored, range(40)))

    assert set(answers) == {(200, "1")}
    assert set(later) == {(200, "2")}


def test_what_was_begun_is_answered_after_the_signal_to_end(
    settings: Settings, key: str, champion: Champion, tmp_path: Path, lead: Json
) -> None:
    keep(champion, tmp_path / "kept")
    port, body = free_port(), json.dumps(lead).encode()
    command = bentoml_command(settings.service.model_copy(update={"port": port}))
    variables = {
        **bentoml_environment(settings, {}),
        FOLDER_VARIABLE: str(tmp_path / "kept"),
        STORE_VARIABLE: settings.store_url,
    }
    headers = bearer(key) | {"host": "x", "content-type": "application/json", "content-length": str(len(body))}
    lines = ["POST /score HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    head = "\r\n".join(lines) + "\r\n\r\n"
    with running(command, port, tmp_path, variables) as ending, ExitStack() as stack:
        begun = [stack.enter_context(socket.create_connection(("127.0.0.1", port), SECONDS)) for _ in range(20)]
        for connection in begun:
            connection.sendall(head.encode() + body[:10])
        assert {httpx.post(f"{ending.url}/score", json=lead, headers=bearer(key)).status_code for _ in range(20)} == {
            200
        }

        ending.process.send_signal(signal.SIGTERM)
        wait_until(lambda: "Shutting down" in ending.log.read_text() or not is_ready(ending), ending)
        for connection in begun:
            connection.sendall(body[10:])
        answers = [connection.makefile("rb").readline() for connection in begun]

        assert ending.process.wait(SECONDS) == 0
    assert answers == [b"HTTP/1.1 200 OK\r\n"] * 20


def test_signal_ends_the_server_with_all_its_workers(settings: Settings, champion: Champion, tmp_path: Path) -> None:
    keep(champion, tmp_path / "kept")
    port = free_port()
    command = bentoml_command(settings.service.model_copy(update={"port": port}))
    variables = {
        **bentoml_environment(settings, {}),
        FOLDER_VARIABLE: str(tmp_path / "kept"),
        STORE_VARIABLE: settings.store_url,
    }
    with running(command, port, tmp_path, variables) as second:
        wait_until(lambda: second.log.read_text().count("Service glengarry initialized") == 2, second)
        second.process.send_signal(signal.SIGTERM)

        assert second.process.wait(SECONDS) == 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(second.url)
    log = second.log.read_text()
    assert log.count("Service instance cleanup finalized") == 2
    assert "Traceback" not in log


def test_without_a_champion_bentoml_ends_before_it_listens(tmp_path: Path) -> None:
    variables = {
        SETTINGS_VARIABLE: str(tmp_path / "none.toml"),
        "BENTOML_DO_NOT_TRACK": "True",
        "BENTOML_HOME": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-m", "bentoml", "serve", SERVICE, "--port", str(free_port())],
        cwd=tmp_path,
        env=environment(tmp_path) | variables,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )

    assert done.returncode == 1
    assert "There is no settings file" in done.stderr
    assert "Traceback" not in done.stderr


def test_host_is_given_to_bentoml_as_an_address() -> None:
    command = bentoml_command(ServiceSettings(host="localhost", port=4000))

    assert command[command.index("--host") + 1] == "127.0.0.1"
    assert command[command.index("--port") + 1] == "4000"


def test_what_the_user_set_for_bentoml_stays(settings: Settings) -> None:
    ours = bentoml_environment(settings, {"BENTOML_HOME": "/mine", "PATH": "/bin"})

    assert "BENTOML_HOME" not in ours
    assert ours["BENTOML_DO_NOT_TRACK"] == "True"
    assert ours["PATH"].split(os.pathsep) == [str(Path(sys.executable).parent), "/bin"]


def test_example_call_survives_quotes_in_a_value(champion: Champion, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serving.runtime.banner.example_lead", lambda _: {"fields": {"source": "Peter's fair"}})
    call = next(line for line in calls_to_try(champion, "k").splitlines() if "curl" in line)

    done = subprocess.run(
        ["bash", "-c", call.replace("curl", "printf '%s\n'")], capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines()[-1] == '{"fields": {"source": "Peter\'s fair"}}'


def test_calls_to_try_say_first_what_a_model_looks_at(champion: Champion, monkeypatch: pytest.MonkeyPatch) -> None:
    roles = {name: field.role for name, field in champion.intake.fields.items()}
    fields = example_lead(champion)["fields"]
    last = dict(sorted(fields.items(), key=lambda given: roles[given[0]] in ("answer", "channel")))
    assert roles[next(iter(last))] == "profile"
    monkeypatch.setattr("serving.runtime.banner.example_lead", lambda _: {"fields": last})

    call = next(line for line in calls_to_try(champion, "k").splitlines() if "curl" in line)

    said = json.loads(call.partition("-d '")[2].partition("'    #")[0])["fields"]
    assert len(said) == 3
    assert {roles[name] for name in said} <= {"answer", "channel"}


def test_workers_count_in_memory_and_leave_one_folder_there(tmp_path: Path) -> None:
    home, memory = tmp_path / "var" / "bentoml", tmp_path / "memory"
    memory.mkdir()
    (home / FIGURES).mkdir(parents=True)
    (home / FIGURES / "counter_1.db").write_bytes(b"of before")

    for _ in range(3):
        keep_figures_in_memory(home, memory)
        (home / FIGURES / "counter_2.db").write_bytes(b"new")

    (folder,) = memory.iterdir()
    assert (home / FIGURES).resolve() == folder
    assert [file.name for file in folder.iterdir()] == ["counter_2.db"]
    assert folder.stat().st_mode & 0o777 == 0o700


def test_folder_of_somebody_else_in_memory_is_left_alone(tmp_path: Path) -> None:
    home, memory, other = tmp_path / "bentoml", tmp_path / "memory", tmp_path / "other"
    for folder in (home, memory, other):
        folder.mkdir()
    (home / FIGURES).symlink_to(other)

    keep_figures_in_memory(home, memory)

    assert other.is_dir()
    assert (home / FIGURES).resolve().parent == memory


def test_without_memory_workers_count_where_they_did(tmp_path: Path) -> None:
    keep_figures_in_memory(tmp_path / "bentoml", tmp_path / "none")

    assert list(tmp_path.iterdir()) == []


def test_service_may_open_as_many_files_as_the_machine_allows() -> None:
    command = "import resource as r; from serving.runtime.server import allow_open_files as a; a(); print(*r.getrlimit(r.RLIMIT_NOFILE))"
    limited = f"import resource as r; r.setrlimit(r.RLIMIT_NOFILE, (256, 512)); {command}"
    answer = subprocess.run([sys.executable, "-c", limited], capture_output=True, text=True, check=True)

    assert answer.stdout.split() == ["512", "512"]
