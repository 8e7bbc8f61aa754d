"""The day of the close is that on which rows ended, never one that was planned."""

from __future__ import annotations

from tests.features.scaffold.conftest import ROWS, by_end, closes, day, read, right


def test_expected_close_is_never_the_close() -> None:
    planned = [f"{day(at + 90):%Y-%m-%d}" for at in range(ROWS)]

    (first, *_) = read(
        Status=by_end("Won", "Lost", "Open"), Est_Close_Date=planned, Actual_Close_Date=closes("won", "lost")
    )

    assert [each.name for each in first.closed] == ["Actual Close Date"]
    assert read(Status=by_end("Won", "Lost", "Open"), Forecast_close_date=planned)[0].closed == ()


def test_day_of_winning_and_day_of_losing_are_both_the_close() -> None:
    (first, *_) = read(Status=by_end("Won", "Lost", "Open"), Won_time=closes("won"), Lost_time=closes("lost"))

    assert [each.name for each in first.closed] == ["Won time", "Lost time"]


def test_day_that_all_wins_have_is_their_close_where_the_known_one_is_of_losses() -> None:
    (first, *_) = read(Status=by_end("Won", "Lost", "Open"), Joined=closes("won"), Lost_on=closes("lost"))

    assert {each.name for each in first.closed} == {"Joined", "Lost on"}


def test_day_that_open_rows_have_too_is_no_close() -> None:
    (first, *_) = read(Status=by_end("Won", "Lost", "Open"), Walkthrough=closes("won", "open"), Lost_on=closes("lost"))

    assert first.closed == ()  # of the wins nothing tells a day


def test_day_of_either_end_is_the_close() -> None:
    (first, *_) = read(Status=by_end("Confirmed", "Turned down", "Open"), Won_or_lost_on=closes("won", "lost"))

    assert [each.name for each in first.closed] == ["Won or lost on"]
    assert right(first)


def test_day_that_few_wins_have_is_no_close() -> None:
    """A won row without a close would be broken: the day of the creation stands for it, and is asked about."""
    left = [day if at % 4 == 0 else None for at, day in enumerate(closes("won"))]
    most = [day if at % 4 else None for at, day in enumerate(closes("won", "lost"))]

    assert read(Status=by_end("Won", "Lost", "Open"), Left_on=left)[0].closed == ()
    assert [each.name for each in read(Status=by_end("Won", "Lost", "Open"), Left_on=most)[0].closed] == ["Left on"]


def test_day_that_lies_ahead_of_every_creation_is_no_close() -> None:
    """A wedding, whether it is the only other day or stands beside that of the state."""
    wedding = [f"{day(at + 200):%Y-%m-%d}" for at in range(ROWS)]
    state = by_end("Won", "Lost", "Open")

    assert [
        each.name for each in read(Status=state, Wedding=wedding, Since=closes("won", "lost", "open"))[0].closed
    ] == ["Since"]
    assert read(Status=state, Wedding=wedding)[0].closed == ()


def test_export_long_after_its_last_lead_keeps_its_close() -> None:
    late = [cell and f"{day(at + 300):%Y-%m-%d}" for at, cell in enumerate(by_end("1", "1", None))]

    assert [each.name for each in read(Status=by_end("Won", "Lost", "Open"), Ended=late)[0].closed] == ["Ended"]


def test_renewal_of_the_won_is_no_close_beside_the_day_on_which_the_state_began() -> None:
    renews = [cell and f"{day(at + 365):%Y-%m-%d}" for at, cell in enumerate(by_end("1", None, None))]
    entered = [f"{day(min(at + 20, ROWS)):%Y-%m-%d}" for at in range(ROWS)]  # until the export

    (first, *_) = read(Status=by_end("Won", "Lost", "Open"), Renews=renews, Entered=entered)

    assert [each.name for each in first.closed] == ["Entered"]
