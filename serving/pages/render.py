"""Templates to HTML: everything that is put in is escaped, and a name that a template misses is an error."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from models.charts.chart import TEMPLATES
from models.close.reasons.sentences import capitalized

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Frame:
    """What stands around a page.

    Attributes
    ----------
    places
        Path and name of each page that its reader may open.
    here
        The path of the one that this belongs to.
    who
        The name of the key by which its reader has logged in; empty where nobody has.
    token
        Goes with every form.
    in_view
        How many places the navigation shows; the others open.
    """

    places: tuple[tuple[str, str], ...] = ()
    here: str = ""
    who: str = ""
    token: str = ""
    in_view: int = 7


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader([FOLDER / "templates", TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["capitalize"] = capitalized  # Jinja's own writes all but the first letter small
    return environment


def render(template: str, frame: Frame, **content: Any) -> str:
    """Return a page in its frame; `content` holds what its template names."""
    return _environment().get_template(f"{template}.html").render(frame=frame, **content)
