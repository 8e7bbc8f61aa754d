"""Tables whose columns stand beside those of the leads: what leads become, wins alone, and facts that they point to."""

import numpy as np
import pandas as pd

from features.scaffold.layout import Join, Layout
from features.scaffold.links import ANY, links, met, same
from features.scaffold.outcome import Condition, Reading, Signs
from features.scaffold.readings import readings
from features.scaffold.records import id_of
from features.scaffold.sheets import Column, Sheet, best
from features.scaffold.signs import find_signs
from features.scaffold.words import COLUMNS, EXPECTED, says, words

FEW_BOTH = 0.01
"""Share of leads that may be lost by their own mark and stand in a table of wins nevertheless."""


def join_conversion(layout: Layout, rest: list[Sheet], outcomes: dict[str, list[Reading]]) -> list[Sheet]:
    """Join the table that leads become rows of once they are taken up, by the leads' column that holds its id."""
    for sheet in rest:
        key = id_of(sheet)
        found = [column for column in links(layout.leads, key) if column is not layout.lead_id]
        if not outcomes[sheet.name] or key is None or not found:
            continue
        on = found[0]
        if on.filled >= 1 or len(on.counts) < 0.9 * on.texts.notna().sum():
            continue
        _add_join(layout, Join(_join_name(sheet), sheet, on, key, converts=True))
        layout.outcomes, layout.outcome_id = layout.leads, layout.lead_id
        layout.signs = _without_conversion(find_signs(layout.leads, layout.created), on)
        layout.readings = readings(layout.signs)
        return [other for other in rest if other is not sheet]
    return rest


def _without_conversion(signs: Signs, on: Column) -> Signs:
    """Leave out the signs that only say that a lead was taken up."""
    taken_up = on.texts.notna().to_numpy()

    def tells(rows: np.ndarray) -> bool:
        return bool((rows == taken_up).mean() > 0.99 or (rows == ~taken_up).mean() > 0.99)

    signs.won[:] = [one for one in signs.won if not tells(one.rows)]
    signs.lost[:] = [one for one in signs.lost if not tells(one.rows)]
    signs.closed[:] = [one for one in signs.closed if not tells(one.rows)]
    taken = "converted conversion konvertiert~ converti~"
    signs.no_days.extend(column for column in signs.sheet.times_but() if says(column.name, taken))
    return signs


def join_wins(layout: Layout, linked: list[tuple[Sheet, Column]]) -> bool:
    """Join a table of wins alone to leads that say themselves which of them were lost, and return whether it is so."""
    signs = find_signs(layout.leads, layout.created)
    told = [one for one in signs.lost if one.kind in ("flag", "day")]
    for sheet, key in linked:
        if not told or layout.lead_id is None or not key.unique or not sheet.times_but():
            continue
        won = layout.lead_id.texts.isin(set(key.texts)).to_numpy()
        if not won.any() or any((one.rows & won).mean() > FEW_BOTH for one in told):
            continue
        day = day_of_deals(sheet)
        name = _add_join(layout, Join(_join_name(sheet), sheet, layout.lead_id, key, converts=True))
        joined = next((column for column in layout.leads.columns if day and column.name == f"{name}.{day.name}"), None)
        if joined is None:
            return False
        layout.signs = find_signs(layout.leads, layout.created)
        layout.signs.won[:] = [Condition(joined, "day")]
        layout.signs.lost[:] = [one for one in layout.signs.lost if not one.column.joined]
        layout.outcomes, layout.outcome_id = layout.leads, layout.lead_id
        layout.readings = readings(layout.signs)
        return True
    return False


def day_of_deals(sheet: Sheet) -> Column | None:
    """Return the column of the day on which the deals of a table were made."""
    times = [column for column in sheet.times_but() if not says(column.name, EXPECTED)]
    return best("closed", times)


def join_facts(layout: Layout, rest: list[Sheet]) -> list[Sheet]:
    """Join tables of accounts, campaigns or contacts that the leads point to."""
    left = []
    for sheet in rest:
        found = [
            (key, on)
            for key in sheet.columns
            if key.unique and key.type in ("category", "number", "text") and key.time_format is None
            for on in layout.leads.columns
            if on is not layout.lead_id and on.type != "flag" and len(on.counts) > 1 and "." not in on.name
            if not (key.type == "number" and not says(on.name, COLUMNS["id"] + " account customer company"))
            if met(on, key, ANY) > 0.9
        ]
        if not found:
            left.append(sheet)
            continue
        key, on = max(found, key=lambda pair: (pair[0].name == pair[1].name, met(pair[1], pair[0])))
        _add_join(layout, Join(_join_name(sheet), sheet, on, key))
    return left


def _join_name(sheet: Sheet) -> str:
    name = "_".join(word for word in words(sheet.name.rpartition("#")[2].split(".")[0]) if word.isascii()) or "other"
    return (name if name[0].isalpha() else f"t_{name}")[:40]


def _add_join(layout: Layout, join: Join) -> str:
    """Put the columns of another table beside those of the leads, as `name.column`, and return the name."""
    rules = ("strip", "integer")
    keys = same(join.key.texts, rules)
    on = same(join.on.texts, rules)
    first = ~keys.duplicated() & keys.notna()
    for column in join.sheet.columns:
        if column is not join.key:
            given = pd.Series(column.given[first].to_numpy(), index=keys[first])
            beside = on.map(given)
            texts = beside.astype("str").where(beside.notna())
            beside_leads = Column(f"{join.name}.{column.name}", texts, joined=True)
            layout.leads.columns.append(layout.corrections.typed_column(beside_leads))
    layout.joins.append(join)
    return join.name
