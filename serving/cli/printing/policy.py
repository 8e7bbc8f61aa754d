"""What the routing is worth, as tables."""

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from training.judging.nurture import Nurtured
    from training.judging.policy import PolicyReport, PolicyWorth, Slice
    from training.metrics.figure import Estimate

ASSUMED = (
    "It assumes that leads went where their route says, that what came of one did not depend on where others went, and that each "
    "lead's way went on from its first route as the service then sent it."
)


def print_policy(console: Console, report: "PolicyReport", nurtured: "Sequence[Nurtured]" = ()) -> None:
    """Print how the champion did on the leads that were drawn by lot, what policies are worth, and what came of nurturing."""
    said = f"{report.leads:,} leads whose first route has matured, {report.won:,} won; they brought {report.mean_gain:,.0f} a lead."
    console.print(said, highlight=False, soft_wrap=True)
    slices = Table("reps worked", "leads", "won", "expected", "won / expected", "log loss", "ROC AUC")
    for one in report.slices:
        slices.add_row(*_slice(one))
    console.print(slices)
    policies = Table(
        "policy", "worth a lead", "by weights alone", "more than the routing", "possible", "effective leads"
    )
    for policy in report.policies:
        policies.add_row(*_policy(policy))
    console.print(policies)
    if nurtured:
        console.print(_nurtured(nurtured))
    for sentence in (ASSUMED, *report.notes()):
        console.print(sentence, highlight=False, soft_wrap=True)


def _nurtured(every: "Sequence[Nurtured]") -> Table:
    table = Table(
        "nurtured for", "leads", "came back up the ladder", "won", title="A horizon later", title_justify="left"
    )
    for one in every:
        share = f"{100 * one.share:.0f} % ({100 * one.low:.0f} to {100 * one.high:.0f})"
        table.add_row(one.obstacle or "nothing in particular", f"{one.leads:,}", share, f"{one.won:,}")
    return table


def _slice(one: "Slice") -> tuple[str, ...]:
    figures = (str(one.figures[name]) for name in ("observed_over_expected", "log_loss", "roc_auc"))
    return (one.name, f"{one.leads:,}", f"{one.won:,}", f"{one.expected:.1f}", *figures)


def _policy(policy: "PolicyWorth") -> tuple[str, ...]:
    reach = (f"{100 * policy.supported:.0f} %", f"{policy.effective:,.0f}")
    if not policy.told:
        return (policy.name, "cannot tell yet", "", "", *reach)
    estimates = (policy.doubly_robust, policy.inverse_propensity, policy.gain)
    return (policy.name, *(_estimate(estimate) for estimate in estimates), *reach)


def _estimate(estimate: "Estimate") -> str:
    if estimate.value != estimate.value:
        return ""
    return f"{estimate.value:,.0f} ({estimate.low:,.0f} to {estimate.high:,.0f})"
