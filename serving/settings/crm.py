"""What the settings say of a CRM to which scores are written back, and from which leads are pulled."""

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from features.settings.frozen import Frozen, Name, Whole
from features.settings.schema import LeadSchema
from serving.settings.webhooks import WebhookSettings

Vendor = Literal["hubspot", "salesforce", "dynamics", "sql"]
CrmState = Literal["off", "testing", "on"]
"""`testing` computes what would be written, and writes nothing."""
WrittenName = Literal["probability", "route", "step", "question", "reasons", "scored_at"]
WRITTEN_NAMES: tuple[WrittenName, ...] = get_args(WrittenName)

_OBJECTS: Mapping[Vendor, tuple[str, ...]] = MappingProxyType(
    {
        "hubspot": ("deals",),
        "salesforce": ("Lead", "Opportunity"),
        "dynamics": ("lead", "opportunity"),
        "sql": ("lead_scores",),
    }
)
_ALLOWED: Mapping[Vendor, frozenset[str]] = MappingProxyType(
    {
        "hubspot": frozenset({"deals", "contacts"}),
        "salesforce": frozenset({"Lead", "Opportunity"}),
        "dynamics": frozenset({"lead", "opportunity"}),
    }
)
_PROPERTIES: Mapping[Vendor, Mapping[WrittenName, str]] = MappingProxyType(
    {
        "hubspot": {name: f"glengarry_{name}" for name in WRITTEN_NAMES},
        "salesforce": {name: f"Glengarry_{name.title()}__c" for name in WRITTEN_NAMES},
        "dynamics": {name: f"new_glengarry_{name}" for name in WRITTEN_NAMES},
        "sql": {name: name for name in WRITTEN_NAMES},
    }
)
_ADDRESSES: Mapping[Vendor, str] = MappingProxyType({"hubspot": "https://api.hubapi.com"})


class CrmSettings(Frozen):
    """One CRM, or a table of a database, that is told scores.

    Attributes
    ----------
    name
        What it is called here; what was written is remembered under it.
    state
        Nothing is written unless it is `on`.
    address
        Of its API; of `sql`, a SQLAlchemy URL without its password.
    objects
        The kinds of its records whose ids are ids of leads; of `sql`, the table.
    token_variable
        Environment variable with a token that is good for long; of `sql`, with the password.
    client_variable, secret_variable, token_address
        Environment variables with a client's id and secret, and the address that gives tokens for them (OAuth's client credentials).
    webhook
        By the rules of this webhook what is pulled is read; without one, nothing is pulled.
    pull_minutes, overlap_minutes
        Between two pulls; and from so long before the last change that was seen each begins, as a CRM's search lags behind.
    since
        The first pull takes what was changed from this day on; without it, everything.
    mail
        The field of contact by whose mail address leads that came otherwise are found in the CRM.
    create
        What is made of such a lead that the CRM does not have: its property to our field; without it, nothing is made.
    properties
        Its name for each value that is written; an empty one leaves that out.
    reasons
        So many reasons are written, the strongest ones.
    least_move
        A probability that moves by less is not written for that alone.
    predictive_scores
        Whether Dynamics' own table of predictive scores is written too, which needs a licence of Sales Premium or Enterprise.
    """

    name: Name
    vendor: Vendor
    state: CrmState = "testing"
    address: Annotated[str, Field(pattern=r"^\S*$")] = ""
    objects: Annotated[tuple[str, ...], Field(max_length=2)] = ()
    token_variable: str = ""
    client_variable: str = ""
    secret_variable: str = ""
    token_address: Annotated[str, Field(pattern=r"^(https?://\S+)?$")] = ""
    webhook: str = ""
    pull_minutes: Annotated[float, Field(gt=0, le=10_080)] = 5.0
    overlap_minutes: Annotated[float, Field(ge=0, le=1_440)] = 10.0
    since: date | None = None
    mail: str = ""
    create: dict[str, str] = Field(default_factory=dict)
    properties: dict[WrittenName, str] = Field(default_factory=dict)
    reasons: Annotated[Whole, Field(ge=0, le=20)] = 3
    least_move: Annotated[float, Field(ge=0, le=1)] = 0.01
    predictive_scores: bool = True

    @model_validator(mode="after")
    def _check(self) -> Self:
        allowed = _ALLOWED.get(self.vendor)
        unknown = sorted(set(self.objects) - allowed) if allowed else []
        if unknown:
            raise ValueError(
                f"objects of {self.vendor} must be among {', '.join(sorted(allowed or ()))}, got {unknown[0]!r}"
            )
        if self.vendor in ("hubspot", "sql") and len(self.objects) > 1:
            raise ValueError(f"objects of {self.vendor} must be one, as ids do not tell which: use an entry of its own")
        if not self.root:
            raise ValueError(f"address is missing: say where the API of this {self.vendor} is")
        if self.vendor != "sql" and not self.root.startswith(("https://", "http://")):
            raise ValueError("address must begin with https://, got another: correct it")
        if self.vendor != "sql" and not self.token_variable and not (self.client_variable and self.secret_variable):
            raise ValueError("token_variable is missing: name the environment variable of a token, or of a client")
        if self.client_variable and not (self.secret_variable and self.token_address):
            raise ValueError("client_variable, secret_variable and token_address belong together")
        if self.vendor == "sql" and (self.webhook or self.mail or self.create):
            raise ValueError("webhook, mail and create are of a CRM: a table of a database is written alone")
        if self.create and not self.mail:
            raise ValueError("mail is missing: what is to be made must be looked for first")
        return self

    @property
    def root(self) -> str:
        """The address, without a slash at its end."""
        return (self.address or _ADDRESSES.get(self.vendor, "")).rstrip("/")

    @property
    def variables(self) -> tuple[str, ...]:
        """The environment variables that have to be set."""
        names = (self.token_variable,) if self.token_variable else (self.client_variable, self.secret_variable)
        return tuple(name for name in names if name)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of records that are written and pulled."""
        return self.objects or _OBJECTS[self.vendor]

    @property
    def names(self) -> dict[WrittenName, str]:
        """The CRM's name of each value that is written."""
        return {name: theirs for name, theirs in {**_PROPERTIES[self.vendor], **self.properties}.items() if theirs}


def check_crm(crm: Sequence[CrmSettings], webhooks: Mapping[str, WebhookSettings], schema: LeadSchema) -> None:
    """Check what the entries say of each other, of webhooks and of fields.

    Raises
    ------
    ValueError
        Naming the entry, the key and what is allowed.
    """
    names = [one.name for one in crm]
    for place, one in enumerate(crm):
        if names.index(one.name) != place:
            raise ValueError(f"crm.{place}.name: must be of one entry alone, got {one.name!r} again")
        if one.webhook and one.webhook not in webhooks:
            known = ", ".join(sorted(webhooks)) or "none yet"
            raise ValueError(f"crm.{place}.webhook: must be one of [webhooks] ({known}), got {one.webhook!r}")
        for key, field in [("mail", one.mail), *(("create", field) for field in one.create.values())]:
            if field and field not in schema.fields:
                allowed = ", ".join(sorted(schema.fields))
                raise ValueError(f"crm.{place}.{key}: {field!r} is no field: use one of {allowed}")
