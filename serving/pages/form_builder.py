"""A web form to copy: the fields that were chosen, in HTML that any page may hold, with what the settings want of a form."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from html import escape

from features.records.clock import to_datetime
from features.settings.fields import LeadField
from features.settings.schema import LeadSchema
from models.close.reasons.sentences import capitalized, label
from serving.api.forms.leads import KEY, THANKS
from serving.pages.queue import lead_path
from serving.pages.words import minute
from serving.settings.forms import FormSettings
from serving.store.aside import Aside
from serving.store.records import LeadStanding

BUILDER = "/pages/forms"
MAIL = re.compile(r"e-?mail|\bmail\b", re.IGNORECASE)
TELEPHONE = re.compile(r"tel(ephone|efon)?\b|phone|mobile", re.IGNORECASE)
FIRM = re.compile(r"compan|firm|organi[sz]ation", re.IGNORECASE)
PUT_KEY = "PUT THE KEY HERE"
FIRST_ANSWERS = 3
"""Questions that a new form asks: each one more is one more reason to leave."""


@dataclass(frozen=True)
class FieldChoice:
    """A field that a form may ask for, or that it may say of itself, and whether it does."""

    name: str
    label: str
    is_chosen: bool
    value: str


@dataclass(frozen=True)
class Post:
    """A lead that came in: when, under which name and path, and what of it was set aside, each as name, value and rule."""

    when: str
    name: str
    path: str
    aside: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class FormPage:
    """Everything that the page says.

    Attributes
    ----------
    asked, told
        What visitors may be asked for, and what a form says of itself: where its leads come from.
    html, preview
        The form to copy, and what stands in it; both are made of escaped text alone.
    origins, thanks, honeypot
        As the settings name them; empty where they do not.
    key
        The one that was just made and stands in the form; it is shown this once.
    last
        The leads that came in last.
    """

    asked: tuple[FieldChoice, ...]
    told: tuple[FieldChoice, ...]
    html: str
    preview: str
    origins: tuple[str, ...]
    thanks: tuple[str, ...]
    honeypot: str
    key: str = ""
    last: tuple[Post, ...] = ()


def form_page(
    schema: LeadSchema,
    settings: FormSettings,
    url: str,
    fields: Sequence[str],
    channels: Mapping[str, str],
    key: str = "",
    last: Sequence[Post] = (),
) -> FormPage:
    """Return the page of a form; without any fields it asks for what a first form should.

    Parameters
    ----------
    fields
        Names of the fields that are asked for.
    channels
        What the form says of where its leads come from, by field.
    key
        To be put into the form; without one, its place is marked.
    last
        The leads that came in last.
    """
    offered = schema.by_role("contact", "answer")
    chosen = [name for name in fields if name in offered] or [*schema.contacts, *list(schema.answers)[:FIRST_ANSWERS]]
    said = {name: value for name, value in channels.items() if name in schema.channels and value}
    inner = "\n".join(
        [
            *(_hidden(name, value) for name, value in said.items()),
            *(_input(name, offered[name]) for name in offered if name in chosen),
        ]
    )
    return FormPage(
        asked=tuple(
            FieldChoice(name, capitalized(label(name, field)), name in chosen, "") for name, field in offered.items()
        ),
        told=tuple(
            FieldChoice(name, capitalized(label(name, field)), name in said, said.get(name, ""))
            for name, field in schema.channels.items()
        ),
        html=_form(inner, settings, url, key or PUT_KEY),
        preview=inner,
        origins=settings.origins,
        thanks=settings.thanks,
        honeypot=settings.honeypot,
        key=key,
        last=tuple(last),
    )


def last_posts(leads: Sequence[LeadStanding], aside: Mapping[str, Sequence[Aside]], zone: tzinfo) -> tuple[Post, ...]:
    """Return the leads that came in last, each with what of it no rule of the settings could read."""
    return tuple(
        Post(
            minute(to_datetime(lead.created_at), zone),
            lead.name or lead.lead_id,
            lead_path(lead.lead_id),
            tuple((one.name, one.value, one.rule) for one in aside.get(lead.lead_id, ())),
        )
        for lead in leads
    )


def _form(inner: str, settings: FormSettings, url: str, key: str) -> str:
    lines = [f'<form method="post" action="{escape(url)}/leads">', _hidden(KEY, key)]
    if settings.thanks:
        lines.append(_hidden(THANKS, settings.thanks[0]))
    if settings.honeypot:
        trap = escape(settings.honeypot)
        lines.append(
            f'<p hidden aria-hidden="true"><label>Leave this empty <input name="{trap}" tabindex="-1" autocomplete="off"></label></p>'
        )
    return "\n".join([*lines, inner, '<button type="submit">Send</button>', "</form>"])


def _hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'


def _input(name: str, field: LeadField) -> str:
    """Return a field with its label, as the type of its answers asks for."""
    told, sent = escape(capitalized(field.ask or label(name, field))), escape(name)
    if field.type == "flag":
        return f'<p><input type="hidden" name="{sent}" value="no"><label><input type="checkbox" name="{sent}" value="yes"> {told}</label></p>'
    if field.type == "category":
        options = "".join(f"<option>{escape(value)}</option>" for value in field.values)
        return f'<p><label>{told}<br><select name="{sent}"><option value=""></option>{options}</select></label></p>'
    if field.role == "answer" and field.type == "text":
        return f'<p><label>{told}<br><textarea name="{sent}"></textarea></label></p>'
    return f'<p><label>{told}<br><input name="{sent}"{_kind(name, field)}></label></p>'


def _kind(name: str, field: LeadField) -> str:
    """Return the attributes by which browsers show the right keyboard and fill in what they know."""
    if field.type in ("number", "date"):
        return f' type="{field.type}"' + (' step="any"' if field.type == "number" else "")
    words = f"{name.replace('_', ' ')} {field.label}"
    if MAIL.search(words):
        return ' type="email" autocomplete="email" required'
    if TELEPHONE.search(words):
        return ' type="tel" autocomplete="tel"'
    return ' autocomplete="organization"' if FIRM.search(words) else ' autocomplete="name"'
