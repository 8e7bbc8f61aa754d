"""A draft is a history as it stands, for exports of others too."""

from __future__ import annotations

from pathlib import Path

import pytest

from features import scaffold as drafting
from features.records.reading import ReadingError
from tests.features.scaffold.conftest import LEADS, Draft, day, draft, write

SHARED = Path(__file__).parents[4] / "shared" / "data"


def test_draft_is_a_history_as_it_stands(company: Draft) -> None:
    checked = company.check()

    assert checked.broken == ()
    assert checked.summary.rows == {"leads": LEADS, "events": 900, "outcomes": LEADS // 2}


def test_questions_are_counted_without_the_line_that_announces_them_and_end_in_one_mark(tmp_path: Path) -> None:
    rows = [(f"OPP-{lead}", day(lead), f"p{lead}@example.com", ("fair", "web")[lead % 2]) for lead in range(60)]
    write(tmp_path, "leads.csv", ("Id", "Created", "Contact", "Lead Source"), *rows)
    drafted = drafting.draft(tmp_path)

    asking = [line for line in drafted.text.splitlines() if "check this" in line]
    assert "`check this`" in asking[0]
    assert drafted.questions == len(asking) - 1 > 2
    (mails,) = [line for line in asking if "mail" in line]
    assert mails.endswith("no model looks at it?")


@pytest.mark.parametrize(
    ("name", "leads", "late"),
    [
        ("olist_funnel", 7999, {"business_segment", "lead_type", "has_company"}),
        ("maven_crm", 8300, set()),
        ("bank_marketing", None, {"duration"}),
        ("x_education", None, {"tags", "lead_quality", "last_activity"}),
    ],
)
def test_real_exports_are_drafted(name: str, leads: int | None, late: set[str]) -> None:
    if not (SHARED / name).is_dir():
        pytest.skip("no real data beside the checkout (../shared/data)")
    drafted = draft(SHARED / name)

    assert late <= {field for field, role in drafted.roles.items() if role == "late"}
    if leads is None:
        assert "holds a time" in drafted.text
        with pytest.raises(ReadingError, match="has no column"):
            drafted.check()
    else:
        assert len(drafted.check().history.leads) == leads
