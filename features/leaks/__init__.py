"""The leak audit: columns that know the outcome because they were written after it, with evidence and remedy.

Kinds of evidence: filled in only where a lead ended one way (`presence`); times at or after the close (`dates`); answers that stand
in the leads table as they were given later (`later`); a column that knows too much by itself (`alone`). What figures
cannot tell is said too: ids, and columns of a flat file that no date speaks for.
"""

from features.leaks.columns import AuditedColumn, columns_of, read_columns
from features.leaks.finding import SEVERITIES, Finding, Severity, Sign
from features.leaks.gain import Gain, gains_of
from features.leaks.judging import audit

__all__ = [
    "SEVERITIES",
    "AuditedColumn",
    "Finding",
    "Gain",
    "Severity",
    "Sign",
    "audit",
    "columns_of",
    "gains_of",
    "read_columns",
]
