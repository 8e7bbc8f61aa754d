"""Roles, types and values of fields are guessed; what is left out says why."""

from __future__ import annotations

from pathlib import Path

from tests.features.scaffold.conftest import Draft, day, draft, write, write_company


def test_roles_types_and_values_are_guessed(company: Draft) -> None:
    fields = company.schema.fields

    assert company.roles == {
        "lead_source": "channel",
        "budget": "answer",
        "team_size": "profile",
        "country": "profile",
        "is_decider": "answer",
        "tags": "late",
        "discount_given": "late",
    }
    assert (fields["budget"].obstacle, fields["budget"].ordered) == ("money", True)
    assert fields["budget"].values == ("small", "medium", "large")
    assert fields["lead_source"].missing == ("n/a",)
    assert (fields["team_size"].type, fields["team_size"].minimum) == ("number", 0)
    assert fields["is_decider"].type == "flag"


def test_what_is_left_out_says_why(company: Draft) -> None:
    assert company.comment("'Owner'") == "# Left out: 'Owner', as whose lead it is says nothing of the lead."
    assert company.comment("'Constant'") == "# Left out: 'Constant', which is always 'same'."


def test_field_that_nobody_can_guess_is_an_answer_and_asked_about(tmp_path: Path) -> None:
    rows = [(f"L{at}", day(at), "red" if at % 3 else "blue", "won" if at % 2 else "lost") for at in range(50)]
    write(tmp_path, "leads.csv", ("id", "created", "colour", "outcome"), *rows)

    drafted = draft(tmp_path)

    assert drafted.roles == {"colour": "answer"}
    assert drafted.comment("make it profile if it says who somebody is, late if it came later")
    assert drafted.check().broken == ()


def test_field_that_is_told_again_in_events_is_an_answer(tmp_path: Path) -> None:
    write_company(tmp_path)
    path = tmp_path / "crm_history.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",Page Visit,", ",Country,"), encoding="utf-8")

    drafted = draft(tmp_path)

    assert drafted.roles["country"] == "answer"
    assert list(drafted.schema.kinds) == ["phone_call"]


def test_draft_keeps_the_rules_of_names_and_values(tmp_path: Path) -> None:
    towns = [*(f"town {at}" for at in range(60)), *["other"] * 40]
    rows = [(f"L{at}", day(at), at % 90, towns[at % 100], "won" if at // 100 == 1 else "lost") for at in range(300)]
    write(tmp_path, "leads.csv", ("id", "created", "age", "place", "outcome"), *rows)

    fields = draft(tmp_path).schema.fields

    assert fields["age"].type == "number"
    assert fields["place"].others
    assert "other" not in fields["place"].values


def test_postal_codes_and_codes_with_leading_zeros_are_no_numbers(tmp_path: Path) -> None:
    towns = ["01067", "80331", "20095"]
    branches = ["0001", "0020", "0300"]
    rows = [
        (f"L{at}", day(at), towns[at // 2 % 3], branches[at % 3], at % 7, "won" if at % 2 else "lost")
        for at in range(60)
    ]
    write(tmp_path, "leads.csv", ("id", "created", "PLZ", "branch", "rooms", "outcome"), *rows)

    fields = draft(tmp_path).schema.fields

    assert (fields["plz"].type, fields["plz"].values) == ("category", ("01067", "20095", "80331"))
    assert (fields["branch"].type, fields["branch"].values) == ("category", ("0001", "0020", "0300"))
    assert fields["rooms"].type == "number"


def test_numbers_under_a_short_name_of_time_are_times(tmp_path: Path) -> None:
    start = 1_735_689_600_000
    write(tmp_path, "users.csv", ("id", "created", "source"), *[(f"u{at}", day(at), "web") for at in range(60)])
    visits = [(start + at * 43_200_000, f"u{at % 60}", "abc"[at % 3]) for at in range(180)]
    write(tmp_path, "events.csv", ("ts", "user", "event"), *visits)
    ends = [(f"u{at}", day(at + 3), "won" if at % 2 else "lost") for at in range(60)]
    write(tmp_path, "deals.csv", ("user", "closed", "result"), *ends)

    drafted = draft(tmp_path)

    assert drafted.keys["history"]["events"]["columns"]["occurred_at"] == "ts"
    assert drafted.keys["history"]["events"]["time_formats"] == {"occurred_at": "epoch_milliseconds"}
    assert drafted.check().broken == ()
