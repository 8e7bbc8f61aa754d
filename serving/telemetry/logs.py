"""Log lines: one a record, as JSON or as text, without secrets; BentoML's and uvicorn's in the same shape."""

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any, Literal

from features.settings.redaction import redacted
from serving.schemas import request_ids
from serving.schemas.key_redaction import without_keys

Style = Literal["json", "text"]
QUOTED_ROW = re.compile(r"^DETAIL: .*", re.MULTILINE)


class _Formatter(logging.Formatter):
    """Composes what a record says; a traceback stands in its line."""

    def fields(self, record: logging.LogRecord) -> dict[str, Any]:
        """Return what a record says, by name."""
        told = getattr(record, "fields", None)
        said: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": record.process,
        }
        if told is not None:  # ours, whose every field is known
            return said | {name: value for name, value in told.items() if value != ""}
        said["message"] = blotted(record.getMessage())
        if request_id := request_ids.current.get():
            said["request_id"] = request_id
        if record.exc_info:
            said["error"] = blotted(self.formatException(record.exc_info))
        return said


class JsonFormatter(_Formatter):
    """A JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record's line."""
        return json.dumps(self.fields(record), ensure_ascii=False, separators=(",", ":"), default=str)


class TextFormatter(_Formatter):
    """Time, level and message, then the other fields as name=value."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record's line."""
        said = self.fields(record)
        time, level, message = said.pop("time"), said.pop("level").upper(), said.pop("message", "")
        del said["logger"]
        rest = " ".join(f"{name}={value}" for name, value in said.items())
        return " ".join(part for part in (time, level, message, rest) if part).replace("\n", "\\n")


def blotted(text: str) -> str:
    r"""Return a text without passwords and API keys, and without the row that PostgreSQL quotes where it breaks a rule.

    Examples
    --------
    >>> blotted("refused gly_0123456789ab_secret at postgresql://crm:pass@db/leads")
    'refused gly_0123456789ab_*** at postgresql://***@db/leads'
    >>> blotted("null value in column\nDETAIL:  Failing row contains (Jane Roe, null).\n")
    'null value in column\nDETAIL: ***\n'
    """
    return without_keys(redacted(QUOTED_ROW.sub("DETAIL: ***", text)))


def configure(style: Style) -> None:
    """Have all that this process logs written to standard output in one shape; of libraries, warnings alone."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter() if style == "json" else TextFormatter())
    for name in list(logging.root.manager.loggerDict):  # those that wrote for themselves hand on to the root
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(logging.WARNING)
    logging.getLogger("glengarry").setLevel(logging.INFO)
