"""Stages in words that nobody knows are told by what they do."""

from __future__ import annotations

from pathlib import Path

from tests.features.scaffold.conftest import ROWS, by_end, closes, counts, day, draft, read, right, write


def test_numbered_states_are_told_by_what_they_do() -> None:
    found = read(
        statecode=by_end("1", "2", "0"),
        actualclosedate=closes("won", "lost"),
        actualvalue=by_end("500", "0", None),
        estimatedclosedate=closes("won", "lost", "open"),
    )

    assert right(found[0])
    assert [each.name for each in found[0].closed] == ["actualclosedate"]
    assert {one.kind for one in found[0].won} == {"guess"}  # the draft asks about it


def test_stages_in_unknown_words_are_told_by_what_they_do_and_asked_about(tmp_path: Path) -> None:
    stage, reason = by_end("Hurra", "Schade", "Mal sehen"), by_end(None, "too dear", None)
    closed = closes("won", "lost")
    rows = [(f"L{at}", day(at), stage[at], closed[at], reason[at]) for at in range(ROWS)]
    write(tmp_path, "leads.csv", ("id", "created", "stage", "closed", "reason"), *rows)

    drafted = draft(tmp_path)

    assert drafted.comment("these words are not known")
    assert counts(drafted) == (40, 40, 40)


def test_who_canceled_after_a_day_of_winning_was_won_and_is_asked_about(tmp_path: Path) -> None:
    state = ["canceled" if at % 6 == 0 else each for at, each in enumerate(by_end("active", "expired", "trialing"))]
    left = [f"{day(at + 90)}" if state[at] == "canceled" else None for at in range(ROWS)]
    rows = [
        (f"L{at}", day(at), state[at], closes("won")[at], closes("won", "lost")[at], left[at]) for at in range(ROWS)
    ]
    header = ("id", "created", "subscription_status", "converted_at", "trial_ended_at", "canceled_at")
    write(tmp_path, "trials.csv", header, *rows)

    drafted = draft(tmp_path)

    assert counts(drafted) == (40, 40, 40)
    assert drafted.keys["fields"]["canceled_at"]["role"] != "answer" or drafted.comment("a day that is told")


def test_who_canceled_with_an_amount_that_no_lost_one_has_was_won_and_is_asked_about(tmp_path: Path) -> None:
    state = ["Baja" if at % 6 == 0 else each for at, each in enumerate(by_end("Socio", "Perdido", "Prueba"))]
    rows = [
        (f"L{at}", day(at), state[at], closes("won", "lost")[at], by_end("30", None, None)[at]) for at in range(ROWS)
    ]
    write(tmp_path, "clientes.csv", ("id", "created", "estado", "closed", "cuota"), *rows)

    drafted = draft(tmp_path)

    assert counts(drafted) == (40, 40, 40)
    assert drafted.comment("'Baja' read as won")


def test_booking_that_was_canceled_was_lost() -> None:
    (first, *_) = read(
        Status=by_end("Confirmed", "Canceled", "Tentative"),
        Total=by_end("500", "500", "500"),
        Decided_on=closes("won", "lost"),
    )

    assert right(first)


def test_customer_who_left_without_evidence_is_read_as_lost_and_asked_about(tmp_path: Path) -> None:
    state = by_end("active", "canceled", "trialing")
    rows = [(f"L{at}", day(at), state[at], closes("won", "lost")[at]) for at in range(ROWS)]
    write(tmp_path, "trials.csv", ("id", "created", "status", "closed"), *rows)

    assert draft(tmp_path).comment("'canceled' read as lost. Who was a customer and left later was won")


def test_codes_in_a_column_of_no_known_name_are_told_by_what_they_do_and_asked_about(tmp_path: Path) -> None:
    code = ["W" if at % 6 == 1 else each for at, each in enumerate(by_end("A", "D", "P"))]
    rows = [
        (f"L{at}", day(at), code[at], closes("won", "lost")[at], by_end(500 + at, None, None)[at]) for at in range(ROWS)
    ]
    write(tmp_path, "apps.csv", ("id", "created", "disp_cd", "disp_dt", "order_ref"), *rows)

    drafted = draft(tmp_path)

    assert counts(drafted) == (40, 40, 40)
    assert drafted.comment("these words are not known")


def test_day_that_no_lost_row_has_is_that_of_winning_and_asked_about(tmp_path: Path) -> None:
    rows = [(f"L{at}", day(at), "web", closes("won")[at], closes("lost")[at]) for at in range(ROWS)]
    write(tmp_path, "b.csv", ("id", "created", "source", "eingestellt am", "absage am"), *rows)

    drafted = draft(tmp_path)

    assert counts(drafted) == (40, 40, 40)
    assert drafted.comment("these words are not known")


def test_two_days_of_no_known_name_are_told_apart_by_what_stands_beside_them(tmp_path: Path) -> None:
    order = [cell and f"PO{at}" for at, cell in enumerate(by_end("1", None, None))]
    rows = [(f"L{at}", day(at), "web", closes("lost")[at], closes("won")[at], order[at]) for at in range(ROWS)]
    write(tmp_path, "b.csv", ("id", "created", "source", "day a", "day b", "po"), *rows)

    drafted = draft(tmp_path)

    assert counts(drafted) == (40, 40, 40)
    assert drafted.comment("these words are not known")
