"""Sphinx configuration."""

project = "saiki"
author = "The saiki founders"
copyright = "2026, The saiki founders"  # noqa: A001  Sphinx's name
extensions = ["myst_parser"]
html_theme = "furo"
html_title = "saiki 再帰"
exclude_patterns = ["_build"]
myst_heading_anchors = 3
