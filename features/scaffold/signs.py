"""Which columns of a table have to do with how its rows ended, told by their names and the words in them."""

from dataclasses import replace
from itertools import permutations

from features.scaffold.behaviour import (
    days_apart,
    days_of_behaviour,
    flags_of_behaviour,
    stages_of_behaviour,
    with_closes,
    with_reasons,
    won_and_left,
)
from features.scaffold.flags import truths
from features.scaffold.outcome import ENDS, MAX_CODES, MAX_STATES, Condition, Kind, Signs
from features.scaffold.sheets import Column, Sheet
from features.scaffold.splitting import won_by_splits
from features.scaffold.words import (
    ACTIVE,
    CHANGED,
    CLOSED,
    COLUMNS,
    EXPECTED,
    LOST,
    NOT,
    NOT_PAID,
    WON,
    meaning,
    says,
    words,
)


def find_signs(sheet: Sheet, created: Column | None) -> Signs:
    """Return the columns of a table from which it may be told how its rows ended."""
    signs = Signs(sheet, created)
    left = _left_stages(sheet)
    for column in sheet.columns:
        if column is created or not len(column.counts) or _of_before(column.name) or column in left:
            continue
        if column.time_format is not None and column.type == "date":
            _sign_of_day(column, signs)
        elif (truth := truths(column)) is not None:
            _sign_of_flag(column, truth, signs)
        elif column.type == "number":
            _sign_of_number(column, signs)
        elif len(column.counts) <= MAX_STATES:
            _sign_of_words(column, signs)
    signs.won[:] = [_but_denied(one, signs) for one in signs.won]
    won_and_left(signs)
    signs.lost[:] = [with_reasons(one, signs) for one in signs.lost]
    won_by_splits(signs)
    signs.lost[:] = [with_closes(one, signs) for one in signs.lost]
    if not any(one.kind in ("words", "flag", "day") for one in (*signs.won, *signs.lost)):
        stages_of_behaviour(signs)
        flags_of_behaviour(signs)
    if not signs.won:
        days_of_behaviour(signs)
    if not signs.won and not signs.lost:
        days_apart(signs)
    return signs


def _but_denied(stage: Condition, signs: Signs) -> Condition:
    """Return a condition on words without those that a flag of wins denies in every row, while it bears out others."""
    for flag in signs.won:
        if stage.kind != "words" or flag.kind != "flag":
            continue
        share = {value: float(flag.rows[stage.column.texts == value].mean()) for value in stage.values}
        borne = tuple(value for value in stage.values if share[value] > 1 - ENDS)
        if borne and max(share.values()) > ENDS:
            stage = replace(stage, values=borne)
    return stage


BEFORE = "previous prior before poutcome"
LEFT = (
    "from old frueher~ vorher~ von alt alte ancien ancienne precedent anterior antiguo precedente vecchio vorig~ oude"
)
"""What the name of the stage before a move begins with; within a name they say who decided ("decision from customer")."""


def _of_before(name: str) -> bool:
    """Return whether a column tells of an earlier lead, of the latest of many events, or of the stage before a move.

    Examples
    --------
    >>> _of_before("From stage"), _of_before("Decision from client"), _of_before("Last outcome")
    (True, False, True)
    """
    return bool(says(name, f"{CHANGED} {BEFORE}") or says(words(name)[0] if words(name) else "", LEFT))


MOVES = 0.95
"""Share of the rows of a log of moves in which the stage before and the one after differ."""


def _left_stages(sheet: Sheet) -> list[Column]:
    """Return columns of the stage that a row of a log leaves: another has the same values, never the same one, and ends in it."""
    stages = [column for column in sheet.columns if column.type == "category" and 2 < len(column.counts) <= MAX_STATES]
    found = []
    for one, other in permutations(stages, 2):
        both = (one.texts.notna() & other.texts.notna()).to_numpy()
        shared = set(one.values) & set(other.values)
        if len(shared) < 0.5 * len(one.counts) or not both.any() or (one.texts != other.texts)[both].mean() < MOVES:
            continue
        ends, others = (sum(int(n) for value, n in each.counts.items() if meaning(str(value))) for each in (one, other))
        if others > 2 * ends:
            found.append(one)
    return found


def _sign_of_day(column: Column, signs: Signs) -> None:
    name = column.name
    if says(name, EXPECTED) or says(name, CHANGED) or says(name, COLUMNS["created"]) > says(name, COLUMNS["closed"]):
        return
    if column.filled < 1:
        if says(name, LOST) and says(name, WON):
            signs.closed.append(Condition(column, "rest"))
        elif says(name, LOST):
            signs.lost.append(Condition(column, "day"))
        elif says(name, WON):
            signs.won.append(Condition(column, "day"))
        elif says(name, CLOSED) or says(name, COLUMNS["closed"]):
            signs.closed.append(Condition(column, "rest"))


def _sign_of_flag(column: Column, truth: tuple[list[str], list[str]], signs: Signs) -> None:
    yes, no = map(tuple, truth)
    name, turned = column.name, bool(set(words(column.name)) & set(NOT.split()))
    if says("".join(words(name)), LOST) and not says(name, LOST):  # "no_show" turns nothing round
        signs.lost.append(Condition(column, "flag", yes))
        if no:
            signs.won.append(Condition(column, "no", no))
    elif says(name, LOST):
        (signs.won if turned else signs.lost).append(Condition(column, "flag", yes))
    elif _names_a_win(name) and not says(name, COLUMNS["id"] + " date"):
        (signs.lost if turned else signs.won).append(Condition(column, "flag", yes))
        if no:
            (signs.won if turned else signs.lost).append(Condition(column, "no", no))
    elif says(name, CLOSED):
        signs.closed.append(Condition(column, "flag", yes))
    elif says(name, ACTIVE) and no:
        signs.lost.append(Condition(column, "closed", no))


def _names_a_win(name: str) -> bool:
    """Return whether a flag of this name says that a lead was won, rather than something of a customer."""
    there = words(name)
    told = says(name, WON) or says(
        name, "y target outcome result success deal ergebnis resultat resultado risultato label"
    )
    about_whom = says(name, WHO) == told and says(name, OF_A_KIND)
    return (
        bool(told) and len(there) <= 3 and not about_whom and not set(there) & {"previous", "existing", "free", "email"}
    )


WHO = "customer customers client clients cliente clientes klant kunde kunden"
"""Words of who somebody is once they bought."""
OF_A_KIND = "deja schon bereits already ya ja gia reeds al уже abitual~ habitual~ fidel~ fidele stamm~ bestand~ vaste terugkerend~ постоян~ existing loyal known bekannt~ new old first returning repeat regular business private neu neuer nouveau nuevo novo nuovo nieuwe"
"""Words that make of them what somebody was before."""


def _sign_of_number(column: Column, signs: Signs) -> None:
    if column.numbers is None:
        return
    if says(column.name, COLUMNS["won"]) and len(column.counts) <= MAX_CODES:
        signs.stages.append(column)  # states as a system numbers them
    elif names_an_amount(column.name) and not says(column.name, EXPECTED + NOT_PAID):
        signs.amounts.append(Condition(column, "amount", positive=True))


def names_an_amount(name: str) -> bool:
    """Return whether a name is that of money that a deal was worth.

    Examples
    --------
    >>> [names_an_amount(name) for name in ("Deal value", "Total", "Total visits", "Summe (EUR)")]
    [True, True, False, True]
    """
    there = set(words(name))
    only = there & {"total", "sum", "summe"} and there <= _BESIDE_TOTAL
    return bool(says(name, COLUMNS["amount"]) or only)


_BESIDE_TOTAL = {
    "total",
    "sum",
    "summe",
    "amount",
    "net",
    "gross",
    "eur",
    "usd",
    "gbp",
    "chf",
    "deal",
    "order",
    "price",
    "netto",
    "brutto",
    "of",
}


MAX_BESIDE = 3
"""A column whose name says nothing has no more values beside won and lost than this, to be one of how leads ended."""


def _sign_of_words(column: Column, signs: Signs) -> None:
    name = column.name
    if says(name, COLUMNS["reason"]) and not says(name, "status code contact inquiry enquiry"):
        signs.reasons.append(Condition(column, "words"))
        return
    meant = {value: meaning(value) for value in column.values}
    won = tuple(value for value, told in meant.items() if told == "won")
    lost = tuple(value for value, told in meant.items() if told == "lost")
    named = bool(says(name, COLUMNS["won"]))
    if named:
        signs.stages.append(column)
    rest = len(meant) - len(won) - len(lost)
    # Who says both ends and little else speaks of them; kinds of events have such words among many.
    kind: Kind = "words" if named or (won and lost and rest <= MAX_BESIDE) else "guess"
    if won and (named or lost):
        signs.won.append(Condition(column, kind, won))
    if lost and (named or won or rest <= MAX_BESIDE):
        signs.lost.append(Condition(column, kind, lost))
