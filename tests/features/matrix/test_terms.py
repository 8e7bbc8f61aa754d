"""Which words a text holds: whatever the case, and nothing that names a person, a place to write to or a number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.matrix.terms import CAPITAL, LOWER, START, terms, words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Tender by Friday!", {"tender", "by", "friday", "tender by", "by friday"}),
        ("ГОТОВЫ купить", {"готовы", "купить", "готовы купить"}),
        ("Straße", {"strasse"}),
        ("don't care", {"don't", "care", "don't care"}),
        ("call 0170 1234567 now", {"call", "now"}),  # no pair reaches across a number
        ("mail jo.roe@acme.com now", {"mail", "now"}),
        ("see https://acme.com/x or www.acme.com", {"see", "or"}),
        ("model A4b, 3rd floor", {"model", "floor"}),
        ("we need it. soon", {"we", "need", "it", "soon", "we need", "need it"}),
        ("x" * 31, set()),
        ("", set()),
    ],
)
def test_terms_worked_by_hand(text: str, found: set[str]) -> None:
    assert terms(text) == found


def test_how_a_word_stands_is_told_in_the_middle_of_a_sentence_alone() -> None:
    said = [one for one in words("Dear all. My boss Anna asked") if one[0]]
    assert said == [
        ("dear", START), ("all", LOWER), ("my", START), ("boss", LOWER), ("anna", CAPITAL), ("asked", LOWER),
    ]  # fmt: skip


@given(st.text(max_size=60))
def test_no_term_holds_a_digit_or_an_address(text: str) -> None:
    for term in terms(text):
        assert not any(letter.isdigit() or letter == "@" for letter in term)
        assert 1 <= len(term.split(" ")) <= 2


def test_a_long_text_is_read_at_once() -> None:
    for text in ("a" * 100_000, "a " * 50_000, "@" * 100_000, "a-" * 50_000, "www." * 25_000):
        assert len(terms(text)) < 3_000
