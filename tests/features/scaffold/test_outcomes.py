"""What the draft writes of outcomes can be read by, and what the evidence leaves open is asked."""

from __future__ import annotations

from pathlib import Path

from tests.features.scaffold.conftest import END, ROWS, by_end, closes, counts, day, draft, write


def test_two_readings_that_the_evidence_leaves_open_are_both_written(tmp_path: Path) -> None:
    """Two flags say otherwise of some rows, and nothing beside them tells which is right."""
    won = ["yes" if at % 3 == 0 else "no" for at in range(ROWS)]
    signed = ["yes" if at % 3 == 1 else "no" for at in range(ROWS)]
    rows = [(f"L{at}", day(at), "web", won[at], signed[at]) for at in range(ROWS)]
    write(tmp_path, "leads.csv", ("id", "created", "source", "won", "signed"), *rows)

    drafted = draft(tmp_path)

    assert drafted.comment("the columns allow other readings")
    assert {counts(drafted)[0]} <= {40, 80}
    assert "won where signed = yes" in drafted.text
    assert "won where won = yes" in drafted.text


def test_list_of_deals_without_a_result_is_one_of_wins(tmp_path: Path) -> None:
    write(tmp_path, "leads.csv", ("id", "created", "source"), *[(f"L{at}", day(at), "web") for at in range(ROWS)])
    write(
        tmp_path,
        "deals.csv",
        ("id", "won_date", "segment"),
        *[(f"L{at}", day(at + 9), "abc"[at % 3]) for at in range(0, ROWS, 4)],
    )

    drafted = draft(tmp_path)

    assert "all_won = true  # check this" in drafted.text
    assert counts(drafted) == (30, 0, 90)


def test_conditions_are_written_so_that_no_row_is_won_and_lost(tmp_path: Path) -> None:
    stage, active = by_end("Ganado", "Nuevo", "Nuevo"), by_end("true", "false", "true")
    closed = closes("won", "lost")
    rows = [(f"L{at}", day(at), stage[at], active[at], closed[at]) for at in range(ROWS)]
    write(tmp_path, "leads.csv", ("id", "created", "stage", "active", "closed"), *rows)

    drafted = draft(tmp_path)

    assert counts(drafted) == (40, 40, 40)
    assert drafted.check().broken == ()


def test_unknown_words_whose_rows_have_a_close_are_losses_and_asked_about(tmp_path: Path) -> None:
    """Who ended has a day, who is open has none: a word of the company's own that has one is no open state."""
    states = ["Bound", "Not interested", "Voicemail full", "Working"]
    rows = [(f"L{at}", day(at), states[at % 4], None if at % 4 == 3 else day(at + 2)) for at in range(ROWS)]
    write(tmp_path, "leads.csv", ("id", "received", "disposition status", "disposition date"), *rows)

    drafted = draft(tmp_path)

    assert counts(drafted) == (30, 60, 30)
    assert "'Voicemail full' read as lost" in drafted.comment("because rows with it have a close")
    assert drafted.check().broken == ()


def test_planned_days_are_no_closes(tmp_path: Path) -> None:
    """A CRM lets an open deal have a day on which it shall close: it lies after all that the rows tell of."""
    states = ["Won", "Lost", "Qualified to buy", "Contract sent"]
    after = [2, 2, 2 * ROWS, None]
    rows = [
        (f"L{at}", day(at), states[at % 4], None if (days := after[at % 4]) is None else day(at + days))
        for at in range(ROWS)
    ]
    write(tmp_path, "leads.csv", ("id", "created", "deal stage", "close date"), *rows)

    drafted = draft(tmp_path)

    assert counts(drafted) == (30, 30, 60)
    assert drafted.check().broken == ()


def test_unknown_words_stay_open_where_no_day_tells_them_apart(tmp_path: Path) -> None:
    """A day that some rows in a middle state have, and open ones too, says nothing of an end."""
    states = ["Won", "Lost", "Quoted", "New"]
    rows = [
        (f"L{at}", day(at), states[at % 4], day(at + 2) if at % 4 < 2 or at % 8 == 2 else None) for at in range(ROWS)
    ]
    write(tmp_path, "leads.csv", ("id", "created", "status", "quoted on"), *rows)

    assert counts(draft(tmp_path)) == (30, 30, 60)


def test_several_words_of_one_end_are_asked_about(tmp_path: Path) -> None:
    """A step on the way may sound like an end: who is signed up may pay yet, or never."""
    states = ["Won", "Signed", "Lost", "Rejected", "Trial"]
    rows = [(f"L{at}", day(at), states[at % 5]) for at in range(ROWS)]
    write(tmp_path, "leads.csv", ("id", "created", "stage"), *rows)
    drafted = draft(tmp_path).text.splitlines()

    (won,) = [one for one in drafted if one.startswith("won_values")]
    (lost,) = [one for one in drafted if one.startswith("lost_values")]

    assert won.endswith("# check this: each of them won?")
    assert lost.endswith("# check this: each of them lost for good?")


def test_one_word_of_an_end_is_not(tmp_path: Path) -> None:
    rows = [(f"L{at}", day(at), ["Won", "Lost", "Open"][at % 3]) for at in range(ROWS)]
    write(tmp_path, "leads.csv", ("id", "created", "stage"), *rows)

    assert 'won_values = ["Won"]\nlost_values = ["Lost"]\n' in draft(tmp_path).text


def test_losses_none_of_which_has_a_day_are_asked_about_first(tmp_path: Path) -> None:
    days = closes("won")
    rows = [(f"L{at}", day(at), END[at], days[at], "ab"[at % 2]) for at in range(ROWS)]
    write(tmp_path, "offers.csv", ("id", "created", "outcome", "signed on", "origin"), *rows)

    drafted = draft(tmp_path)

    assert drafted.comment("no lost row has a day of closing, so that all 40 count as lost when the export was made.")


def test_who_left_without_a_day_of_winning_is_asked_about_where_read_as_open(tmp_path: Path) -> None:
    stage = ["Résilié" if END[at] == "won" and at % 2 else END[at].title() for at in range(ROWS)]
    write(tmp_path, "leads.csv", ("id", "created", "Statut"), *[(f"L{at}", day(at), stage[at]) for at in range(ROWS)])

    assert draft(tmp_path).comment("'Résilié' read as ")
