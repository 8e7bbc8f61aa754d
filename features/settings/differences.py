"""Where the settings of today and those that a model was trained by differ: what it does not know yet, and what a training would bring."""

from collections.abc import Iterator

from features.settings.fields import LeadField
from features.settings.schema import LeadSchema


def differences(model: LeadSchema, today: LeadSchema) -> list[str]:
    """Return a sentence for each difference that matters to what leads may say and to what a score knows of it.

    Examples
    --------
    >>> differences(LeadSchema(), LeadSchema(fields={"source": LeadField(role="channel")}))
    ["Field 'source' is new: it is kept with each lead, and scores will know of it after the next training."]
    """
    return [*_fields(model, today), *_kinds(model, today), *_horizon(model, today)]


def _fields(model: LeadSchema, today: LeadSchema) -> Iterator[str]:
    for name, field in today.fields.items():
        before = model.fields.get(name)
        if before is None and field.is_feature:
            yield f"Field {name!r} is new: it is kept with each lead, and scores will know of it after the next training."
        elif before is not None and (before.is_feature or field.is_feature):
            yield from _changes(name, before, field)
    for name, field in model.fields.items():
        if name not in today.fields and field.is_feature:
            yield (
                f"Field {name!r} is no longer in the settings: what comes in under it is set aside, and the model, which knows it, "
                "scores such leads as if they had not said; a training without it would do better."
            )


def _changes(name: str, before: LeadField, now: LeadField) -> Iterator[str]:
    new = [value for value in now.values if value not in before.values]
    gone = [value for value in before.values if value not in now.values]
    if (before.type, before.role, before.ordered) != (now.type, now.role, now.ordered):
        yield (
            f"Field {name!r} was of role and type {_kind(before)} when the model was trained and is {_kind(now)} now: "
            "scores know it only as far as the model can still read it, until the next training."
        )
    elif new and not before.others and before.values:
        yield (
            f"Field {name!r} has new values ({_listed(new)}): they are kept, and scored as not known until the next training, "
            "which learns what they are worth."
        )
    if gone and not now.others and now.values:
        yield f"Field {name!r} has lost values ({_listed(gone)}): whoever sends one has it set aside; the model still knows it."


def _kinds(model: LeadSchema, today: LeadSchema) -> Iterator[str]:
    new = [kind for kind in today.kinds if kind not in model.kinds]
    gone = [kind for kind in model.kinds if kind not in today.kinds]
    if new:
        yield f"Events of kind {_listed(new)} are new: they are kept, and scores will know of them after the next training."
    if gone:
        yield f"Events of kind {_listed(gone)} are no longer in the settings and are refused; the model still knows them."


def _horizon(model: LeadSchema, today: LeadSchema) -> Iterator[str]:
    if model.horizon_days != today.horizon_days:
        yield (
            f"The horizon is {today.horizon_days} days in the settings and {model.horizon_days} in the model: "
            "scores speak of the model's until the next training."
        )


def _kind(field: LeadField) -> str:
    ordered = "ordered " if field.ordered else ""
    return f"{field.role}, {ordered}{field.type}"


def _listed(values: list[str], most: int = 5) -> str:
    shown = ", ".join(repr(value) for value in values[:most])
    return shown if len(values) <= most else f"{shown} and {len(values) - most} more"
