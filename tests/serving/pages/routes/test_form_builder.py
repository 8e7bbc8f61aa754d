"""The form to copy: every choice in it, each text escaped, and what it posts is a lead."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urlencode

from features.settings.fields import LeadField
from features.settings.schema import LeadSchema
from features.simulation import world_schema
from features.simulation.contacts import CONTACTS
from serving.pages.form_builder import PUT_KEY, form_page
from serving.settings.forms import FormSettings
from serving.store.keys import Role, Secret
from tests.serving.pages.routes.conftest import Browser, token_of

HOSTILE = "\"><script>alert('x')</script>&"
SCHEMA = world_schema().model_copy(update={"fields": {**CONTACTS, **world_schema().fields}})


def test_a_first_form_asks_for_the_contact_and_three_questions() -> None:
    page = form_page(SCHEMA, FormSettings(), "https://leads.example", [], {})
    names = re.findall(r'name="([^"]+)"', page.html)
    assert names[0] == "_key"
    assert names[1:] == [*CONTACTS, *list(SCHEMA.answers)[:3]]
    assert PUT_KEY in page.html
    assert page.html.startswith('<form method="post" action="https://leads.example/leads">')
    assert 'type="email" autocomplete="email" required' in page.html
    assert 'type="tel"' in page.html


def test_what_was_chosen_is_in_the_form_with_what_the_settings_want() -> None:
    settings = FormSettings(thanks=("https://site.example/thanks",), honeypot="website")
    page = form_page(
        SCHEMA, settings, "https://leads.example", ["budget", "wants_contact", "nothing"], {"source": "fair"}
    )
    assert '<input type="hidden" name="source" value="fair">' in page.html
    assert '<input type="hidden" name="_thanks" value="https://site.example/thanks">' in page.html
    assert 'name="website"' in page.html
    assert "<option>over 50,000</option>" in page.html
    assert '<input type="checkbox" name="wants_contact" value="yes">' in page.html
    assert "nothing" not in page.html
    assert [one.name for one in page.asked if one.is_chosen] == ["budget", "wants_contact"]


def test_hostile_labels_and_values_stay_text() -> None:
    field = LeadField(role="answer", obstacle="need", ask=HOSTILE, values=(HOSTILE,))
    schema = LeadSchema(fields={"need": field, "source": LeadField(role="channel")})
    page = form_page(schema, FormSettings(), "https://x", [], {"source": HOSTILE})
    assert "<script" not in page.html
    assert unescape(page.preview).count(HOSTILE) == 3


def test_the_form_posts_a_lead(browser: Browser, tokens: dict[Role, Secret]) -> None:
    client = browser(tokens["admin"])
    shown = client.get("/pages/forms?" + urlencode({"field": "budget", "is-source": "webinar"}))
    assert shown.status_code == 200
    pre = re.search(r"<pre[^>]*>(.*?)</pre>", shown.text, re.DOTALL)
    assert pre is not None
    form = unescape(pre[1])
    sent = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)) | {"budget": "over 50,000"}
    sent["_key"] = str(tokens["form"])
    answer = client.post("/leads", data=sent)
    assert answer.status_code in (200, 201, 303), answer.text


def test_a_key_is_made_shown_once_and_its_form_posts_a_lead(browser: Browser, tokens: dict[Role, Secret]) -> None:
    client = browser(tokens["admin"])
    shown = client.get("/pages/forms?" + urlencode({"field": "budget", "is-source": HOSTILE})).text
    told = {"token": token_of(shown), "name": "Ünsere Seite", "field": "budget", "is-source": HOSTILE}
    made = client.post("/pages/forms", data=told)
    assert made.status_code == 200
    assert "<script>alert" not in made.text
    pre = re.search(r"<pre[^>]*>(.*?)</pre>", made.text, re.DOTALL)
    assert pre is not None
    form = unescape(pre[1])
    key = re.search(r'name="_key" value="(gly_[^"]+)"', form)
    assert key is not None
    assert 'name="budget"' in form
    assert key[1] not in client.get("/pages/forms").text
    posted = client.post("/leads", data={"_key": key[1], "budget": "a heap of gold", "source": "fair"})
    assert posted.status_code in (200, 201, 303), posted.text
    last = unescape(client.get("/pages/forms").text)
    assert "Set aside: budget “a heap of gold”" in last
    trail = unescape(client.get("/pages/audit").text)
    assert "form 'Ünsere Seite'" in trail


def test_a_key_needs_a_name_and_the_token_of_the_page(browser: Browser, tokens: dict[Role, Secret]) -> None:
    client = browser(tokens["admin"])
    token = token_of(client.get("/pages/forms").text)
    assert client.post("/pages/forms", data={"token": token, "name": " "}).status_code == 400
    assert client.post("/pages/forms", data={"token": token, "name": "x" * 61}).status_code == 400
    assert client.post("/pages/forms", data={"name": "x"}).status_code == 403
    assert browser(tokens["rep"]).post("/pages/forms", data={"token": token, "name": "x"}).status_code == 403
