"""The show step: the page drawn as one HTML file that needs nothing else, and runs nothing."""

from importlib.resources import files

from training.report.page import Page


def render(page: Page) -> str:
    """Return the page as HTML; whatever names hold is shown as text."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("training.report", "template"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = (files("training.report") / "template" / "style.css").read_text(encoding="utf-8")
    return environment.get_template("page.html").render(page=page, style=style)
