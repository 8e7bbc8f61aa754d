"""Calls go by https to public addresses, but where the settings name the host."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from serving.schemas.notices import NOTICE_KINDS
from serving.settings.outbox import OutboxSettings

TARGET: dict[str, Any] = {"name": "crm", "url": "https://hooks.example.com/x?y=1", "secret": "HOOK"}


def settings(url: str, *hosts: str, **given: Any) -> OutboxSettings:
    return OutboxSettings.model_validate({"targets": [TARGET | {"url": url} | given], "hosts": hosts})


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://hooks.example.com/", "must begin with https://, or outbox.hosts name 'hooks.example.com'"),
        ("https://10.0.0.7/", "must be of a public address, got '10.0.0.7'"),
        ("https://[::1]:8443/", "must be of a public address, got '::1'"),
        ("https://localhost/", "must be of a public address, got 'localhost'"),
        ("https://ann:secret@hooks.example.com/", "hold no password"),
        ("ftp://hooks.example.com/", "should match pattern"),
    ],
)
def test_address_that_is_not_meant_for_this_is_refused(url: str, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        settings(url)


@pytest.mark.parametrize(
    ("url", "host"),
    [("http://hooks.intern/", "hooks.intern"), ("http://127.0.0.1:9/", "127.0.0.1"), ("http://[::1]:8443/", "::1")],
)
def test_host_that_is_named_is_called(url: str, host: str) -> None:
    assert settings(url, host).targets[0].host == host


def test_target_is_told_everything_or_what_it_asks_for_and_what_tries_it() -> None:
    assert settings(TARGET["url"]).targets[0].wants == set(NOTICE_KINDS)
    assert settings(TARGET["url"], kinds=["lead.moved"]).targets[0].wants == {"lead.moved", "test"}


def test_names_differ_and_kinds_are_known() -> None:
    with pytest.raises(ValidationError, match="names of targets and messages must differ, got crm, crm"):
        OutboxSettings.model_validate({"targets": [TARGET, TARGET]})
    with pytest.raises(ValidationError, match=r"lead\.scored"):
        settings(TARGET["url"], kinds=["lead.sung"])
