"""What parts the words of a stage tells which of them are won, and is no answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from features.scaffold.flags import is_borne_out, is_forecast
from features.scaffold.splitting import splits
from tests.features.scaffold.conftest import ROWS, Draft, by_end, closes, column, counts, day, draft, read, right, write


def varied(words: tuple[str, ...], end: str, others: list[Any]) -> list[Any]:
    """Return cells of which the rows of an end have several words."""
    here = by_end(*(end == each for each in ("won", "lost", "open")))
    return [words[at // 3 % len(words)] if here[at] else others[at] for at in range(ROWS)]


def drafted(folder: Path, **columns: list[Any]) -> Draft:
    names = ("id", "created", "source", *(name.replace("_", " ") for name in columns))
    rows = [
        (f"L{at}", day(at), ("web", "fair")[at % 2], *(cells[at] for cells in columns.values())) for at in range(ROWS)
    ]
    write(folder, "leads.csv", names, *rows)
    return draft(folder)


DEPOSIT = by_end(*("500", None, None))


def test_words_on_the_side_of_all_won_ones_are_won_and_asked_about(tmp_path: Path) -> None:
    state = varied(("Booked", "Event over", "Deposit paid"), "won", by_end("", "Lost", "Viewing"))

    found = drafted(tmp_path, State=state, Deposit=DEPOSIT)

    assert counts(found) == (40, 40, 40)
    assert "'Deposit' is filled in for nearly all rows with" in found.comment("Is each of them won?")


def test_words_that_nobody_knows_are_won_by_what_they_have_and_asked_about(tmp_path: Path) -> None:
    state = varied(("Rezerwacja", "Impreza"), "won", by_end("", "Lost", "Rozmowa"))

    found = drafted(tmp_path, State=state, Deposit=DEPOSIT)

    assert counts(found) == (40, 40, 40)
    assert found.comment("these words are not known")


def test_cancelled_by_the_customer_is_won_where_it_has_what_won_rows_have(tmp_path: Path) -> None:
    state = varied(("Deposit paid", "Cancelled by couple"), "won", by_end("", "Turned down", "Viewing"))

    found = drafted(tmp_path, State=state, Deposit=DEPOSIT)

    assert counts(found) == (40, 40, 40)
    assert "'Cancelled by couple'" in found.comment("hardly any other")


def test_word_that_denies_is_lost_where_it_has_nothing_of_what_others_have() -> None:
    """A booked trial that was not kept has no membership."""
    state = by_end("Signed", "Signed by us, not by them", "Trial")

    (first, *_) = read(
        State=state,
        Decided=closes("won", "lost"),
        Membership_no=[n and f"M{at}" for at, n in enumerate(by_end("1", None, None))],
    )

    assert right(first)


def test_day_of_a_step_on_the_way_makes_no_word_won(tmp_path: Path) -> None:
    """An offer went to the won, to some of the lost and to some who are open still."""
    state = varied(("Refused our offer", "No budget"), "lost", by_end("Won", "", "Negotiation"))
    offer = [
        f"{day(at + 5)}" if word in ("Refused our offer", "Won", "Negotiation") else None
        for at, word in enumerate(state)
    ]

    found = drafted(tmp_path, State=state, Offer_on=offer, Ended=closes("won", "lost"))

    assert "Negotiation" not in found.source.outcomes[0].won_values
    assert "'Negotiation', 'Refused our offer'" in found.comment("which are read otherwise").replace(
        "'Refused our offer', 'Negotiation'", "'Negotiation', 'Refused our offer'"
    )


def test_what_parts_the_words_is_no_answer(tmp_path: Path) -> None:
    """Though hardly any lead has ended, so that figures cannot tell."""
    found = drafted(
        tmp_path, State=by_end("Won", "Lost", "Open"), Decided=closes("won", "lost"), Plan=by_end("basic", None, None)
    )

    assert found.roles["plan"] == "late"


def test_rows_without_a_word_must_have_none_of_it() -> None:
    stage, mark = column("stage", by_end("a", "b", None)), column("mark", by_end("1", None, "1"))

    assert list(splits(stage, [mark])) == []
    assert [split.having for split in splits(stage, [column("m", by_end("1", None, None))])] == [("a",)]


def test_chance_that_ends_at_nothing_or_all_is_a_forecast_and_no_answer(tmp_path: Path) -> None:
    sure = varied(("10", "40", "60"), "open", by_end("100", "0", ""))

    assert is_forecast(column("x", sure))
    assert is_forecast(column("x", ["1" if cell == "100" else f"{int(cell) / 100}" for cell in sure]))
    assert not is_forecast(column("x", by_end("1", "0", "0")))
    assert not is_forecast(column("x", [str(at % 101) for at in range(ROWS)]))
    assert drafted(tmp_path, State=by_end("Won", "Lost", "Open"), Sure=sure).roles["sure"] == "late"


def test_percent_that_leads_answer_is_no_forecast(tmp_path: Path) -> None:
    """Its ends are those of the scale, whether a lead is won or not; one whose ends are those of the leads is one."""
    rng = np.random.default_rng(4)
    steps = [str(step) for step in rng.choice([0, 25, 50, 75, 100], ROWS, p=[0.3, 0.1, 0.2, 0.1, 0.3])]
    state = by_end("Won", "Lost", "Open")

    assert is_forecast(column("x", steps))
    assert (
        drafted(tmp_path, State=state, Decided=closes("won", "lost"), Share_financed=steps).roles["share_financed"]
        == "answer"
    )


@pytest.mark.parametrize(("stale", "borne_out"), [(4, True), (5, False)])
def test_few_ends_may_be_out_of_date(stale: int, borne_out: bool) -> None:
    """Of forty rows of each end, a tenth at most."""
    sure = varied(("10", "40", "60"), "open", by_end("100", "0", ""))
    ended = np.array(by_end(1.0, 0.0, np.nan))
    ended[np.flatnonzero(ended == 1)[:stale]] = 0.0

    assert is_borne_out(column("x", sure), ended) is borne_out
    assert is_borne_out(column("x", sure), np.full(ROWS, np.nan))
