"""Ready rules for what CRMs, ad platforms and form plugins send, each a file of TOML beside this one.

They name leads, times, outcomes and whom to call as their makers document them; what a company has asked of its own stands in its settings.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

OWN = ("preset", "fields", "values", "rules")
"""Keys of a webhook's table that ready rules do not simply take over."""


@cache
def names() -> tuple[str, ...]:
    """Return the names of all ready rules."""
    files = (file.name for file in resources.files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in files if name.endswith(".toml")))


def with_preset(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a webhook's table with what its ready rules say where it says nothing itself.

    Its `fields` and `values` are read by every ready rule that makes a lead; its own rules come first.

    Raises
    ------
    ValueError
        If there are no ready rules of that name.
    """
    name = str(given["preset"])
    if name not in names():
        raise ValueError(f"preset must be one of {', '.join(names())}, got {name!r}")
    ready = tomllib.loads((resources.files(__name__) / f"{name}.toml").read_text(encoding="utf-8"))
    fields, values = given.get("fields", {}), given.get("values", {})
    rules = [_with_fields(rule, fields, values) if rule["makes"] == "lead" else rule for rule in ready.pop("rules")]
    own = {key: value for key, value in given.items() if key not in OWN}
    return {**ready, **own, "preset": name, "rules": [*given.get("rules", ()), *rules]}


def _with_fields(rule: dict[str, Any], fields: Mapping[str, str], values: Mapping[str, Any]) -> dict[str, Any]:
    hints = {name: path for name, path in rule.get("hints", {}).items() if name not in fields}
    constants = {name: value for name, value in rule.get("constants", {}).items() if name not in fields}
    read = {*fields, *hints}
    words = {name: known for name, known in values.items() if name in read}
    return {**rule, "hints": hints, "constants": constants, "fields": dict(fields), "values": words}
