"""What the other leads of an account did and became, as of any moment: records sorted by account and time, and totals over them.

A moment sees what was recorded by then about leads of its account, less what was recorded about its own lead. Totals are whole
numbers, so what a moment sees is the same to the last bit alone or among millions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.records.clock import Microseconds

Counts = NDArray[np.int64]
Marks = NDArray[np.bool_]

LEADS, WON, LOST, EVENTS, BY_LEAD = range(5)
"""Rows of what a record adds: a lead, a lead that is won or lost or no longer so, an event of anybody, an event of a lead itself."""
AMOUNTS = 5
CREATED, WIN, LOSS, FIRST_KIND = range(4)
"""What a record is: a lead came in, an outcome by which it became won or lost; an event, by the code of its kind from here on."""
NO_KIND = -1


class KinRecords(NamedTuple):
    """Records of leads, n rows: whose, when recorded, when it happened, what each is and what it adds (5, n)."""

    lead: Counts
    recorded_at: Microseconds
    happened_at: Microseconds
    what: Counts
    amounts: Counts


@dataclass(frozen=True)
class Latest:
    """Records of one sort in the order of (account, time).

    Attributes
    ----------
    key
        Of each record, rising.
    lead, happened_at
        Whose it is, and when it happened.
    before
        For each record, the place of the last one before it that is another lead's; it may belong to another account, or be -1.
    """

    key: Counts
    lead: Counts
    happened_at: Microseconds
    before: Counts

    @classmethod
    def of(cls, key: Counts, lead: Counts, happened_at: Microseconds) -> "Latest":
        """Return the records, which are in order."""
        first = np.ones(len(lead), np.bool_)
        np.not_equal(lead[1:], lead[:-1], out=first[1:])
        # Where a run of one lead's records begins, the record before it is another's.
        begin = np.maximum.accumulate(np.where(first, np.arange(len(lead)), 0)) if len(lead) else np.empty(0, np.int64)
        return cls(key, lead, happened_at, begin - 1)

    def other(self, until: Counts, floor: Counts, lead: Counts) -> tuple[Microseconds, Marks]:
        """Return when the last record of another lead happened, by keys (n,) of moments and of where accounts begin, and whether there is one."""
        if not len(self.key):
            return np.zeros(len(until), np.int64), np.zeros(len(until), np.bool_)
        place = np.searchsorted(self.key, until, side="right") - 1
        own = (place >= 0) & (self.lead[place] == lead)
        place = np.where(own, self.before[place], place)
        known = (place >= 0) & (self.key[place] >= floor)
        return self.happened_at[place], known


@dataclass(frozen=True)
class KinTotals:
    """Running totals of what records add, in the order of (group, time), where a group is an account or a lead.

    Attributes
    ----------
    key
        Of each record, rising.
    totals
        (n + 1, 5): row i holds what was added before record i.
    """

    key: Counts
    totals: Counts

    @classmethod
    def of(cls, key: Counts, amounts: Counts) -> "KinTotals":
        """Sort amounts (5, n) by key."""
        order = np.argsort(key, kind="stable")
        totals = np.zeros((len(key) + 1, AMOUNTS), np.int64)
        np.cumsum(amounts[:, order].T, axis=0, out=totals[1:])
        return cls(key[order], totals)

    def until(self, key: Counts) -> Counts:
        """Return what was added (n, 5) by these keys, over all groups before as well: take differences."""
        return self.totals[np.searchsorted(self.key, key, side="right")]


@dataclass(frozen=True)
class Kin:
    """The leads of each account with their records, to be asked as of moments.

    Attributes
    ----------
    code
        Account of each lead (n,), -1 where it is not known.
    times
        Every time of a record, once, rising; keys hold a time by its place among them.
    by_account, by_lead
        Totals of accounts with more than one lead, and of the leads of such accounts.
    latest
        By sort (came in, win, loss, each kind of event), the records of it.
    """

    code: Counts
    times: Microseconds
    by_account: KinTotals
    by_lead: KinTotals
    latest: Sequence[Latest]

    @classmethod
    def of(cls, code: Counts, records: KinRecords, kinds: int) -> "Kin":
        """Sort the records of leads whose accounts (n,) have other leads.

        Parameters
        ----------
        kinds
            How many kinds of events there are to look for one by one.
        """
        many = np.bincount(code[code >= 0], minlength=int(code.max(initial=-1)) + 2) > 1  # the last stands for -1
        shared = np.flatnonzero((code[records.lead] >= 0) & many[code[records.lead]])
        lead, recorded_at, happened_at, what = (column[shared] for column in records[:4])
        times = np.unique(recorded_at)
        width, rank = len(times) + 1, np.searchsorted(times, recorded_at, side="right")
        key = code[lead] * width + rank
        order = np.lexsort((lead, happened_at, key))
        sorts = what[order]
        latest = []
        for sort in range(FIRST_KIND + kinds):
            rows = order[sorts == sort]
            latest.append(Latest.of(key[rows], lead[rows], happened_at[rows]))
        amounts = records.amounts[:, shared]
        return cls(code, times, KinTotals.of(key, amounts), KinTotals.of(lead * width + rank, amounts), tuple(latest))

    def keys(self, group: Counts, time: Microseconds) -> Counts:
        """Return the key of each group (an account or a lead) as of a time."""
        keys: Counts = group * (len(self.times) + 1) + np.searchsorted(self.times, time, side="right")
        return keys

    def counts(self, lead: Counts, as_of: Microseconds, since: Microseconds) -> tuple[Counts, Counts]:
        """Return what others of the account added by moments (n, 5), and since a time before each (n, 5)."""
        code = self.code[lead]
        never = np.zeros(AMOUNTS, np.int64)

        def others(time: Microseconds | None) -> Counts:
            account, own = (
                groups.until(self.floor(group) if time is None else self.keys(group, time))
                for groups, group in ((self.by_account, code), (self.by_lead, lead))
            )
            return np.where((code >= 0)[:, None], account - own, never)

        now = others(as_of)
        return now - others(None), now - others(since)

    def floor(self, group: Counts) -> Counts:
        """Return the key before the first record of each group."""
        return group * (len(self.times) + 1)


def records_of(
    created_at: Microseconds,
    outcomes: tuple[Counts, Microseconds, Microseconds, Marks],
    events: tuple[Counts, Microseconds, Microseconds, Counts, Marks],
) -> KinRecords:
    """Return what was recorded of leads.

    Parameters
    ----------
    outcomes
        Lead, closed_at, recorded_at and won, in the order in which they hold of each lead.
    events
        Lead, occurred_at, recorded_at, kind and whether the lead itself acted; a kind of -1 is not looked for by itself.
    """
    lead, closed_at, recorded_at, won = outcomes
    first = np.diff(lead, prepend=-1) != 0
    before = np.where(first, 0, np.where(np.roll(won, 1), 1, -1))  # 1 won, -1 lost, 0 open
    now = np.where(won, 1, -1)
    changed = now != before
    created = len(created_at)
    amounts = np.zeros((AMOUNTS, created + len(lead) + len(events[0])), np.int64)
    amounts[LEADS, :created] = 1
    ended = slice(created, created + len(lead))
    amounts[WON, ended] = (now == 1).astype(np.int64) - (before == 1)
    amounts[LOST, ended] = (now == -1).astype(np.int64) - (before == -1)
    amounts[EVENTS, created + len(lead) :] = 1
    amounts[BY_LEAD, created + len(lead) :] = events[4]
    sort = np.where(changed, np.where(won, WIN, LOSS), NO_KIND)
    kind = np.where(events[3] >= 0, FIRST_KIND + events[3], NO_KIND)
    return KinRecords(
        np.concatenate((np.arange(created), lead, events[0])).astype(np.int64),
        np.concatenate((created_at, recorded_at, events[2])),
        np.concatenate((created_at, closed_at, events[1])),
        np.concatenate((np.full(created, CREATED), sort, kind)).astype(np.int64),
        amounts,
    )
