"""A history that is checked part by part: first what the rows of all tell together, then each part by that."""

from collections.abc import Mapping

from features.records.checks import CheckedTables, check_raws
from features.records.checks.facts import Facts
from features.records.reading import RawTable
from features.settings.schema import LeadSchema
from features.settings.source import HistorySource

Raws = Mapping[str, RawTable]
"""The tables of a part, by name."""


def facts_of(raws: Raws, source: HistorySource, schema: LeadSchema, until: int) -> Facts:
    """Return what the rows of a part tell together, to be added to that of the others."""
    sheets = check_raws(raws, source, schema, until).sheets
    for sheet in sheets.values():
        sheet.note_columns()
    return {name: sheet.seen for name, sheet in sheets.items()}


def check_part(raws: Raws, source: HistorySource, schema: LeadSchema, until: int, facts: Facts) -> CheckedTables:
    """Check a part by the facts of all; its `sums` are to be added to those of the others."""
    return check_raws(raws, source, schema, until, facts=facts)
