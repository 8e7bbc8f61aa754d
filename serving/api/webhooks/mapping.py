"""From a CRM's messages to records as calls tell them, by the rules of the settings."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from features.records.leads.set_aside import Unreadable
from features.records.parsing.values import counted_time, text_of
from features.settings.schema import LeadSchema
from serving.api.forms.leads import typed
from serving.schemas.fields import CHANGED_AT
from serving.settings.message_paths import OUTER, at, same_text
from serving.settings.webhooks import ANYTHING, MESSAGE, TIMES, Made, WebhookRule

MAX_MADE = 500
"""So many records may one message make: lists of ids could be of any length."""


@dataclass(frozen=True)
class MadeRecord:
    """What a rule makes of a message; `place` is the message's among all of the call."""

    place: int
    makes: Made
    record: Mapping[str, Any] = field(default_factory=dict)


def records_of(rules: Sequence[WebhookRule], messages: Iterable[object], schema: LeadSchema) -> Iterator[MadeRecord]:
    """Yield what the messages make, in their order."""
    for place, message in enumerate(messages):
        made = [one for rule in rules for one in _made(rule, message, schema)]
        leads = [one for makes, one in made if makes == "lead" and CHANGED_AT in one]
        told = {
            _text(one["lead_id"]): one[CHANGED_AT] for one in leads
        }  # an id may be anything at all, as messages are
        for makes, record in made[:MAX_MADE]:
            changed_at = told.get(_text(record.get("lead_id"))) if makes == "outcome" else None
            # What a message says of how a lead ended was known when it says that the lead has changed.
            is_told = changed_at is not None and CHANGED_AT not in record
            yield MadeRecord(place, makes, {**record, CHANGED_AT: changed_at} if is_told else record)


def _made(rule: WebhookRule, message: object, schema: LeadSchema) -> Iterator[tuple[Made, dict[str, Any]]]:
    for one in each_member(rule, message):
        if fits(one, message):
            for record in _for_each_id(_record(one, message, schema)):
                if rule.makes != "merge" or not same_text(record["merged_id"], _text(record["lead_id"])):
                    yield rule.makes, record


def each_member(rule: WebhookRule, message: object) -> list[WebhookRule]:
    """Return a rule for each member of the list in whose first member it finds the lead's id (`changes.0.id`).

    Whoever writes so has seen a message with one member, and another may have more: each is a lead of its own.
    """
    path = rule.columns.get("lead_id", "")
    before, dot, _ = path.partition(".0")
    if not dot or not (path == f"{before}.0" or path.startswith(f"{before}.0.")):
        return [rule]
    members = at(message, before)
    if not isinstance(members, list) or len(members) < 2:
        return [rule]
    return [_shifted(rule, f"{before}.", number) for number in range(len(members))]


def _shifted(rule: WebhookRule, prefix: str, number: int) -> WebhookRule:
    def shifted(path: str) -> str:
        is_first = path == f"{prefix}0" or path.startswith(f"{prefix}0.")
        return f"{prefix}{number}{path[len(prefix) + 1 :]}" if is_first else path

    changed: dict[str, Any] = {"when": {shifted(path): texts for path, texts in rule.when.items()}}
    for name in ("columns", "fields", "hints"):
        changed[name] = {ours: shifted(path) for ours, path in getattr(rule, name).items()}
    return rule.model_copy(update=changed)


def _for_each_id(record: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a record for each id, where a message names several at once."""
    for name in ("lead_id", "merged_id"):
        if isinstance(record.get(name), list):
            for lead_id in record[name]:
                yield from _for_each_id({**record, name: lead_id})
            return
    yield record


def fits(rule: WebhookRule, message: object) -> bool:
    """Return whether a rule is for a message."""
    return all(_is_one_of(at(message, path), texts) for path, texts in rule.when.items())


def _is_one_of(value: object, texts: Sequence[str]) -> bool:
    if ANYTHING in texts and value not in (None, "", [], {}):
        return True
    if isinstance(value, Mapping | list):
        return False
    return any(_text(value) == text or same_text(value, text) for text in texts)


def _record(rule: WebhookRule, message: object, schema: LeadSchema) -> dict[str, Any]:
    told = {name: _told(rule, name, _at(message, path)) for name, path in rule.columns.items()} | rule.fixed
    record = {name: counted_time(value) if name in TIMES else value for name, value in told.items()}
    if rule.makes == "lead":
        hints = {name: path for name, path in rule.hints.items() if name in schema.fields}
        constants = {name: value for name, value in rule.constants.items() if name in schema.fields}
        given = {name: _told(rule, name, at(message, path)) for name, path in {**hints, **rule.fields}.items()}
        said = {name: _field(schema, name, value) for name, value in given.items() if value is not None}
        record["fields"] = {**constants, **said}
    return record


def _at(message: object, path: str) -> Any:
    if path != MESSAGE:
        return at(message, path)
    own = {name: value for name, value in message.items() if name != OUTER} if isinstance(message, Mapping) else message
    content = json.dumps(own, sort_keys=True, default=repr, ensure_ascii=True)
    return f"message-{sha256(content.encode()).hexdigest()[:16]}"


def _told(rule: WebhookRule, name: str, value: Any) -> Any:
    """Return a value in our words; a text that says nothing is none."""
    if isinstance(value, str) and not value.strip():
        return None
    words = rule.values.get(name, {})
    text = _text(value)
    if text in words:
        return words[text]
    return next((ours for theirs, ours in words.items() if same_text(value, theirs)), value)


def _field(schema: LeadSchema, name: str, value: Any) -> Any:
    field = schema.fields.get(name)
    if field is None or isinstance(value, Unreadable):
        return value
    if isinstance(value, list) and all(isinstance(one, str | int | float) for one in value):
        value = ", ".join(map(text_of, value))  # several choices of one question
    if field.type == "date":
        return counted_time(value)
    return typed(field, value, schema.zone) if isinstance(value, str) else value


def _text(value: Any) -> str:
    return text_of(value) if isinstance(value, str | int | float) else ""
