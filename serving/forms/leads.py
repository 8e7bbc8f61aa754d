"""From the texts of a form to a lead: each read by the type that the settings give its field."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from features.fields import BadValueError, decode, encode
from features.settings import LeadField, LeadSchema
from serving.forms.posts import Pair, once_each
from serving.forms.settings import FormSettings
from serving.problems import INVALID_LEAD, refusal

KEY = "_key"
"""The field with the key, where a page cannot set a header."""
THANKS = "_thanks"
"""The field that names where the visitor goes afterwards."""
LEAD_ID = "lead_id"
CHECKED = "on"
"""What a browser sends for a checkbox that has no value of its own."""


@dataclass(frozen=True)
class Form:
    """What a form says beside the fields of the lead, taken out from among them."""

    key: str
    thanks: str
    lead_id: str
    is_trapped: bool
    fields: Mapping[str, tuple[str, ...]]


def read_form(pairs: Sequence[Pair], settings: FormSettings) -> Form:
    """Tell what a form says of itself from what it says of the lead.

    Raises
    ------
    RefusedError
        If one of its own fields comes twice with different texts.
    """
    texts = once_each(pairs)
    own = {name: _only(name, texts.pop(name, ())) for name in (KEY, THANKS, LEAD_ID)}
    is_trapped = bool(settings.honeypot and texts.pop(settings.honeypot, ()))
    fields = {name: given for name, given in texts.items() if name not in settings.ignore}
    return Form(own[KEY], own[THANKS], own[LEAD_ID], is_trapped, fields)


def lead_of(form: Form, schema: LeadSchema) -> dict[str, object]:
    """Return the lead as JSON would tell it; names and values that break rules are left for the check of leads.

    Raises
    ------
    RefusedError
        If a field comes twice with different texts and is no flag: a lead has one value for each.
    """
    told = {
        name: _said(schema, name, texts) for name, texts in form.fields.items() if texts or name not in schema.fields
    }
    return {LEAD_ID: form.lead_id or None, "fields": told}


def _said(schema: LeadSchema, name: str, texts: tuple[str, ...]) -> str | float | bool:
    field = schema.fields.get(name)
    if field is not None and field.type == "flag" and texts:
        texts = texts[-1:]  # a hidden "no" before a checkbox is how forms say that it is not checked
    text = _only(f"fields.{name}", texts)
    return text if field is None else typed(field, text, schema.zone)


def typed(field: LeadField, text: str, zone: ZoneInfo) -> str | float | bool:
    """Return a text as the field's type writes it; one that breaks a rule stays, for the check to name.

    Examples
    --------
    >>> typed(LeadField(role="context", type="number"), " 12.50 ", ZoneInfo("UTC"))
    12.5
    >>> typed(LeadField(role="context", type="flag"), "on", ZoneInfo("UTC"))
    True
    """
    if field.type not in ("number", "flag"):
        return text
    given: str | bool = True if field.type == "flag" and text.strip().lower() == CHECKED else text
    try:
        code = encode(field, given, zone)
    except BadValueError:
        return text
    value = decode(field, code)
    if value is None or isinstance(value, str):  # a word for "not known" stays as it was said
        return text
    return int(value) if field.type == "number" and math.fabs(value) < 2**53 and value == int(value) else value


def _only(name: str, texts: tuple[str, ...]) -> str:
    """Return the one text of a name, empty if it says nothing."""
    if len(texts) > 1:
        remedy = "make each choice a field of its own of type flag, or let one be chosen"
        shown = ", ".join(repr(text[:40]) for text in texts[:3])
        raise refusal(INVALID_LEAD, name, "must have one value", "several" if name == KEY else shown, remedy)
    return texts[0] if texts else ""
