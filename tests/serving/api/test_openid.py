"""The client of a provider: what it keeps, what it asks again, and what a provider may not say of itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from joserfc.jwk import RSAKey

from bench.harness.openid_provider import CLIENT, SECRET, StandInProvider, provider
from serving.api.openid import (
    FEWEST_SECONDS,
    KEPT_SECONDS,
    LoginAttempt,
    OpenIdPerson,
    OpenIdProvider,
    OpenIdProviders,
    ProviderError,
    refusal_of_groups,
)
from serving.settings.login import LoginSettings

BACK = "http://localhost:3000/back"


@pytest.fixture(scope="module")
def stand_in() -> Iterator[StandInProvider]:
    with provider() as stand_in:
        yield stand_in


class Clock:
    """Seconds that pass when the test says so."""

    seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


def client(stand_in: StandInProvider, **changes: Any) -> tuple[OpenIdProvider, Clock]:
    told = {
        "issuer": stand_in.issuer,
        "client_id": CLIENT,
        "address": "http://localhost:3000",
        "roles": {"sales": "rep"},
    }
    clock = Clock()
    stand_in.asked.clear()
    return OpenIdProvider(LoginSettings.model_validate({**told, **changes}), SECRET, BACK, clock), clock


def logged_in(asked: OpenIdProvider, stand_in: StandInProvider) -> OpenIdPerson:
    attempt = LoginAttempt.begun("/pages")
    answer = dict(parse_qsl(urlsplit(stand_in.log_in(asked.address_of(attempt))).query))
    return asked.person(attempt, answer)


def test_what_the_provider_says_of_itself_is_kept_for_an_hour(stand_in: StandInProvider) -> None:
    asked, clock = client(stand_in)
    for _ in range(2):
        assert logged_in(asked, stand_in).subject == "u1"
    assert sorted(stand_in.asked) == ["description", "keys"]
    clock.seconds += KEPT_SECONDS
    logged_in(asked, stand_in)
    assert sorted(stand_in.asked) == ["description", "description", "keys", "keys"]


def test_a_new_key_of_the_provider_is_asked_for_and_not_at_will(stand_in: StandInProvider) -> None:
    asked, clock = client(stand_in)
    logged_in(asked, stand_in)
    before = stand_in.key
    stand_in.key = RSAKey.generate_key(2048, {"kid": "two"})
    try:
        with pytest.raises(ProviderError, match="An ID token must be signed by"):
            logged_in(asked, stand_in)
        assert stand_in.asked.count("keys") == 1
        clock.seconds += FEWEST_SECONDS
        assert logged_in(asked, stand_in).name == "Ann Roe"
        assert stand_in.asked.count("keys") == 2
    finally:
        stand_in.key = before


@pytest.mark.parametrize(
    ("described", "rule"),
    [
        ({"issuer": "https://evil.example"}, "must call itself"),
        ({"token_endpoint": "http://evil.example/token"}, "token_endpoint by an https address"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "authorization_endpoint by an https address"),
        ({"jwks_uri": None}, "jwks_uri by an https address"),
    ],
)
def test_a_description_that_leads_elsewhere_is_not_followed(
    stand_in: StandInProvider, described: dict[str, Any], rule: str
) -> None:
    asked, _ = client(stand_in)
    stand_in.described = described
    try:
        with pytest.raises(ProviderError, match=rule):
            logged_in(asked, stand_in)
    finally:
        stand_in.described = {}


def test_a_provider_that_does_not_answer_is_named() -> None:
    settings = LoginSettings.model_validate(
        {"issuer": "http://127.0.0.1:9", "client_id": CLIENT, "address": "http://localhost", "roles": {"a": "rep"}}
    )
    with pytest.raises(
        ProviderError, match=r"http://127\.0\.0\.1:9/\.well-known/openid-configuration must answer with JSON"
    ):
        OpenIdProvider(settings, "", BACK).address_of(LoginAttempt.begun(""))


def test_a_provider_is_kept_while_the_settings_are_the_same(stand_in: StandInProvider) -> None:
    asked, _ = client(stand_in)
    known = OpenIdProviders()
    first = known.find(asked.settings, SECRET, BACK)
    assert known.find(asked.settings, SECRET, BACK) is first
    assert known.find(asked.settings, "other", BACK) is not first


def test_of_many_groups_a_few_are_said() -> None:
    person = OpenIdPerson("u", "n", tuple(f"g{number}" for number in range(9)), None)
    assert "got 'g0', 'g1', 'g2', 'g3', 'g4' and 4 more" in str(refusal_of_groups(person))


def test_a_client_that_the_provider_does_not_know_is_for_whoever_runs_the_service(stand_in: StandInProvider) -> None:
    asked, _ = client(stand_in)
    stand_in.refusal = "invalid_client"
    try:
        with pytest.raises(ProviderError, match="must take the client 'glengarry' with its secret, got invalid_client"):
            logged_in(asked, stand_in)
    finally:
        stand_in.refusal = ""


@pytest.mark.parametrize(("told", "rep_id"), [("R07", "R07"), (4711, "4711"), (True, None), (" ", None)])
def test_the_rep_may_come_by_userinfo_alone_and_as_a_whole_number(
    stand_in: StandInProvider, monkeypatch: pytest.MonkeyPatch, told: Any, rep_id: str | None
) -> None:
    monkeypatch.setattr(stand_in, "claims", {**stand_in.claims, "rep": told})
    monkeypatch.setattr(stand_in, "in_userinfo", ("rep",))
    asked, _ = client(stand_in, rep_claim="rep")
    assert logged_in(asked, stand_in).rep_id == rep_id
