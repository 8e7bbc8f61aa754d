"""Login by a provider: who comes in with which role, and what a liar, a thief and a mix-up get."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from joserfc.jwk import RSAKey
from starlette.testclient import TestClient

from bench.harness.openid_provider import CLIENT, SECRET, StandInProvider, provider
from features.records.clock import to_microseconds
from serving.champion.champion import Champion
from serving.pages.routes.attempts import COOKIE as ATTEMPT
from serving.pages.routes.openid import BACK, START
from serving.pages.routes.session import COOKIE
from serving.runtime.app import create_app
from serving.settings.login import LOGIN_SECRET_VARIABLE, LoginSettings
from serving.store.keys import PERSON, KeyRing, list_keys, revoke_key
from serving.store.sessions import open_sessions
from serving.store.store import Store, open_store
from serving.store.tables import AUDIT
from tests.serving.pages.routes.conftest import token_of

HERE = "http://localhost:3000"


class Door:
    """The service with a provider beside it, and the browser of whoever stands before it."""

    def __init__(self, client: TestClient, stand_in: StandInProvider, store: Store) -> None:
        self.client, self.provider, self.store = client, stand_in, store

    def begin(self, wanted: str = "") -> str:
        """Press the button, and return where the browser is sent."""
        answer = self.client.get(START, params={"next": wanted} if wanted else {})
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    def come_back(self, address: str) -> Any:
        parts = urlsplit(address)
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{HERE}{BACK}"
        return self.client.get(f"{parts.path}?{parts.query}")

    def log_in(self, wanted: str = "") -> Any:
        return self.come_back(self.provider.log_in(self.begin(wanted)))

    def is_in(self) -> bool:
        return self.client.get("/pages/leads").status_code == 200


@pytest.fixture(scope="module")
def running(champion: Champion, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    url = f"sqlite:///{tmp_path_factory.mktemp('login') / 'store.db'}"
    store = open_store(url)
    with provider() as stand_in:
        login = LoginSettings(
            issuer=stand_in.issuer,
            client_id=CLIENT,
            address=HERE,
            roles={"sales": "rep", "ops": "admin"},
            rep_claim="rep",
        )
        behind = replace(champion, deployment=champion.deployment.model_copy(update={"login": login}))
        app = create_app(lambda: behind, lambda: open_store(url), environment={LOGIN_SECRET_VARIABLE: SECRET})
        with TestClient(app, base_url=HERE, follow_redirects=False) as client:
            yield Door(client, stand_in, store)
    store.close()


@pytest.fixture
def door(running: Door) -> Door:
    """Nobody is logged in, and the provider is sound."""
    running.client.cookies.clear()
    sound = StandInProvider(running.provider.issuer, key=running.provider.key)
    for name in ("claims", "twist", "algorithm", "described", "shown_key", "in_userinfo", "codes"):
        setattr(running.provider, name, getattr(sound, name))
    return running


def test_who_is_in_a_group_with_a_role_comes_in_to_what_was_wanted(door: Door) -> None:
    shown = door.client.get("/pages/login?next=/pages/leads/L1")
    assert 'href="/pages/login/openid?next=/pages/leads/L1"' in shown.text.replace("%2F", "/")
    answer = door.log_in("/pages/leads?order=newest")
    assert (answer.status_code, answer.headers["location"]) == (303, "/pages/leads?order=newest")
    assert door.is_in()
    (key,) = (one for one in door.store.ask(list_keys) if one.key_id.startswith(PERSON))
    assert (key.name, key.role, key.rep_id) == ("Ann Roe", "rep", "R07")
    assert ATTEMPT not in door.client.cookies
    page = door.client.get("/pages/leads").text
    assert "Ann Roe" in page
    assert "My leads" in page


@pytest.mark.parametrize("name", ["Ann\0 Roe", "Ann\r\n\u202eRoe", "\x1bAnn Roe\x9b"])
def test_a_name_of_signs_that_no_store_or_terminal_takes_is_written_without_them(door: Door, name: str) -> None:
    door.provider.claims = {**door.provider.claims, "name": name, "rep": name}
    assert door.log_in().status_code == 303
    (key,) = (one for one in door.store.ask(list_keys) if one.key_id.startswith(PERSON))
    assert (key.name, key.rep_id) == ("Ann Roe", None)
    assert "Ann Roe" in door.client.get("/pages/leads").text


def test_the_session_is_one_as_any_other_listed_ended_and_logged_out(door: Door) -> None:
    door.log_in()
    now = to_microseconds(datetime.now(UTC))
    named = [one for one in door.store.ask(open_sessions, now) if one.key_name == "Ann Roe"]
    assert named
    cookie = door.client.cookies[COOKIE]
    token = token_of(door.client.get("/pages/feedback").text)
    assert door.client.post("/pages/logout", data={"token": token}).headers["location"] == "/pages/login"
    door.client.cookies.set(COOKIE, cookie, path="/pages")
    assert not door.is_in()


def test_the_role_is_that_of_the_groups_of_now_and_the_highest_of_several(door: Door) -> None:
    door.log_in()
    assert door.client.get("/pages/overview").status_code == 403
    door.client.cookies.clear()
    door.provider.claims = {**door.provider.claims, "groups": ["guests", "ops", "sales"]}
    door.log_in()
    (key,) = (one for one in door.store.ask(list_keys) if one.key_id.startswith(PERSON))
    assert (key.role, key.rep_id) == ("admin", None)
    with door.store.reading() as connection:
        said = connection.execute(sa.select(AUDIT.c.detail).where(AUDIT.c.action == "person admitted")).scalars().all()
    assert said[-1] == "admin 'Ann Roe'"


def test_no_secret_is_that_of_a_person(door: Door) -> None:
    door.log_in()
    (key,) = (one for one in door.store.ask(list_keys) if one.key_id.startswith(PERSON))
    ring = KeyRing(door.store)
    for token in (key.key_id, f"gly_{key.key_id}_", f"gly_{key.key_id.removeprefix(PERSON)}_", ""):
        assert ring.find(token) is None
        assert door.client.get("/leads", headers={"authorization": f"Bearer {token}"}).status_code == 401


@pytest.mark.parametrize(
    ("groups", "said"), [([], "got none"), (["guests", "x"], "got &#39;guests&#39;, &#39;x&#39;"), (7, "got none")]
)
def test_who_has_no_group_with_a_role_is_refused_with_the_remedy(door: Door, groups: Any, said: str) -> None:
    door.provider.claims = {**door.provider.claims, "groups": groups}
    answer = door.log_in()
    assert answer.status_code == 403
    assert "One of your groups must have a role here" in answer.text
    assert said in answer.text
    assert "under [login.roles]" in answer.text
    assert not door.is_in()


def test_who_loses_the_last_group_with_a_role_loses_role_and_sessions_and_comes_in_again_with_one(door: Door) -> None:
    door.provider.claims = {"sub": "u3", "name": "Cy Moe", "groups": ["ops"]}
    door.log_in()
    now = to_microseconds(datetime.now(UTC))
    door.provider.claims = {**door.provider.claims, "groups": ["guests"]}
    assert door.log_in().status_code == 403

    (key,) = (one for one in door.store.ask(list_keys) if one.name == "Cy Moe")
    assert (key.role, key.rep_id, key.revoked_at) == ("form", None, None)
    assert [one for one in door.store.ask(open_sessions, now) if one.key_id == key.key_id] == []
    with door.store.reading() as connection:
        entries = sa.select(AUDIT.c.action, AUDIT.c.detail).where(AUDIT.c.subject == f"key {key.key_id}")
        said = [tuple(row) for row in connection.execute(entries.order_by(AUDIT.c.at))]
    assert said == [("person admitted", "admin 'Cy Moe'"), ("person dismissed", "was admin 'Cy Moe'")]

    assert door.log_in().status_code == 403
    door.provider.claims = {**door.provider.claims, "groups": ["sales"]}
    assert door.log_in().status_code == 303
    (key,) = (one for one in door.store.ask(list_keys) if one.name == "Cy Moe")
    assert key.role == "rep"


def test_nothing_is_kept_of_a_stranger_who_is_refused(door: Door) -> None:
    door.provider.claims = {"sub": "u4", "name": "Di Noe", "groups": []}
    assert door.log_in().status_code == 403
    assert all(one.name != "Di Noe" for one in door.store.ask(list_keys))


def test_groups_may_come_by_userinfo_of_the_same_person_alone(door: Door) -> None:
    door.provider.in_userinfo = ("groups", "rep")
    assert door.log_in().status_code == 303
    door.client.cookies.clear()
    door.provider.twist = lambda claims: claims | {"sub": "another"}
    assert "got none" in door.log_in().text


def test_who_was_revoked_here_stays_out_whatever_the_provider_says(door: Door) -> None:
    door.provider.claims = {**door.provider.claims, "sub": "u2", "name": "Bo Poe"}
    door.log_in()
    (key,) = (one for one in door.store.ask(list_keys) if one.name == "Bo Poe")
    revoke_key(door.store, key.key_id, to_microseconds(datetime.now(UTC)))
    door.client.cookies.clear()
    answer = door.log_in()
    assert answer.status_code == 403
    assert "let you in again" in answer.text
    assert not door.is_in()


def lie(name: str, value: Any) -> Any:
    return lambda claims: {key: one for key, one in (claims | {name: value}).items() if one is not None}


@pytest.mark.parametrize(
    "twist",
    [
        lie("aud", "another-service"),
        lie("aud", ["another-service", "third"]),
        lie("aud", None),
        lie("iss", "https://evil.example"),
        lie("iss", None),
        lie("nonce", "of-another-login"),
        lie("nonce", None),
        lie("exp", 1_000_000_000),
        lie("exp", None),
        lie("sub", None),
        lie("sub", ""),
        lie("sub", " "),
        lie("sub", 7),
        lie("azp", "another-service"),
    ],
)
def test_a_token_of_another_issuer_service_login_or_time_is_not_believed(door: Door, twist: Any) -> None:
    door.provider.twist = twist
    answer = door.log_in()
    assert answer.status_code == 502
    assert "does not answer as it must" in answer.text
    assert not door.is_in()


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_token_without_a_signature_of_the_providers_own_key_is_not_believed(door: Door, algorithm: str) -> None:
    door.provider.algorithm = algorithm
    assert door.log_in().status_code == 502
    assert not door.is_in()


def test_a_token_signed_by_another_key_is_not_believed(door: Door) -> None:
    door.log_in()
    door.client.cookies.clear()
    mine = door.provider.key
    try:
        door.provider.shown_key = mine
        door.provider.key = RSAKey.generate_key(2048, {"kid": "one"})
        assert door.log_in().status_code == 502
        assert not door.is_in()
    finally:
        door.provider.key = mine


def test_an_answer_to_another_browsers_login_lets_nobody_in(door: Door) -> None:
    stolen = door.provider.log_in(door.begin())  # the attacker's own login, whose answer the victim is made to open
    door.client.cookies.clear()
    answer = door.come_back(stolen)
    assert answer.status_code == 403
    assert "This browser began no login" in answer.text
    door.begin()
    answer = door.come_back(stolen)
    assert answer.status_code == 403
    assert "belongs to another login" in answer.text
    assert not door.is_in()


def test_the_code_of_another_login_is_worth_nothing_under_this_state(door: Door) -> None:
    other = parse_qs(urlsplit(door.provider.log_in(door.begin())).query)["code"][0]
    mine = door.provider.log_in(door.begin())
    code = parse_qs(urlsplit(mine).query)["code"][0]
    answer = door.come_back(mine.replace(code, other))
    assert answer.status_code == 403
    assert "does not take this answer" in answer.text
    assert not door.is_in()


def test_an_answer_is_taken_once(door: Door) -> None:
    address = door.provider.log_in(door.begin())
    attempt = door.client.cookies[ATTEMPT]
    assert door.come_back(address).status_code == 303
    door.client.cookies.clear()
    assert door.come_back(address).status_code == 403  # the browser has forgotten its attempt
    door.client.cookies.set(ATTEMPT, attempt, path="/pages/login/openid")
    answer = door.come_back(address)
    assert answer.status_code == 403
    assert "used before, or is too old" in answer.text
    assert not door.is_in()


@pytest.mark.parametrize("cookie", ["", "x", "WyJhIl0.x.y", "WyJhIiwiYiIsImMiLCJkIl0.aaaa.bbbb"])
def test_an_attempt_that_was_made_up_is_none(door: Door, cookie: str) -> None:
    address = door.provider.log_in(door.begin())
    door.client.cookies.clear()
    door.client.cookies.set(ATTEMPT, cookie, path="/pages/login/openid")
    assert "This browser began no login" in door.come_back(address).text


@pytest.mark.parametrize(
    "wanted",
    ["https://elsewhere.example", "//elsewhere.example", "/pages/../x", "/pages/\\x", "/leads", "/pages/login/openid"],
)
def test_a_login_leads_to_our_pages_alone(door: Door, wanted: str) -> None:
    assert door.log_in(wanted).headers["location"] == "/pages/leads"


def test_what_the_provider_refuses_is_said_and_is_no_markup(door: Door) -> None:
    state = parse_qs(urlsplit(door.begin()).query)["state"][0]
    answer = door.come_back(f"{HERE}{BACK}?state={state}&error=access_denied&error_description=%3Cscript%3Eno%20entry")
    assert answer.status_code == 403
    assert "no entry" in answer.text
    assert "<script>no" not in answer.text


def test_an_answer_that_names_another_provider_is_refused(door: Door) -> None:
    address = door.provider.log_in(door.begin())
    answer = door.come_back(f"{address}&iss=https%3A%2F%2Fevil.example")
    assert answer.status_code == 403
    assert "another provider" in answer.text


def test_the_provider_is_asked_once_for_what_it_says_of_itself(door: Door) -> None:
    door.log_in()
    door.provider.asked.clear()
    for _ in range(3):
        door.client.cookies.clear()
        assert door.log_in().status_code == 303
    assert "description" not in door.provider.asked
    assert "keys" not in door.provider.asked


def test_without_a_provider_there_is_no_button_and_no_way(champion: Champion, store_url: str) -> None:
    with TestClient(create_app(lambda: champion, lambda: open_store(store_url)), follow_redirects=False) as client:
        assert "openid" not in client.get("/pages/login").text
        assert client.get(START).status_code == 404
        assert client.get(BACK).status_code == 404
