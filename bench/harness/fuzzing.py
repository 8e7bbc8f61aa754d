"""Calls made up from the published description, by its rules and against them, and what their answers have to be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.result import Ok
from starlette.testclient import TestClient

from serving.api.openapi.shapes import example_told
from serving.champion.champion import Champion
from serving.settings.webhooks import WebhookRule, WebhookSettings

CHECKED = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
"""No 5xx, and no status, media type, header or body that is not described."""
KNOWN = "L-1001"
"""The lead of the description's examples, which is there; half of the calls for a lead are for it."""
KEY_HEADER = "Authorization"
WEBHOOK = "crm"
WEBHOOKS = {
    WEBHOOK: WebhookSettings(
        rules=(
            WebhookRule(
                makes="lead",
                columns={"lead_id": "id", "created_at": "at"},
                fields={"budget": "budget", "source": "from"},
            ),
            WebhookRule(
                makes="event",
                when={"what": ("call", "reply")},
                columns={"lead_id": "id", "occurred_at": "at", "kind": "what", "value": "budget"},
            ),
            WebhookRule(
                makes="outcome",
                when={"what": ("won",)},
                columns={"lead_id": "id", "closed_at": "at"},
                fixed={"won": True},
            ),
        )
    )
}
"""Where half of the calls by CRMs go, with messages that some of its rules fit."""
_VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
_GOOD = st.fixed_dictionaries(
    {"id": st.just(KNOWN), "at": st.just("2026-09-28T09:00:00Z"), "what": st.sampled_from(["call", "reply", "won"])}
)
_ANY = st.fixed_dictionaries(
    {"id": st.just(KNOWN) | _VALUES, "at": st.just("2026-09-28T09:00:00Z") | st.datetimes().map(str) | _VALUES},
    optional={"what": st.sampled_from(["call", "reply", "won"]) | _VALUES, "budget": _VALUES, "from": _VALUES},
)
MESSAGES = st.lists(_GOOD, max_size=3) | st.lists(_ANY, max_size=3)


@dataclass
class Fuzzed:
    """What became of made-up calls: how many there were of each operation by status, and which answers were not as described."""

    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    amiss: list[str] = field(default_factory=list)

    @property
    def calls(self) -> int:
        """How many there were."""
        return self.statuses.total()


def open_to_crms(champion: Champion) -> Champion:
    """Return a champion whose service takes what CRMs send by themselves."""
    return replace(champion, deployment=champion.deployment.model_copy(update={"webhooks": WEBHOOKS}))


def fuzz(client: TestClient, champion: Champion, examples: int, start: int) -> Fuzzed:
    """Make up so many calls of each operation, half by its rules and half against them, from a seed; nothing stops at the first that is amiss.

    What the examples tell is there when an operation's turn comes, whatever was erased before. Calls by the rules have the client's key,
    and so does every second one against them; the others have one that is made up.
    """
    told = example_told(champion)
    load_all_checks()
    checks = CHECKS.get_by_names(CHECKED)
    document = client.get("/openapi.json").json()
    found = Fuzzed()

    def called(case: Case[Any]) -> None:
        _call(client, case, checks, found)

    for result in schemathesis.openapi.from_dict(document).get_all_operations():
        if isinstance(result, Ok):
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                for path, name in (("/leads", "lead"), ("/events", "event"), ("/outcomes", "outcome")):
                    client.post(path, json=told[name])
                make_up(result.ok(), mode, examples // 2, start, called)
    return found


def make_up(
    operation: APIOperation[Any, Any, Any, Any],
    mode: GenerationMode,
    examples: int,
    start: int,
    called: Callable[[Case[Any]], None],
) -> None:
    """Hand on so many made-up calls of an operation."""

    @seed(start)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        case=operation.as_strategy(generation_mode=mode), known=st.booleans(), reads=st.booleans(), messages=MESSAGES
    )
    def call(case: Case[Any], known: bool, reads: bool, messages: list[Any]) -> None:
        if reads:  # a person, in a browser
            case.headers["Accept"] = "text/html"
        if known or mode is GenerationMode.POSITIVE:
            case.headers.pop(KEY_HEADER, None)
        if known and "lead_id" in case.path_parameters:
            case.path_parameters["lead_id"] = KNOWN
        if known and "name" in case.path_parameters:
            case.path_parameters["name"], case.body, case.media_type = WEBHOOK, messages, "application/json"
        called(case)

    call()


def _call(client: TestClient, case: Case[Any], checks: list[Any], found: Fuzzed) -> None:
    # Requests puts it together, as it does where Schemathesis calls by itself; the test's client sends the bytes.
    sent = requests.Request(**case.as_transport_kwargs(base_url="http://testserver")).prepare()
    body: Any = sent.body
    headers = [(name.encode(), value.encode("latin-1", "replace")) for name, value in _texts(sent.headers)]
    response = client.request(case.method, sent.url or "", content=body, headers=headers)
    found.statuses[f"{case.method} {case.operation.path}", response.status_code] += 1
    try:
        case.validate_response(response, checks=checks)
    except Exception as error:  # noqa: BLE001 - a group of whatever the checks found
        found.amiss.append(f"{case.method} {case.operation.path}: {response.status_code}: {error!r} {error}"[:2_000])


def _texts(headers: Mapping[str, str | bytes]) -> Iterator[tuple[str, str]]:
    for name, value in headers.items():
        yield name, value.decode("latin-1") if isinstance(value, bytes) else value
