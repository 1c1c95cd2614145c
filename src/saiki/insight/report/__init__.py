"""One self-contained HTML page about runs and grids of runs."""

from saiki.insight.report._page import render_report, write_report

__all__ = ["render_report", "write_report"]
