"""In which order the accounts of channels are told."""

from collections.abc import Collection, Mapping
from typing import Any

from models.accountability.accounts import SourceAccounts


def in_order(report: Mapping[str, Any], people: Collection[str] = ()) -> list[str]:
    """Return the channels of `SourceAccounts.to_json`: first the one that money is spent on, then by what they made or lost.

    Parameters
    ----------
    people
        Channels that name who brought a lead, a rep or a team: they stand last, for a person is no source.

    Examples
    --------
    >>> in_order(
    ...     {"cost_channel": "source", "sources": [{"channel": "team"}, {"channel": "source"}, {"channel": "team"}]}
    ... )
    ['source', 'team']
    """
    channels = dict.fromkeys(row["channel"] for row in report["sources"])
    return sorted(channels, key=lambda channel: (channel != report["cost_channel"], channel in people))


def main_channel(accounts: SourceAccounts) -> str:
    """Return the channel that says where leads come from; empty where none does."""
    people = (accounts.settings.brought_by, accounts.settings.generated_by)
    return next(iter(in_order(accounts.to_json(), people)), "")
