"""The show step: the page drawn as one HTML file that needs nothing else, and runs nothing."""

from importlib.resources import files

from models.charts.chart import TEMPLATES, style_sheet
from training.report.page import ReportDocument


def render(page: ReportDocument) -> str:
    """Return the page as HTML; whatever names hold is shown as text."""
    from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, StrictUndefined

    environment = Environment(
        loader=ChoiceLoader([PackageLoader("training.report", "template"), FileSystemLoader(TEMPLATES)]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = (files("training.report") / "template" / "style.css").read_text(encoding="utf-8")
    return environment.get_template("page.html").render(page=page, style=f"{style}\n{style_sheet()}")
