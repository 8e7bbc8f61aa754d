"""When sources, funnel and reps are called good or bad: settings alone, so that reading them loads nothing heavy."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from features.settings.frozen import Days, Frozen, Name, Whole
from features.settings.schema import LeadSchema
from features.settings.source import SpendSource


def _rising(days: tuple[int, ...]) -> tuple[int, ...]:
    if list(days) != sorted(set(days)):
        raise ValueError(f"must rise without repeats, got {list(days)}")
    return days


Share = Annotated[float, Field(gt=0, lt=1)]


class CostSettings(Frozen):
    """What leads cost, where that is known.

    Attributes
    ----------
    channel
        Whose values the costs are of.
    per_lead
        What a lead of a value costs, in the currency of the amounts.
    spend
        A table of what was spent by month, which is shared among the leads of that month; it goes before `per_lead`.
    """

    channel: Name = "source"
    per_lead: dict[str, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    spend: SpendSource | None = None


class AccountabilitySettings(Frozen):
    """How sources and reps are held to account.

    Attributes
    ----------
    windows_days
        What counts as now: the leads created in the latest so many days. Several windows are looked at, as few leads take longer to tell.
    before_days
        What counts as before: the leads created in so many days ahead of the window.
    usual_change
        By how much a steady source's close rate moves anyway: the standard deviation of its logarithm.
    watch, alarm
        The false discovery rates of the two verdicts, over all values of all channels.
    fall
        The fall that has to show before a source is called steady: 0.5 is a halving.
    power
        With what probability it has to show.
    brought_by
        The channel that names the rep who brought a lead.
    reps_now_days
        Closers are held against their own past by the leads of the latest so many days.
    fewest_expected
        Of a rep with fewer expected wins nothing is said, nor of what rests on so few.
    fewest_leads
        Of fewer leads no share is told.
    response_kinds, response_days
        A lead responds by an event of one of these kinds, or by whatever it does itself where none is named; and so soon, if it is to
        count as a response to what brought it.
    usual_response
        By how much the response of a steady company moves anyway: the standard deviation of its logarithm.
    generated_by, closing_teams
        The channel that names the team that generated a lead, and its values that also close.
    costs
        What leads cost.
    unqualified
        A close rate of so much or less, or of two thirds of before, may mean that leads are not being qualified.
    """

    windows_days: Annotated[tuple[Days, ...], Field(min_length=1), AfterValidator(_rising)] = (90, 180, 365)
    before_days: Days = 365
    usual_change: Annotated[float, Field(ge=0, le=1)] = 0.1
    watch: Share = 0.2
    alarm: Share = 0.05
    fall: Share = 0.5
    power: Share = 0.8
    brought_by: str = "brought_by"
    reps_now_days: Days = 180
    fewest_expected: Annotated[float, Field(gt=0)] = 5.0
    fewest_leads: Annotated[Whole, Field(ge=1)] = 20
    response_kinds: tuple[str, ...] = ()
    response_days: Days = 14
    usual_response: Annotated[float, Field(ge=0, le=1)] = 0.25
    generated_by: str = "team"
    closing_teams: tuple[str, ...] = ("sales",)
    unqualified: Share = 0.1
    costs: CostSettings = CostSettings()

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.alarm > self.watch:
            raise ValueError(
                f"alarm must be <= watch, got {self.alarm:g} and {self.watch:g}: an alarm is the surer of the two"
            )
        return self

    def check(self, schema: LeadSchema) -> None:
        """Check that every kind that counts as a response is one, and that costs are those of a channel.

        Raises
        ------
        ValueError
            Naming the kind or channel and those that there are.
        """
        told = "channel" in self.costs.model_fields_set or self.costs.per_lead or self.costs.spend
        if told and self.costs.channel not in schema.channels:
            channels = ", ".join(schema.channels) or "none: give a field the role channel"
            raise ValueError(
                f"accountability.costs.channel: {self.costs.channel!r} is no channel: use one of {channels}"
            )
        unknown = sorted(set(self.response_kinds) - set(schema.event_codes))
        if unknown:
            allowed = ", ".join(schema.event_codes) or "none, as there are no kinds and no answers"
            raise ValueError(
                f"accountability.response_kinds: {unknown[0]!r} is no kind of events: use one of {allowed}"
            )
