"""The parts of a change are printed as they add up."""

from __future__ import annotations

import re
from io import StringIO

from rich.console import Console

from serving.analytics.changes import changes_of, read_course
from serving.champion.champion import Champion
from serving.champion.versions import VersionCache
from serving.cli.printing.changes import print_changes
from serving.schemas.records import LeadChanges
from tests.serving.conftest import Service, service

__all__ = ["service"]


def printed(told: LeadChanges) -> list[str]:
    console = Console(file=StringIO(), width=80)
    print_changes(console, told)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue().splitlines()


def test_change_is_told_in_points_that_add_up(service: Service, champion: Champion) -> None:
    service.tell("/leads", {"lead_id": "L1", "created_at": "2026-10-01", "fields": {}})
    service.tell("/events", {"lead_id": "L1", "kind": "budget", "occurred_at": "2026-10-03", "text": "over 50,000"})
    told = changes_of(service.store.ask(read_course, "L1"), VersionCache(lambda: champion, None))

    head, *parts = printed(LeadChanges(lead_id="L1", changes=tuple(told)))

    whole, *steps = (float(points) for line in (head, *parts) for points in re.findall(r"([+-][0-9.]+) points", line))
    assert whole != 0
    assert abs(sum(steps) - whole) < 0.2  # each is rounded to a tenth
    assert [line.split("  ")[1] for line in parts] == ["time passing", "new records", "the new model"]
    assert "budget" in parts[1]
    assert parts[1].endswith("; came in: 1 × budget")
    assert parts[2].endswith(" +0.0 points")


def test_what_cannot_be_split_is_said() -> None:
    assert printed(LeadChanges(lead_id="L1", changes=(None,))) == [
        "A change whose earlier model is not to be had, or cannot read the lead."
    ]
