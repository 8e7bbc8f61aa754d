"""How a model is learned, judged and let serve: ages of the moments, splits, limits."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from features.settings.frozen import Frozen, Whole
from models.close.settings import BoosterSettings
from models.decision.settings import DecisionSettings

SETTINGS_FILE = "settings.json"
"""Name of the settings among the documents of a training's run."""

Age = Annotated[Whole, Field(le=3650)]
Reason = Annotated[str, Field(min_length=1, max_length=1000)]


def _from_creation(ages: tuple[int, ...]) -> tuple[int, ...]:
    if not ages or list(ages) != sorted(set(ages)) or ages[0] < 0:
        raise ValueError(f"must be ages in days that rise without repeats from 0 on, got {list(ages)}")
    return ages


def _around_one(limits: tuple[float, float]) -> tuple[float, float]:
    if not 0 < limits[0] < 1 < limits[1]:
        raise ValueError(f"must be two limits around 1, got {list(limits)}")
    return limits


class ModelKind(StrEnum):
    """A kind of model that learns from leads: a way of growing trees, the simplest first, or a logistic regression on ranks."""

    ADDITIVE = "additive"
    FOUR_LEAVES = "four_leaves"
    AS_SET = "as_set"
    BEST_THRESHOLDS = "best_thresholds"
    LOGISTIC = "logistic"

    def of(self, booster: BoosterSettings) -> BoosterSettings:
        """Return the booster's settings with what this way of growing trees changes of them."""
        rate = min(STRIDE.get(self, 1.0) * booster.learning_rate, 1.0)
        return booster.model_copy(update={**CHANGES[self], "learning_rate": rate})


CHANGES: Mapping[ModelKind, Mapping[str, object]] = {
    ModelKind.ADDITIVE: {"num_leaves": 2, "max_depth": 1},
    ModelKind.FOUR_LEAVES: {"num_leaves": 4, "max_depth": 2},
    ModelKind.AS_SET: {},
    ModelKind.BEST_THRESHOLDS: {"random_thresholds": False, "feature_fraction": 0.7},
    ModelKind.LOGISTIC: {},
}

STRIDE: Mapping[ModelKind, float] = {ModelKind.ADDITIVE: 2.0}
"""By how much a way's steps are longer: sums of single splits lose nothing at half as many (in eleven worlds .00003 less, give or take as
much), where deeper trees do (.0002 more)."""


def _simplest_first(ways: tuple[ModelKind, ...]) -> tuple[ModelKind, ...]:
    return tuple(kind for kind in ModelKind if kind in ways)


BLENDED = (ModelKind.ADDITIVE, ModelKind.AS_SET, ModelKind.BEST_THRESHOLDS, ModelKind.LOGISTIC)
"""What is blended as a rule. Trees of four leaves, and of fifteen, took weight from the others and gained nothing in any history."""


class TuningSettings(Frozen):
    """What a training blends, by weights that it finds inside its past.

    Attributes
    ----------
    ways
        The kinds of model that are weighed; of one alone, the model is of this kind.
    """

    ways: Annotated[tuple[ModelKind, ...], Field(min_length=1), AfterValidator(_simplest_first)] = BLENDED


class TrainingSettings(Frozen):
    """How a model is learned and judged.

    Attributes
    ----------
    ages_days
        Ages at which an open lead is scored; 0 is its creation.
    settling_days
        How long after the horizon late records may still change a label.
    test_share, later_share
        Share of matured leads, the latest ones, kept for the test; and of those before it, kept for early stopping and calibration.
    undetermined
        What training does with open leads whose horizon has not passed: `expected` gives them the label that is expected
        of a lead still open at that age, `left_out` uses matured moments only, `hazard` learns from what a lead is like how soon such
        leads end; `chosen` asks the past which of them, and takes another than `expected` only if it is better by more than chance.
    fewest_won
        A model that has seen fewer won, or fewer not won, leads answers with the base rate alone.
    moments_a_lead
        Where there are more than `ENOUGH_LEARNED` moments, so many of each lead are learned from on average: they are much alike.
    most_remembered
        So many of the latest leads whose end is known are kept with the model, to show which are like a scored one.
    accepted_leaks
        Fields that the leak audit finds severe and that are used all the same, by name, with the reason why they were
        known when the lead came in; `close_model` accepts a model that is too good to be true.
    booster, tuning
        How trees are grown, and what is blended.
    decision
        What working a lead costs, what there is to spend, and how sure a reason or a refusal has to be.
    """

    ages_days: Annotated[tuple[Age, ...], AfterValidator(_from_creation)] = (0, 1, 3, 7, 14, 30, 60)
    settling_days: Annotated[Whole, Field(ge=0, le=365)] = 0
    test_share: Annotated[float, Field(gt=0, lt=1)] = 0.25
    later_share: Annotated[float, Field(gt=0, lt=1)] = 0.2
    undetermined: Literal["chosen", "expected", "left_out", "hazard"] = "chosen"
    fewest_won: Annotated[Whole, Field(ge=1)] = 20
    moments_a_lead: Annotated[float, Field(gt=0)] = 3.0
    most_remembered: Annotated[Whole, Field(ge=0)] = 20_000
    booster: BoosterSettings = BoosterSettings()
    tuning: TuningSettings = TuningSettings()
    decision: DecisionSettings = DecisionSettings()
    accepted_leaks: dict[str, Reason] = Field(default_factory=dict)


Confidence = Annotated[float, Field(gt=0.5, lt=1)]


class GateSettings(Frozen):
    """What a challenger must show before it serves; shares are from 0 to 1.

    Attributes
    ----------
    most_loss
        The relative difference in log loss must lie under this, with `confidence`.
    confidence
        One-sided: of the bound of the log loss, and of being better in any of the three ways together.
    capacity
        Share of the leads, the most likely first, that the reps can work.
    slope
        Between which the calibration slope must lie.
    channel_ratio, channel_wins
        Between which wins over expected wins must lie in each channel value of so many expected wins or more.
    move, listed
        Of the open leads, those that move by more than this probability are counted, and so many are listed.
    replicates, seed
        Of the bootstrap over leads.
    """

    most_loss: Annotated[float, Field(ge=0, le=1)] = 0.005
    confidence: Confidence = 0.95
    capacity: Annotated[float, Field(gt=0, lt=1)] = 0.2
    slope: Annotated[tuple[float, float], AfterValidator(_around_one)] = (0.85, 1.15)
    channel_ratio: Annotated[tuple[float, float], AfterValidator(_around_one)] = (0.7, 1.4)
    channel_wins: Annotated[float, Field(gt=0)] = 20.0
    move: Annotated[float, Field(gt=0, lt=1)] = 0.1
    listed: Annotated[Whole, Field(ge=0, le=1000)] = 10
    replicates: Annotated[Whole, Field(ge=100, le=100_000)] = 1000
    seed: Whole = 7


class RetrainSettings(Frozen):
    """What a quarter's round does beside training; `backtest_quarters` are the latest that have begun to mature."""

    backtest_quarters: Annotated[Whole, Field(ge=0, le=100)] = 4
