"""A map of words as one HTML file: what is near in the vectors is near on the page."""

from collections.abc import Sequence
from pathlib import Path

from saiki.artifacts import write_text_atomic
from saiki.embeddings import WordVectors
from saiki.errors import ArgumentError
from saiki.insight.report._page import render_page
from saiki.insight.report._strings import texts
from saiki.insight.report._word_maps import default_title, word_maps
from saiki.language import current_language

__all__ = ["write_word_map"]

_MOST = 2000  # the map needs memory and time for the square of it


def write_word_map(
    vectors: WordVectors,
    path: Path,
    *,
    words: Sequence[str] | None = None,
    top: int = 500,
    title: str | None = None,
    seed: int = 0,
) -> Path:
    """Writes a 2-D map of words that opens from disk, with no network.

    Two plots: t-SNE, which keeps neighbours, and the first two principal components, which keep
    directions and say how much of the variance they show. Hovering shows a word's neighbours.

    Args:
        vectors: the word vectors.
        path: the HTML file; it is written whole or not at all.
        words: the words of the map, at most 2,000, the most important first; None takes `top`.
        top: so many first words of the vectors (by custom the most frequent), 2..2,000.
        title: of the page; None makes one.
        seed: of t-SNE's tiny first displacements.

    Returns:
        `path`.

    Raises:
        ArgumentError: a word has no vector, or there are fewer than two words or too many.
        StorageError: the file cannot be written.
    """
    chosen = list(dict.fromkeys(words)) if words is not None else list(vectors.words[: max(top, 0)])
    if not 2 <= len(chosen) <= _MOST:
        raise ArgumentError(
            "write_word_map: a map must have 2 to {most} words; got {got}. Name others, or set "
            "top.",
            most=_MOST,
            got=len(chosen),
        )
    language = current_language()
    text = texts(language)
    figures = word_maps(vectors, chosen, {"": range(len(chosen))}, text, seed=seed)
    page = render_page(
        "map.html",
        language,
        title=title or default_title(len(chosen), text),
        figures=figures,
    )
    write_text_atomic(path, page)
    return path
