"""The ladder of the simulated company: what its sales and marketing have agreed to call a prospect."""

from features.settings.ladder import LadderSettings, Requirement, StepCondition

LADDER = LadderSettings(
    target=(
        Requirement(
            any_of=(StepCondition(field="company_size", values=("10-49", "50-249", "250-999", "1000+")),),
            missing="It is not known to have 10 employees or more.",
        ),
        Requirement(
            any_of=(
                StepCondition(
                    field="outcome_wanted",
                    values=("some ideas", "an improvement", "a named outcome", "a named outcome with a figure"),
                ),
            ),
            missing="It is not known to have any idea of what it wants to achieve.",
        ),
    ),
    suspect=(
        Requirement(
            any_of=(
                StepCondition(
                    field="outcome_wanted",
                    values=("an improvement", "a named outcome", "a named outcome with a figure"),
                ),
            ),
            missing="It has not named an improvement that it wants.",
        ),
        Requirement(
            any_of=(StepCondition(field="budget", values=("5,000 to 20,000", "20,000 to 50,000", "over 50,000")),),
            missing="It is not known to have set aside 5,000 or more.",
        ),
        Requirement(
            any_of=(StepCondition(field="timeline", values=("this year", "this quarter", "this month")),),
            missing="It has not said that it has to work this year.",
        ),
    ),
    prospect=(
        Requirement(
            any_of=(StepCondition(field="wants_contact"), StepCondition(kind="meeting_asked")),
            missing="It has not asked to be contacted.",
        ),
    ),
)
