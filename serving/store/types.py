"""How times, JSON and what is searched lie in the store's columns: as any other program reads them, and to the microsecond."""

import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from features.records.clock import to_datetime, to_microseconds

MAX_SEARCHED = 600
"""Bytes of a lead's id and name that are searched; an entry of PostgreSQL's indexes has 2,700 in all."""


class TimeColumn(sa.TypeDecorator[int]):
    """Microseconds UTC here; `timestamptz` in PostgreSQL, in SQLite ISO text of one width, so that it sorts."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """Return the column's type in a database."""
        return dialect.type_descriptor(sa.Text() if dialect.name == "sqlite" else sa.DateTime(timezone=True))

    def process_bind_param(self, value: int | None, dialect: sa.Dialect) -> Any:
        """Return what is written."""
        if value is None:
            return None
        time = to_datetime(value)
        return time.isoformat(timespec="microseconds") if dialect.name == "sqlite" else time

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> int | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Return what was written."""
        if value is None:
            return None
        time = datetime.fromisoformat(value) if isinstance(value, str) else value
        return to_microseconds(time.astimezone(UTC))


def searchable(lead_id: str, name: str | None) -> str:
    r"""Return the text in which a lead is searched for: in one case, which databases do not agree on beyond ASCII.

    Examples
    --------
    >>> searchable("L-17", "Straße & Söhne")
    'l-17\nstrasse & söhne'
    """
    text = f"{lead_id}\n{name or ''}".casefold()
    return text.encode()[:MAX_SEARCHED].decode(errors="ignore")


def write_json(content: Any) -> str:
    """Return content as the store keeps it: numbers to the last bit, texts as they are, no NaN.

    Examples
    --------
    >>> write_json({"budget": 0.1, "city": "Köln"})
    '{"budget":0.1,"city":"Köln"}'
    """
    return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
