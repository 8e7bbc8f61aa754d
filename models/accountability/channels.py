"""In which order the accounts of channels are told."""

from collections.abc import Mapping
from typing import Any


def in_order(report: Mapping[str, Any]) -> list[str]:
    """Return the channels of `SourceAccounts.to_json`: first the one that money is spent on, then by what they made or lost.

    Examples
    --------
    >>> in_order(
    ...     {"cost_channel": "source", "sources": [{"channel": "team"}, {"channel": "source"}, {"channel": "team"}]}
    ... )
    ['source', 'team']
    """
    channels = dict.fromkeys(row["channel"] for row in report["sources"])
    return sorted(channels, key=lambda channel: channel != report["cost_channel"])
