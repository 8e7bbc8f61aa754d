"""Tables that belong to the leads stand beside them."""

from __future__ import annotations

from pathlib import Path

from tests.features.scaffold.conftest import ROWS, closes, day, draft, write


def test_wins_in_a_table_and_losses_on_the_lead_are_one_history(tmp_path: Path) -> None:
    """40 leads stand in the orders, 40 are marked as lost, 40 are open."""
    ordered, lost_on = closes("won"), closes("lost")
    leads = [(f"L{at}", day(at), "web", "Y" if lost_on[at] else None, lost_on[at]) for at in range(ROWS)]
    write(tmp_path, "enquiries.csv", ("id", "created", "source", "Lost?", "Lost date"), *leads)
    orders = [(f"O{at}", f"L{at}", ordered[at], 100 + at) for at in range(ROWS) if ordered[at]]
    write(tmp_path, "sales.csv", ("order", "enquiry", "Order date", "price"), *orders)

    drafted = draft(tmp_path)
    checked = drafted.check().summary

    assert (checked.won, checked.lost, checked.open) == (40, 40, 40)
    assert "sales_price" not in drafted.roles
