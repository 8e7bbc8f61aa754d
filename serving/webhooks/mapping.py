"""From a CRM's messages to records as calls tell them, by the rules of the settings."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from features.fields import text_of
from features.settings import LeadSchema
from serving.forms.leads import typed
from serving.webhooks.settings import TIMES, Made, WebhookRule

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DIGITS = range(11, 16)
"""A time of so many digits is milliseconds since 1970; an ISO day has eight, and year 9999 ends within fifteen."""


@dataclass(frozen=True)
class MadeRecord:
    """What a rule makes of a message; `place` is the message's among all of the call."""

    place: int
    makes: Made
    record: Mapping[str, Any]


def records_of(rules: Sequence[WebhookRule], messages: Iterable[object], schema: LeadSchema) -> Iterator[MadeRecord]:
    """Yield what the messages make, in their order."""
    for place, message in enumerate(messages):
        for rule in rules:
            if fits(rule, message):
                yield MadeRecord(place, rule.makes, _record(rule, message, schema))


def at(content: object, path: str) -> Any:
    """Return what stands at a path, None if nothing does.

    Examples
    --------
    >>> at({"payload": {"ids": ["a", "b"]}}, "payload.ids.1")
    'b'
    """
    for name in path.split("."):
        if isinstance(content, Mapping):
            content = content.get(name)
        elif isinstance(content, list) and name.isdecimal() and int(name) < len(content):
            content = content[int(name)]
        else:
            return None
    return content


def fits(rule: WebhookRule, message: object) -> bool:
    """Return whether a rule is for a message."""
    return all(_text(at(message, path)) in texts for path, texts in rule.when.items())


def _record(rule: WebhookRule, message: object, schema: LeadSchema) -> dict[str, Any]:
    told = {name: _told(rule, name, at(message, path)) for name, path in rule.columns.items()} | rule.fixed
    record = {name: _time(value) if name in TIMES else value for name, value in told.items()}
    if rule.makes == "lead":
        record["fields"] = {
            name: _field(schema, name, value)
            for name, path in rule.fields.items()
            if (value := _told(rule, name, at(message, path))) is not None
        }
    return record


def _told(rule: WebhookRule, name: str, value: Any) -> Any:
    """Return a value in our words; a text that says nothing is none."""
    if isinstance(value, str) and not value.strip():
        return None
    return rule.values.get(name, {}).get(_text(value), value)


def _field(schema: LeadSchema, name: str, value: Any) -> Any:
    field = schema.fields.get(name)
    if field is None:
        return value
    if field.type == "date":
        return _time(value)
    return typed(field, value, schema.zone) if isinstance(value, str) else value


def _time(value: Any) -> Any:
    """Return a time of milliseconds as ISO 8601, and anything else as it is."""
    digits = _text(value)
    if not (digits.isascii() and digits.isdigit() and len(digits) in DIGITS):
        return value
    try:
        return (EPOCH + timedelta(milliseconds=int(digits))).isoformat()
    except OverflowError:
        return value


def _text(value: Any) -> str:
    return text_of(value) if isinstance(value, str | int | float) else ""
