"""Which texts may be the id of a lead: those that can stand in an address and on a line."""

import re

LONGEST_ID = 200

_CONTROLS = "\x00-\x1f\x7f-\x9f\u2028\u2029"
UNFIT = f"[{_CONTROLS}]|^\\.\\.?$"
"""What no id holds: line breaks and other control characters; and it is not the name of a folder, which addresses leave out."""
PATTERN = "^(?!\\.\\.?$)[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029]+$"
"""The same as JSON Schema says it."""
FIT = "must have no line break or other control character, and not be '.' or '..'"
FIT_REMEDY = "send an id that can stand in an address"
LENGTH = f"must be a text of 1 to {LONGEST_ID} characters"


def is_fit(lead_id: str) -> bool:
    r"""Return whether a text can be read back by its address.

    Examples
    --------
    >>> [is_fit(text) for text in ("L-17", "../a b?", "..", ".", "L\n17", "...")]
    [True, True, False, False, False, True]
    """
    return re.search(UNFIT, lead_id) is None
