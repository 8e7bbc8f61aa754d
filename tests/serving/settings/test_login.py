"""Settings of the login: an issuer needs what goes with it, and nothing goes in the clear but on this machine."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from serving.settings.login import READER_ROLES, LoginSettings
from serving.store.keys import ROLES

WHOLE = {
    "issuer": "https://login.example.com",
    "client_id": "g",
    "address": "https://leads.example.com",
    "roles": {"sales": "rep"},
}


def test_it_is_off_without_an_issuer_and_on_with_all_that_goes_with_it() -> None:
    assert not LoginSettings().is_on
    assert LoginSettings.model_validate(WHOLE).is_on


@pytest.mark.parametrize("name", ["client_id", "address", "roles"])
def test_an_issuer_needs_what_goes_with_it(name: str) -> None:
    with pytest.raises(ValidationError, match=f"{name} is missing"):
        LoginSettings.model_validate({key: value for key, value in WHOLE.items() if key != name})


@pytest.mark.parametrize(
    ("name", "url", "rule"),
    [
        ("issuer", "http://login.example.com", "must be https"),
        ("address", "http://leads.example.com", "must be https"),
        ("issuer", "login.example.com", "must be an address"),
        ("issuer", "https://login.example.com?x=1", "must be an address"),
        ("address", "ftp://leads.example.com", "must be an address"),
    ],
)
def test_addresses_are_sound(name: str, url: str, rule: str) -> None:
    with pytest.raises(ValidationError, match=rule):
        LoginSettings.model_validate({**WHOLE, name: url})


@pytest.mark.parametrize("url", ["http://localhost:9400", "http://127.0.0.1:9400", "http://[::1]:9400"])
def test_on_this_machine_http_will_do(url: str) -> None:
    assert LoginSettings.model_validate({**WHOLE, "issuer": url}).issuer == url


def test_roles_are_those_that_read_pages_and_no_forms() -> None:
    assert {*READER_ROLES} == {*ROLES} - {"form"}
    with pytest.raises(ValidationError, match="roles"):
        LoginSettings.model_validate({**WHOLE, "roles": {"sales": "form"}})
