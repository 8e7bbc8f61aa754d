"""No secret is left in a text that is shown, whatever stands around it."""

from __future__ import annotations

import pytest

from features.settings.redaction import redacted


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("got {'a': 'postgresql://crm:hush@db/leads'}", "got {'a': 'postgresql://***@db/leads'}"),
        ("postgresql://crm:hu'sh hu\"sh/h@sh@db/leads", "postgresql://***@db/leads"),
        ("postgresql://db/leads?user=crm&password=hush&x=1", "postgresql://db/leads?user=crm&password=***&x=1"),
        ("http://host/?API_TOKEN=hu,sh got 403", "http://host/?API_TOKEN=*** got 403"),
        ("mssql://?odbc_connect=UID%3Dcrm%3BPWD%3Dhush%3BA%3Db", "mssql://?odbc_connect=UID%3Dcrm%3BPWD%3D***%3BA%3Db"),
        ("host=db password=hush dbname=crm", "host=db password=*** dbname=crm"),
        ("sqlite:///crm.db: no table 'leads'", "sqlite:///crm.db: no table 'leads'"),
    ],
)
def test_passwords_of_addresses_are_struck_out(text: str, shown: str) -> None:
    assert redacted(text) == shown


def test_known_secrets_are_struck_out_the_longest_first() -> None:
    assert redacted("wrong: hush-hush", ["hush", "hush-hush"]) == "wrong: ***"
