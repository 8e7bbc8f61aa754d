"""The report: one page that a sales manager reads in three minutes, with the detail behind it.

`compute` makes all that the page says from what a training came to, `render` draws it, `write_report` keeps it.
"""

from training.report.compute import compute
from training.report.material import Material
from training.report.page import ReportDocument
from training.report.show import render
from training.report.write import write_report

__all__ = ["Material", "ReportDocument", "compute", "render", "write_report"]
