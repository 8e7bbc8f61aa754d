"""The table of tools: each a call that the service describes, and arguments that stand where they belong."""

from __future__ import annotations

import pytest

from serving.agents.tools import ALL, TOOLS
from serving.api.openapi import describe
from serving.champion.champion import Champion
from serving.runtime.app import ACCESS


def test_each_tool_is_a_route_of_the_service() -> None:
    routes = {(access.method, access.template) for access in ACCESS}
    assert [tool.name for tool in ALL if (tool.method, tool.path) not in routes] == []
    assert len(TOOLS) == len(ALL)


def test_parameters_are_those_that_the_service_describes(champion: Champion) -> None:
    document = describe(champion)
    listed = TOOLS["queue"].parameters(document)
    assert {"whose", "status", "route", "limit", "cursor"} <= listed["properties"].keys()
    assert listed["required"] == []
    asked = TOOLS["what_if"].parameters(document)
    assert asked["properties"].keys() == {"lead_id", *champion.intake.answers}
    written = TOOLS["log"].parameters(document)
    assert {*champion.intake.event_codes} == {*written["properties"]["kind"]["enum"]}
    assert written["required"] == ["lead_id", "kind"]


@pytest.mark.parametrize("lead_id", ["../keys", "a?b=c", "a#b", "%2e%2e", "ü/b"])
def test_no_id_leads_to_another_route(lead_id: str) -> None:
    address = TOOLS["lead"].address({"lead_id": lead_id})
    assert address.startswith("/leads/")
    assert not {"/", "?", "#"} & {*address.removeprefix("/leads/")}


def test_flags_are_written_as_the_service_reads_them() -> None:
    assert TOOLS["what_if"].query({"lead_id": "x", "urgent": True}) == {"urgent": "true"}
