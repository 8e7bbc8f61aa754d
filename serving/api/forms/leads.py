"""From the texts of a form to a lead: each read by the type that the settings give its field."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from features.records.leads.set_aside import Unreadable
from features.records.parsing.values import BadValueError, decode, encode
from features.settings.fields import LeadField
from features.settings.schema import LeadSchema
from serving.api.forms.posts import Pair, once_each
from serving.schemas.problems import INVALID_LEAD, refusal
from serving.settings.forms import FormSettings

KEY = "_key"
"""The field with the key, where a page cannot set a header."""
THANKS = "_thanks"
"""The field that names where the visitor goes afterwards."""
LEAD_ID = "lead_id"
ONE_VALUE = "must have one value"
CHECKED = "on"
"""What a browser sends for a checkbox that has no value of its own."""


@dataclass(frozen=True)
class Form:
    """What a form says beside the fields of the lead, taken out from among them; `trap` is what stands in the honeypot."""

    key: str
    thanks: str
    lead_id: str
    trap: str
    fields: Mapping[str, tuple[str, ...]]


def read_form(pairs: Sequence[Pair], settings: FormSettings) -> Form:
    """Tell what a form says of itself from what it says of the lead.

    Raises
    ------
    RefusedError
        If it names two keys.
    """
    texts = once_each(pairs)
    key = _only(KEY, texts.pop(KEY, ()))
    thanks, lead_id = (next(iter(texts.pop(name, ())[-1:]), "") for name in (THANKS, LEAD_ID))
    trap = ", ".join(texts.pop(settings.honeypot, ())) if settings.honeypot else ""
    fields = {name: given for name, given in texts.items() if name not in settings.ignore}
    return Form(key, thanks, lead_id, trap, fields)


def lead_of(form: Form, schema: LeadSchema) -> dict[str, object]:
    """Return the lead as JSON would tell it; names and values that break rules are left for the check of leads."""
    given = {_field_of(name, form, schema): texts for name, texts in form.fields.items()}
    told = {name: _said(schema, name, texts) for name, texts in given.items() if texts or name not in schema.fields}
    return {LEAD_ID: form.lead_id or None, "fields": told}


def _field_of(name: str, form: Form, schema: LeadSchema) -> str:
    """Return the field that a name means: some forms write "[]" after that of a list of options."""
    field = name.removesuffix("[]")
    return field if field in schema.fields and name not in schema.fields and field not in form.fields else name


def _said(schema: LeadSchema, name: str, texts: tuple[str, ...]) -> object:
    field = schema.fields.get(name)
    if field is not None and field.type == "flag" and texts:
        texts = texts[-1:]  # a hidden "no" before a checkbox is how forms say that it is not checked
    if len(texts) > 1:
        return Unreadable(ONE_VALUE, ", ".join(texts))
    text = texts[0] if texts else ""
    if "\0" in text:
        return Unreadable("must have no null character", text)
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
        raise refusal(INVALID_LEAD, name, ONE_VALUE, "several", "send it once")
    return texts[0] if texts else ""
