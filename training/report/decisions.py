"""What deciding by the scores is worth: the steps of the ladder, cuts through the test leads, and the routing that was logged."""

from collections.abc import Iterator, Sequence

from models.close.reasons.wording import fine_percent
from training.judging.evaluate import CLOSE
from training.judging.plan import ARRIVAL, SCORECARD, Plan
from training.judging.policy import PolicyReport, PolicyWorth
from training.metrics.figure import Estimate
from training.report.page import Table
from training.report.words import fixed, whole
from training.samples.ladder import LadderReport


def ladder_table(ladder: LadderReport) -> Table:
    """Return how each step of the ladder closes."""
    rows = tuple(
        (
            rate.step,
            whole(rate.leads),
            "" if rate.rate is None else fine_percent(rate.rate),
            "" if rate.low is None or rate.high is None else f"{fine_percent(rate.low)} to {fine_percent(rate.high)}",
        )
        for rate in ladder.rates
    )
    return Table("Steps of the ladder", ("Step", "Leads", "Closed", "From to"), rows, f"{ladder.said} {ladder.goal}")


def plan_table(plan: Plan) -> Table:
    """Return what each cut through the test leads would have kept and brought."""
    rows = tuple(
        (
            fine_percent(cut.share),
            whole(cut.leads),
            f"{fine_percent(cut.wins_kept)} ({fine_percent(cut.wins_low)} to {fine_percent(cut.wins_high)})",
            fine_percent(cut.close_rate),
            whole(cut.hours_freed),
            whole(cut.net),
            *(_money(cut.gains[name]) for name in ("all", SCORECARD, ARRIVAL)),
        )
        for cut in plan.cuts
    )
    columns = (
        "Best",
        "Leads",
        "Wins kept",
        "Closed",
        "Hours freed",
        "Net",
        "More than all",
        "More than by scorecard",
        "More than by arrival",
    )
    note = (
        f"{' '.join((plan.said(), *plan.compared()))} Net is revenue less the cost of working. It assumes that leads which are not worked are lost, and that those "
        "worked close as they did."
    )
    return Table("Working only the best leads", columns, rows, note)


def policy_tables(policy: PolicyReport) -> Iterator[Table]:
    """Yield how the champion did on leads drawn by lot, and what its routing is worth."""
    slices = tuple(
        (
            one.name,
            whole(one.leads),
            whole(one.won),
            fixed(one.expected, 1),
            *(str(one.figures[name]) for name in ("observed_over_expected", "log_loss")),
        )
        for one in policy.slices
    )
    yield Table(
        "Leads that reps worked: drawn by lot, and sent",
        ("Leads", "How many", "Won", "Expected", "Won / expected", "Log loss"),
        slices,
        "Only leads drawn by lot tell whether those that the model turns away would have closed.",
    )
    note = (
        "Revenue less cost a lead, by the logged probabilities of the routes; it assumes that leads went where their route says. "
        + " ".join(policy.notes())
    )
    columns = ("Policy", "Worth a lead", "By weights alone", "More than the routing", "Possible then")
    yield Table("What the routing is worth", columns, tuple(_worth(one) for one in policy.policies), note.strip())


def _worth(one: PolicyWorth) -> tuple[str, ...]:
    possible = fine_percent(one.supported)
    if not one.told:
        return (one.name, "cannot tell yet", "", "", possible)
    return (one.name, *(_money(of) for of in (one.doubly_robust, one.inverse_propensity, one.gain)), possible)


def _money(of: Estimate) -> str:
    return "" if of.value != of.value else f"{whole(of.value)} ({whole(of.low)} to {whole(of.high)})"


def net_by_share(plan: Plan) -> dict[str, Sequence[tuple[float, float]]]:
    """Return by order the net of working a share of the leads, as a share of the most that any brought; of none it is 0."""
    orders = {CLOSE: [cut.net for cut in plan.cuts]} | {
        name: [cut.net_by[name] for cut in plan.cuts] for name in (SCORECARD, ARRIVAL)
    }
    most = max(max(nets) for nets in orders.values())
    unit = most if most > 0 else 1.0
    shares = [0.0, *(cut.share for cut in plan.cuts)]
    return {name: list(zip(shares, [0.0, *(net / unit for net in nets)], strict=True)) for name, nets in orders.items()}
