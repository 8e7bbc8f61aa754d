"""Which texts may be the id of a lead, and by which rules ids that differ in writing are one."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

LONGEST_ID = 200

_CONTROLS = "\x00-\x1f\x7f-\x9f\u2028\u2029"
_UNSEEN = "\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
"""Characters that nobody sees, beside blanks."""
_BLANK = " \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
UNFIT = f"[{_CONTROLS}]|^\\.\\.?$|^[{_UNSEEN}{_BLANK}]+$"
"""What no id holds: line breaks and other control characters; it is not the name of a folder, which addresses leave out, and somebody sees it."""
PATTERN = f"^(?!\\.\\.?$)(?![{_UNSEEN}{_BLANK}]+$)[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029]+$"
"""The same as JSON Schema says it."""
FIT = "must have no line break or other control character, have one that is seen, and not be '.' or '..'"
FIT_REMEDY = "send an id that can stand in an address"
LENGTH = f"must be a text of 1 to {LONGEST_ID} characters"


def is_fit(lead_id: str) -> bool:
    r"""Return whether a text can be read back by its address.

    Examples
    --------
    >>> [is_fit(text) for text in ("L-17", "../a b?", "..", ".", "L\n17", "...", "\u200b")]
    [True, True, False, False, False, True, False]
    """
    return re.search(UNFIT, lead_id) is None


def form_id(text: str, rules: Sequence[str]) -> str:
    """Return an id as it is kept, by the rules of `history.id_form` in their order.

    Parameters
    ----------
    rules
        "strip": without blanks around it; "integer": without the .0 that a column of numbers adds; "zeros": without leading
        zeros; "casefold": in small letters; "salesforce": 15 of the 18 characters, whose last three tell capitals alone;
        "prefix:...": without this beginning.

    Examples
    --------
    >>> form_id(" 1000.0 ", ["strip", "integer"]), form_id("zcrm_17", ["prefix:zcrm_"])
    ('1000', '17')
    >>> form_id("006Dn0000000001AAA", ["salesforce"])
    '006Dn0000000001'
    """
    for rule in rules:
        text = RULES[rule](text) if rule in RULES else text.removeprefix(rule.removeprefix("prefix:"))
    return text


def form_record(record: object, rules: Sequence[str]) -> object:
    """Return a record of a call or a message with the ids of its leads as they are kept.

    Examples
    --------
    >>> form_record({"lead_id": "1000.0", "won": True}, ["integer"])
    {'lead_id': '1000', 'won': True}
    """
    if not rules or not isinstance(record, Mapping):
        return record
    return {
        name: form_id(str(value), rules) if name in ("lead_id", "merged_id") and _is_id(value) else value
        for name, value in record.items()
    }


def _is_id(value: object) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _strip(text: str) -> str:
    return " ".join(text.split())


def _integer(text: str) -> str:
    return re.sub(r"^([+-]?\d+)[.,]0+$", r"\1", text)


def _zeros(text: str) -> str:
    return re.sub(r"^0+(?=.)", "", text)


def _salesforce(text: str) -> str:
    return text[:15] if _SALESFORCE.fullmatch(text) else text


_SALESFORCE = re.compile("[A-Za-z0-9]{15}[A-Z0-5]{3}")
"""An id of 18 characters, of which the last three tell which of the others are capitals."""

RULES: dict[str, Callable[[str], str]] = {
    "strip": _strip,
    "integer": _integer,
    "zeros": _zeros,
    "casefold": str.casefold,
    "salesforce": _salesforce,
}
PREFIX = re.compile(r"^([^\W\d_]+[:_.#/-]|[A-Za-z]{1,12}[:_.#-]+)(?=\S)")
"""What stands before an id of another table: letters and a mark."""
ENOUGH = 0.02
"""A rule is worth having if it brings at least this share more of the rows together."""
LOOKED_AT = 2_000
"""Distinct ids that point, which are looked up."""


@dataclass(frozen=True)
class IdForm:
    """Rules that bring the ids of two tables together.

    Attributes
    ----------
    rules
        As `history.id_form` holds them; empty if the ids agree as they are.
    matched, matched_before
        Shares of the distinct ids that point to a known one, by these rules and without any.
    """

    rules: tuple[str, ...]
    matched: float
    matched_before: float


def find_id_form(known: Iterable[str], pointing: Iterable[str]) -> IdForm:
    """Find the fewest rules by which most ids of one table are among those of another.

    No rule is taken that makes one id of two of the known ones.

    Parameters
    ----------
    known
        Ids of the table that is pointed to.
    pointing
        Ids that point to it.

    Examples
    --------
    >>> find_id_form(["1000", "1001"], ["1000.0", "1001.0", "1000.0"])
    IdForm(rules=('integer',), matched=1.0, matched_before=0.0)
    """
    ours, theirs = sorted(set(known)), sorted(set(pointing))
    theirs = theirs[:: max(1, len(theirs) // LOOKED_AT)]
    best = before = _overlap(ours, theirs, ())
    rules: tuple[str, ...] = ()
    while best < 1:
        winner, matched = _next(ours, theirs, rules)
        if matched < best + ENOUGH:
            break
        rules, best = winner, matched
    return IdForm(rules, best, before)


def _next(ours: Sequence[str], theirs: Sequence[str], rules: tuple[str, ...]) -> tuple[tuple[str, ...], float]:
    """Return the rules with the one more that matches most; with two more where no single one matches anything."""
    candidates = _candidates(ours, theirs, rules)
    tried = _matched(ours, theirs, [more for rule in candidates for more in _orders(rules, rule)])
    if not any(tried.values()):
        tried = _matched(ours, theirs, [(*rules, *two) for two in permutations(candidates, 2)])
    winner = max(tried, key=lambda more: tried[more], default=rules)
    return winner, tried.get(winner, 0.0)


def _matched(
    ours: Sequence[str], theirs: Sequence[str], several: Iterable[tuple[str, ...]]
) -> dict[tuple[str, ...], float]:
    return {rules: _overlap(ours, theirs, rules) for rules in several if _is_one_to_one(ours, rules)}


def _candidates(ours: Collection[str], theirs: Collection[str], rules: tuple[str, ...]) -> list[str]:
    formed = [form_id(text, rules) for texts in (ours, theirs) for text in texts]
    prefixes = Counter(found[0] for text in formed if (found := PREFIX.match(text)))
    often = sorted(one for one, count in prefixes.items() if count > 0.01 * len(formed))
    return [rule for rule in (*RULES, *(f"prefix:{one}" for one in often[:8])) if rule not in rules]


def _orders(rules: tuple[str, ...], rule: str) -> Iterable[tuple[str, ...]]:
    """Yield the rules with one more in every place; of few rules, in any order."""
    return permutations((*rules, rule)) if len(rules) < 3 else [(*rules, rule)]


def _overlap(ours: Collection[str], theirs: Collection[str], rules: Sequence[str]) -> float:
    there = {form_id(text, rules) for text in ours}
    return sum(form_id(text, rules) in there for text in theirs) / len(theirs) if theirs else 1.0


def _is_one_to_one(ours: Collection[str], rules: Sequence[str]) -> bool:
    return len({form_id(text, rules) for text in ours}) == len(ours)
