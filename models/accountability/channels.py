"""In which order the accounts of channels are told."""

from collections.abc import Collection

from models.accountability.accounts import SourceAccounts


def in_order(accounts: SourceAccounts, people: Collection[str] = ()) -> list[str]:
    """Return the channels of accounts: first the one that money is spent on, then by what they made or lost.

    Parameters
    ----------
    people
        Channels that name who brought a lead, a rep or a team: they stand last, for a person is no source.
    """
    channels = dict.fromkeys(row.channel for row in accounts.rows)
    costed = accounts.settings.costs.channel
    return sorted(channels, key=lambda channel: (channel != costed, channel in people))


def main_channel(accounts: SourceAccounts) -> str:
    """Return the channel that says where leads come from; empty where none does."""
    people = (accounts.settings.brought_by, accounts.settings.generated_by)
    return next(iter(in_order(accounts, people)), "")
