"""Sources, the funnel and reps in a terminal: whole in a narrow one."""

from dataclasses import replace

import pytest
from rich.console import Console

from models.accountability.accounts import SourceAccounts
from models.accountability.funnel import Funnel
from models.accountability.losses import LossShares
from models.accountability.reps import RepsReport
from models.accountability.settings import AccountabilitySettings, CostSettings
from serving.cli.printing.accountability import ROOMY, ROOMY_STAGES, print_funnel, print_reps, print_sources
from tests.models.accountability.rows import a_cohort, a_rep, a_source, a_verdict

ROW = replace(
    a_source("bought list 05b", channel="brought_by"),
    leads=1212,
    close_rate=0.15,
    close_low=0.14,
    close_high=0.17,
    won=316,
    expected=357.2,
    revenue=6_478_138.0,
    cost=140_300.0,
    revenue_per_cost=50.4,
    cost_per_win=407.0,
    loss_reason="Why it loses leads is not recorded.",
    costed=1,
)
SETTINGS = AccountabilitySettings(costs=CostSettings(channel="source"))


@pytest.mark.parametrize("width", [80, ROOMY])
def test_names_and_figures_of_sources_are_whole(width: int) -> None:
    console = Console(width=width, record=True)
    costed = replace(ROW, verdict=a_verdict("source", "trade show"))
    rows = (ROW, replace(ROW, verdict=a_verdict("brought_by", None)), costed)
    print_sources(console, SourceAccounts(0, SETTINGS, rows, LossShares((), 30), {}))
    told = console.export_text()
    for figure in ("bought", "05b", "1,212", "15 (14–17)", "316", "357", "6,478,138", "140,300", "407", "cannot tell"):
        assert figure in told
    assert "…" not in told
    assert "source 'trade show': There are no earlier leads" in told
    assert told.index("trade show") < told.index("bought")


STAGES = replace(
    a_cohort("2026-08", 1, 1.0, 1.0, 1.0, 0.18),
    leads=12_345,
    close_low=0.16,
    close_high=0.21,
    days_to_response=2.7,
    days_to_suspect=2.3,
    days_to_prospect=4.5,
    days_to_won=27.0,
    won=3,
    prospects=2,
    skipped=1,
)


@pytest.mark.parametrize("width", [80, ROOMY_STAGES])
def test_days_of_the_funnel_are_whole(width: int) -> None:
    console = Console(width=width, record=True)
    source = replace(STAGES, channel="source", value="bought list 05b")
    touched = replace(STAGES, channel="first_touch", value="agent")
    print_funnel(console, Funnel(0, 90, (), (STAGES,), (source,), (touched,)))
    told = console.export_text()
    for figure in ("2026-08", "an agent", "05b", "12,345*", "18 (16–21)", "2.7/2.3/4.5/27"):
        assert figure in told
    assert "…" not in told


@pytest.mark.parametrize(("brought", "hint"), [(0, True), (3, False)])
def test_reps_say_how_to_name_who_brought_a_lead(brought: int, hint: bool) -> None:
    console = Console(width=80, record=True)
    print_reps(console, RepsReport(0, (replace(a_rep("R01", 1.0, 1.0), brought=brought),), (), ()))
    assert ("No lead names a rep who brought it" in console.export_text()) is hint
