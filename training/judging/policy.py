"""What the routing is worth, and what another would be, from the decisions that the service took and what came of them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.records.clock import NEVER, Microseconds
from features.records.history import Floats, History, Moments
from models.decision.policy import (
    Logged,
    Policy,
    Terms,
    always,
    doubly_robust,
    effective_leads,
    expected_gains,
    inverse_propensity,
    own_routes,
    route_costs,
    supported,
    weights,
)
from models.decision.routes import REP
from models.decision.settings import DecisionSettings
from training.fitting.fit import TooFewOutcomesError
from training.judging.amounts import won_amounts
from training.judging.logged_decisions import Decided
from training.metrics import Figure, JudgingSettings, Trial
from training.metrics.bootstrap import replicate_counts
from training.metrics.compare import resample
from training.metrics.figure import Estimate, figure, interval
from training.metrics.scores import HEADLINE
from training.samples.moments import labels_known_at
from training.settings import TrainingSettings

BOOTSTRAP = JudgingSettings(level=0.9)
NEEDED_EFFECTIVE = 100.0
"""So many leads of equal weight, in effect, an estimate takes."""
ALL = 1 - 1e-9
"""A share that is the whole but for rounding."""
WORTH_A_WORD = 0.005
"""A share below it is 0 % as people read it."""
ROUTED, WORKING_ALL = "the routing", "working all leads"
"""What is always told: the routes without the draw of lots, and a rep for everybody."""
DRAWN, CHOSEN = "drawn by lot", "sent to a rep by its worth"


class Rival(NamedTuple):
    """Another routing: where it sends leads of a history at moments, by position in `models.decision.routes.ROUTES`, and until when it has learned."""

    route: Callable[[History, Moments], NDArray[np.integer]]
    trained_until: int


@dataclass(frozen=True)
class Slice:
    """How the champion's probabilities did on some of the leads that reps worked.

    Attributes
    ----------
    figures
        As `training.metrics.scores.HEADLINE` names them, with 90 % intervals.
    """

    name: str
    leads: int
    won: int
    expected: float
    figures: Mapping[str, Figure]

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        figures = {name: figure.to_json() for name, figure in self.figures.items()}
        return {"name": self.name, "leads": self.leads, "won": self.won, "expected": self.expected, "figures": figures}


@dataclass(frozen=True)
class PolicyWorth:
    """What a policy is worth a lead: revenue within the horizon less cost, in the currency of the amounts.

    Attributes
    ----------
    supported
        Share of what it would do that was possible when leads were decided on; of the rest only the model's word is known.
    effective
        As many leads of equal weight would tell as much.
    inverse_propensity, doubly_robust
        Two estimates; the first is left out where not all is supported.
    gain
        By how much it brings more than the routing, a lead, paired and doubly robust.
    learned_from
        Share of the leads that it may have learned from, as they were decided on before its training ended: they flatter it.
    """

    name: str
    supported: float
    effective: float
    inverse_propensity: Estimate
    doubly_robust: Estimate
    gain: Estimate
    learned_from: float = 0.0

    @property
    def told(self) -> bool:
        """Whether enough leads stand behind it."""
        return self.effective >= NEEDED_EFFECTIVE

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        estimates = {
            "inverse_propensity": self.inverse_propensity,
            "doubly_robust": self.doubly_robust,
            "gain": self.gain,
        }
        return {
            "name": self.name,
            "supported": self.supported,
            "effective_leads": self.effective,
            "told": self.told,
            "learned_from": self.learned_from,
            **{name: estimate.to_json() for name, estimate in estimates.items()},
        }


@dataclass(frozen=True)
class PolicyReport:
    """What logged decisions tell.

    Attributes
    ----------
    leads, won, mean_gain
        Leads whose decision has matured, won ones, and what they brought a lead as they were routed.
    """

    leads: int
    won: int
    mean_gain: float
    slices: tuple[Slice, ...]
    policies: tuple[PolicyWorth, ...]

    def notes(self) -> list[str]:
        """Say where what was logged does not reach."""
        notes = []
        for one in self.policies:
            if not one.told:
                notes.append(
                    f"Of {one.name} nothing can be told yet: what was logged counts as {one.effective:,.0f} leads, and "
                    f"{NEEDED_EFFECTIVE:.0f} are needed. More leads are drawn by lot with a higher training.decision.random_share."
                )
            elif one.supported < ALL:
                notes.append(
                    f"{100 * (1 - one.supported):.0f} % of what {one.name} would do was never done to leads like these: there it "
                    "rests on the model's word, which no interval covers."
                )
            if one.learned_from >= WORTH_A_WORD:
                notes.append(
                    f"{100 * one.learned_from:.0f} % of these leads came in before the training of {one.name} ended: it may have learned from "
                    "what became of them, so what is told of it may be too good. Only later leads judge it fairly."
                )
        return notes

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "leads": self.leads,
            "won": self.won,
            "mean_gain": self.mean_gain,
            "slices": [one.to_json() for one in self.slices],
            "policies": [one.to_json() for one in self.policies],
            "notes": self.notes(),
        }


def policy_report(
    history: History,
    decided: Decided,
    settings: TrainingSettings,
    others: Mapping[str, Rival] | None = None,
    as_of: int | None = None,
) -> PolicyReport:
    """Judge the routing by what was recorded by a time (microseconds UTC; all that is known if None).

    Parameters
    ----------
    others
        Other routings by name.

    Raises
    ------
    TooFewOutcomesError
        If no decision has matured, or none of those that have was won.
    """
    known = history if as_of is None else history.as_known_at(as_of)
    rows, moments, won = _matured(known, decided, settings)
    matured, revenue = decided.take(rows), won_amounts(known, moments.lead, won, settings.decision)
    logged = Logged(
        matured.route,
        matured.propensity,
        revenue,
        _costs(settings.decision, matured, known.won_until(moments.lead, moments.as_of)),
        matured.probability * matured.amount,
    )
    routed = always(own_routes(matured.propensity), len(matured))
    policies = {
        ROUTED: routed,
        WORKING_ALL: always(REP, len(matured)),
        **{name: always(rival.route(known, moments), len(matured)) for name, rival in (others or {}).items()},
    }
    expected = expected_gains(settings.decision, logged)
    learned = {name: float(np.mean(moments.as_of <= rival.trained_until)) for name, rival in (others or {}).items()}
    return PolicyReport(
        len(matured),
        int(won.sum()),
        float(logged.gained.mean()),
        tuple(_slices(matured, won)),
        tuple(
            replace(worth_of(name, logged, policy, expected, routed), learned_from=learned.get(name, 0.0))
            for name, policy in policies.items()
        ),
    )


def judged_so_far(history: History, decided: Decided | None, settings: TrainingSettings) -> PolicyReport | None:
    """Return the judgement of the routing, None while nothing can be said of it."""
    try:
        return None if decided is None else policy_report(history, decided, settings)
    except TooFewOutcomesError:
        return None


def worth_of(name: str, logged: Logged, policy: Policy, expected: Floats, against: Policy) -> PolicyWorth:
    """Estimate what a policy is worth, and what it gains over another one."""
    by_weight, by_both = inverse_propensity(logged, policy), doubly_robust(logged, policy, expected)
    more = Terms(by_both.above - doubly_robust(logged, against, expected).above, by_both.below)
    possible = float(supported(logged, policy).mean())
    weighted, robust, gain = _estimates(by_weight, by_both, more)
    return PolicyWorth(
        name,
        possible,
        effective_leads(weights(logged, policy)),
        weighted if possible >= ALL else Estimate(np.nan, np.nan, np.nan),
        robust,
        gain,
    )


def _estimates(*terms: Terms) -> list[Estimate]:
    """Return estimates with their intervals, all by the same replicates."""
    batches = [[one.replicates(counts) for one in terms] for counts in replicate_counts(len(terms[0].above), BOOTSTRAP)]
    replicates = [np.concatenate(of_each) for of_each in zip(*batches, strict=True)]
    return [
        Estimate(one.value, *interval(found, BOOTSTRAP.level)) for one, found in zip(terms, replicates, strict=True)
    ]


def _matured(
    history: History, decided: Decided, settings: TrainingSettings
) -> tuple[NDArray[np.int64], Moments, NDArray[np.bool_]]:
    """Return the rows of decisions that have matured, their moments, and whether each lead was won within the horizon."""
    lead = pd.Index(history.leads.lead_id).get_indexer(pd.Index(decided.lead_id))
    there = np.flatnonzero((lead >= 0) & (decided.as_of <= history.known_until))
    moments = Moments(lead[there].astype(np.int32), decided.as_of[there])
    labels = labels_known_at(history, moments, history.known_until, settings.settling_days)
    counts = labels.counted
    if not labels.won[counts].any():
        raise TooFewOutcomesError(
            "The routing can be judged once leads that it sent somewhere have matured and some were won, got "
            f"{np.count_nonzero(counts)} matured of {len(decided)} and none won: wait for more outcomes."
        )
    return there[counts], moments.take(counts), labels.won[counts]


def _costs(settings: DecisionSettings, decided: Decided, until: Microseconds) -> Floats:
    """Return what was spent on each lead (n,): on its route, and by a rep where one got it later, while a win of it counts (n,)."""
    later = (decided.route != REP) & (decided.rep_at != NEVER) & (decided.rep_at <= until)
    return np.asarray(route_costs(settings)[decided.route] + settings.rep.cost * later, np.float64)


def _slices(decided: Decided, won: NDArray[np.bool_]) -> Iterator[Slice]:
    by_worth = (decided.route == REP) & ~decided.drawn
    for name, rows in ((DRAWN, decided.drawn), (CHOSEN, by_worth)):
        if rows.any():
            yield _slice(name, decided.probability[rows], won[rows])


def _slice(name: str, probability: Floats, won: NDArray[np.bool_]) -> Slice:
    trial = Trial.of(won.astype(np.float64), np.ones(len(won)))
    told = resample(trial, {name: probability}, BOOTSTRAP)[name]
    figures = {
        one: figure(one, float(told.exact[one][0]), told.replicates[one], trial, BOOTSTRAP.level) for one in HEADLINE
    }
    return Slice(name, len(won), int(won.sum()), float(probability.sum()), figures)
