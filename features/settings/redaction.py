"""Secrets struck out of whatever is shown: errors, logs, what MLflow keeps of a run."""

import re
from collections.abc import Iterable

SECRET_KEY = r"[\w.-]*(?:pass|pwd|secret|token|key)[\w.-]*"
"""Names of keys whose values nobody may see."""

_USER = re.compile(r"://.*@")  # up to the last @ of the line: a password may hold any character, quoted or not
_VALUE = re.compile(rf"({SECRET_KEY}(?:=|%3D))(?:(?!%3B|%26)[^&;\s'\"])*", re.IGNORECASE)


def redacted(text: str, secrets: Iterable[str] = ()) -> str:
    """Return a text without the user names and passwords of its URLs, the values of its secret keys, and these secrets.

    Examples
    --------
    >>> redacted("postgresql://crm:se/cret@db/leads")
    'postgresql://***@db/leads'
    >>> redacted("mssql://db/leads?user=crm&password=secret&timeout=3")
    'mssql://db/leads?user=crm&password=***&timeout=3'
    """
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    return _VALUE.sub(r"\1***", _USER.sub("://***@", text))
