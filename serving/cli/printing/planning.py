"""What fewer, better leads would have kept and saved, as a table."""

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from training.judging.plan import Cut, Plan
MONEY_COLUMNS = 3
"""The last ones, whose amounts are not broken over lines."""


def print_plan(console: Console, plan: "Plan") -> None:
    """Print every cut through past leads, with what as many leads in other orders would have brought."""
    console.print(plan.said(), highlight=False, soft_wrap=True)
    columns = (
        "best",
        "leads",
        "wins kept",
        "close rate",
        "revenue kept",
        "hours freed",
        "net",
        "by scorecard",
        "by arrival",
    )
    table = Table(
        *columns, title="Cuts through past leads", title_justify="left", padding=(0, 1 if console.width > 100 else 0)
    )
    for column in table.columns[-MONEY_COLUMNS:]:
        column.no_wrap = True
    for cut in plan.cuts:
        table.add_row(*_cells(cut))
    console.print(table)
    for sentence in _notes(plan):
        console.print(sentence, highlight=False, soft_wrap=True)


def _cells(cut: "Cut") -> list[str]:
    return [
        f"{100 * cut.share:.0f} %",
        f"{cut.leads:,}",
        f"{100 * cut.wins_kept:.0f} % ({100 * cut.wins_low:.0f} to {100 * cut.wins_high:.0f})",
        f"{100 * cut.close_rate:.1f} % ({100 * cut.close_low:.1f} to {100 * cut.close_high:.1f})",
        f"{100 * cut.revenue_kept:.0f} %",
        f"{cut.hours_freed:,.0f}",
        f"{cut.net:,.0f}",
        *(f"{net:,.0f}" for net in cut.net_by.values()),
    ]


def _notes(plan: "Plan") -> list[str]:
    notes = [
        f"{plan.leads:,} leads that have matured, {plan.wins:,} won; each ranked when it came in, by a model trained before. "
        f"Net is revenue less the cost of working: {plan.net_of_all:,.0f} for all leads, 0 for none.",
        "It assumes that leads which are not worked are lost, and that those worked close as they did.",
    ]
    if not plan.amounts_known:
        notes.append("No amounts are recorded: every win counts the same, by training.decision.amount.")
    return [*notes, *plan.compared()]
