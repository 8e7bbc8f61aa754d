"""Texts in files that people open in a spreadsheet: none of them becomes a formula."""

import re

FORMULA = re.compile(r"(^|[;\t\r\n|])(?=[\s\"'\u200b\ufeff]*[=+\-@＝＋－＠])")  # noqa: RUF001 - a spreadsheet takes the wide ones too
"""Where a formula would begin, also in a spreadsheet that takes another sign than the comma for the end of a cell."""


def without_formulas(text: str) -> str:
    """Return a text with an apostrophe wherever a spreadsheet would begin a formula.

    Examples
    --------
    >>> without_formulas("=1+1"), without_formulas("A;=1+1"), without_formulas("A=1")
    ("'=1+1", "A;'=1+1", 'A=1')
    """
    return FORMULA.sub(r"\1'", text)
