"""Columns that have to do with how rows ended are told by their names and words, and others are not taken for them."""

from __future__ import annotations

from features.scaffold.signs import names_an_amount
from tests.features.scaffold.conftest import END, ROWS, by_end, read, right


def test_flag_of_who_somebody_is_is_no_win() -> None:
    assert read(new_client=["yes" if at % 5 else "no" for at in range(ROWS)]) == []


def test_stage_that_a_flag_of_wins_denies_is_open() -> None:
    """Lenders approve before they pay out; where nothing denies it, approved is won."""
    status = by_end("Funded", "Declined", "Approved")

    (first, *_) = read(application_status=status, is_funded=by_end("true", "false", "false"))

    assert right(first)
    assert "Approved" in str(read(application_status=status)[0].won[0])


def test_flag_of_being_closed_is_never_won() -> None:
    assert all(
        (reading.state[END == "lost"] != 1).all()
        for reading in read(Closed=by_end("yes", "yes", "no"), Stage=by_end("Won", "Lost", "New"))
    )
    assert read(Closed=by_end("yes", "yes", "no")) == []


def test_result_of_an_earlier_lead_is_not_this_ones() -> None:
    before = ["success" if at % 2 else "failure" for at in range(ROWS)]

    (first, *_) = read(previous_outcome=before, outcome=by_end("yes", "no", None))

    assert right(first)


def test_expected_revenue_is_no_amount() -> None:
    assert [names_an_amount(name) for name in ("Amount", "Total", "Total visits")] == [True, True, False]


def test_stage_that_a_row_of_a_log_leaves_is_not_the_one_reached() -> None:
    """Whatever the two are called: most ends stand in the one reached."""
    left = ["Lost" if at % 30 == 1 else ("New", "Demo", "Offer")[at % 3] for at in range(ROWS)]
    reached = ["Demo" if at % 30 == 1 else end for at, end in enumerate(by_end("Won", "Lost", "Talk"))]
    for names in (("from_stage", "to_stage"), ("stage_a", "stage_b")):
        (first, *_) = read(**dict(zip(names, (left, reached), strict=True)))
        assert {one.column.name for one in (*first.won, *first.lost)} == {names[1].replace("_", " ")}
