"""How rows ended is read from whatever columns tell it, and the evidence decides."""

from __future__ import annotations

from typing import Any

import pytest

from features.scaffold.readings import clearly_best
from tests.features.scaffold.conftest import ROWS, by_end, closes, read, right


@pytest.mark.parametrize(
    "columns",
    [
        {"Stage": by_end("Closed Won", "Closed Lost", "Demo"), "Close_Date": closes("won", "lost")},
        {"Statut": by_end("Gagnée", "Perdue", "En cours"), "Date_de_clôture": closes("won", "lost")},
        {"Phase": by_end("Neu", "Neu", "Neu"), "IsClosed": by_end("true", "true", "false"), "IsWon": by_end(*"100")},
        {"Etapa": by_end("Ganado", "Nuevo", "Nuevo"), "Activo": by_end("true", "false", "true")},
        {"Accepted_on": closes("won"), "Declined_on": closes("lost")},
        {"is_canceled": by_end("0", "1", None), "decided": closes("won", "lost")},
        {"Deal_Stage": by_end("In", "Out", "Talk"), "Is_Closed_Won": by_end(*"100"), "Is_closed_lost": by_end(*"010")},
        {"Enrolled": by_end("yes", "no", None), "Decision_date": closes("won", "lost")},
        {
            "Stage": by_end("Deal won", "Other", "Talk"),
            "Closed": by_end("Y", "Y", "N"),
            "End_date": closes("won", "lost"),
        },
        {"Dealstage": by_end("closedwon", "closedlost", "contractsent"), "Closedate": closes("won", "lost", "open")},
        {"Statut": by_end("Signée", "Sans suite", "En cours"), "Date_de_clôture": closes("won", "lost")},
        {"Date_de_signature": closes("won"), "Date_de_perte": closes("lost")},
        {
            "no_show": by_end("no", "yes", None),
            "new_client": ["yes" if at % 5 else "no" for at in range(ROWS)],
            "settled": closes("won", "lost"),
        },
    ],
    ids=[
        "words",
        "French",
        "closed and won",
        "archived",
        "two days",
        "cancelled",
        "two flags",
        "blank if open",
        "won and closed",
        "written together",
        "no follow-up",
        "day of signing",
        "no show",
    ],
)
def test_how_rows_ended_is_read_from_what_tells_it(columns: dict[str, list[Any]]) -> None:
    found = read(**columns)

    assert right(found[0])
    assert clearly_best(found)
