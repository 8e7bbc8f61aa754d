"""Outcomes: won, lost, open, late, or of wins alone."""

from __future__ import annotations

from tests.features.conftest import FILES, Export
from tests.features.records.checks.conftest import LATER


def test_outcome_without_a_result_is_open(export: Export) -> None:
    columns = "outcomes.csv", FILES["outcomes"][0]
    export.write(*columns, f"L1,,{LATER},,", f"L2,2099-01-01,{LATER},Stalled,", f"L3,{LATER},{LATER},,")

    checked = export.check(outcomes={"table": "outcomes", "open_values": ["stalled"]})

    assert checked.broken == ()
    assert (len(checked.history.outcomes), checked.summary.open) == (0, 3)
    assert "outcomes.csv: 2 rows with 'closed_at' but no result: taken as open." in checked.summary.notes


def test_words_for_won_and_lost_are_read_in_any_case(export: Export) -> None:
    export.write("outcomes.csv", "lead_id,closed_at,won", f"L1,{LATER}, WON", f"L2,{LATER},Lost", f"L3,{LATER},1")

    assert export.check().history.outcomes.won.tolist() == [True, False, True]


def test_of_two_outcomes_the_last_recorded_counts(export: Export) -> None:
    export.add("outcomes", f"L1,2026-02-01T10:00:00Z,{LATER},false,")

    summary = export.check().summary

    assert (summary.won, summary.lost, summary.open) == (0, 2, 1)


def test_table_of_deals_alone_is_all_won(export: Export) -> None:
    export.write("outcomes.csv", "lead_id,closed_at", f"L1,{LATER}", "L2,")

    checked = export.check(outcomes={"table": "outcomes", "all_won": True})

    assert checked.broken == ()
    assert (checked.summary.won, checked.summary.lost, checked.summary.open) == (1, 0, 2)
    assert checked.summary.notes[-3:-1] == (
        "outcomes.csv has no recorded_at: each row is taken as recorded at its closed_at.",
        "No losses are recorded: a lead without a win counts as open.",
    )


def test_a_lead_whose_outcome_is_broken_is_left_out_rather_than_taken_as_open(export: Export) -> None:
    export.write("outcomes.csv", "lead_id,closed_at,won", f"L1,{LATER},maybe", f"L2,{LATER},won")

    checked = export.check()

    assert "L1" not in checked.history.leads.lead_id.tolist()
    assert (checked.summary.won, checked.summary.lost) == (1, 0)
    assert checked.history.leads.lead_id[checked.history.outcomes.lead].tolist() == ["L2"]
    assert any(
        note.startswith("1 lead left out with all that is known of each, as no outcome")
        for note in checked.summary.notes
    )


def test_a_broken_second_outcome_leaves_the_first_one_standing(export: Export) -> None:
    export.write("outcomes.csv", "lead_id,closed_at,won", f"L1,{LATER},won", f"L1,{LATER},lost")

    checked = export.check()

    assert len(checked.broken) == 1
    assert "L1" in checked.history.leads.lead_id.tolist()
    assert checked.summary.won == 1


def test_a_table_may_write_times_in_its_own_way(export: Export) -> None:
    export.write("outcomes.csv", "lead_id,closed_at,won", "L1,01/02/2026,won")

    checked = export.check(outcomes={"table": "outcomes", "time_format": "%d/%m/%Y"})

    assert checked.broken == ()
    assert checked.summary.won == 1


def test_reason_and_rep_are_read_where_they_are_known(export: Export) -> None:
    lines = f"L1,{LATER},no,no money,R1", f"L2,{LATER},no,n/a,R2", f"L3,{LATER},yes,,"
    export.write("outcomes.csv", "lead_id,closed_at,won,reason,rep_id", *lines)

    outcomes = export.check(missing=("n/a",)).history.outcomes

    assert outcomes.reason is not None
    assert outcomes.rep_id is not None
    assert outcomes.reason.tolist() == ["no money", None, None]
    assert outcomes.rep_id.tolist() == ["R1", "R2", None]


def test_export_without_reasons_says_none(export: Export) -> None:
    assert export.check().history.outcomes.reason is None
