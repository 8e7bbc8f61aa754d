"""A stand-in for a provider of OpenID Connect: sound unless a test twists what it says. It asks nobody for a password.

It holds codes to their rules (one use, one client, PKCE), so that what a client leaves out shows.
"""

from __future__ import annotations

import json
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import uvicorn
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from joserfc.jws import JWSRegistry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bench.harness.processes import SECONDS, free_port

Json = dict[str, Any]
CLIENT, SECRET = "glengarry", "s3cret"
ANY_HEADER = JWSRegistry(algorithms=["RS256", "HS256"], strict_check_header=False)
GUESSED = OctKey.import_key("a secret that both might know, 32+")


@dataclass
class StandInProvider:
    """The provider, and what it is to say wrong.

    Attributes
    ----------
    claims
        What it says of whoever logs in.
    twist
        Changes the claims of an ID token before it is signed.
    algorithm
        By which it signs; those of an attacker are "none", HS256, and "confused", which is HS256 with the public key as its secret.
    signing_key, header, token
        The key by which it signs instead of the one that it shows, what the header of an ID token holds beside its own, and what it sends
        in place of any.
    described
        What its description says otherwise.
    """

    issuer: str
    claims: Json = field(default_factory=lambda: {"sub": "u1", "name": "Ann Roe", "groups": ["sales"], "rep": "R07"})
    twist: Callable[[Json], Json] = field(default=lambda claims: claims)
    algorithm: str = "RS256"
    described: Json = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    shown_key: RSAKey | None = None
    asked: list[str] = field(default_factory=list)
    signing_key: RSAKey | None = None
    header: Json = field(default_factory=dict)
    token: str | None = None
    in_userinfo: tuple[str, ...] = ()
    refusal: str = ""
    codes: dict[str, Json] = field(default_factory=dict)

    def log_in(self, address: str) -> str:
        """Do what a browser does that was sent to the provider, and return where it is sent back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert address.startswith(f"{self.issuer}/authorize?")
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = token_urlsafe(8)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._describe),
                Route("/jwks", self._jwks),
                Route("/token", self._token, methods=["POST"]),
                Route("/userinfo", self._userinfo),
            ]
        )

    async def _describe(self, _: Request) -> Response:
        self.asked.append("description")
        names = {
            "authorization_endpoint": "authorize",
            "token_endpoint": "token",
            "jwks_uri": "jwks",
            "userinfo_endpoint": "userinfo",
        }
        told: Json = {"issuer": self.issuer, **{name: f"{self.issuer}/{path}" for name, path in names.items()}}
        told["id_token_signing_alg_values_supported"] = ["RS256", "HS256", "none"]
        return JSONResponse({**told, **self.described})

    async def _jwks(self, _: Request) -> Response:
        self.asked.append("keys")
        return JSONResponse({"keys": [(self.shown_key or self.key).as_dict(private=False)]})

    async def _userinfo(self, request: Request) -> Response:
        assert request.headers["authorization"] == "Bearer access"
        return JSONResponse({"sub": self.claims["sub"], **{name: self.claims[name] for name in self.in_userinfo}})

    async def _token(self, request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        asked = self.codes.pop(form.get("code", ""), None)
        if self.refusal:
            return JSONResponse({"error": self.refusal}, 401)
        if asked is None:
            return JSONResponse({"error": "invalid_grant"}, 400)
        assert request.headers["authorization"].startswith("Basic ")
        assert form["redirect_uri"] == asked["redirect_uri"]
        if create_s256_code_challenge(form["code_verifier"]) != asked["code_challenge"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse({"access_token": "access", "token_type": "Bearer", "id_token": self.id_token(asked)})

    def id_token(self, asked: Json) -> str:
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        claims |= {name: value for name, value in self.claims.items() if name not in self.in_userinfo}
        if self.token is not None:
            return self.token
        algorithm = "HS256" if self.algorithm == "confused" else self.algorithm
        header: Json = {"alg": algorithm, "kid": self.key.kid, **self.header}
        if algorithm == "none":
            return f"{_part(header)}.{_part(self.twist(claims))}."
        return jwt.encode(header, self.twist(claims), self._signer(), registry=ANY_HEADER)

    def _signer(self) -> RSAKey | OctKey:
        """Return the key by which it signs."""
        if self.algorithm == "confused":
            return OctKey.import_key(self.key.as_pem(private=False))
        return (self.signing_key or self.key) if self.algorithm.startswith("RS") else GUESSED


def _part(content: Json) -> str:
    return urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


@contextmanager
def provider() -> Iterator[StandInProvider]:
    """A provider on a port of its own."""
    port = free_port()
    stand_in = StandInProvider(f"http://127.0.0.1:{port}")
    server = uvicorn.Server(uvicorn.Config(stand_in.app(), port=port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    end = time.monotonic() + SECONDS
    while not server.started:
        assert thread.is_alive()
        assert time.monotonic() < end
        time.sleep(0.02)
    yield stand_in
    server.should_exit = True
    thread.join(SECONDS)
