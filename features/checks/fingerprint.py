"""By what a history is recognised: the same content has the same fingerprint, whatever the order of its rows."""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.util import hash_array, hash_pandas_object

from features.history import History


def fingerprint(history: History) -> str:
    """Return a SHA-256 of the content of a history, whatever the order of its rows."""
    leads = history.leads
    whose = hash_array(leads.lead_id)
    tables: list[Mapping[str, NDArray[Any]]] = [
        {"lead_id": leads.lead_id, "created_at": leads.created_at, **leads.fields, **leads.channels},
        {**vars(history.events), "lead": whose[history.events.lead]},
        {**vars(history.outcomes), "lead": whose[history.outcomes.lead]},
    ]
    digest = hashlib.sha256(str(history.known_until).encode())
    for table in tables:
        columns = {name: _one_zero(table[name]) for name in sorted(table) if table[name] is not None}
        rows = hash_pandas_object(pd.DataFrame(columns), index=False).to_numpy(np.uint64)
        digest.update(" ".join(columns).encode())
        digest.update(np.sort(rows).astype("<u8").tobytes())
    return digest.hexdigest()


def _one_zero(column: NDArray[Any]) -> NDArray[Any]:
    return column + 0.0 if column.dtype.kind == "f" else column
