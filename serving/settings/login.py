"""Login to the pages by OpenID Connect: which provider, and what its groups may do here."""

from typing import Annotated, Literal, Self, get_args
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from features.settings.frozen import Frozen, Name

LOGIN_SECRET_VARIABLE = "GLENGARRY_LOGIN_SECRET"
"""Environment variable with the client's secret; a provider that takes public clients needs none."""
HERE = ("localhost", "127.0.0.1", "::1")

ReaderRole = Literal["admin", "crm", "rep"]
READER_ROLES: tuple[ReaderRole, ...] = get_args(ReaderRole)
"""Roles that read pages, the one that may do most first: it holds where somebody's groups have several."""


def _sound_url(url: str) -> str:
    parts = urlsplit(url)
    if url and (parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment):
        raise ValueError(f"must be an address such as https://login.example.com, got {url!r}")
    if parts.scheme == "http" and parts.hostname not in HERE:
        raise ValueError(f"must be https, as whoever reads the way there could log in as anybody, got {url!r}")
    return url


Address = Annotated[str, Field(max_length=500), AfterValidator(_sound_url)]


class LoginSettings(Frozen):
    """How people log in by a provider of OpenID Connect; without an issuer they log in by keys alone.

    Attributes
    ----------
    issuer
        The provider, exactly as it calls itself: `/.well-known/openid-configuration` is asked below it.
    client_id
        What this service is called there; its secret comes as `GLENGARRY_LOGIN_SECRET`.
    address
        Where people reach the service. The provider sends them back to `/pages/login/openid/back` below it, which has to be registered there.
    label
        What the button of the login is called.
    scopes
        What is asked of the provider beside `openid`.
    groups_claim, roles
        The claim that holds somebody's groups, and the role that each group has here: admin, crm or rep.
    rep_claim
        The claim that says which rep somebody is, as events name the rep; nobody is one where it is empty.
    name_claim
        The claim by which somebody is named in the audit trail.
    """

    issuer: Address = ""
    client_id: str = ""
    address: Address = ""
    label: Annotated[str, Field(min_length=1, max_length=60)] = "Log in with your company's account"
    scopes: tuple[Name, ...] = ("profile", "email")
    groups_claim: Annotated[str, Field(min_length=1)] = "groups"
    roles: dict[str, ReaderRole] = Field(default_factory=dict)
    rep_claim: str = ""
    name_claim: Annotated[str, Field(min_length=1)] = "name"

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.issuer and not (self.client_id and self.address and self.roles):
            missing = next(name for name in ("client_id", "address", "roles") if not getattr(self, name))
            raise ValueError(f"{missing} is missing: name it beside the issuer, or leave the issuer out")
        return self

    @property
    def is_on(self) -> bool:
        """Whether people may log in by a provider."""
        return bool(self.issuer)

    def role_of(self, groups: tuple[str, ...]) -> ReaderRole | None:
        """Return the role that somebody has by groups: of several the one that may do most, None where no group has any.

        Examples
        --------
        >>> settings = LoginSettings(roles={"sales": "rep", "ops": "admin"})
        >>> settings.role_of(("sales", "ops")), settings.role_of(("guests",))
        ('admin', None)
        """
        given = {self.roles[group] for group in groups if group in self.roles}
        return next((role for role in READER_ROLES if role in given), None)
