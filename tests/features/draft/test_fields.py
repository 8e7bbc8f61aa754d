"""Roles, types and values of fields are guessed; what is left out says why."""

from __future__ import annotations

from pathlib import Path

from tests.features.draft.conftest import Draft, day, draft, write, write_company


def test_roles_types_and_values_are_guessed(company: Draft) -> None:
    fields = company.schema.fields

    assert company.roles == {
        "lead_source": "channel",
        "budget": "answer",
        "team_size": "profile",
        "country": "profile",
        "is_decider": "profile",
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


def test_field_that_nobody_can_guess_is_a_profile_and_asked_about(tmp_path: Path) -> None:
    rows = [(f"L{at}", day(at), "red" if at % 3 else "blue", "won" if at % 2 else "lost") for at in range(50)]
    write(tmp_path, "leads.csv", ("id", "created", "colour", "outcome"), *rows)

    drafted = draft(tmp_path)

    assert drafted.roles == {"colour": "profile"}
    assert drafted.comment("make it an answer with an obstacle")
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
