"""The description of the API as a page: every call with what it takes, what it answers, and how to make it; from the OpenAPI document alone."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]
DOCS = "/pages/docs"
KEY = "KEY"
"""What stands for a key in the calls."""


@dataclass(frozen=True)
class Parameter:
    """A parameter of a call; `needed` is whether it must be given."""

    name: str
    place: str
    needed: bool
    words: str


@dataclass(frozen=True)
class ApiCall:
    """One call: its parameters, an example of its body, its answers by status, and how to make it by language."""

    anchor: str
    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    body: str
    answers: tuple[tuple[str, str], ...]
    ways: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ApiPage:
    """Everything that the page says."""

    title: str
    description: str
    calls: tuple[ApiCall, ...]


def api_page(document: Json, url: str) -> ApiPage:
    """Return the page of an OpenAPI document, with calls to a service at an address."""
    info = document["info"]
    return ApiPage(info["title"], info["description"], tuple(_calls(document, url)))


def _calls(document: Json, url: str) -> Iterator[ApiCall]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            example = _example(operation.get("requestBody"))
            yield ApiCall(
                anchor=operation["operationId"],
                method=method.upper(),
                path=path,
                summary=operation["summary"],
                description=operation.get("description", ""),
                parameters=tuple(map(_parameter, operation.get("parameters", ()))),
                body="" if example is None else json.dumps(example, indent=2, ensure_ascii=False),
                answers=tuple((status, said["description"]) for status, said in operation["responses"].items()),
                ways=tuple(_ways(method.upper(), f"{url}{path}", example)),
            )


def _parameter(given: Json) -> Parameter:
    return Parameter(given["name"], given["in"], bool(given.get("required")), given.get("description", ""))


def _example(body: Json | None) -> Any:
    """Return the first example of a body in JSON; None without one."""
    content = {} if body is None else body["content"].get("application/json", {})
    examples = content.get("examples", {})
    return next((one["value"] for one in examples.values()), content.get("example"))


def _ways(method: str, url: str, example: Any) -> Iterator[tuple[str, str]]:
    text = None if example is None else json.dumps(example, ensure_ascii=False)
    yield "curl", _curl(method, url, text)
    yield "Python", _python(method, url, example)
    yield "JavaScript", _javascript(method, url, text)


def _curl(method: str, url: str, text: str | None) -> str:
    call = f"curl -X {method} '{url}' -H 'Authorization: Bearer {KEY}'"
    if text is None:
        return call
    quoted = text.replace("'", "'\\''")
    return f"{call} \\\n  -H 'Content-Type: application/json' -d '{quoted}'"


def _python(method: str, url: str, example: Any) -> str:
    body = "" if example is None else f",\n    json={example!r}"
    return (
        "import httpx\n\n"
        f'answer = httpx.request("{method}", {url!r},\n    headers={{"Authorization": "Bearer {KEY}"}}{body})\n'
        "answer.raise_for_status()"
    )


def _javascript(method: str, url: str, text: str | None) -> str:
    headers = f'"Authorization": "Bearer {KEY}"' + ("" if text is None else ', "Content-Type": "application/json"')
    body = "" if text is None else f",\n  body: JSON.stringify({text})"
    return f'const answer = await fetch({json.dumps(url)}, {{\n  method: "{method}", headers: {{{headers}}}{body}\n}});'
