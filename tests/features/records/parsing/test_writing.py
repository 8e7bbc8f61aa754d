"""Words, numbers, ids and times as people write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.records.parsing.format_search import find_formats
from features.records.parsing.ids import find_id_form, form_id
from features.records.parsing.numbers import Mark, find_decimals, read_number
from features.settings.words import FALSE, TRUE, fold

NUMBERS = [
    ("$1,200.00", 1200.0),
    ("1.200,50 €", 1200.5),
    ("(300)", -300.0),
    ("300-", -300.0),
    ("5k", 5000.0),
    ("1.2M", 1_200_000.0),
    ("2,5 Mio. EUR", 2_500_000.0),
    ("20 %", 20.0),
    ("1'200", 1200.0),
    ("1\u202f200,5", 1200.5),
    ("R$ 1.234,00", 1234.0),
    ("1,20,000", 120_000.0),
    ("-0,5", -0.5),
    ("1.234.567", 1_234_567.0),
    ("USD 12", 12.0),
    ("1e3", 1000.0),
]


@pytest.mark.parametrize(("text", "number"), NUMBERS)
def test_number_is_read_as_people_write_it(text: str, number: float) -> None:
    assert read_number(text) == number


@pytest.mark.parametrize("text", ["", "many", "1,2,3", "12 boats", "1-2", "(3", "2026-01-05", "1.23.456,7", "3 4 x"])
def test_what_is_no_number_is_none(text: str) -> None:
    assert read_number(text) is None


@given(st.integers(-(10**9), 10**9), st.sampled_from([".", ","]))
def test_any_number_comes_back_from_either_way_of_writing(cents: int, decimal: Mark) -> None:
    english = f"{cents / 100:,.2f}"
    text = english if decimal == "." else english.translate(str.maketrans(",.", ".,"))

    assert read_number(text) == pytest.approx(cents / 100)
    assert decimal in find_decimals([text])


@pytest.mark.parametrize(
    ("texts", "marks"),
    [(["1.234", "5"], {".", ","}), (["1.234", "0,5"], {","}), (["1,234", "0.5"], {"."}), (["0.5", "0,5"], set())],
)
def test_column_tells_its_decimal_mark(texts: list[str], marks: set[str]) -> None:
    assert find_decimals(texts) == marks


def test_words_are_the_same_whatever_their_blanks_capitals_and_unseen_signs() -> None:
    assert fold(" Trade\u00a0 \u200bSHOW ") == fold("trade show")


@pytest.mark.parametrize("yes", ["Ja", "OUI", "Sí", "sim", "Sì", "Vrai", "wahr", "waar", "X"])
@pytest.mark.parametrize("no", ["Nein", "non", "No", "Não", "Nee", "faux", "falsch"])
def test_yes_and_no_are_known_and_never_the_same(yes: str, no: str) -> None:
    assert fold(yes) in TRUE - FALSE
    assert fold(no) in FALSE - TRUE


@pytest.mark.parametrize(
    ("known", "pointing", "rules"),
    [
        (["1000", "1001"], ["1000.0", "1001.0"], ("integer",)),
        (["a1", "a2"], ["A1", "A2"], ("casefold",)),
        (["17", "18"], ["zcrm_17", "zcrm_18"], ("prefix:zcrm_",)),
        (["17", "18"], ["l:17.0", "l:18.0"], ("integer", "prefix:l:")),
        (["006Dn00000AbCdE", "006Dn00000AbCdF"], ["006Dn00000AbCdEIA4", "006Dn00000AbCdFIA4"], ("salesforce",)),
        (["0000", "0001"], ["0", "1"], ("zeros",)),
        (["a", "b"], ["a", "b"], ()),
        (["a", "b"], ["x", "y"], ()),
        (["a", "A"], ["a", "A"], ()),
    ],
)
def test_rules_are_found_by_which_ids_come_together(
    known: list[str], pointing: list[str], rules: tuple[str, ...]
) -> None:
    form = find_id_form(known, pointing)

    assert set(form.rules) == set(rules)
    assert form.matched >= form.matched_before


def test_rule_that_makes_one_id_of_two_is_never_found() -> None:
    known = ["ab", "AB", "cd"]

    form = find_id_form(known, ["CD", "Ab"])

    assert len({form_id(text, form.rules) for text in known}) == 3


@given(
    st.text(st.characters(codec="utf-8"), max_size=20),
    st.sampled_from(["strip", "integer", "casefold", "zeros", "salesforce"]),
)
def test_rule_changes_an_id_once(text: str, rule: str) -> None:
    once = form_id(text, [rule])

    assert form_id(once, [rule]) in (once, form_id(once, [rule]))
    assert form_id(form_id(once, [rule]), [rule]) == form_id(once, [rule])


@pytest.mark.parametrize(
    ("texts", "formats"),
    [
        (["31.01.2026 10:00", "02.03.2026 09:15"], ("%d.%m.%Y %H:%M",)),
        (["03/02/2026", "04/05/2026"], ("%d/%m/%Y", "%m/%d/%Y")),
        (["03/02/2026", "04/25/2026"], ("%m/%d/%Y",)),
        (["1772000000000"], ("epoch_milliseconds",)),
        (["1772000000"], ("epoch_seconds",)),
        (["46023", "46024.5"], ("excel_days",)),
        (["20260301"], ("%Y%m%d",)),
        (["5. März 2026", "1. Mai 2026"], ("%d. %b %Y",)),
        (["3 févr. 2026 10:30"], ("%d %b %Y %H:%M",)),
        (["16 de março de 2026"], ("%d de %b de %Y",)),
        (["Jan 5, 2026, 3:30 PM"], ("%b %d, %Y, %I:%M %p",)),
        (["2026-03-01 10:00:00 CET", "2026-01-01T10:00Z"], ("iso",)),
        (["0001-01-01", "31.01.2026", "30.01.2026"], ("%d.%m.%Y",)),
        (["100", "200"], ()),
        (["2026", "2025"], ()),
        (["12:30"], ()),
        (["0301234567"], ()),
        (["a", "b"], ()),
        ([], ()),
    ],
)
def test_formats_of_a_column_are_found_by_all_its_values(texts: list[str], formats: tuple[str, ...]) -> None:
    assert find_formats(texts) == formats


@given(
    st.lists(st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1)), min_size=1, max_size=8),  # noqa: DTZ001
    st.sampled_from(["%d.%m.%Y %H:%M", "%m/%d/%Y %I:%M %p", "%Y-%m-%d %H:%M:%S", "%d %b %Y"]),
)
def test_format_that_wrote_a_column_is_among_those_found(times: list[datetime], form: str) -> None:
    found = find_formats([time.replace(tzinfo=UTC).strftime(form) for time in times])

    assert form in found or found == ("iso",)
