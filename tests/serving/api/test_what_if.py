"""What other answers would make of a score, by API: computed as any other, and kept nowhere."""

from __future__ import annotations

from typing import Any

import pytest

from tests.serving.api.openapi.test_openapi import validator
from tests.serving.conftest import Service


@pytest.fixture
def known(service: Service) -> Service:
    service.tell("/leads", {"lead_id": "a/b", "fields": {"budget": "none"}})
    return service


def test_it_is_what_the_answer_makes_of_the_score_and_nothing_is_kept(known: Service) -> None:
    told = known.ask("/leads/a%2Fb/what-if?budget=over+50,000")
    assert [*validator(known.ask("/openapi.json"), "WhatIf").iter_errors(told)] == []
    assert told["supposed"] == {"budget": "over 50,000"}
    assert told["then"] > told["now"]
    strongest = told["moves"][0]
    assert (strongest["points"] > 0, "budget" in strongest["sentence"].lower()) == (True, True)
    assert known.ask("/leads/a%2Fb")["events"] == []
    event = {"lead_id": "a/b", "kind": "budget", "text": "over 50,000", "occurred_at": told["as_of"]}
    kept = known.tell("/events", event)["score"]
    assert kept["probability"] == pytest.approx(told["then"], abs=2e-3)
    named = {one["sentence"] for one in (*kept["reasons"]["for"], *kept["reasons"]["against"])}
    assert strongest["sentence"] in named


def test_what_is_known_already_changes_nothing(known: Service) -> None:
    told = known.ask("/leads/a%2Fb/what-if?budget=none")
    assert (told["supposed"], told["moves"], told["then"]) == ({}, [], told["now"])


@pytest.mark.parametrize(("query", "field"), [("budget=a+fortune", "budget"), ("shoe=43", "shoe"), ("", "answers")])
def test_what_breaks_a_rule_is_refused_by_name(known: Service, query: str, field: str) -> None:
    problem: Any = known.ask(f"/leads/a%2Fb/what-if?{query}", status=422)
    assert problem["errors"][0]["field"] == field
    assert known.ask("/leads/nobody/what-if?budget=none", status=404)["status"] == 404
