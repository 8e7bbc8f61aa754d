"""The day of the close is that on which rows ended, never one that was planned."""

from __future__ import annotations

from pathlib import Path

from tests.features.scaffold.conftest import END, ROWS, by_end, closes, day, draft, read, right, write


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


def of_cohort(at: int) -> int:
    """How long after its creation a lead of one spring ends, with a year to do so."""
    return 20 + at * 37 % 300


def test_close_of_a_cohort_is_no_plan_though_it_lies_far_past_the_last_lead() -> None:
    """Beside a day that all have and that came soon: those that ended either way have it, and no open one."""
    visits = [f"{day(at + 3):%Y-%m-%d}" for at in range(ROWS)]
    ends = [f"{day(at + of_cohort(at)):%Y-%m-%d}" if END[at] != "open" else None for at in range(ROWS)]

    assert [each.name for each in read(Status=by_end("Won", "Lost", "Open"), Visit=visits, Settled=ends)[0].closed] == [
        "Settled"
    ]


def test_days_are_planned_only_if_they_lie_past_all_that_changes_and_logs_tell_of(tmp_path: Path) -> None:
    """Every lead of the cohort has ended, so that the close is as full as a plan; not every one was visited."""
    rows = [
        (
            f"L{at}",
            day(at),
            day(at + 3) if at % 5 else None,
            day(at + of_cohort(at)),
            ("Won", "Lost")[at % 2],
            "ab"[at % 3 == 0],
        )
        for at in range(ROWS)
    ]
    header = ("lead", "created", "Visit", "Settled", "Status", "source")
    calls = [(f"L{at}", f"{day(at + wait)}T09:00:00", "call") for at in range(ROWS) for wait in (1, 300)]

    def close_of(name: str) -> str:
        (tmp_path / name).mkdir()
        write(tmp_path / name, "leads.csv", header, *rows)
        if name == "logged":
            write(tmp_path / name, "calls.csv", ("lead", "happened", "kind"), *calls)
        return draft(tmp_path / name).source.outcomes[0].mapped["closed_at"]

    assert (close_of("alone"), close_of("logged")) == ("Visit", "Settled")


def test_last_change_tells_until_when_the_export_goes() -> None:
    visits = [f"{day(at + 3):%Y-%m-%d}" if at % 5 else None for at in range(ROWS)]
    settled = [f"{day(at + of_cohort(at)):%Y-%m-%d}" for at in range(ROWS)]
    changed = [f"{day(at + of_cohort(at) + 1):%Y-%m-%d}" for at in range(ROWS)]
    state = by_end("Won", "Lost", "Won")

    assert [each.name for each in read(Status=state, Visit=visits, Settled=settled, Modified=changed)[0].closed] == [
        "Settled"
    ]
