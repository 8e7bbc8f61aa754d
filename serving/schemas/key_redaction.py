"""API keys struck out of what is shown: somebody may send one in the wrong place, and an answer or a log line quotes it."""

import re

KEY = re.compile(r"gly_([0-9a-f]{12})_([\w-]+)", re.ASCII)
"""A whole API key: its id and its secret."""


def without_keys(text: str) -> str:
    """Return a text in which of whole API keys the ids alone stand.

    Examples
    --------
    >>> without_keys("'gly_0123456789ab_secret' is no field")
    "'gly_0123456789ab_***' is no field"
    """
    return KEY.sub(r"gly_\1_***", text)
