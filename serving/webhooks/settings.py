"""What the settings say of a CRM's webhooks: how its calls are known, and which records its messages make."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from features.frozen import Frozen, Name
from features.settings import LeadSchema
from serving.intake.members import CHANGED_AT, OUTCOME_KEYS, TOLD_EVENT_KEYS

Made = Literal["lead", "event", "outcome"]
Constant = str | bool | float

COLUMNS: dict[Made, frozenset[str]] = {
    "lead": frozenset({"lead_id", "created_at", CHANGED_AT}),
    "event": TOLD_EVENT_KEYS,
    "outcome": OUTCOME_KEYS,
}
REQUIRED: dict[Made, tuple[str, ...]] = {
    "lead": ("lead_id",),
    "event": ("lead_id", "kind", "occurred_at"),
    "outcome": ("lead_id", "closed_at", "won"),
}
TIMES = frozenset({"created_at", CHANGED_AT, "occurred_at", "closed_at"})


class WebhookRule(Frozen):
    """Which messages make which record; a path is names and places in lists, with dots between them.

    Attributes
    ----------
    when
        Path to the texts that must be found there, one of them at each path.
    columns, fields
        Path of each of our columns, and of each field of a lead.
    fixed
        Columns that are always the same.
    values
        For a column or a field, our value of each of theirs; one that is not listed stays as it is.
    """

    makes: Made
    when: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    columns: dict[str, str] = Field(default_factory=dict)
    fields: dict[Name, str] = Field(default_factory=dict)
    fixed: dict[str, Constant] = Field(default_factory=dict)
    values: dict[str, dict[str, Constant]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _check(self) -> Self:
        told = {**self.columns, **self.fixed}
        for name in told:
            if name not in COLUMNS[self.makes]:
                allowed = ", ".join(sorted(COLUMNS[self.makes]))
                raise ValueError(f"{name!r} is no column of the {self.makes} that it makes: use one of {allowed}")
        for name in REQUIRED[self.makes]:
            if name not in told:
                raise ValueError(f"{name} is missing: say under columns where it stands, or under fixed what it is")
        if self.fields and self.makes != "lead":
            raise ValueError("fields are for rules that make a lead: an answer that changes is an event of its name")
        unknown = sorted(self.values.keys() - told.keys() - self.fields.keys())
        if unknown:
            raise ValueError(f"values.{unknown[0]} is of neither a column nor a field of this rule")
        return self


class WebhookSettings(Frozen):
    """One address that a CRM calls, `/webhooks/NAME`.

    Attributes
    ----------
    shape
        `json`, or `salesforce` for its outbound messages, which are XML.
    each
        Path of the list of messages in the body; without it, the body is the message, or a list of them.
    secret_variable
        Environment variable with the client secret by which HubSpot signs its calls (version 3); they then need no key.
    address
        The whole address that HubSpot calls, as it signs that too.
    key_in_address
        Whether a key may come as `?key=...`, from a CRM that cannot send headers. Logs of proxies hold addresses.
    rules
        Tried on each message, all of them; a message that none fits is ignored.
    """

    shape: Literal["json", "salesforce"] = "json"
    each: str = ""
    secret_variable: str = ""
    address: str = ""
    key_in_address: bool = False
    rules: Annotated[tuple[WebhookRule, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _check(self) -> Self:
        if bool(self.secret_variable) != bool(self.address):
            raise ValueError("secret_variable and address belong together: the signature is over the address too")
        return self


def check_webhooks(webhooks: dict[str, WebhookSettings], schema: LeadSchema) -> None:
    """Check that webhooks name only fields of the schema.

    Raises
    ------
    ValueError
        Naming the webhook, the rule and what is allowed.
    """
    for name, webhook in webhooks.items():
        for place, rule in enumerate(webhook.rules):
            unknown = sorted(rule.fields.keys() - schema.fields.keys())
            if unknown:
                allowed = ", ".join(sorted(schema.fields))
                raise ValueError(
                    f"webhooks.{name}.rules.{place}.fields: {unknown[0]!r} is no field: use one of {allowed}."
                )
