"""Cells of a column as texts."""

import pyarrow as pa
import pyarrow.compute as pc


def as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column as text, each cell as `features.records.parsing.values.text_of` writes it."""
    texts = column.cast(pa.string())
    if pa.types.is_floating(column.type):
        is_whole = pc.and_(pc.equal(pc.trunc(column), column), pc.less(pc.abs(column), 2.0**53))
        texts = pc.if_else(is_whole, pc.if_else(is_whole, column, None).cast(pa.int64()).cast(pa.string()), texts)
    return texts
