"""What the rows tell where names do not: whose close is missing, whose reason is there, which number is whose."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from features import scaffold as drafting
from tests.features.scaffold.conftest import END, ROWS, Draft, by_end, closes, counts, day, draft, read, right, write

THIRD = ROWS // 3


def table(folder: Path, file: str, delimiter: str = ",", encoding: str = "utf-8", **columns: list[Any]) -> None:
    """Write a table of leads; `_` in a name stands for a blank."""
    header = tuple(column.replace("_", " ") for column in columns)
    write(folder, file, header, *zip(*columns.values(), strict=True), delimiter=delimiter, encoding=encoding)


def ids(start: int = 1) -> list[Any]:
    return [start + at for at in range(ROWS)]


def created(form: str = "%Y-%m-%d") -> list[Any]:
    return [f"{day(at):{form}}" for at in range(ROWS)]


def ended(form: str, still: str = "") -> list[Any]:
    return [still if END[at] == "open" else f"{day(at + 20):{form}}" for at in range(ROWS)]


def test_words_beside_a_known_loss_are_open_where_they_have_no_close() -> None:
    found = read(Fase=by_end("Klaar voor start", "Verloren", "Loopt"), Gesloten_op=closes("won", "lost"))

    assert right(found[0])
    assert [one.kind for one in found[0].won] == ["guess"]


def test_words_whose_rows_have_a_reason_of_a_loss_are_losses() -> None:
    lost = [("Lost" if at % 2 else "Gone elsewhere") if END[at] == "lost" else None for at in range(ROWS)]
    stage = [other or {"won": "Won", "open": "Talking"}[str(end)] for other, end in zip(lost, END, strict=True)]
    found = read(Stage=stage, Loss_reason=by_end(None, "price", None), Changed_on=closes("won", "lost", "open"))

    assert right(found[0])


def test_a_flag_of_who_somebody_is_is_no_win() -> None:
    regular = [("yes", "no")[at % 2] for at in range(ROWS)]
    found = read(Customer_for_long=regular, State=by_end("Signed", "Refused", None), Closed=closes("won", "lost"))

    assert right(found[0])
    assert not any(one.column.name == "Customer for long" for one in (*found[0].won, *found[0].lost))


def test_the_last_change_of_the_stage_stands_for_the_close_and_is_asked_about(tmp_path: Path) -> None:
    stage = by_end("Won", "Lost", "New")
    table(tmp_path, "deals.csv", id=ids(), added_on=created(), stage=stage, last_stage_change=created(), why=ids(900))
    drafted = draft(tmp_path)

    assert counts(drafted) == (THIRD, THIRD, THIRD)
    (line,) = [line for line in drafted.text.splitlines() if line.startswith("closed_at =")]
    assert '"last stage change"' in line
    assert "check this: the last change stands for the close" in line


def test_rows_of_a_log_of_stages_end_the_lead_of_which_they_are(tmp_path: Path) -> None:
    table(tmp_path, "leads.csv", lead_no=ids(100), entered_on=created(), asked_for=["a", "b", "c", "d"] * 30)
    log = [(100 + at, "New", day(at)) for at in range(ROWS)]
    log += [(100 + at, {"won": "Won", "lost": "Lost"}[str(END[at])], day(at + 9)) for at in range(ROWS) if at % 3 < 2]
    write(tmp_path, "stage_changes.csv", ("lead_no", "stage", "changed_at"), *log)

    assert counts(draft(tmp_path)) == (THIRD, THIRD, THIRD)


def test_a_column_that_is_written_before_the_close_is_not_when_that_was_recorded(tmp_path: Path) -> None:
    table(tmp_path, "leads.csv", id=ids(), created=created(), source=["web", "fair"] * 60)
    quotes: dict[str, Any] = {
        "lead_id": ids(),
        "entered_at": created(),
        "accepted_at": closes("won"),
        "rejected_at": closes("lost"),
    }
    table(tmp_path, "quotes.csv", **quotes)
    drafted = draft(tmp_path)

    assert counts(drafted) == (THIRD, THIRD, THIRD)
    assert "recorded_at" not in drafted.source.outcomes[0].columns


def test_events_belong_to_the_lead_that_they_name_rather_than_to_their_own_number(tmp_path: Path) -> None:
    table(
        tmp_path,
        "leads.csv",
        id=ids(),
        created=created(),
        status=by_end("won", "lost", "open"),
        closed=closes("won", "lost"),
    )
    events = [(at * 3, 1 + at % ROWS, ("in", "out")[at % 2], day(at % ROWS + 2)) for at in range(200)]
    write(tmp_path, "messages.csv", ("id", "lead_ref", "direction", "sent_at"), *events)
    checked = draft(tmp_path).check()

    assert len(checked.history.events) == 200
    assert checked.broken == ()


def test_eight_digits_are_days_where_they_are_all_of_a_calendar_and_zeros_stand_for_none(tmp_path: Path) -> None:
    spread = np.arange(ROWS) * 3
    made = [f"{day(at):%Y%m%d}" for at in spread.tolist()]
    over = ["00000000" if END[at] == "open" else f"{day(int(spread[at]) + 20):%Y%m%d}" for at in range(ROWS)]
    state = by_end("Auftrag erteilt", "Abgesagt", "Offen")
    table(tmp_path, "VBAK.csv", VBELN=ids(20_000_000), ERDAT=made, ENDDAT=over, STATUS_TXT=state)
    drafted = draft(tmp_path)

    assert drafted.source.leads.columns["created_at"] == "ERDAT"
    assert counts(drafted) == (THIRD, THIRD, THIRD)


@pytest.mark.parametrize("still", ["", "9999-12-31"])
def test_a_column_may_hold_days_of_two_ways_and_years_far_ahead(tmp_path: Path, still: str) -> None:
    over = [f"{day(at + 20):%d/%m/%Y}" if at % 2 else f"{day(at + 20)}" for at in range(ROWS)]
    over = [still if END[at] == "open" else over[at] for at in range(ROWS)]
    table(
        tmp_path, "leads.csv", id=ids(), created=created("%d/%m/%Y"), status=by_end("won", "lost", "open"), closed=over
    )
    checked = draft(tmp_path).check()

    assert counts(draft(tmp_path)) == (THIRD, THIRD, THIRD)
    assert checked.broken == ()
    assert checked.summary.median_days_to_close == 20


def test_a_file_in_cyrillic_is_read_and_understood(tmp_path: Path) -> None:
    columns: dict[str, list[Any]] = {
        "ID": ids(),
        "Дата_создания": created("%d.%m.%Y"),
        "Стадия": by_end("Сделка успешна", "Сделка провалена", "Новая"),
        "Дата_закрытия": ended("%d.%m.%Y"),
        "Источник": ["Сайт", "Звонок"] * 60,
        "Нужен_выезд": ["да", "нет", "нет", "да"] * 30,
    }
    table(tmp_path, "сделки.csv", delimiter=";", encoding="cp1251", **columns)
    drafted = draft(tmp_path)

    assert counts(drafted) == (THIRD, THIRD, THIRD)
    assert sorted(drafted.roles.values()) == ["answer", "channel"]
    assert [field.type for field in drafted.schema.fields.values() if field.role == "answer"] == ["flag"]


def test_groups_of_a_board_each_with_a_header_are_one_table(tmp_path: Path) -> None:
    header = ("Item ID", "Name", "Created", "Stage", "Closed", "Source")
    rows: list[tuple[Any, ...]] = []
    for end, stage in (("open", "Talk"), ("won", "Won"), ("lost", "Lost")):
        rows += [(f"{stage} deals",), header]
        rows += [
            (7000 + at, f"Deal {at}", day(at), stage, "" if end == "open" else day(at + 9), ("web", "fair")[at % 2])
            for at in range(ROWS)
            if END[at] == end
        ]
    width = len(header)
    write(tmp_path, "board.csv", *((*row, *[""] * (width - len(row))) for row in rows))
    checked = draft(tmp_path).check()

    assert (checked.summary.won, checked.summary.lost, checked.summary.open) == (THIRD, THIRD, THIRD)
    assert checked.broken == ()
    assert any("2 rows passed over: the column names once more" in note for note in checked.summary.notes)


def test_a_company_of_several_leads_is_their_account(tmp_path: Path) -> None:
    company = [f"Company {at % 50}" for at in range(ROWS)]
    status = by_end("won", "lost", "open")
    table(
        tmp_path, "deals.csv", id=ids(), created=created(), Account=company, status=status, closed=closes("won", "lost")
    )

    assert draft(tmp_path).schema.account == "account"


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"name": ["a"] * ROWS, "created": created()}, "names each lead"),
        ({"id": ids(), "colour": ["red", "blue"] * 60}, "day on which a lead was created"),
        ({"id": ids(), "created": created(), "code": by_end("K1", "K2", "K3"), "done": closes("won")}, "'code'|'done'"),
        ({"id": ids(), "created": created(), "colour": ["red", "blue"] * 60}, "how leads ended"),
    ],
)
def test_a_draft_that_no_history_can_be_read_by_says_what_is_missing(
    tmp_path: Path, columns: dict[str, Any], words: str
) -> None:
    table(tmp_path, "list.csv", **columns)
    drafted = drafting.draft(tmp_path)

    assert any(word.strip("'") in drafted.problem for word in words.split("|"))
    assert Draft(drafted.text).keys["history"]["source"]


def test_a_log_of_many_kinds_of_which_some_sound_like_ends_stays_a_log(tmp_path: Path) -> None:
    table(tmp_path, "cases.csv", Case=[f"C{at}" for at in range(ROWS)], Started=created(), Kind=["a", "b"] * 60)
    kinds = ("BILLED", "DELETE", "REJECT", "CHANGE", "NEW", "FIN", "CODE OK", "RELEASE", "STORNO", "MANUAL")
    log = [(f"C{at % ROWS}", kinds[at % 10], day(at % ROWS + 1)) for at in range(600)]
    write(tmp_path, "log.csv", ("Case", "Activity", "Complete"), *log)
    ends = [(f"C{at}", str(END[at]).upper(), day(at + 20)) for at in range(ROWS) if END[at] != "open"]
    write(tmp_path, "ends.csv", ("Case", "Outcome", "Outcome date"), *ends)
    drafted = draft(tmp_path)

    assert (drafted.source.leads.table, drafted.source.events[0].table) == ("cases.csv", "log.csv")
    assert counts(drafted) == (THIRD, THIRD, THIRD)
