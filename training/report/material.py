"""What a report is made from."""

from dataclasses import dataclass
from functools import cached_property

from features.settings.schema import LeadSchema
from models.accountability.settings import AccountabilitySettings
from models.accountability.sources import SourceVerdicts, judge_sources
from training.fitting.fit import TooFewOutcomesError
from training.gate.check import Verdict
from training.judging.backtest import Backtest, Prediction
from training.judging.evaluate import CLOSE
from training.judging.plan import Plan, past_leads, plan
from training.judging.policy import PolicyReport
from training.judging.result import TrainingResult
from training.judging.rivals import BesideRival
from training.metrics import Judgement, ModelJudgement
from training.report.outcomes import OutcomeReports
from training.samples.ladder import LadderReport, ladder_report


@dataclass(frozen=True)
class Material:
    """What a report is made from.

    Attributes
    ----------
    champion
        The version that serves when the report is written; None if none does.
    verdict
        What the gate said; without it, nothing is said about the champion.
    backtest
        How models trained at earlier quarters' starts did, if that was asked.
    policy
        What the routing of the service was worth, if anything can be said of it.
    outcomes
        What outcomes say of sources, the funnel and reps, if that was asked.
    """

    result: TrainingResult
    champion: str | None
    verdict: Verdict | None = None
    backtest: Backtest | None = None
    policy: PolicyReport | None = None
    outcomes: OutcomeReports | None = None

    @cached_property
    def plan(self) -> Plan | None:
        """What cuts through the test leads would have kept; None if none of them was won."""
        grounds = self.result.grounds
        tested = Prediction(grounds.evaluation.test.rows, grounds.evaluation.probability)
        try:
            return plan(past_leads(grounds.dataset, grounds.settings, [tested]), grounds.settings.decision)
        except TooFewOutcomesError:
            return None

    @cached_property
    def ladder(self) -> LadderReport:
        """How the steps of the ladder close."""
        return ladder_report(self.result.grounds.checked.history, self.result.grounds.settings)

    @cached_property
    def verdicts(self) -> SourceVerdicts:
        """What has become of each source, as `glengarry sources` says it."""
        if self.outcomes is not None:
            return self.outcomes.sources.verdicts
        history = self.result.grounds.checked.history
        return judge_sources(history, AccountabilitySettings(), history.known_until)

    @cached_property
    def beside_rival(self) -> BesideRival:
        """How the model stands to its nearest rival."""
        return self.result.beside_rival

    @property
    def serves(self) -> bool:
        """Whether the model of this training serves."""
        return self.champion == self.result.version

    @property
    def judgement(self) -> Judgement:
        """All models side by side on the test moments."""
        return self.result.grounds.evaluation.judgement

    @property
    def close(self) -> ModelJudgement:
        """What can be said of the close model."""
        return self.judgement.models[CLOSE]

    @property
    def schema(self) -> LeadSchema:
        """What may be known about a lead."""
        return self.result.grounds.checked.history.schema

    @property
    def horizon(self) -> str:
        """How long after the moment a win still counts, in words."""
        return f"{self.schema.horizon_days} days"
