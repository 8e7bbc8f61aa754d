"""Leads that are others once more, days that decide, what leads write, and the currency of amounts: drafted where the rows show them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.features.scaffold.conftest import END, ROWS, Draft, by_end, closes, counts, day, draft, write

THIRD = ROWS // 3
LATEST = ROWS + 40


def company(folder: Path, **more: list[Any]) -> Draft:
    """Draft a table of leads of which a third each is won, lost and open."""
    ends = {"Status": by_end("won", "lost", "open"), "Closed": closes("won", "lost")}
    columns = {"Id": [f"L{at:03}" for at in range(ROWS)], "Created": [day(at) for at in range(ROWS)], **ends, **more}
    header = tuple(name.replace("_", " ") for name in columns)
    write(folder, "leads.csv", header, *zip(*columns.values(), strict=True), delimiter=";")
    return draft(folder)


def test_a_column_of_ids_of_its_own_table_names_the_lead_that_stays(tmp_path: Path) -> None:
    drafted = company(tmp_path, Master_record=[f"L{at - 1:03}" if at % 12 == 5 else None for at in range(ROWS)])

    assert drafted.source.leads.merged_into == "Master record"
    assert "master_record" not in drafted.roles
    assert sum(counts(drafted)) == ROWS - 10


@pytest.mark.parametrize("again", [0, 7])
def test_persons_with_two_leads_are_told_apart_where_there_are_such(tmp_path: Path, again: int) -> None:
    mails = [f"P{at if at >= again else at + 50}@Example.org" for at in range(ROWS)]
    drafted = company(tmp_path, Mail=mails)

    person = drafted.source.leads.same_person
    assert (person is not None) == bool(again)
    assert sum(counts(drafted)) == ROWS
    if again:
        assert person is not None
        assert person.mail == "Mail"
        assert "check this: 7 leads are of a person who has an earlier one" in drafted.text


def test_a_day_after_which_nobody_is_open_decides(tmp_path: Path) -> None:
    arrival = [day(at + 30) if END[at] != "open" else day(LATEST + at) for at in range(ROWS)]
    drafted = company(tmp_path, Arrival=arrival)

    assert drafted.schema.decided_by == "arrival"
    assert sum(counts(drafted)) == ROWS


def test_a_day_that_some_open_leads_have_passed_decides_nothing(tmp_path: Path) -> None:
    assert company(tmp_path, Arrival=[day(at + 30) for at in range(ROWS)]).schema.decided_by is None
    assert company(tmp_path, Due_on=[day(at + 20) for at in range(ROWS)]).schema.decided_by is None


def test_what_leads_write_is_read_word_by_word_and_what_reps_note_is_not(tmp_path: Path) -> None:
    events = [
        (
            f"L{at % ROWS:03}",
            ("incoming mail", "note")[at % 2],
            day(at % ROWS + 3),
            f"they need it by week {at} at the latest",
        )
        for at in range(200)
    ]
    write(tmp_path, "activities.csv", ("Lead", "Kind", "Date", "Text"), *events, delimiter=";")
    drafted = company(tmp_path)

    assert drafted.source.events[0].columns.get("text", "text") in ("Text", "text")
    assert {name for name, kind in drafted.schema.kinds.items() if kind.text} == {"incoming_mail"}
    assert len(drafted.check().history.events) == 200


def test_the_currency_of_amounts_is_kept_and_an_amount_of_another_is_set_aside(tmp_path: Path) -> None:
    drafted = company(tmp_path, Amount=by_end("1.200,50 €", None, None))
    assert drafted.source.outcomes[0].currency == "EUR"
    assert drafted.check().history.outcomes.amount[:1].tolist() == [1200.5]

    text = (tmp_path / "leads.csv").read_text().replace("1.200,50 €", "900 $", 1)
    (tmp_path / "leads.csv").write_text(text)
    checked = drafted.check()
    assert checked.summary.aside["outcomes"] == 1
    assert (checked.history.outcomes.amount == 900).sum() == 0


@pytest.mark.parametrize(
    ("codes", "words"), [(["EUR"] * ROWS, 'currency = "EUR"'), (["EUR", "USD"] * 60, "several currencies")]
)
def test_a_column_of_currencies_beside_the_amounts_tells(tmp_path: Path, codes: list[Any], words: str) -> None:
    drafted = company(tmp_path, Amount=by_end("1200", None, None), Currency=codes)

    assert words in drafted.text
    assert sum(counts(drafted)) == ROWS
