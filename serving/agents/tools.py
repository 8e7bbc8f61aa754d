"""The tools that agents are offered: each is one call of the service, described by the service's own OpenAPI document."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

Json = dict[str, Any]

IN_PATH = "{lead_id}"
LEAD_ID: Json = {"type": "string", "minLength": 1, "description": "The lead's id, as the queue names it."}


@dataclass(frozen=True)
class AgentTool:
    """A tool, and the call that answers it.

    Attributes
    ----------
    path
        As the description of the service has it; what stands in braces is an argument.
    about
        What it is for, in words for a model that has to choose.
    part
        Which members of the answer it tells; all if empty.
    method
        POST for a tool that writes.
    """

    name: str
    title: str
    path: str
    about: str
    part: tuple[str, ...] = ()
    method: str = "GET"

    def address(self, arguments: Mapping[str, Any]) -> str:
        """Return the path of a call, in which an id may hold any character.

        Examples
        --------
        >>> TOOLS["why"].address({"lead_id": "a/b c"})
        '/leads/a%2Fb%20c/why'
        >>> TOOLS["lead"].address({"lead_id": ".."})
        '/leads/%2E%2E'
        """
        lead_id = quote(str(arguments.get("lead_id", "")), safe="")
        # A client takes a part of dots alone for the way to another route.
        return self.path.replace(IN_PATH, lead_id if lead_id.strip(".") else lead_id.replace(".", "%2E"))

    def query(self, arguments: Mapping[str, Any]) -> dict[str, str]:
        """Return the arguments that stand behind the path; what is not said is left out.

        Examples
        --------
        >>> TOOLS["queue"].query({"limit": 5, "whose": None, "route": "rep"})
        {'limit': '5', 'route': 'rep'}
        """
        in_path = {"lead_id"} if IN_PATH in self.path else set()
        return {name: _text(value) for name, value in arguments.items() if name not in in_path and value is not None}

    def told(self, answer: Json) -> Json:
        """Return what is told of an answer."""
        return {name: answer[name] for name in self.part} if self.part else answer

    def parameters(self, document: Json) -> Json:
        """Return the JSON schema of the arguments, by the service's description of itself."""
        operation = document["paths"][self.path][self.method.lower()]
        if self.method == "POST":
            return written_event(document)
        properties = {"lead_id": LEAD_ID} if IN_PATH in self.path else {}
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "query":
                described = {"description": parameter["description"]} if "description" in parameter else {}
                properties[parameter["name"]] = parameter["schema"] | described
        required = ["lead_id"] if "lead_id" in properties else []
        return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


EVENT_WORDS = {
    "text": "What was said or done; the answer, where the kind is a question.",
    "occurred_at": "When (ISO 8601); now if not given.",
    "event_id": "Tells two events of one lead, kind and time apart; the same again is stored once.",
    "agent_name": "The agent's name; that of the program that calls if not given.",
    "agent_version": "The agent's version, by which it is judged; that of the program if not given.",
}
"""What an agent may say of an event beside its lead and kind: who acted is not for it to say."""
EVENT_ARGUMENTS = ("lead_id", "kind", *EVENT_WORDS)


def written_event(document: Json) -> Json:
    """Return the JSON schema of what an agent may say that it did or heard."""
    kinds = [
        kind
        for one in document["components"]["schemas"]["NewEvent"]["oneOf"]
        for kind in one["properties"]["kind"].get("enum", [one["properties"]["kind"].get("const")])
    ]
    properties = {"lead_id": LEAD_ID, "kind": {"enum": kinds}} | {
        name: {"type": "string", "minLength": 1, "description": said} for name, said in EVENT_WORDS.items()
    }
    return {"type": "object", "properties": properties, "required": ["lead_id", "kind"], "additionalProperties": False}


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


ALL = (
    AgentTool(
        "queue",
        "Leads to work",
        "/queue",
        "The open leads to work, worth most first: a rep's own for the key of a rep, everyone's for others. Each with its "
        "probability, expected value, route and step. Start here.",
    ),
    AgentTool(
        "lead",
        "A lead",
        "/leads/{lead_id}",
        "Everything that is known of a lead: fields, events, outcomes, its latest score.",
    ),
    AgentTool(
        "why",
        "Why a lead's score is what it is",
        "/leads/{lead_id}/why",
        "The latest score of a lead with every reason for and against, as sentences with points that add up to the "
        "probability exactly, and what is not known. Quote the sentences as they stand.",
    ),
    AgentTool(
        "ask_next",
        "What to ask a lead next",
        "/leads/{lead_id}/why",
        "What to ask a lead, the question first whose answer is worth most, and what each answer would make of the score.",
        ("lead_id", "as_of", "probability", "ask_next", "unknown"),
    ),
    AgentTool(
        "what_if",
        "What other answers would change",
        "/leads/{lead_id}/what-if",
        "What supposed answers would make of a lead's score and route, and through which reasons. Nothing is kept.",
    ),
    AgentTool(
        "similar",
        "Past leads like it",
        "/leads/{lead_id}/similar",
        "Past leads whose scores were driven by the same things, and what became of them.",
    ),
    AgentTool(
        "sources",
        "Sources held to account",
        "/sources",
        "What each source cost, brought and lost, whether it closes as before, and its verdict in words.",
    ),
    AgentTool(
        "funnel",
        "The funnel",
        "/funnel",
        "How far leads come and how soon, by cohort, source and who touched them first, and whether they are being qualified.",
    ),
    AgentTool(
        "reps",
        "Reps and agents",
        "/reps",
        "How reps and agents close what they get and what they bring is worth, with intervals; a rep's key sees its own.",
    ),
    AgentTool(
        "plan",
        "What fewer, better leads keep",
        "/plan",
        "Which share of the wins the best leads hold, and the hours freed.",
    ),
    AgentTool(
        "log",
        "Log what was done or heard",
        "/events",
        "Keeps what you, an agent, did with a lead or heard from it, as an event under your name and version; its score follows. "
        "Agents are judged by it as reps are.",
        method="POST",
    ),
)
TOOLS: Mapping[str, AgentTool] = {tool.name: tool for tool in ALL}
