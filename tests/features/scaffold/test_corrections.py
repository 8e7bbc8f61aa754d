"""What somebody corrects of a draft holds instead of the guess, for everything that follows from it."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from features.scaffold import draft as draft_anew
from features.scaffold.corrections import CorrectionError, Corrections
from tests.features.scaffold.conftest import Draft, write_company


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("company")
    write_company(folder)
    return folder


def corrected(folder: Path, **given: object) -> Draft:
    return Draft(draft_anew(folder, None, Corrections.model_validate(given)).text)


def test_what_was_corrected_is_in_the_draft_by_which_the_history_is_read_and_is_not_asked_again(folder: Path) -> None:
    draft = corrected(
        folder,
        horizon_days=45,
        time_zone="Europe/Berlin",
        created="createDate",
        roles={"Tags": "contact", "Team Size": "answer", "Country": "", "Owner": "context"},
        types={"Team Size": "category"},
        obstacles={"Budget": "trust"},
        ordered={"Budget": False},
        ended_by="stage",
        ends={"Closed Won": "lost", "Closed Lost": "won"},
    )
    plain = Draft(draft_anew(folder).text)
    assert (draft.keys["horizon_days"], draft.keys["time_zone"]) == (45, "Europe/Berlin")
    assert plain.roles["tags"] == "late"
    assert {name: draft.roles.get(name) for name in ("tags", "team_size", "country", "owner")} == {
        "tags": "contact",
        "team_size": "answer",
        "country": None,
        "owner": "context",
    }
    fields = draft.schema.fields
    assert (fields["team_size"].type, fields["budget"].obstacle, fields["budget"].ordered) == (
        "category",
        "trust",
        False,
    )
    assert (draft.source.outcomes[0].won_values, draft.source.outcomes[0].lost_values) == (
        ("Closed Lost",),
        ("Closed Won",),
    )
    before, after = plain.check().summary, draft.check().summary
    assert (before.won, before.lost) == (after.lost, after.won)
    for asked in ('won_values = ["Closed Lost"]', 'obstacle = "trust"', 'time_zone = "Europe/Berlin"'):
        (line,) = [line for line in draft.text.splitlines() if line.startswith(asked)]
        assert "check this" not in line
    assert "check this: when the lead was created" in plain.text
    assert "check this: when the lead was created" not in draft.text


def test_without_corrections_the_draft_is_as_it_was(folder: Path) -> None:
    assert corrected(folder).text == Draft(draft_anew(folder).text).text


def test_the_table_of_the_leads_can_be_named(folder: Path) -> None:
    assert corrected(folder, leads="deals.csv").source.leads.table == "deals.csv"
    assert corrected(folder, leads="none.csv").source.leads.table == "contacts.csv"


def test_ends_that_no_row_has_are_refused(folder: Path) -> None:
    with pytest.raises(CorrectionError, match="Some rows must be won and some lost by 'stage', got nothing as won"):
        corrected(folder, ended_by="stage", ends={"Closed Won": "open", "Closed Lost": "lost"})


@pytest.mark.parametrize(
    "given",
    [
        {"roles": {"a": "boss"}},
        {"types": {"a": "blob"}},
        {"ends": {"a": "maybe"}},
        {"time_zone": "Mars/Olympus"},
        {"time_zone": "../../etc/passwd"},
        {"horizon_days": 0},
        {"horizon_days": 3651},
        {"source": "sqlite:///x"},
    ],
)
def test_what_is_no_choice_of_the_draft_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Corrections.model_validate(given)
