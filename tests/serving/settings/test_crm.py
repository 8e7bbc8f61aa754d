"""Entries of [[crm]]: what may stand together, and what is said of what may not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from serving.settings.crm import CrmSettings
from serving.settings.settings import SettingsError, load_settings

GOOD = """
[fields.mail]
role = "contact"

[webhooks.hubspot]
preset = "hubspot"

[[crm]]
name = "hubspot"
vendor = "hubspot"
token_variable = "HUBSPOT_TOKEN"
"""


def read(tmp_path: Path, *more: str) -> CrmSettings:
    file = tmp_path / "glengarry.toml"
    file.write_text("\n".join([GOOD, *more]), encoding="utf-8")
    return load_settings(file).crm[0]


def test_an_entry_is_in_testing_unless_it_is_said_otherwise(tmp_path: Path) -> None:
    entry = read(tmp_path)
    assert (entry.state, entry.kinds, entry.root) == ("testing", ("deals",), "https://api.hubapi.com")
    assert entry.names["probability"] == "glengarry_probability"
    assert read(tmp_path, 'properties = { route = "our_route", reasons = "" }').names == {
        **{name: theirs for name, theirs in entry.names.items() if name != "reasons"},
        "route": "our_route",
    }


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('objects = ["companies"]', "objects of hubspot must be among contacts, deals, got 'companies'"),
        ('objects = ["deals", "contacts"]', "objects of hubspot must be one"),
        ('webhook = "another"', "crm.0.webhook: must be one of [webhooks] (hubspot), got 'another'"),
        ('mail = "post"', "crm.0.mail: 'post' is no field: use one of mail"),
        ('create = { email = "mail" }', "mail is missing: what is to be made must be looked for first"),
        ('mail = "mail"\ncreate = { email = "post" }', "crm.0.create: 'post' is no field"),
        ('client_variable = "ID"', "client_variable, secret_variable and token_address belong together"),
        ('address = "ftp://crm.example"', "address must begin with https://"),
        (
            '[[crm]]\nname = "hubspot"\nvendor = "sql"\naddress = "sqlite:///x.db"',
            "crm.1.name: must be of one entry alone",
        ),
        ('[[crm]]\nname = "other"\nvendor = "salesforce"\ntoken_variable = "T"', "address is missing"),
        ('[[crm]]\nname = "other"\nvendor = "hubspot"', "token_variable is missing"),
        ('[[crm]]\nname = "t"\nvendor = "sql"\naddress = "sqlite:///x.db"\nwebhook = "hubspot"', "are of a CRM"),
    ],
)
def test_what_cannot_be_is_named(more: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=re.escape(said)):
        read(tmp_path, more)
