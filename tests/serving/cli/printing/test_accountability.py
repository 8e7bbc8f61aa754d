"""Sources, the funnel and reps in a terminal: whole in a narrow one."""

from typing import Any

import pytest
from rich.console import Console

from serving.cli.printing.accountability import ROOMY, ROOMY_STAGES, print_funnel, print_reps, print_sources

ROW: dict[str, Any] = {
    "channel": "brought_by",
    "value": "bought list 05b",
    "leads": 1212,
    "close_rate": 0.15,
    "close_low": 0.14,
    "close_high": 0.17,
    "won": 316,
    "expected": 357.2,
    "revenue": 6_478_138.0,
    "cost": 140_300.0,
    "revenue_per_cost": 50.4,
    "cost_per_win": 407.0,
    "verdict": "cannot tell yet",
    "says": "There are no earlier leads to hold it against.",
    "loss_reason": "Why it loses leads is not recorded.",
    "costed": True,
}


@pytest.mark.parametrize("width", [80, ROOMY])
def test_names_and_figures_of_sources_are_whole(width: int) -> None:
    console = Console(width=width, record=True)
    costed = {**ROW, "channel": "source", "value": "trade show"}
    rows = [ROW, {**ROW, "value": None}, costed]
    report = {
        "as_of": "2026-11-25",
        "days": 365,
        "sources": rows,
        "unassigned": {},
        "together": "",
        "cost_channel": "source",
    }
    print_sources(console, report)
    told = console.export_text()
    for figure in ("bought", "05b", "1,212", "15 (14–17)", "316", "357", "6,478,138", "140,300", "407", "cannot tell"):
        assert figure in told
    assert "…" not in told
    assert "source 'trade show': There are no earlier leads" in told
    assert told.index("trade show") < told.index("bought")


STAGES: dict[str, Any] = {
    "channel": "month",
    "value": "2026-08",
    "leads": 12_345,
    "immature": 1,
    "response_rate": 1.0,
    "suspect_rate": 1.0,
    "prospect_rate": 1.0,
    "close_rate": 0.18,
    "close_low": 0.16,
    "close_high": 0.21,
    "days_to_response": 2.7,
    "days_to_suspect": 2.3,
    "days_to_prospect": 4.5,
    "days_to_won": 27.0,
    "won": 3,
    "prospects": 2,
    "skipped": 1,
}


@pytest.mark.parametrize("width", [80, ROOMY_STAGES])
def test_days_of_the_funnel_are_whole(width: int) -> None:
    console = Console(width=width, record=True)
    source = {**STAGES, "channel": "source", "value": "bought list 05b"}
    print_funnel(
        console,
        {
            "as_of": "2026-11-25",
            "horizon_days": 90,
            "cohorts": [STAGES],
            "sources": [source],
            "first_touch": [{**STAGES, "channel": "first_touch", "value": "agent"}],
            "unqualified": [],
        },
    )
    told = console.export_text()
    for figure in ("2026-08", "an agent", "05b", "12,345*", "18 (16–21)", "2.7/2.3/4.5/27"):
        assert figure in told
    assert "…" not in told


@pytest.mark.parametrize(("brought", "hint"), [(0, True), (3, False)])
def test_reps_say_how_to_name_who_brought_a_lead(brought: int, hint: bool) -> None:
    console = Console(width=80, record=True)
    skills = {f"{skill}{end}": 1.0 for skill in ("closing", "generating") for end in ("", "_low", "_high")}
    row = {"rep_id": "R01", "actor": "rep", "leads": 40, "won": 9, "expected": 8.0, "brought": brought, **skills}
    print_reps(
        console, {"as_of": "2026-11-25", "reps": [row], "falls": [], "unqualified": [], "warning": "Mind the lots."}
    )
    assert ("No lead names a rep who brought it" in console.export_text()) is hint
