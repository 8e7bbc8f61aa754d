"""What makes the rows of a table records: the id of each, the day on which it was made, and one row for each."""

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd

from features.records.clock import DAY, NEVER
from features.scaffold.outcome import is_to_come
from features.scaffold.sheets import Column, Sheet, best
from features.scaffold.words import CHANGED, COLUMNS, EXPECTED, says, words

FULL = 0.98
"""Share of the rows that have a day of creation at least, if any column has it."""


def created_of(sheet: Sheet, closed: tuple[Column, ...] = ()) -> Column | None:
    """Return the column of the day on which rows were made: full unless its name says what it is, early, and not of a close or a plan."""
    times = [
        column
        for column in sheet.times_but(*closed)
        if not says(column.name, EXPECTED) and not says(column.name, CHANGED) and not is_to_come(sheet, column.times)
    ]
    at_first = [column for column in times if says(column.name, COLUMNS["created"])]
    unclear = [column for column in times if not says(column.name, COLUMNS["closed"]) and column.filled >= FULL]
    if all(
        column.filled < FULL for column in at_first
    ):  # a day on which a gift was received is none of those who gave none
        full = [column for column in times if column.filled >= FULL and not says(column.name, COLUMNS["closed"])]
        at_first = full or at_first
    candidates = at_first or unclear or (times if len(times) == 1 and times[0].filled >= FULL else [])
    found = max(
        candidates,
        key=lambda column: (
            says(column.name, COLUMNS["created"]) - says(column.name, COLUMNS["closed"]),
            column.filled,
        ),
        default=None,
    )
    if found is None or says(found.name, COLUMNS["created"]):
        return found
    return next((day for day in times if day is not found and _comes_before(day, found)), found)


def _comes_before(day: Column, other: Column) -> bool:
    """Return whether each row has a day that is never later than another, often earlier, and of the same time: that of a birth is not."""
    both = (day.times != NEVER) & (other.times != NEVER)
    if day.filled < FULL or not both.any():
        return False
    gap = (other.times - day.times)[both] / DAY
    return bool((gap >= 0).mean() >= FULL and (gap > 0).mean() > 1 - FULL and np.quantile(gap, 0.9) < 2 * YEAR)


YEAR = 365


def event_times(sheet: Sheet) -> tuple[Column | None, Column | None]:
    """Return when what a table tells of happened, and when it was written down."""
    times = [column for column in sheet.times_but() if not says(column.name, EXPECTED)]
    recorded = best("recorded", [time for time in times if says(time.name, COLUMNS["recorded"]) or is_creation(time)])
    others = [column for column in times if column is not recorded and not says(column.name, "modified updated last")]
    happened = [column for column in others if not is_to_come(sheet, column.times)]
    return best("occurred", happened or others) or recorded, recorded


def is_creation(column: Column) -> bool:
    """Return whether a column says when a row was made: what happened is known from then on."""
    return bool(
        says(
            column.name,
            "created create creation logged recorded entered angelegt erstellt~ erfasst~ cree creado criado",
        )
    )


def id_of(sheet: Sheet) -> Column | None:
    """Return the column that tells each row of a table from all others."""
    unique = [column for column in sheet.columns if column.identifies and column.time_format is None]
    whole = [column for column in unique if _is_whole(column)]
    if not whole:
        return None
    return max(
        whole,
        key=lambda column: (_like_an_id(column), _is_named_as(column, sheet), -sheet.columns.index(column)),
    )


def rivals_of(sheet: Sheet, lead_id: Column) -> list[Column]:
    """Return the other columns that tell each row from all others, where no name says that one is the id of this table's rows.

    The id of a person or an account beside a deal is one of somebody else, who may come again.
    """
    rivals = [column for column in sheet.columns if column is not lead_id and column.identifies and not column.joined]
    of_another = says(lead_id.name, OF_ANOTHER) and not _is_named_as(lead_id, sheet)
    if _like_an_id(lead_id) >= NAMED and not of_another:
        return []
    return [column for column in rivals if column.time_format is None and _like_an_id(column) >= 0]


OF_ANOTHER = "contact contacto contatto contato kontakt~ person persona personne pessoa persoon account customer client cliente klant kunde kunden~ company firma"
"""Words of ids of those of whom a deal is: a table may have an id of its own beside them."""


def _is_named_as(column: Column, sheet: Sheet) -> bool:
    """Return whether a column's name has a word of the table's, in whatever number: "Opportunity ID" of opportunities."""
    table = words(sheet.name.rpartition("#")[2].rpartition(".")[0])
    return any(_is_one_word(one, other) for one, other in product(words(column.name), table))


def _is_one_word(one: str, other: str) -> bool:
    """Return whether two words are the same but for their last letters.

    Examples
    --------
    >>> _is_one_word("opportunity", "opportunities"), _is_one_word("deal", "deals"), _is_one_word("id", "idea")
    (True, True, False)
    """
    letters = max(4, min(len(one), len(other)) - 1)
    return one[:letters] == other[:letters]


NAMED = 1
"""Points from which a name says that a column is an id."""


def _like_an_id(column: Column) -> float:
    """Return points for a column's name and values that look like an id."""
    there = words(column.name)
    points = float(says(column.name, "id key uuid guid nr nummer numero number no code ref reference record"))
    points += 0.5 * says(column.name, COLUMNS["lead"])
    points += 2.0 * (column.name.strip().casefold() in ("#", "№", "nº", "n°", "no.", "nr."))
    points += bool(there and there[-1] in ("id", "nr", "no", "number", "nummer", "numero"))
    some = pd.Series(column.values[:200], dtype="str")
    points -= 2.0 * float(some.str.contains("@").mean() > 0.5) + float(some.str.contains(r"\s").mean() > 0.5)
    return points + (there == ["id"]) - 0.5 * bool(says(column.name, "name phone telefon~ account email mail"))


def folded(sheet: Sheet) -> Sheet:
    """Return a table of one row a record: without rows that go on with the one above, and with line items in one."""
    key = id_of(sheet)
    if key is not None:
        blank = key.given.isna().to_numpy()
        below = int(blank.sum()) + _without_id(sheet.beneath, key.name)
        return replace(sheet.take(np.flatnonzero(~blank)), below=below) if below else sheet
    for key in sheet.columns:
        named = _like_an_id(key) >= 1
        if not named or key.filled < 1 or not 0.2 * sheet.rows < len(key.counts) < sheet.rows or key.type == "date":
            continue
        if created_of(sheet) is not None and _is_of_items(sheet, key):
            first = ~key.given.duplicated().to_numpy()
            amounts = tuple(
                column.name
                for column in sheet.columns
                if column.type == "number" and says(column.name, COLUMNS["amount"]) and not _one_each(column, key)
            )
            return replace(sheet.take(np.flatnonzero(first)), folded=int((~first).sum()), summed=amounts)
    return sheet


def log_key(sheet: Sheet) -> tuple[Column, list[Column]] | None:
    """Return whose rows those of a log are, and the columns that are that lead's own: always the same in its rows, while times differ."""
    best: tuple[Column, list[Column]] | None = None
    for key in sheet.columns:
        many = 1 < len(key.counts) < 0.8 * sheet.rows and key.filled == 1 and key.type in ("category", "number")
        if not many or not _is_whole(key) or not key.texts.str.contains(r"\d").mean() > FULL:
            continue
        own = [column for column in sheet.columns if column is not key and _varies(column) and _one_each(column, key)]
        if (
            len(own) > 1
            and not all(time in own for time in sheet.times_but(key))
            and (best is None or len(own) > len(best[1]))
        ):
            best = key, own
    return best


def _is_whole(column: Column) -> bool:
    """Return whether a column, if it holds numbers, holds whole ones: a price names nobody."""
    return column.numbers is None or bool((column.numbers.dropna() % 1 == 0).all())


def _varies(column: Column) -> bool:
    """Return whether a column differs from row to row: what is nearly always the same is so in the rows of anybody."""
    return len(column.counts) > 1 and column.counts.iloc[0] <= FULL * column.counts.sum()


def _without_id(beneath: Sheet | None, name: str) -> int:
    """Return how many lines below a table have something, but no id."""
    if beneath is None:
        return 0
    filled = np.any([column.given.notna().to_numpy() for column in beneath.columns], axis=0)
    ids = next(column for column in beneath.columns if column.name == name).given
    return int((filled & ids.isna().to_numpy()).sum())


def _is_of_items(sheet: Sheet, key: Column) -> bool:
    """Return whether most columns, and all times, say the same in all rows of one id."""
    same = [_one_each(column, key) for column in sheet.columns if column is not key]
    return all(_one_each(column, key) for column in sheet.times_but()) and sum(same) >= 0.5 * len(same)


def _one_each(column: Column, key: Column) -> bool:
    several = column.given.groupby(key.given).nunique()
    return bool((several <= 1).mean() > 0.98)
