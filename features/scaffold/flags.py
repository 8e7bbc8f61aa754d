"""Which columns are flags, and which of their values mean yes."""

from features.scaffold.sheets import Column
from features.settings.words import FALSE, TRUE, fold


def truths(column: Column) -> tuple[list[str], list[str]] | None:
    """Return the values of a flag that mean yes, and no; None for a column that is no flag."""
    if not 0 < len(column.counts) <= 2:
        return None
    plain = {value: fold(value).removesuffix(".0") for value in column.values}
    yes, no = ([value for value, text in plain.items() if text in known] for known in (TRUE, FALSE))
    return (yes, no) if len(yes) <= 1 >= len(no) and len(yes) + len(no) == len(plain) else None
