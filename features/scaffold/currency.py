"""In which currency a history's amounts are: by their cells, or by a column beside them."""

from collections import Counter
from collections.abc import Iterator

from features.records.parsing.numbers import currency_of
from features.scaffold.layout import Layout
from features.scaffold.sheets import Column
from features.scaffold.toml import CHECK, line, one_line
from features.scaffold.words import says

NAMES = "currency currencies currencyisocode waehrung~ devise divisa moneda moeda valuta waerk валют~"
"""Words of columns that name a currency."""


def currencies(layout: Layout) -> Counter[str]:
    """Return how many rows have which currency; empty where nothing tells."""
    if layout.amount is None or layout.outcomes is None:
        return Counter()
    named = _counted(layout.amount)
    beside = [column for column in layout.outcomes.columns if says(column.name, NAMES) and column is not layout.amount]
    return named or next((counts for column in beside if (counts := _counted(column))), Counter())


def _counted(column: Column) -> Counter[str]:
    counts = Counter[str]()
    for value, rows in column.counts.items():
        text = str(value).strip()
        name = currency_of(text) or currency_of(f"{text} 1")
        if not name and len(text) == 3 and text.isalpha() and text.isupper():
            name = text
        if name:
            counts[name] += int(rows)
    return counts


def currency_lines(layout: Layout) -> Iterator[str]:
    """Yield the currency of the amounts, or a question where there are several."""
    counts = currencies(layout)
    if len(counts) == 1:
        yield line("currency", next(iter(counts)))
    elif counts:
        told = ", ".join(f"{name} in {rows:,} rows" for name, rows in counts.most_common(5))
        yield one_line(
            f"# {CHECK}: amounts are in several currencies ({told}), and none is converted. Put them into one in the export."
        )
