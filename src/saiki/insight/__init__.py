"""What a run shows of itself: the report. Imports no torch."""

from saiki.insight.report import render_report, write_report

__all__ = ["render_report", "write_report"]
