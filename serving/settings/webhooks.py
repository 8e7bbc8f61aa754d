"""What the settings say of a CRM's webhooks: how its calls are known, and which records its messages make."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from features.settings.frozen import Frozen, Name
from features.settings.schema import LeadSchema
from serving.schemas.fields import CHANGED_AT, MERGE_KEYS, OPEN, OUTCOME_KEYS, REMOVAL_KEYS, TOLD_EVENT_KEYS
from serving.settings.message_paths import parse
from serving.settings.presets import with_preset

Made = Literal["lead", "event", "outcome", "deletion", "merge"]
Constant = str | bool | float

COLUMNS: dict[Made, frozenset[str]] = {
    "lead": frozenset({"lead_id", "created_at", CHANGED_AT}),
    "event": TOLD_EVENT_KEYS,
    "outcome": OUTCOME_KEYS,
    "deletion": REMOVAL_KEYS,
    "merge": MERGE_KEYS,
}
REQUIRED: dict[Made, tuple[str, ...]] = {
    "lead": ("lead_id",),
    "event": ("lead_id", "kind", "occurred_at"),
    "outcome": ("lead_id", "won"),
    "deletion": ("lead_id",),
    "merge": ("lead_id", "merged_id"),
}
ANYTHING = "*"
MESSAGE = "#"
TIMES = frozenset({"created_at", CHANGED_AT, "occurred_at", "closed_at"})


class WebhookRule(Frozen):
    """Which messages make which record; paths are those of `serving.settings.message_paths`.

    Attributes
    ----------
    when
        Path to the texts that must be found there, one of them at each path: `*` stands for anything, an empty text for nothing.
    columns, fields
        Path of each of our columns, and of each field of a lead. `#` stands for the message itself, as an id of what has none.
    hints, constants
        Path or value of fields that are read if the settings have them, as ready rules name them.
    fixed
        Columns that are always the same.
    values
        For a column or a field, our value of each of theirs; one that is not listed stays as it is.
    """

    makes: Made
    when: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    columns: dict[str, str] = Field(default_factory=dict)
    fields: dict[Name, str] = Field(default_factory=dict)
    hints: dict[Name, str] = Field(default_factory=dict)
    constants: dict[Name, Constant] = Field(default_factory=dict)
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
        if (self.fields or self.hints or self.constants) and self.makes != "lead":
            raise ValueError("fields are for rules that make a lead: an answer that changes is an event of its name")
        if self.makes == "outcome" and "closed_at" not in told and self.fixed.get("won") != OPEN:
            raise ValueError("closed_at is missing: say under columns where it stands, or under fixed what it is")
        for path in (*self.when, *self.columns.values(), *self.fields.values(), *self.hints.values()):
            parse(path)
        unknown = sorted(self.values.keys() - told.keys() - self.fields.keys() - self.hints.keys())
        if unknown:
            raise ValueError(f"values.{unknown[0]} is of neither a column nor a field of this rule")
        return self


class WebhookSettings(Frozen):
    """One address that a CRM calls, `/webhooks/NAME`.

    Attributes
    ----------
    shape
        `json`, which forms may also post as browsers do, or `salesforce` for its outbound messages, which are XML.
    preset
        A ready rule by name: what it says holds where this table says nothing, and its rules come after these.
    each
        Path of the list of messages in the body, also of lists in lists; without it, the body is the message, or a list of them. What stands
        around a message is found under `^`.
    secret_variable
        Environment variable with the client secret by which HubSpot signs its calls (version 3); they then need no key.
    address
        The whole address that HubSpot calls, as it signs that too.
    key_in_address
        Whether a key may come as `?key=...`, from a CRM that cannot send headers. Logs of proxies hold addresses.
    rules
        Tried on each message, all of them; a message that none fits is ignored.
    """

    preset: str = ""
    shape: Literal["json", "salesforce"] = "json"
    each: str = ""
    secret_variable: str = ""
    address: str = ""
    key_in_address: bool = False
    rules: Annotated[tuple[WebhookRule, ...], Field(min_length=1)]

    @model_validator(mode="before")
    @classmethod
    def _with_preset(cls, given: Any) -> Any:
        """Take in the ready rules that are named."""
        if not isinstance(given, Mapping) or not given.get("preset"):
            return given
        return with_preset(given)

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
