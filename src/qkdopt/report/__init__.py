"""The report: one self-contained HTML file that explains a run to a person.

Vega-Lite draws the charts; it is embedded in the file, which makes no request.
"""

from qkdopt.report.content import ReportParts, report_document
from qkdopt.report.page import read_report_document, render_report, write_report

__all__ = [
    "ReportParts",
    "read_report_document",
    "render_report",
    "report_document",
    "write_report",
]
