"""What the audit says of a column."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

Severity = Literal["severe", "suspicious", "identifier", "undated"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
"""From the worst to the least: knows the outcome; probably does; names each lead; figures are silent, and no date speaks for it."""


@dataclass(frozen=True)
class Finding:
    """What is wrong with a column, or cannot be told of it.

    Attributes
    ----------
    field
        The column as the export calls it.
    evidence, remedy
        Sentences for people, with figures.
    ranks
        Share of pairs of a won and a not won lead that the column alone puts in the right order; 0.5 where that was not judged.
    """

    field: str
    severity: Severity
    evidence: str
    remedy: str
    ranks: float = 0.5

    def __str__(self) -> str:
        return f"{self.field!r} is {self.severity}: {self.evidence} {self.remedy}"


@dataclass(frozen=True)
class Sign:
    """One piece of evidence against a column, and how much it weighs alone."""

    severity: Severity
    evidence: str


def worst(signs: Iterable[Sign]) -> Severity:
    """Return the severity of the weightiest of some signs.

    Examples
    --------
    >>> worst([Sign("undated", ""), Sign("severe", "")])
    'severe'
    """
    return min((sign.severity for sign in signs), key=SEVERITIES.index)


def percent_to_tenth(share: float) -> str:
    """Return a share as people read it.

    Examples
    --------
    >>> percent_to_tenth(0.1234), percent_to_tenth(1.0)
    ('12.3 %', '100 %')
    """
    return f"{100 * share:.1f}".removesuffix(".0") + " %"
