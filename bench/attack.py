"""Attack a running service in every way that is safe to automate: `python -m bench.attack [--leads N] [--sqlite] [--only KIND ...]`.

The service is started as `glengarry serve` starts it, on SQLite and then, in a schema of its own, on PostgreSQL; beside it the tools for
agents as `glengarry mcp` starts them, a provider of logins that lies when it is made to, and a receiver who sends everybody on. Each
attack says what must hold; those that found something print it, and the exit code is how many they were. Two laws are asked of all: no
answer is a defect of the service (500), and it answers a score afterwards. What receivers may do is tried once, on the code that calls them.
"""

import argparse
import itertools
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx
import tomli_w

from bench._attacks import (
    addresses,
    agents,
    bodies,
    connections,
    doors,
    files,
    forms,
    hooks,
    letters,
    openid,
    orders,
    pages,
    receivers,
    records,
)
from bench._attacks.target import JSON_TYPE, SCORE, Attack, Target
from bench._service import SERVE, Home, home
from bench.harness.databases import postgres_schema
from bench.harness.openid_provider import SECRET, provider
from bench.harness.processes import environment, free_port, running
from features.records.clock import to_microseconds
from serving.settings.login import LOGIN_SECRET_VARIABLE
from serving.settings.settings import STORE_VARIABLE
from serving.store.keys import ROLES, create_key
from serving.store.store import open_store

Kind = Callable[[], Iterator[Attack]]

ON_SERVICE: tuple[Kind, ...] = (
    doors.doors,
    bodies.bodies,
    records.ids,
    records.amounts,
    records.times,
    addresses.addresses,
    orders.orders,
    pages.logins,
    pages.sessions,
    pages.exports,
    pages.markup,
    forms.traps,
    files.files,
    letters.letters,
    openid.tokens,
    openid.answers_of_others,
    openid.groups,
    openid.ways,
    hooks.signatures,
    hooks.keys_of_hooks,
    hooks.messages_of_hooks,
    agents.visitors,
    agents.sessions_of_others,
    agents.messages,
    agents.roles_of_tools,
    agents.texts_of_strangers,
    agents.connections_of_agents,
    receivers.redirects,
    connections.connections,
)
ON_CODE: tuple[Kind, ...] = (receivers.addresses_inside, receivers.answers_of_receivers, receivers.recorded_calls)


def attacks(kinds: Sequence[Kind], only: Sequence[str]) -> list[Attack]:
    """Return the attacks of some kinds; those of some names if any are given."""
    return [attack for kind in kinds for attack in kind() if not only or attack.kind in only]


def assault(target: Target, all_of_them: Sequence[Attack]) -> list[str]:
    """Run every attack, and return what was found."""
    found, counts = [], Counter(attack.kind for attack in all_of_them)
    print(", ".join(f"{count} {kind}" for kind, count in counts.items()), flush=True)
    for attack in all_of_them:
        try:
            what = attack.run(target)
        except (httpx.HTTPError, OSError, ValueError, KeyError) as error:
            what = repr(error)
        if what:
            found.append(f"{attack.kind}: {attack.name}: {what}")
            print(f"FOUND {found[-1]}", flush=True)
    score = target.call("POST", "/score", content=SCORE, headers=JSON_TYPE)
    return found if score.is_success else [*found, f"no score afterwards: {score.status_code}"]


@contextmanager
def tools(place: Home) -> Iterator[str]:
    """Run the tools for agents beside the service, and return where they answer."""
    port, service = free_port(), f"http://127.0.0.1:{place.settings.service.port}"
    command = [sys.executable, "-m", "serving.cli", "mcp", "--url", service, "--http", f"127.0.0.1:{port}"]
    folder = place.settings.folder
    with (folder / "tools.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment(folder), stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}/mcp"
    try:
        while process.poll() is None:
            try:
                httpx.get(url, timeout=5)
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait()


def attacked(place: Home, url: str, make: Callable[..., Target], all_of_them: Sequence[Attack]) -> list[str]:
    """Start the service on a store, and attack it."""
    store = open_store(url, place.settings.folder)
    keys = {role: create_key(store, f"attack {role}", role, to_microseconds(datetime.now(UTC))) for role in ROLES}
    store.close()
    command = [sys.executable, "-c", SERVE, str(place.settings.folder / "glengarry.toml")]
    port = place.settings.service.port
    variables = {
        STORE_VARIABLE: url,
        LOGIN_SECRET_VARIABLE: SECRET,
        hooks.VARIABLE: hooks.SECRET,
        receivers.VARIABLE: receivers.SECRET,
    }
    with (
        running(command, port, place.settings.folder, variables) as server,
        tools(place) as where,
        httpx.Client(base_url=server.url, timeout=30) as client,
    ):
        return assault(make(client, port, keys, itertools.count(), where), all_of_them)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=1_000, help="of the simulated company that the model learns from")
    parser.add_argument("--sqlite", action="store_true", help="on SQLite alone")
    parser.add_argument("--only", nargs="+", default=(), help="attacks of these kinds alone, such as agents")
    given = parser.parse_args()
    found: list[str] = []
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        place = home(Path(folder) / "home", given.leads)
        stand_in = stack.enter_context(provider())
        inside_port, inside = stack.enter_context(receivers.listening(lambda _: b"HTTP/1.1 200 OK\r\n\r\n"))
        sent_on = f"HTTP/1.1 307 T\r\nlocation: http://127.0.0.1:{inside_port}/\r\ncontent-length: 0\r\n\r\n"
        port, told = stack.enter_context(receivers.listening(lambda _: sent_on.encode()))
        address = f"http://127.0.0.1:{place.settings.service.port}"
        more = {
            **letters.LETTER,
            **openid.settings(stand_in.issuer, address),
            **hooks.WEBHOOKS,
            **receivers.settings(f"http://127.0.0.1:{port}/"),
        }
        with (place.settings.folder / "glengarry.toml").open("a", encoding="utf-8") as settings:
            settings.write(f"\n{tomli_w.dumps(more)}")
        urls = {"SQLite": place.settings.store_url}
        if not given.sqlite:
            urls["PostgreSQL"] = stack.enter_context(postgres_schema())
        kinds = {"SQLite": (*ON_SERVICE, *ON_CODE), "PostgreSQL": ON_SERVICE}
        for database, url in urls.items():
            all_of_them = attacks(kinds[database], given.only)
            print(f"{len(all_of_them)} attacks on {database}", flush=True)
            target = partial(Target, provider=stand_in, told=told, inside=inside)
            found += [f"{database}: {one}" for one in attacked(place, url, target, all_of_them)]
    print(f"{len(found)} found something" if found else "Nothing was found.")
    sys.exit(min(len(found), 100))


if __name__ == "__main__":
    main()
