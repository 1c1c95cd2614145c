"""Puts the views of all folders into one page."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from saiki.artifacts import write_text_atomic
from saiki.errors import ArgumentError
from saiki.insight.report._comparisons import comparisons
from saiki.insight.report._figures import Figure, Picker
from saiki.insight.report._forecast_view import forecast_view
from saiki.insight.report._grid_view import grid_view
from saiki.insight.report._language_view import language_view
from saiki.insight.report._reading import is_grid, read_grid, read_run
from saiki.insight.report._run_view import run_view
from saiki.insight.report._strings import texts
from saiki.insight.report._translation_view import translation_view
from saiki.insight.report._word_view import word_view
from saiki.language import Language, current_language

__all__ = ["render_page", "render_report", "write_report"]

_VIEWS = {
    "word-vectors": word_view,
    "language-model": language_view,
    "translate": translation_view,
    "forecast": forecast_view,
}


def write_report(
    folders: Sequence[Path],
    out: Path,
    *,
    language: Language | None = None,
    title: str | None = None,
) -> Path:
    """Writes one HTML file that opens from disk, with no network.

    Args:
        folders: run folders and grid folders, shown in this order.
        out: the file to write; it is written whole or not at all.
        language: of the page; the current one when None.
        title: of the page; the names of the folders when None.

    Returns:
        `out`.

    Raises:
        ArgumentError: no folder was given.
        RunFolderError: a folder is neither a run nor a grid, or a file in it is damaged.
        StorageError: `out` cannot be written.
    """
    write_text_atomic(out, render_report(folders, language=language, title=title))
    return out


def render_report(
    folders: Sequence[Path], *, language: Language | None = None, title: str | None = None
) -> str:
    """The page of `write_report` as text; arguments and errors as there."""
    if not folders:
        raise ArgumentError(
            "render_report: folders must hold at least one run or grid folder; got none. Give a "
            "folder that `saiki train` or `saiki compare` wrote."
        )
    chosen = language or current_language()
    text = texts(chosen)
    views = [_view(Path(folder), text, chosen) for folder in folders]
    names = ", ".join([view["name"] for view in views[:3]] + ["…"] * (len(views) > 3))
    title = title or text["page_title"].format(name=names)
    drawn = comparisons(views, text)
    return render_page("page.html", chosen, title=title, views=views, comparisons=drawn)


def render_page(template: str, language: Language, **values: Any) -> str:
    """A whole page with the plot library and every string in it."""
    page = _environment().get_template(template)
    return page.render(language=language, text=texts(language), plotly=_plotly(), **values)


def _view(folder: Path, text: Any, language: Language) -> dict[str, Any]:
    if is_grid(folder):
        return grid_view(read_grid(folder), text, language)
    run = read_run(folder)
    view = _VIEWS.get(str(run.configuration.get("task")), run_view)
    return view(run, text)


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("saiki.insight.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["plot"] = _plot_json
    return environment


def _plot_json(figure: Figure | Picker) -> Markup:
    """JSON that may stand inside a script element: no "<", ">" or "&" is left in it."""
    return htmlsafe_json_dumps(figure.plot, ensure_ascii=False, allow_nan=False)


def _plotly() -> Markup:
    from plotly.offline import get_plotlyjs  # noqa: PLC0415  five megabytes, read when wanted

    return Markup(get_plotlyjs())  # noqa: S704  the library itself, no text of a user
