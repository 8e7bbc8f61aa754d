"""Calls of the running service by whoever's key: what it refuses comes back in its own words."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx2

from serving.agents.tools import EVENT_ARGUMENTS, AgentTool, Json

SECONDS = 60.0
"""For an answer: a report reads the whole history."""


class RefusedCallError(RuntimeError):
    """What the service refused, in its words; `status` is 0 where it did not answer."""

    def __init__(self, sentence: str, status: int = 0) -> None:
        super().__init__(sentence)
        self.status = status


@dataclass(frozen=True)
class AgentName:
    """Which agent acts, as it is judged: by its name and version."""

    name: str
    version: str


class ServiceCalls:
    """A client of one service; each call comes with the key of whoever asks."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client

    async def call(self, tool: AgentTool, arguments: Json, key: str, agent: AgentName) -> Json:
        """Return what the service answers to a tool.

        Raises
        ------
        RefusedCallError
            In the words of the service; or if it does not answer.
        """
        if tool.method == "POST":
            return tool.told(await self.ask("POST", tool.path, key, content=_event(arguments, agent)))
        return tool.told(await self.ask("GET", tool.address(arguments), key, query=tool.query(arguments)))

    async def ask(
        self, method: str, path: str, key: str, query: dict[str, str] | None = None, content: Json | None = None
    ) -> Any:
        """Return the JSON of an answer.

        Raises
        ------
        RefusedCallError
            As `call` does.
        """
        headers = {"authorization": f"Bearer {key}"} if key else {}
        try:
            answer = await self._client.request(method, path, params=query or None, json=content, headers=headers)
        except httpx2.TransportError as error:
            raise RefusedCallError(
                f"The service must answer at {self._client.base_url}, got {type(error).__name__}: start it with `glengarry serve`."
            ) from error
        if answer.is_success:
            return answer.json()
        raise RefusedCallError(_sentence(answer), answer.status_code)


def _sentence(answer: httpx2.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"The service must answer with JSON, got status {answer.status_code}: see its log."


def _event(arguments: Json, agent: AgentName) -> Json:
    """Return what an agent did as the event that is stored of it.

    Raises
    ------
    RefusedCallError
        If it says more, such as that a rep acted.
    """
    unknown = sorted(arguments.keys() - {*EVENT_ARGUMENTS})
    if unknown:
        allowed = ", ".join(EVENT_ARGUMENTS)
        raise RefusedCallError(f"What an agent logs must be one of {allowed}, got {unknown[0][:80]!r}: leave it out.")
    usual = {"agent_name": agent.name, "agent_version": agent.version, "occurred_at": datetime.now(UTC).isoformat()}
    return {**usual, **{name: value for name, value in arguments.items() if value is not None}, "actor": "agent"}


def client_of(url: str) -> httpx2.AsyncClient:
    """Return a client of the service at an address."""
    return httpx2.AsyncClient(base_url=url, timeout=SECONDS)
