"""Forms as browsers post them: stored, answered without a score, and held to their limits."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.requests import Request
from starlette.testclient import TestClient

from bench.harness.keys import bearer, make_tokens
from features.settings.schema import LeadSchema
from serving.api.form_posts import read_post
from serving.champion.champion import Champion
from serving.runtime.app import create_app
from serving.schemas.problems import RefusedError
from serving.settings.forms import FormSettings
from serving.store import leftovers
from serving.store.store import open_store
from serving.store.tables import AUDIT, LEADS, SET_ASIDE
from serving.store.tombstones import ErasedPeople
from tests.serving.conftest import Service
from tests.serving.pages.routes.conftest import token_of

SITE = "https://www.example.com"
FORMS = FormSettings(
    origins=(SITE,),
    thanks=(f"{SITE}/thanks", f"{SITE}/danke"),
    honeypot="website",
    ignore=("send",),
    most_bytes=2_000,
    most_seconds=0.5,
    most_per_address=1_000,
    most_per_key=1_000,
)
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8", "origin": SITE}
ANSWERS = {"budget": "5,000 to 20,000", "wants_contact": "on", "cost_of_not_solving": "1200", "source": "trade show"}
SCORE_WORDS = re.compile("score|probability|reason|margin|contribution|decision|percentile", re.IGNORECASE)


@contextmanager
def serving(champion: Champion, url: str, forms: FormSettings) -> Iterator[Service]:
    tokens, store = make_tokens(url), open_store(url)
    changed = replace(champion, deployment=champion.deployment.model_copy(update={"forms": forms}))
    with TestClient(create_app(lambda: changed, lambda: open_store(url)), follow_redirects=False) as client:
        yield Service(client, tokens, store)
    store.close()


@pytest.fixture
def service(champion: Champion, url: str) -> Iterator[Service]:
    with serving(champion, url, FORMS) as running:
        yield running


@pytest.fixture
def quick(champion: Champion, tmp_path: Path) -> Iterator[Service]:
    """A service in SQLite, where the database makes no difference."""
    with serving(champion, f"sqlite:///{tmp_path / 'store.db'}", FORMS) as running:
        yield running


def post(service: Service, fields: Any, headers: Any = None, **more: Any) -> Any:
    given = {"_key": service.tokens["form"], **fields}
    return service.client.post("/leads", data=given, headers=headers or {}, **more)


def stored(service: Service) -> list[Any]:
    with service.store.reading() as connection:
        return list(connection.execute(sa.select(LEADS)).mappings())


def audit(service: Service, action: str) -> list[Any]:
    service.tell("/outcomes", {"outcomes": []}, status=200)  # nobody waits for entries; this comes after them
    with service.store.reading() as connection:
        return list(connection.execute(sa.select(AUDIT).where(AUDIT.c.action == action)).mappings())


@pytest.mark.parametrize("more", [{}, {"files": {}}], ids=["urlencoded", "multipart"])
def test_form_is_a_lead_and_its_answer_says_no_more(service: Service, more: Any) -> None:
    given = {"_key": service.tokens["form"], **ANSWERS, "website": "", "send": "Send", "title": ""}
    if "files" in more:
        answer = service.client.post("/leads", files=[(name, (None, text)) for name, text in given.items()])
    else:
        answer = service.client.post("/leads", data=given)

    assert answer.status_code == 201
    assert set(answer.json()) == {"lead_id", "created_at", "recorded_at"}
    known = service.ask(f"/leads/{answer.json()['lead_id']}")
    assert known["fields"] == ANSWERS | {"wants_contact": True, "cost_of_not_solving": 1200}
    assert known["score"]["probability"] > 0


def test_form_is_scored_as_the_same_lead_in_json(quick: Service) -> None:
    told = ANSWERS | {"wants_contact": True, "cost_of_not_solving": 1200}
    by_form, by_json = post(quick, ANSWERS).json(), quick.tell("/leads", {"fields": told}, role="crm")

    scores = [quick.ask(f"/leads/{lead['lead_id']}/why") for lead in (by_form, by_json)]
    assert scores[0]["probability"] == pytest.approx(scores[1]["probability"], abs=1e-9)
    assert quick.ask(f"/leads/{by_form['lead_id']}")["fields"] == told


def test_lists_of_one_option_are_that_option(quick: Service) -> None:
    by_form = post(quick, {"budget[]": "none", "source[]": "webinar"})
    by_json = quick.tell("/leads", {"fields": {"budget": ["none"], "source": ["webinar"]}}, role="crm")

    for lead in (by_form.json(), by_json):
        assert "set_aside" not in lead
        assert quick.ask(f"/leads/{lead['lead_id']}")["fields"] == {"budget": "none", "source": "webinar"}


def test_lists_of_several_options_are_set_aside_whole(quick: Service) -> None:
    answer = post(quick, {"budget[]": ["none", "under 5,000"], "source": "webinar"}).json()

    known = quick.ask(f"/leads/{answer['lead_id']}")
    assert known["fields"] == {"source": "webinar"}
    assert [(one["name"], one["value"]) for one in known["set_aside"]] == [("budget", "none, under 5,000")]


@pytest.mark.parametrize("role", ["form", "crm", "admin"])
def test_key_may_come_in_a_header_and_the_answer_is_the_same(quick: Service, role: Any) -> None:
    answer = quick.client.post("/leads", data=ANSWERS, headers=bearer(quick.tokens[role]))

    assert answer.status_code == 201
    assert not SCORE_WORDS.search(answer.text)


def test_browser_is_sent_on_to_an_address_of_the_settings(quick: Service) -> None:
    first, named = post(quick, ANSWERS, BROWSER), post(quick, ANSWERS | {"_thanks": f"{SITE}/danke"}, BROWSER)
    elsewhere = post(quick, ANSWERS | {"_thanks": "https://evil.example"}, BROWSER)

    assert (first.status_code, first.headers["location"], first.text) == (303, f"{SITE}/thanks", "")
    assert (named.status_code, named.headers["location"]) == (303, f"{SITE}/danke")
    assert (elsewhere.status_code, elsewhere.headers["location"]) == (303, f"{SITE}/thanks")
    assert len(stored(quick)) == 3


def test_browser_without_an_address_to_go_to_gets_a_small_page(champion: Champion, tmp_path: Path) -> None:
    with serving(champion, f"sqlite:///{tmp_path / 'store.db'}", FORMS.model_copy(update={"thanks": ()})) as running:
        answer = post(running, ANSWERS, BROWSER)

    assert answer.status_code == 201
    assert answer.headers["content-type"].startswith("text/html")
    assert "Thank you" in answer.text
    assert not SCORE_WORDS.search(answer.text)


def test_visitor_whose_every_word_is_unreadable_reads_what_to_correct(quick: Service) -> None:
    answer = post(quick, {"budget": "<b>a lot</b>", "wants_contact": "perhaps", "cost_of_not_solving": "-1"}, BROWSER)

    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["access-control-allow-origin"] == SITE
    assert "go back, correct this" in answer.text
    assert "<li>What the budget is: please choose one of none, under 5,000, 5,000 to 20,000" in answer.text
    assert "<li>Whether we may call: please answer yes or no" in answer.text
    assert "<li>What it costs not to solve this: please write a number of 0 or more" in answer.text
    assert "&lt;b&gt;a lot&lt;/b&gt;" in answer.text
    assert "<b>" not in answer.text
    assert answer.headers["x-request-id"] in answer.text
    assert not SCORE_WORDS.search(answer.text)
    assert stored(quick) == []


def test_visitor_who_fills_in_nothing_reads_so(quick: Service) -> None:
    answer = post(quick, {"budget": "", "source": " "}, BROWSER)

    assert answer.status_code == 422
    assert "Nothing was filled in" in answer.text
    assert stored(quick) == []


@pytest.mark.parametrize(
    ("fields", "headers", "status", "said"),
    [
        (
            {},
            {"origin": "https://elsewhere.example"},
            403,
            "For those who run it: &#x27;Origin&#x27; must be a site that may post",
        ),
        ({"_key": "gly_000000000000_x"}, {}, 401, "For those who run it: &#x27;_key&#x27; must hold a good key"),
        ({"budget": "x" * 3_000}, {}, 413, "It is too long"),
    ],
    ids=["other site", "no key", "too large"],
)
def test_visitor_reads_why_the_form_does_not_work(
    quick: Service, fields: Any, headers: Any, status: int, said: str
) -> None:
    answer = post(quick, ANSWERS | fields, BROWSER | headers)

    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert said in answer.text


def test_visitor_who_sends_other_answers_for_the_same_lead_reads_that_the_first_ones_stay(quick: Service) -> None:
    first, again = (
        post(quick, {"lead_id": "visit-1", "budget": budget}, BROWSER) for budget in ("none", "over 50,000")
    )

    assert (first.status_code, again.status_code) == (303, 409)
    assert "received it before, with other answers" in again.text
    assert [lead["fields"] for lead in stored(quick)] == [{"budget": "none"}]


def test_visitor_is_asked_to_try_again_when_too_much_comes_or_something_breaks(
    champion: Champion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = FORMS.model_copy(update={"most_per_key": 1})
    with serving(champion, f"sqlite:///{tmp_path / 'store.db'}", few) as running:
        _, often = post(running, ANSWERS, BROWSER), post(running, ANSWERS, BROWSER)
    with serving(champion, f"sqlite:///{tmp_path / 'other.db'}", FORMS) as running:
        monkeypatch.setattr("serving.api.form_posts.lead_of", lambda *_: 1 / 0)
        broken = post(running, ANSWERS, BROWSER)

    assert (often.status_code, broken.status_code) == (429, 500)
    assert int(often.headers["retry-after"]) > 0
    for answer in (often, broken):
        assert "could not take it just now" in answer.text


@pytest.mark.parametrize("headers", [{}, BROWSER], ids=["script", "browser"])
def test_who_fills_the_honeypot_in_is_answered_alike_and_is_no_lead(service: Service, headers: Any) -> None:
    good, trapped = post(service, ANSWERS, headers), post(service, {"website": "http://spam", **ANSWERS}, headers)

    assert trapped.status_code == good.status_code
    assert trapped.headers.keys() == good.headers.keys()
    if not headers:
        assert trapped.json().keys() == good.json().keys()
        assert len(trapped.json()["lead_id"]) == len(good.json()["lead_id"])
        service.ask(f"/leads/{trapped.json()['lead_id']}", status=404)
    assert len(stored(service)) == 1
    metrics = service.client.get("/metrics", headers=bearer(service.tokens["admin"])).text
    assert "glengarry_forms_trapped_total 1.0" in metrics
    (entry,) = audit(service, "form trapped")
    assert entry["key_id"] == service.tokens["form"].split("_")[1]
    assert "spam" not in str(dict(entry))


def test_form_that_a_browser_trapped_can_be_taken_as_a_lead(service: Service) -> None:
    """What came is kept as it came; bots beside it stay where they are, and nothing is taken twice."""
    post(service, {"website": "http://spam", "budget": "none"})
    for _ in range(2):
        post(service, {"website": "Nordwind Ltd", "lead_id": "visit-7", "shoe_size": "43", **ANSWERS})
    trapped = {one.times: one for one in service.store.ask(leftovers.leftovers)}
    assert set(trapped) == {1, 2}
    assert json.loads(trapped[2].message)["honeypot"] == "Nordwind Ltd"
    service.client.post("/pages/login", data={"key": service.tokens["admin"]})
    page = service.client.get("/pages/unread").text
    assert "A person sent it" in page
    assert f"Read those of {leftovers.TRAPPED} again" not in page

    chosen = {"token": token_of(page), "webhook": leftovers.TRAPPED, "leftover": trapped[2].leftover_id}
    first, again = (service.client.post("/pages/unread", data=chosen).text for _ in range(2))

    assert "It is a lead now" in first
    assert "It is not there any more" in again
    assert [one["lead_id"] for one in stored(service)] == ["form-visit-7"]
    known = service.ask("/leads/form-visit-7")
    assert known["fields"]["budget"] == ANSWERS["budget"]
    assert [one["name"] for one in known["set_aside"]] == ["shoe_size"]
    assert [one.times for one in service.store.ask(leftovers.leftovers)] == [1]


def test_form_of_somebody_who_was_erased_is_not_kept_for_having_been_trapped(quick: Service) -> None:
    person = {"source": "trade show", "your-email": "ada@nordwind.example"}
    lead_id = post(quick, person).json()["lead_id"]
    quick.ask(f"/leads/{lead_id}", status=204, method="DELETE")

    answer = post(quick, {"website": "Nordwind", "lead_id": lead_id, "source": "trade show"})

    assert answer.status_code == 201
    assert quick.store.ask(leftovers.leftovers) == []


def test_bots_push_out_no_messages_of_webhooks(quick: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leftovers, "MAX_KEPT", 2)
    with quick.store.writing(1_700_000_000_000_000) as transaction:
        nobody = ErasedPeople(transaction, LeadSchema(horizon_days=90))
        leftovers.keep_leftovers(transaction, "crm", [({"is": "deal"}, "")], nobody)
    for budget in ("none", "over 50,000", "5,000 to 20,000"):
        post(quick, {"website": "http://spam", "budget": budget})

    kept = [one.webhook for one in quick.store.ask(leftovers.leftovers)]
    assert sorted(kept) == ["crm", leftovers.TRAPPED, leftovers.TRAPPED]


@pytest.mark.parametrize("way", ["form", "json"])
def test_form_takes_no_id_that_a_crm_gives_and_learns_of_none(quick: Service, way: str) -> None:
    """Whoever has the public key guesses the id of a lead, before and after the CRM tells of it."""

    def guess(lead_id: str) -> Any:
        if way == "form":
            return post(quick, {"lead_id": lead_id, "budget": "none"})
        lead = {"lead_id": lead_id, "fields": {"budget": "none"}}
        return quick.client.post("/leads", json=lead, headers={"x-api-key": quick.tokens["form"], "origin": SITE})

    before = guess("1042")
    quick.tell("/leads", {"lead_id": "1042", "fields": {"budget": "over 50,000"}}, role="crm")
    after, long = guess("1042"), guess("1" * 198)

    assert before.json() == after.json()
    assert before.json()["lead_id"] == "form-1042"
    assert quick.ask("/leads/1042")["fields"] == {"budget": "over 50,000"}
    assert re.fullmatch("form-[0-9a-f]{64}", long.json()["lead_id"])
    assert guess("form-1042").json() == before.json()  # as it was answered


@pytest.mark.parametrize(
    "fields",
    [
        {"budget": "a lot", "shoe_size": "43"},
        {"cost_of_not_solving": "-1", "budget": "none"},
        {"lead_id": "x" * 201, "budget": "none"},
        {"lead_id": "taken", "budget": "none"},
        {"lead_id": "taken", **ANSWERS},
        {"shoe_size": "43"},
        {},
    ],
)
def test_the_honeypot_cannot_be_told_by_what_else_a_form_says(service: Service, fields: dict[str, str]) -> None:
    post(service, {"lead_id": "taken", **ANSWERS}, {})
    before = len(stored(service))

    trapped = post(service, {"website": "http://spam", **fields}, {})
    assert len(stored(service)) == before
    good = post(service, fields, {})

    assert (trapped.status_code, _shape(trapped.json())) == (good.status_code, _shape(good.json()))


def _shape(answer: Any) -> Any:
    """Return an answer without what differs from one call to the next."""
    fresh = {name: "" for name in ("lead_id", "created_at", "recorded_at", "request_id") if name in answer}
    return answer | fresh if answer.get("lead_id") != "form-taken" else answer | {"request_id": ""}


@pytest.mark.parametrize(
    ("fields", "aside", "rule"),
    [
        ({"budget": "a lot"}, ("budget", "a lot"), "must be one of 'none'"),
        ({"cost_of_not_solving": "a lot"}, ("cost_of_not_solving", "a lot"), "must be a number"),
        ({"cost_of_not_solving": "-1"}, ("cost_of_not_solving", "-1"), "must be >= 0"),
        ({"wants_contact": "perhaps"}, ("wants_contact", "perhaps"), "must be true or false"),
        ({"budget": ["none", "over 50,000"]}, ("budget", "none, over 50,000"), "must have one value"),
        ({"shoe_size": "43"}, ("shoe_size", "43"), "must be a field of the settings"),
        ({"lead_id": "x" * 201}, ("lead_id", "x" * 201), "must be a text of 1 to 200 characters"),
        ({"created_at": "2999-01-01"}, ("created_at", "2999-01-01"), "must be a field of the settings"),
    ],
)
def test_what_cannot_be_read_is_set_aside_and_the_rest_is_the_lead(
    quick: Service, fields: Any, aside: tuple[str, str], rule: str
) -> None:
    answer = post(quick, {"source": "trade show"} | fields)

    assert answer.status_code == 201
    (told,) = answer.json()["set_aside"]
    assert told["rule"].startswith(rule)
    assert told["remedy"]
    assert not SCORE_WORDS.search(answer.text)
    known = quick.ask(f"/leads/{answer.json()['lead_id']}")
    assert known["fields"] == {"source": "trade show"}
    assert [(one["name"], one["value"]) for one in known["set_aside"]] == [aside]
    assert known["score"]["probability"] > 0
    figures = quick.client.get("/metrics", headers=bearer(quick.tokens["admin"])).text
    assert "glengarry_set_aside_total{" in figures


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"your-email": "ada@nordwind.example"}, 201),
        ({"phone": "+49 30 23125 001"}, 201),
        ({"_mail": "ada@nordwind.example"}, 422),
        ({"gclid": "Cj0KCQiA", "ak_js": "1700000000000"}, 422),
    ],
)
def test_post_of_unknown_names_is_a_lead_if_somebody_can_be_reached(quick: Service, fields: Any, status: int) -> None:
    by_form = post(quick, fields)
    by_json = quick.client.post("/leads", json={"fields": fields}, headers=bearer(quick.tokens["form"]))

    assert (by_form.status_code, by_json.status_code) == (status, status)
    assert len(stored(quick)) == (2 if status == 201 else 0)


def test_erasing_a_lead_erases_what_was_set_aside(service: Service) -> None:
    lead_id = post(service, {"source": "trade show", "your-name": "Ada Berger"}).json()["lead_id"]

    service.ask(f"/leads/{lead_id}", status=204, method="DELETE")

    with service.store.reading() as connection:
        assert connection.execute(sa.select(SET_ASIDE)).all() == []


HOSTILE = ["<script>alert(1)</script>", "'; DROP TABLE leads; --", "{{7*7}}", "\u202e\U0001f4a9", "A" * 900]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_kept_as_text_or_refused(service: Service, text: str) -> None:
    named, kept = post(service, {text: "1"}), post(service, {"source": text})
    listed = post(service, {"budget": text}, BROWSER)

    assert named.status_code == listed.status_code == 422
    assert named.headers["content-type"] == "application/problem+json"
    assert listed.headers["content-security-policy"] == "default-src 'none'"
    assert "<script>" not in listed.text
    assert kept.status_code == 201
    assert service.ask(f"/leads/{kept.json()['lead_id']}")["fields"] == {"source": text}


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/x-www-form-urlencoded", b"&".join([b"a"] * 900), 400),
        ("application/x-www-form-urlencoded", b"source=" + b"x" * 3_000, 413),
        ("application/x-www-form-urlencoded; charset=latin-1", b"source=x", 401),
        ("application/x-www-form-urlencoded", b"", 401),
        ("multipart/form-data", b"source=x", 400),
        ("multipart/form-data; boundary=other", b"--XX\r\n", 400),
        ("multipart/form-data; boundary=XX", b"--XX\r\n" + b"x" * 3_000, 413),
        ("text/plain", b"source=x", 401),
    ],
)
def test_what_is_no_good_form_is_a_problem(quick: Service, content_type: str, body: bytes, status: int) -> None:
    answer = quick.client.post("/leads", content=body, headers={"content-type": content_type})

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert post(quick, ANSWERS).status_code == 201


def test_slow_body_is_given_up() -> None:
    parts = [{"type": "http.request", "body": b"source=x", "more_body": True}]

    async def receive() -> Any:
        return parts.pop() if parts else await asyncio.Event().wait()

    headers = [(b"content-type", b"application/x-www-form-urlencoded")]
    settings = FORMS.model_copy(update={"most_seconds": 0.01})
    with pytest.raises(RefusedError, match=r"must arrive within 0\.01 seconds") as refused:
        asyncio.run(read_post(Request({"type": "http", "headers": headers}, receive), settings))

    assert refused.value.problem.status == 408
    assert refused.value.headers["connection"] == "close"


def test_file_is_set_aside_by_name(quick: Service) -> None:
    answer = post(quick, ANSWERS, files={"cv": ("cv.pdf", b"%PDF")})

    assert answer.status_code == 201
    assert [one["name"] for one in quick.ask(f"/leads/{answer.json()['lead_id']}")["set_aside"]] == ["cv"]


def test_key_in_a_page_must_be_one_for_forms_and_is_never_shown(
    quick: Service, caplog: pytest.LogCaptureFixture
) -> None:
    for role, status in (("crm", 403), ("admin", 403), ("rep", 403)):
        token = quick.tokens[role]  # type: ignore[index]
        answer = post(quick, ANSWERS | {"_key": token})
        assert answer.status_code == status
        assert answer.json()["errors"][0]["field"] == "_key"
        assert token.split("_", 2)[2] not in answer.text + caplog.text
    wrong = post(quick, ANSWERS | {"_key": "gly_0_wrongwrong"})
    assert wrong.status_code == 401
    assert "wrongwrong" not in wrong.text + caplog.text + str(audit(quick, "refused"))
    assert [entry["detail"] for entry in audit(quick, "refused")] == ["The key is for other calls"] * 3 + [
        "A key is needed"
    ]
    assert stored(quick) == []


def test_same_post_twice_is_one_lead_whatever_its_boundary(quick: Service) -> None:
    parts = [(name, (None, text)) for name, text in {"_key": quick.tokens["form"], **ANSWERS}.items()]
    once = {"idempotency-key": "d3b0"}
    answers = [quick.client.post("/leads", files=parts, headers=once) for _ in range(2)]
    other = post(quick, {"source": "other"}, once)

    assert answers[0].json() == answers[1].json()
    assert answers[0].request.headers["content-type"] != answers[1].request.headers["content-type"]
    assert other.json()["type"] == "urn:glengarry:problem:idempotency-key-reused"
    assert post(quick, ANSWERS | {"lead_id": "L1"}).json() == post(quick, ANSWERS | {"lead_id": "L1"}).json()
    assert len(stored(quick)) == 2


def test_too_many_posts_are_refused_by_address_and_by_key(champion: Champion, tmp_path: Path) -> None:
    forms = FORMS.model_copy(update={"most_per_address": 2, "most_per_key": 5, "address_header": "X-Real-IP"})
    with serving(champion, f"sqlite:///{tmp_path / 'store.db'}", forms) as running:
        statuses = [
            post(running, ANSWERS, {"x-real-ip": address}).status_code for address in ("1.1.1.1", "1.1.1.1", "1.1.1.1")
        ]
        # JSON by a form's key counts as well; that of a CRM does not.
        json_too = [
            running.client.post(
                "/leads", json={"fields": {}}, headers=bearer(running.tokens["form"]) | {"x-real-ip": "2.2.2.2"}
            ).status_code
            for _ in range(3)
        ]
        crm = running.client.post("/leads", json={"fields": {}}, headers=bearer(running.tokens["crm"]))
        post(running, ANSWERS, {"x-real-ip": "3.3.3.3"})
        by_key = post(running, ANSWERS, {"x-real-ip": "3.3.3.3"})

    assert statuses == json_too == [201, 201, 429]
    assert crm.status_code == 201
    assert by_key.status_code == 429
    assert by_key.json()["errors"][0]["field"] == "key"
    assert int(by_key.headers["retry-after"]) > 0


def test_many_leads_by_a_form_s_key_count_as_many_posts(champion: Champion, tmp_path: Path) -> None:
    forms = FORMS.model_copy(update={"most_per_address": 5})
    with serving(champion, f"sqlite:///{tmp_path / 'store.db'}", forms) as running:
        running.tell("/leads", {"leads": [{"fields": {}}] * 3}, status=200, role="form")
        running.tell("/leads", {"leads": [{"fields": {}}] * 3}, status=429, role="form")
        running.tell("/leads", {"leads": [{"fields": {}}] * 9}, status=200, role="crm")

        assert len(stored(running)) == 12


def test_json_of_a_page_is_held_to_the_limit_of_forms(quick: Service) -> None:
    body = {"fields": {"source": "x" * 3_000}}

    assert quick.tell("/leads", body, status=413, role="form")
    assert quick.tell("/leads", body, role="crm")


PREFLIGHT = {"origin": SITE, "access-control-request-method": "POST"}


@pytest.mark.parametrize("headers", ["content-type", "authorization,content-type,idempotency-key", "x-api-key"])
def test_browser_is_told_that_an_allowed_site_may_post(quick: Service, headers: str) -> None:
    asked = quick.client.options("/leads", headers=PREFLIGHT | {"access-control-request-headers": headers})

    assert asked.status_code == 200
    assert asked.headers["access-control-allow-origin"] == SITE
    assert "POST" in asked.headers["access-control-allow-methods"]
    assert "Idempotency-Key" in asked.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in asked.headers
    for answer in (post(quick, ANSWERS, {"origin": SITE}), post(quick, {"budget": "x"}, {"origin": SITE})):
        assert answer.headers["access-control-allow-origin"] == SITE
        assert answer.headers["vary"] == "Origin"


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": f"{SITE}.evil.example"},
        {"access-control-request-method": "GET"},
        {"access-control-request-headers": "x-other"},
    ],
)
def test_browser_is_told_what_may_not_be_done(quick: Service, headers: Any) -> None:
    asked = quick.client.options("/leads", headers=PREFLIGHT | headers)

    assert asked.status_code == 400
    assert asked.headers["content-type"] == "application/problem+json"
    if "origin" in headers:
        assert "access-control-allow-origin" not in asked.headers


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://www.example.com"])
def test_page_of_another_site_cannot_post(quick: Service, origin: str) -> None:
    by_form = post(quick, ANSWERS, {"origin": origin})
    by_json = quick.client.post(
        "/leads", json={"fields": {}}, headers=bearer(quick.tokens["form"]) | {"origin": origin}
    )

    for answer in (by_form, by_json):
        assert answer.status_code == 403
        assert answer.json()["type"] == "urn:glengarry:problem:other-site"
        assert "access-control-allow-origin" not in answer.headers
    assert stored(quick) == []
    assert len(audit(quick, "refused")) == 2


def test_other_routes_are_for_no_page(quick: Service) -> None:
    asked = quick.client.options("/score", headers=PREFLIGHT)

    assert asked.status_code == 405
    assert "access-control-allow-origin" not in asked.headers
