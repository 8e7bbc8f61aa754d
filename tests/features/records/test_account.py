"""Which texts name one account."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.records.account import account_of


@pytest.mark.parametrize(
    ("text", "account"),
    [
        ("ACME Steel", "acme steel"),
        ("\tAcme   steel ", "acme steel"),
        ("\N{FULLWIDTH LATIN CAPITAL LETTER A}CME steel", "acme steel"),
        ("STRASSE AG", "strasse ag"),
        ("Straße AG", "strasse ag"),
        ("jo.roe+crm@Acme.COM", "acme.com"),
        ("Jo Roe <jo@acme.com>", "acme.com"),
        ("jo@acme.com.", "acme.com"),
        ("www.acme.com", "acme.com"),
        ("https://acme.com/about?x=1#y", "acme.com"),
        ("acme.com", "acme.com"),
        ("Acme Inc.", "acme inc."),
        ("@acme", "@acme"),
        ("Meet @ Acme", "meet @ acme"),
        ("jo@gmail.com", None),
        ("JO@Yahoo.co.uk", None),
        ("jo@hotmail.fr", None),
        ("  ", None),
        ("--", None),
    ],
)
def test_an_account_worked_by_hand(text: str, account: str | None) -> None:
    assert account_of(text) == account


@given(st.text(max_size=40))
def test_case_and_blanks_make_no_other_account(text: str) -> None:
    assert account_of(f"  {text}\n") == account_of(text)
    account = account_of(text)
    assert account is None or account_of(account) in (account, None)


def test_a_text_of_any_length_is_told_at_once() -> None:
    for text in ("a." * 50_000, "@" * 100_000, "a@" * 50_000, "http://" + "a." * 50_000):
        assert len(account_of(text) or "") <= 300
