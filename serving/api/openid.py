"""A client of an OpenID Connect provider: code flow with PKCE, and an ID token that is believed only if everything about it is right."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import extract_compact

from serving.settings.login import HERE, LoginSettings

Json = dict[str, Any]

KEPT_SECONDS = 3_600.0
"""For so long the provider's description and keys are believed without asking again."""
FEWEST_SECONDS = 30.0
"""Between two questions for keys because of one that is not known: whoever makes tokens up cannot have the provider asked at will."""
TIMEOUT_SECONDS = 10.0
LEEWAY_SECONDS = 60
"""By which the provider's clock may differ."""
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures that only the provider can make; none, and those by a shared secret, are none of them."""
WELL_KNOWN = "/.well-known/openid-configuration"
MAX_GROUPS_SAID = 5
MAX_NAME = 200
"""Characters of somebody's name."""


class LoginRefusedError(ValueError):
    """Somebody who is not let in; the message says why, in words for them."""


class ProviderError(RuntimeError):
    """A provider that does not answer, or not as it must; the message is for whoever runs the service."""


@dataclass(frozen=True)
class LoginAttempt:
    """A login under way: it is kept in a signed cookie of the browser that began it, and ends with the first answer.

    Attributes
    ----------
    state
        Comes back with the answer, so that nobody can slip in another's.
    nonce
        Comes back in the ID token, so that one of another login is worth nothing.
    verifier
        Proves at the exchange of the code that whoever began asks for it.
    next
        The page that was wanted.
    """

    state: str
    nonce: str
    verifier: str
    next: str

    @classmethod
    def begun(cls, wanted: str) -> "LoginAttempt":
        """Return a new attempt, no two of which are alike."""
        return cls(token_urlsafe(24), token_urlsafe(24), token_urlsafe(48), wanted)


@dataclass(frozen=True)
class OpenIdPerson:
    """Who the provider says somebody is, with the groups that they are in."""

    subject: str
    name: str
    groups: tuple[str, ...]
    rep_id: str | None


@dataclass
class OpenIdProvider:
    """One provider: what it says of itself is asked for once an hour."""

    settings: LoginSettings
    secret: str
    back: str
    clock: Callable[[], float] = time.monotonic
    _metadata: Json = field(default_factory=dict, init=False)
    _keys: KeySet | None = field(default=None, init=False)
    _metadata_until: float = field(default=0.0, init=False)
    _keys_until: float = field(default=0.0, init=False)
    _asked_at: float = field(default=0.0, init=False)

    def address_of(self, attempt: LoginAttempt) -> str:
        """Return where a browser is sent to log in.

        Raises
        ------
        ProviderError
            If the provider does not describe itself.
        """
        with self._session() as session:
            url, _ = session.create_authorization_url(
                self._endpoint("authorization_endpoint"),
                state=attempt.state,
                nonce=attempt.nonce,
                code_verifier=attempt.verifier,
            )
        return str(url)

    def person(self, attempt: LoginAttempt, answer: Mapping[str, str]) -> OpenIdPerson:
        """Return who has logged in, by the answer that the provider sent a browser back with.

        Raises
        ------
        LoginRefusedError
            If the answer is none to this attempt, or the provider let nobody in.
        ProviderError
            If the provider does not answer as it must, or its token is not to be believed.
        """
        self._check_answer(attempt, answer)
        token = self._exchanged(attempt, answer["code"])
        claims = self._claims(str(token.get("id_token", "")), attempt, str(token.get("access_token", "")))
        wanted = {self.settings.groups_claim, self.settings.rep_claim} - {""}
        if not wanted <= claims.keys():
            claims = {**self._userinfo(token, str(claims["sub"])), **claims}
        return self._of_claims(claims)

    def _check_answer(self, attempt: LoginAttempt, answer: Mapping[str, str]) -> None:
        if answer.get("state") != attempt.state:
            raise LoginRefusedError(
                "This answer belongs to another login than the one that this browser began. Log in again."
            )
        issuer = answer.get("iss")
        needed = self._described().get("authorization_response_iss_parameter_supported") is True
        if (issuer is not None or needed) and issuer != self.settings.issuer:
            raise LoginRefusedError("This answer is of another provider than the one that was asked. Log in again.")
        if "error" in answer:
            why = " ".join(answer.get("error_description", answer["error"]).split())[:200]
            raise LoginRefusedError(f"The provider let nobody in: {why}. Log in again, or ask whoever runs it.")
        if not answer.get("code"):
            raise LoginRefusedError("The provider's answer must hold a code, got none. Log in again.")

    def _exchanged(self, attempt: LoginAttempt, code: str) -> Json:
        url = self._endpoint("token_endpoint")
        try:
            with self._session() as session:
                token: Json = session.fetch_token(
                    url, code=code, code_verifier=attempt.verifier, timeout=TIMEOUT_SECONDS, allow_redirects=False
                )
        except AuthlibBaseError as error:
            if error.error == "invalid_grant":
                raise LoginRefusedError(
                    "The provider does not take this answer: it was used before, or is too old. Log in again."
                ) from error
            raise ProviderError(
                f"{url} must take the client {self.settings.client_id!r} with its secret, got {str(error)[:200]}"
            ) from error
        except (requests.RequestException, ValueError) as error:
            raise ProviderError(f"{url} must answer with a token, got {type(error).__name__}") from error
        return token

    def _claims(self, token: str, attempt: LoginAttempt, access_token: str) -> Json:
        """Return the claims of an ID token that is signed by the provider, of this login, for this service and of now."""
        try:
            decoded = jwt.decode(token, self._keys_for(token), algorithms=self._algorithms())
            claims = CodeIDToken(
                decoded.claims,
                decoded.header,
                {
                    "iss": {"essential": True, "value": self.settings.issuer},
                    "aud": {"essential": True, "value": self.settings.client_id},
                },
                {"nonce": attempt.nonce, "client_id": self.settings.client_id, "access_token": access_token},
            )
            claims.validate(leeway=LEEWAY_SECONDS)
            if not (isinstance(claims["sub"], str) and claims["sub"].strip()):
                raise ValueError("sub must name somebody")  # or all whom it names so would be one person
        except (JoseError, AuthlibBaseError, ValueError, KeyError, TypeError) as error:
            raise ProviderError(
                f"An ID token must be signed by {self.settings.issuer}, for {self.settings.client_id}, of this login and of now, "
                f"got one that is not: {str(error)[:200] or type(error).__name__}"
            ) from error
        return dict(claims)

    def _algorithms(self) -> list[str]:
        told = self._described().get("id_token_signing_alg_values_supported") or ["RS256"]
        return [name for name in ALGORITHMS if name in told]

    def _keys_for(self, token: str) -> KeySet:
        """Return the provider's keys, asked anew where they hold none of the id that a token names."""
        keys = self._jwks(anew=False)
        kid = extract_compact(token.encode()).headers().get("kid")
        if (
            kid is not None
            and all(key.kid != kid for key in keys.keys)
            and self.clock() >= self._asked_at + FEWEST_SECONDS
        ):
            keys = self._jwks(anew=True)
        return keys

    def _jwks(self, *, anew: bool) -> KeySet:
        if self._keys is None or anew or self.clock() >= self._keys_until:
            self._asked_at = self.clock()
            content = _json_of(self._endpoint("jwks_uri"))
            try:
                self._keys = KeySet.import_key_set(content)  # type: ignore[arg-type]
            except (JoseError, ValueError, KeyError, TypeError) as error:
                raise ProviderError(f"{self.settings.issuer} must tell its keys, got {type(error).__name__}") from error
            self._keys_until = self.clock() + KEPT_SECONDS
        return self._keys

    def _userinfo(self, token: Mapping[str, Any], subject: str) -> Json:
        """Return what the provider says of somebody beside the ID token, if it is the same person."""
        if "userinfo_endpoint" not in self._described():
            return {}
        told = _json_of(
            self._endpoint("userinfo_endpoint"), {"authorization": f"Bearer {token.get('access_token', '')}"}
        )
        return told if told.get("sub") == subject else {}

    def _of_claims(self, claims: Mapping[str, Any]) -> OpenIdPerson:
        given = claims.get(self.settings.groups_claim, ())
        several = [given] if isinstance(given, str) else given if isinstance(given, list) else []
        groups = tuple(group for group in several if isinstance(group, str))
        names = (self.settings.name_claim, "name", "preferred_username", "email", "sub")
        named = (_in_one_line(claims.get(name)) for name in names)
        rep_id = claims.get(self.settings.rep_claim) if self.settings.rep_claim else None
        return OpenIdPerson(
            subject=str(claims["sub"]),
            name=next(filter(None, named), "somebody")[:MAX_NAME],
            groups=groups,
            rep_id=_as_text(rep_id)[:200] or None,
        )

    def _session(self) -> OAuth2Session:
        return OAuth2Session(
            self.settings.client_id,
            self.secret or None,
            token_endpoint_auth_method=self._auth_method(),
            scope=" ".join(dict.fromkeys(("openid", *self.settings.scopes))),
            redirect_uri=self.back,
            code_challenge_method="S256",
        )

    def _auth_method(self) -> str:
        if not self.secret:
            return "none"
        told = self._described().get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        return "client_secret_basic" if "client_secret_basic" in told else "client_secret_post"

    def _endpoint(self, name: str) -> str:
        url = self._described().get(name)
        if not isinstance(url, str) or not _is_sound(url):
            raise ProviderError(f"{self.settings.issuer} must describe {name} by an https address, got {url!r}")
        return url

    def _described(self) -> Json:
        if not self._metadata or self.clock() >= self._metadata_until:
            told = _json_of(self.settings.issuer.rstrip("/") + WELL_KNOWN)
            if told.get("issuer") != self.settings.issuer:
                raise ProviderError(
                    f"The provider must call itself {self.settings.issuer!r}, got {told.get('issuer')!r}: name it so under [login]"
                )
            self._metadata, self._metadata_until = told, self.clock() + KEPT_SECONDS
        return self._metadata


class OpenIdProviders:
    """The provider by the settings of now: one that serves on keeps what it was told."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, str], OpenIdProvider] = {}

    def find(self, settings: LoginSettings, secret: str, back: str) -> OpenIdProvider:
        """Return the provider of these settings, to which a browser is sent back by this address."""
        name = settings.model_dump_json(), secret, back
        if name not in self._known:
            self._known = {name: OpenIdProvider(settings, secret, back)}
        return self._known[name]


def refusal_of_groups(person: OpenIdPerson) -> LoginRefusedError:
    """Return why somebody is not let in whose groups have no role here."""
    said = ", ".join(repr(group[:60]) for group in person.groups[:MAX_GROUPS_SAID]) or "none"
    more = len(person.groups) - MAX_GROUPS_SAID
    said += f" and {more} more" if more > 0 else ""
    return LoginRefusedError(
        f"One of your groups must have a role here, got {said}: ask whoever runs the service to name one of them under [login.roles]."
    )


def _json_of(url: str, headers: Mapping[str, str] | None = None) -> Json:
    try:
        answer = requests.get(url, headers=dict(headers or {}), timeout=TIMEOUT_SECONDS, allow_redirects=False)
        answer.raise_for_status()
        content = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise ProviderError(f"{url} must answer with JSON, got {type(error).__name__}") from error
    if not isinstance(content, dict):
        raise ProviderError(f"{url} must answer with a JSON object, got {type(content).__name__}")
    return content


def _as_text(told: Any) -> str:
    r"""Return an id as text: a provider may tell a whole number as one.

    Examples
    --------
    >>> _as_text("R07"), _as_text(4711), _as_text(True), _as_text(" "), _as_text("R\0")
    ('R07', '4711', '', '', '')
    """
    if isinstance(told, int) and not isinstance(told, bool):
        return str(told)
    return told if isinstance(told, str) and told.strip() and told.isprintable() else ""


def _in_one_line(told: Any) -> str:
    r"""Return a name as pages, terminals and databases show it: people choose theirs at the provider, with whatever signs.

    Examples
    --------
    >>> _in_one_line("Ada\x1b[2J\0 Nord\u202e"), _in_one_line("\ud800"), _in_one_line(None)
    ('Ada [2J Nord', '', '')
    """
    text = told if isinstance(told, str) else ""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _is_sound(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in HERE)
