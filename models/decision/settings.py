"""What deciding costs and what there is to spend: efforts, capacities, and how sure a reason or a refusal has to be."""

from typing import Annotated, Any, Literal, get_args

from pydantic import Field, ValidationInfo, field_validator

from features.settings.frozen import Frozen, Whole

Share = Annotated[float, Field(ge=0, le=1)]
Money = Annotated[float, Field(ge=0)]
LossReason = Literal["need", "money", "hurry", "desire", "trust", "not a buyer"]
LOSS_REASONS: tuple[LossReason, ...] = get_args(LossReason)
"""Why a lead is lost: by the obstacle that stayed, or because nobody there was buying."""


class Effort(Frozen):
    """What a route spends on a lead, and how much of it there is.

    Attributes
    ----------
    minutes_per_attempt, attempts
        Working a lead takes so many attempts of so many minutes.
    cost_per_hour
        In the currency of the amounts.
    hours_per_week
        How much of it there is; without it, enough for `capacity`, a share of the leads that come in.
    """

    minutes_per_attempt: Annotated[float, Field(gt=0)]
    attempts: Annotated[float, Field(gt=0)]
    cost_per_hour: Money
    capacity: Share
    hours_per_week: Annotated[float, Field(ge=0)] | None = None

    @property
    def minutes(self) -> float:
        """Minutes that a lead takes."""
        return self.minutes_per_attempt * self.attempts

    @property
    def cost(self) -> float:
        """What a lead costs."""
        return self.minutes / 60 * self.cost_per_hour

    def share(self, leads_per_week: float) -> float:
        """Return for which share of the leads there is enough of it."""
        if self.hours_per_week is None or leads_per_week <= 0:
            return self.capacity
        return min(1.0, self.hours_per_week * 60 / self.minutes / leads_per_week)


class DecisionSettings(Frozen):
    """How leads are decided on.

    Attributes
    ----------
    rep, qualify
        What reps and the qualifying team spend on a lead.
    nurture_cost, comes_back
        What it costs to keep sending a lead something to read, and which part of what a rep would have won still comes by itself.
    amount
        What a win is worth where no amount was ever recorded.
    decline_odds
        A lead is declined only if it were not worth nurturing at so many times its odds, or
    decline_not_a_buyer
        if it is no buyer with this probability.
    random_share
        Of the reps' capacity, for leads that are picked at random among those below the cut.
    reasons
        What recorded reasons of lost leads mean, by their text; others are told by words such as "budget".
    abstain
        A likeliest loss reason is named only if it has this probability.
    fewest_amounts, fewest_reasons
        Won leads with an amount, and lost ones with a reason, from which on trees are grown.
    """

    rep: Effort = Effort(minutes_per_attempt=25, attempts=5, cost_per_hour=60, capacity=0.3)
    qualify: Effort = Effort(minutes_per_attempt=8, attempts=2, cost_per_hour=30, capacity=0.15)
    nurture_cost: Money = 2.0
    comes_back: Annotated[float, Field(ge=0, lt=1)] = 0.1
    amount: Annotated[float, Field(gt=0)] = 1000.0
    decline_odds: Annotated[float, Field(ge=1)] = 3.0
    decline_not_a_buyer: Annotated[float, Field(gt=0.5, le=1)] = 0.8
    random_share: Annotated[float, Field(ge=0, le=0.5)] = 0.03
    reasons: dict[str, LossReason] = Field(default_factory=dict)
    abstain: Share = 0.4
    fewest_amounts: Annotated[Whole, Field(ge=20)] = 200
    fewest_reasons: Annotated[Whole, Field(ge=20)] = 300

    @field_validator("rep", "qualify", mode="before")
    @classmethod
    def _with_defaults(cls, given: Any, info: ValidationInfo) -> Any:
        """Fill up an effort of which a part is given: the rest is as it is without."""
        default: Effort = cls.model_fields[str(info.field_name)].default
        return {**default.model_dump(), **given} if isinstance(given, dict) else given
