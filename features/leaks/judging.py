"""The audit: every column against every kind of evidence, and what to do about it. No list of names: the evidence decides."""

from collections.abc import Iterator, Sequence

import numpy as np

from features.leaks.agreement import later
from features.leaks.coding import Coded
from features.leaks.columns import AuditedColumn, columns_of
from features.leaks.dates import dates
from features.leaks.finding import SEVERITIES, Finding, Severity, Sign, percent_to_tenth, worst
from features.leaks.labels import Fates, fates_of
from features.leaks.presence import presence
from features.leaks.univariate import Univariate, auc_within, read_alone
from features.records.history import Floats, History

MIN_OF_EACH = 20
"""With fewer won, or fewer not won, leads no ranking is judged."""
RANKS = (0.8, 0.9)
"""ROC AUC of one column, from which it is suspicious and severe. Honest single answers seldom pass 0.75."""
EXPLAINS = (0.25, 0.5)
"""Share of the uncertainty that one column removes, likewise: whole honest models seldom remove more than a third."""
RANKS_IF_IT_EXPLAINS = 0.7
"""A column that only tells the time may explain much; it does not rank leads of the same time."""
BEYOND_ALL_OTHERS = 0.05
"""ROC AUC by which one suspicious column must beat all others together to be severe."""
MIN_OTHERS = 3
OUT_OF_LINE = (0.66, 2.5)
"""A column is out of line if it surely ranks so well, and leads chance by so many times as much as the best of its peers."""
MAX_OUT_OF_LINE = 1 / 3
"""Share of the columns that may be out of line: more of them are the line."""
TELLING_LEADS = 20
UNDATED = (
    "No more than an honest column may tell; but leads and outcomes stand in one row, and no date says when it was written. "
    "What settles it: the CRM's history of the field, or a second export of leads that are open today, some weeks on: a column whose "
    "cells change as leads close is late. Begin with the first; if nobody knows, give it the role late."
)
"""What is said once of all columns of a flat file that show no sign."""


def audit(history: History, columns: Sequence[AuditedColumn] | None = None) -> tuple[Finding, ...]:
    """Return what is wrong with columns, or cannot be told of them, the worst first; a column in order is not named.

    Parameters
    ----------
    columns
        As `read_columns` gives them; the fields of the history itself if None.
    """
    columns = columns_of(history) if columns is None else columns
    fates = fates_of(history)
    signs = [list(_signs_of(column, history, fates)) for column in columns]
    ranks = np.full(len(columns), 0.5)
    if min(fates.y.sum(), (1 - fates.y).sum()) >= MIN_OF_EACH:
        ranks = _judge_ranking(columns, signs, fates)
    else:
        _say_too_few(signs, fates)
    found = [
        _finding(column, own, float(ranked)) for column, own, ranked in zip(columns, signs, ranks, strict=True) if own
    ]
    return tuple(sorted(found, key=lambda finding: (SEVERITIES.index(finding.severity), -finding.ranks)))


def _signs_of(column: AuditedColumn, history: History, fates: Fates) -> Iterator[Sign]:
    """Yield the evidence that needs no ranking."""
    yield from presence(column.coded, fates)
    if column.coded.times is not None:
        yield from dates(column.coded.times, fates)
    if column.field in history.schema.answers:
        yield from later(column.field, history, fates)


def _judge_ranking(columns: Sequence[AuditedColumn], signs: Sequence[list[Sign]], fates: Fates) -> Floats:
    """Add what the columns know by themselves, and what is left to say of those that show no sign; return how well each ranks."""
    alone = [read_alone(column.coded, fates) for column in columns]
    for column, own, each in zip(columns, signs, alone, strict=True):
        own += _too_good(column.coded, each, fates)
    _weigh_against_peers(columns, signs, alone)
    _weigh_against_others(columns, signs, alone, fates)
    for column, own, each in zip(columns, signs, alone, strict=True):
        own += () if own else _left_open(column, each)
    return np.array([each.ranks for each in alone])


def _too_good(coded: Coded, alone: Univariate, fates: Fates) -> Iterator[Sign]:
    """Yield what it means that a column knows so much by itself."""
    explains = alone.explains_at_least if alone.ranks >= RANKS_IF_IT_EXPLAINS else 0.0
    suspicious, severe = (
        alone.ranks_at_least >= ranks or explains >= share for ranks, share in zip(RANKS, EXPLAINS, strict=True)
    )
    if suspicious:
        yield Sign(
            "severe" if severe else "suspicious",
            f"Alone it puts the won lead first in {percent_to_tenth(alone.ranks)} of pairs of leads of the same time (chance: 50 %), "
            f"and explains {percent_to_tenth(alone.explains)} of the outcome.{_telling(coded, fates)}",
        )


def _telling(coded: Coded, fates: Fates) -> str:
    """Return the values that say most, with what became of their leads."""
    code = coded.code[fates.settled]
    leads = np.bincount(code, minlength=len(coded.labels) + 1)
    won = np.bincount(code, weights=fates.y, minlength=len(leads))
    told = np.flatnonzero(leads >= TELLING_LEADS)
    if len(told) < 2:
        return ""
    surprise = (won - leads * fates.y.mean())[told]
    shown = (told[surprise.argmax()], told[surprise.argmin()])
    said = (
        f"of {leads[at]:,} leads with {_label(coded, at)} {percent_to_tenth(won[at] / leads[at])} were won"
        for at in shown
    )
    return f" For example, {', '.join(said)}."


def _label(coded: Coded, code: int) -> str:
    return repr(coded.labels[code - 1]) if code else "nothing"


def _weigh_against_peers(
    columns: Sequence[AuditedColumn], signs: Sequence[list[Sign]], alone: Sequence[Univariate]
) -> None:
    """Ask about columns that tell far more than the best of the others, as what is written at the deal does among answers."""
    peers = [at for at, column in enumerate(columns) if column.role != "outcome" and not column.coded.names_leads]
    peers.sort(key=lambda at: -alone[at].ranks)
    for count in range(1, int(MAX_OUT_OF_LINE * len(peers)) + 1):
        if count > len(peers) - MIN_OTHERS:
            return
        weakest, next_best = alone[peers[count - 1]], alone[peers[count]]
        if weakest.ranks_at_least < OUT_OF_LINE[0]:
            return
        if weakest.ranks - 0.5 >= OUT_OF_LINE[1] * max(0.02, next_best.ranks - 0.5):
            for at in peers[:count]:
                signs[at] += () if signs[at] else (_out_of_line(alone[at], next_best, columns[peers[count]]),)
            return


def _out_of_line(alone: Univariate, next_best: Univariate, peer: AuditedColumn) -> Sign:
    return Sign(
        "suspicious",
        f"Alone it puts the won lead first in {percent_to_tenth(alone.ranks)} of pairs of leads of the same time (chance: 50 %); the best "
        f"of the other columns, {peer.name!r}, reaches {percent_to_tenth(next_best.ranks)}.",
    )


def _weigh_against_others(
    columns: Sequence[AuditedColumn], signs: Sequence[list[Sign]], alone: Sequence[Univariate], fates: Fates
) -> None:
    """Make columns severe that are suspicious and know more than all columns together that are not."""
    sound = [
        each.margin
        for each, own, column in zip(alone, signs, columns, strict=True)
        if not own and column.role != "outcome"
    ]
    if len(sound) < MIN_OTHERS:
        return
    together = auc_within(np.sum(sound, axis=0), fates.y, fates.stretch[fates.settled])
    for each, own in zip(alone, signs, strict=True):
        if own and each.ranks_at_least >= max(RANKS[0], together + BEYOND_ALL_OTHERS):
            all_others = f"All {len(sound)} columns that look sound together reach {percent_to_tenth(together)}."
            own.append(Sign("severe", all_others))


def _left_open(column: AuditedColumn, alone: Univariate) -> Iterator[Sign]:
    """Yield what is to be said of a column that shows no other sign."""
    coded = column.coded
    if coded.names_leads:
        yield Sign(
            "identifier",
            f"It has {coded.distinct:,} different values in {int(coded.filled.sum()):,} leads: it names each lead, and tells "
            f"nothing of the next.",
        )
    elif not column.dated:
        yield Sign(
            "undated",
            f"Alone it puts the won lead first in {percent_to_tenth(alone.ranks)} of pairs.",
        )


def _say_too_few(signs: Sequence[list[Sign]], fates: Fates) -> None:
    won, settled = int(fates.y.sum()), len(fates.y)
    for own in signs:
        if not own:
            evidence = f"Of {settled:,} leads whose outcome is known, {won:,} were won: too few of one kind to tell."
            own.append(Sign("undated", evidence))


def _finding(column: AuditedColumn, signs: Sequence[Sign], ranks: float) -> Finding:
    severity = worst(signs)
    evidence = " ".join(sign.evidence for sign in signs)
    return Finding(column.name, severity, evidence, _remedy(column, severity), ranks)


def _remedy(column: AuditedColumn, severity: Severity) -> str:
    if column.role == "outcome":
        return f"Nothing to do: the settings read it as the outcome's {column.field}, which no feature looks at."
    if column.role == "late":
        return "Nothing to do: it has the role late, so that no model looks at it."
    if severity == "identifier":
        return "Leave it out of the fields."
    if severity == "undated":
        return UNDATED
    if not column.in_use:
        return (
            "Nothing to do while the settings do not name it: no model looks at it. As a field, give it the role late."
        )
    late = f"Give the field {column.field} the role late"
    if severity == "suspicious":
        return f"Ask who writes it, and when. {late} if that may be after the lead was worked."
    return (
        f'{late}; or, if it truly was known when the lead came in, accept it with a reason: {column.field} = "..." under '
        f"[training.accepted_leaks]."
    )
