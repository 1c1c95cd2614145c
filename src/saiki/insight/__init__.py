"""What a run shows of itself: the report. Imports no torch."""

from saiki.insight.report import render_report, write_report
from saiki.insight.word_map import write_word_map

__all__ = ["render_report", "write_report", "write_word_map"]
