"""What somebody corrects of a draft holds instead of the guess, for everything that follows from it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from features.scaffold import draft as draft_anew
from features.scaffold.corrections import CorrectionError, Corrections
from features.scaffold.sheets import load
from features.scaffold.tables import find_layout
from tests.features.scaffold.conftest import Draft, day, write, write_company


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


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"leads": "contact.csv"}, r"leads must name a table .*, got 'contact\.csv': did you mean 'contacts\.csv'\?"),
        (
            {"created": "createdate"},
            r"created must name a column of contacts\.csv, got 'createdate': did you mean 'createDate'\?",
        ),
        ({"closed": "closing"}, r"closed must name a column of deals\.csv, got 'closing'"),
        ({"amount": "sum"}, r"amount must name a column of deals\.csv, got 'sum': there are 'deal_no'"),
        ({"reason": "why"}, r"reason must name a column of deals\.csv, got 'why'"),
        ({"rep_id": "who"}, r"rep_id must name a column of deals\.csv, got 'who'"),
        (
            {"reading": "won where stage = Won"},
            r"reading must name a reading of outcomes that the draft names, got 'won where stage = Won'",
        ),
        ({"ended_by": "stages", "ends": {"a": "won"}}, r"ended_by must name a column of deals\.csv, got 'stages'"),
        ({"ended_by": "stage"}, "ended_by and ends must be said together, got ended_by alone"),
        ({"ends": {"Closed Won": "won"}}, "ended_by and ends must be said together, got ends alone"),
        (
            {"ended_by": "stage", "ends": {"Closed won": "won", "Closed Lost": "lost", "Closed Won": "won"}},
            "ends must name values of 'stage', got 'Closed won': did you mean 'Closed Won'",
        ),
        ({"roles": {"tags": "late"}}, r"roles must name a column of contacts\.csv, got 'tags': did you mean 'Tags'\?"),
        ({"types": {"amount": "category"}}, r"types must name a column of contacts\.csv, got 'amount'"),
        ({"obstacles": {"budget": "money"}}, "obstacles must name a column"),
        ({"ordered": {"budget": True}}, "ordered must name a column"),
    ],
)
def test_correction_of_what_is_not_there_is_refused(folder: Path, given: dict[str, object], said: str) -> None:
    with pytest.raises(CorrectionError, match=said):
        corrected(folder, **given)


def write_shared(folder: Path) -> None:
    """Leads, deals and accounts that all have a column `Code`."""
    rng = np.random.default_rng(2)
    rows = range(60)
    codes = [f"{rng.integers(1, 9)}" for _ in rows]
    write(
        folder,
        "leads.csv",
        ("lead_id", "created_at", "source", "Code", "account"),
        *((f"L{at}", f"{day(at)}", "ab"[at % 2], codes[at], f"A{at % 20}") for at in rows),
    )
    write(
        folder,
        "deals.csv",
        ("lead_id", "closed_at", "Code", "outcome"),
        *((f"L{at}", f"{day(at + 9)}", codes[-at], ("won", "lost")[at % 2]) for at in rows),
    )
    write(
        folder, "accounts.csv", ("account", "Code", "region"), *((f"A{at}", at + 100, "NS"[at % 2]) for at in range(20))
    )


@pytest.mark.parametrize(
    ("chosen", "types"),
    [
        ({}, ("number", "number", "number")),
        ({"Code": "category"}, ("category", "number", "number")),
        ({"accounts.Code": "category"}, ("number", "category", "number")),
    ],
)
def test_type_of_a_column_holds_for_that_of_the_leads_alone(
    tmp_path: Path, chosen: dict[str, str], types: tuple[str, str, str]
) -> None:
    write_shared(tmp_path)
    layout = find_layout(load(tmp_path), Corrections.model_validate({"types": chosen}))

    assert layout.outcomes is not None
    of_leads, of_outcomes = ({one.name: one.type for one in sheet.columns} for sheet in (layout.leads, layout.outcomes))
    assert (of_leads["Code"], of_leads["accounts.Code"], of_outcomes["Code"]) == types


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
