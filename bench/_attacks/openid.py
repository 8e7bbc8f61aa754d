"""Attacks on the login by OpenID Connect: answers, tokens and groups of which something is not right."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
from joserfc.jwk import RSAKey

from bench._attacks.target import DEFECT, Attack, Json, Target, must
from bench.harness.openid_provider import CLIENT, StandInProvider

START, BACK = "/pages/login/openid", "/pages/login/openid/back"
ROLES = {"sales": "rep", "ops": "admin"}
SESSION, ATTEMPT = "glengarry_session", "glengarry_login"
Browser = Callable[[Target, httpx.Client], str]


def settings(issuer: str, address: str) -> Json:
    """Return the settings of a login by the stand-in."""
    return {"login": {"issuer": issuer, "client_id": CLIENT, "address": address, "roles": ROLES, "rep_claim": "rep"}}


def begun(browser: httpx.Client) -> str:
    """Press the button, and return where the browser is sent."""
    return str(browser.get(START).headers["location"])


def answered(target: Target, browser: httpx.Client) -> str:
    """Log in at the provider, and return the way back."""
    return target.provider.log_in(begun(browser))


def came_in(browser: httpx.Client) -> bool:
    """Return whether a browser sees leads."""
    return browser.get("/pages/leads").status_code == httpx.codes.OK


def kept_out(answer: httpx.Response, browser: httpx.Client) -> str:
    """Return what was found where an answer is a defect, or lets somebody in."""
    is_defect = answer.status_code >= DEFECT and answer.status_code != httpx.codes.BAD_GATEWAY
    return must(not is_defect and not came_in(browser), f"{answer.status_code} {answer.text[:200]}")


def attack(name: str, act: Browser, **lies: Any) -> Attack:
    """Return an attack by a browser of its own, while the provider says what it is made to."""

    def run(target: Target) -> str:
        honest = StandInProvider(target.provider.issuer, key=target.provider.key)
        for one, lie in lies.items():
            setattr(target.provider, one, lie)
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{target.port}", timeout=30) as browser:
                return act(target, browser)
        finally:
            for one in lies:
                setattr(target.provider, one, getattr(honest, one))

    return Attack("openid", name, run)


def claim(name: str, value: Any) -> Callable[[Json], Json]:
    """Return what puts a claim into a token, or takes it out."""
    return lambda claims: {key: one for key, one in (claims | {name: value}).items() if one is not None}


def log_in(target: Target, browser: httpx.Client) -> str:
    """Log in, which must let nobody in."""
    return kept_out(browser.get(answered(target, browser)), browser)


CLAIMS: tuple[tuple[str, Any], ...] = (
    ("aud", "another-service"),
    ("aud", ["another-service", "third"]),
    ("aud", [CLIENT, "another-service"]),
    ("aud", None),
    ("aud", ""),
    ("iss", "https://evil.example"),
    ("iss", None),
    ("nonce", "of-another-login"),
    ("nonce", None),
    ("exp", 1_000_000_000),
    ("exp", None),
    ("exp", "never"),
    ("iat", 9_999_999_999),
    ("nbf", 9_999_999_999),
    ("sub", None),
    ("sub", ""),
    ("sub", ["u1", "u2"]),
    ("azp", "another-service"),
    ("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"),
)
GROUPS: tuple[Any, ...] = (
    [],
    None,
    True,
    "ops,sales",
    "ops ",
    "OPS",
    ["ops\0"],
    ["ops "],
    [["ops"]],
    {"ops": True},
    ["\u043fops"],
    [{"name": "ops"}],
    ["admin"],
)


def tokens() -> Iterator[Attack]:
    """Come with tokens of which one thing is not right."""
    for name, value in CLAIMS:
        yield attack(f"a token with {name} {value!r}", log_in, twist=claim(name, value))
    for algorithm in ("none", "HS256", "confused"):
        yield attack(f"a token signed by {algorithm}", log_in, algorithm=algorithm)

    other = RSAKey.generate_key(2048, {"kid": "one"})
    yield attack("a token signed by another key of the same name", log_in, signing_key=other)
    shown = {"jwk": other.as_dict(private=False), "jku": "http://127.0.0.1:1/jwks", "x5u": "http://127.0.0.1:1/x"}
    yield attack("a token that brings its key along", log_in, signing_key=other, header=shown)
    for token in ("", "x", "a.b.c", "e30.e30.", "e30" * 50_000, "\ud800"):
        yield attack(f"a token that is {token[:10]!r}", log_in, token=token)


def answers_of_others() -> Iterator[Attack]:
    """Come back with answers to other logins, twice, and with attempts that were copied or made up."""

    def without(target: Target, browser: httpx.Client) -> str:
        back = answered(target, browser)
        browser.cookies.clear()
        return kept_out(browser.get(back), browser)

    yield attack("an answer to another browser's login", without)

    def under_mine(target: Target, browser: httpx.Client) -> str:
        stolen = answered(target, browser)
        begun(browser)
        return kept_out(browser.get(stolen), browser)

    yield attack("an answer to the login before", under_mine)

    def code_of_another(target: Target, browser: httpx.Client) -> str:
        other = parse_qs(urlsplit(answered(target, browser)).query)["code"][0]
        mine = answered(target, browser)
        return kept_out(browser.get(mine.replace(parse_qs(urlsplit(mine).query)["code"][0], other)), browser)

    yield attack("the code of another login", code_of_another)

    def twice(target: Target, browser: httpx.Client) -> str:
        back = answered(target, browser)
        attempt = browser.cookies[ATTEMPT]
        browser.get(back)
        browser.cookies.clear()
        return kept_out(browser.get(back, headers={"cookie": f"{ATTEMPT}={attempt}"}), browser)

    yield attack("an answer twice, with a copied attempt", twice)
    for cookie in ("x", "WyJhIl0.x.y", "[]", "=" * 4_000, "WyJhIiwiYiIsImMiLCJkIl0.aaaa.bbbb"):

        def made_up(target: Target, browser: httpx.Client, cookie: str = cookie) -> str:
            back = answered(target, browser)
            browser.cookies.clear()
            return kept_out(browser.get(back, headers={"cookie": f"{ATTEMPT}={cookie}"}), browser)

        yield attack(f"an attempt of {cookie[:20]!r}", made_up)
    for extra in (
        "&iss=https%3A%2F%2Fevil.example",
        "&state=another",
        "&code=another",
        "&error=access_denied",
        "&state=" + "a" * 20_000,
        "&code=%00",
    ):

        def changed(target: Target, browser: httpx.Client, extra: str = extra) -> str:
            return kept_out(browser.get(answered(target, browser) + extra), browser)

        yield attack(f"an answer with {extra[:30]}", changed)


def groups() -> Iterator[Attack]:
    """Come with groups that are none, and with claims that nobody asked for."""
    for value in GROUPS:
        claims = {"sub": "u7", "name": "Eve", "groups": value, "rep": "R07", "role": "admin", "roles": ["admin"]}
        yield attack(f"the groups {value!r}", log_in, claims=claims)

    claims = {"sub": "u8", "name": "Eve", "groups": ["ops"], "rep": "R07"}
    yield attack(
        "the groups of another person", log_in, claims=claims, in_userinfo=("groups",), twist=claim("sub", "u9")
    )

    def key_of_person(target: Target, browser: httpx.Client) -> str:
        browser.get(answered(target, browser))
        page = browser.get("/pages/leads").text
        keys = [
            f"gly_{'0' * 12}_",
            page.partition('name="token" value="')[2].partition('"')[0],
            browser.cookies[SESSION],
        ]
        statuses = [browser.get("/leads", headers={"authorization": f"Bearer {key}"}).status_code for key in keys]
        return must(set(statuses) == {401}, statuses)

    yield attack("what a session holds, as a key", key_of_person)

    def more_pages(target: Target, browser: httpx.Client) -> str:
        browser.get(answered(target, browser))
        statuses = [browser.get(f"/pages/{page}").status_code for page in ("overview", "audit", "outbox", "own")]
        return must(set(statuses) <= {403, 404}, statuses)

    yield attack("a rep opens the pages of an admin", more_pages)


def ways() -> Iterator[Attack]:
    """Have the login lead elsewhere, keep a cookie of before, and show markup."""
    for wanted in (
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/pages/../x",
        "/pages/%0d%0aX: 1",
        "/leads",
    ):

        def elsewhere(target: Target, browser: httpx.Client, wanted: str = wanted) -> str:
            to_provider = browser.get(START, params={"next": wanted}).headers["location"]
            answer = browser.get(target.provider.log_in(to_provider))
            to = answer.headers.get("location", "")
            return must(to.startswith("/pages/") and ".." not in to and "x-" not in answer.headers, to)

        yield attack(f"a login that leads to {wanted!r}", elsewhere)
    for header in ("host", "x-forwarded-host", "x-original-host", "forwarded"):

        def by_host(_: Target, browser: httpx.Client, header: str = header) -> str:
            value = "host=evil.example" if header == "forwarded" else "evil.example"
            to = browser.get(START, headers={header: value}).headers.get("location", "")
            return must("evil.example" not in to, to)

        yield attack(f"a way back by {header}", by_host)

    def fixed(target: Target, browser: httpx.Client) -> str:
        back = answered(target, browser)
        browser.cookies.set(SESSION, "planted", path="/pages")
        browser.get(back)
        return must("planted" not in [one.value for one in browser.cookies.jar if one.path == "/pages/"], "kept")

    yield attack("a session that was planted before", fixed)
    for markup in ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{7*7}}", "\0\r\n"):

        def shown(_: Target, browser: httpx.Client, markup: str = markup) -> str:
            state = parse_qs(urlsplit(begun(browser)).query)["state"][0]
            page = browser.get(f"{BACK}?state={state}&error=x&error_description={quote(markup)}")
            bad = any(mark in page.text for mark in ("<script>alert", "<img src=x", ">49<"))
            return must(page.status_code < DEFECT and not bad, f"{page.status_code} {page.text[:200]}")

        yield attack(f"a refusal in the words {markup!r}", shown)
