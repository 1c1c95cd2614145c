"""`saiki vectors convert` and `plot`."""

from pathlib import Path
from typing import Annotated, Any, Literal

import tyro

from saiki.artifacts.files import read_text
from saiki.cli._vectors_loading import VectorsPath, load_vectors, load_words
from saiki.cli.arguments import call
from saiki.cli.main import Invocation
from saiki.embeddings import DocVectors, WordVectors
from saiki.errors import ArgumentError, DataError
from saiki.language import render


def convert(invocation: Invocation) -> int:
    """Writes vectors in another format."""
    path, out, form, dtype = call("vectors convert", _convert, invocation.words)
    if out.exists():
        raise ArgumentError(
            "{path}: is there already, and was left as it is. Choose another name, or remove it.",
            path=out,
        )
    vectors = load_vectors(path)
    if isinstance(vectors, WordVectors):
        vectors.save(out, form, dtype)
    elif form == "saiki":
        _cast(vectors, dtype).save(out)
    else:
        WordVectors(vectors.names, vectors.vectors).save(out, form, dtype)
    print(render("vectors: {folder}", folder=out))
    count, size = len(vectors), vectors.vector_size
    invocation.finish({"path": str(out), "format": form, "count": count, "vector_size": size})
    return 0


def _cast(vectors: DocVectors, dtype: Literal["float32", "float16"] | None) -> DocVectors:
    if dtype is None:
        return vectors
    return DocVectors(
        vectors.names, vectors.vectors.astype(dtype), words=vectors.words, model=vectors.model
    )


def _convert(
    vectors: VectorsPath,
    out: Annotated[
        Path,
        tyro.conf.Positional,
        tyro.conf.arg(
            metavar="OUT", help=render("a folder for saiki, a file for the others (.gz packs it)")
        ),
    ],
    format: Annotated[  # noqa: A002  the flag's name
        Literal["saiki", "word2vec-text", "word2vec-binary", "glove"],
        tyro.conf.arg(
            help=render("gensim, fastText and word2vec.c read word2vec-text and -binary")
        ),
    ],
    dtype: Annotated[
        Literal["float32", "float16"] | None,
        tyro.conf.arg(
            help_behavior_hint="",
            help=render("of the numbers in the format saiki (default: as they are)"),
        ),
    ] = None,
) -> tuple[Any, ...]:
    return vectors, out, format, dtype


_convert.__doc__ = render(
    "Writes vectors in another format; the format that they are in is recognised.\n\n"
    "Documents become lines of a file as words do, called by their names."
)


def plot(invocation: Invocation) -> int:
    """Writes a map of the words."""
    path, out, words_file, top, title = call("vectors plot", _plot, invocation.words)
    words = None if words_file is None else _words_of(words_file)
    vectors = load_words(path)
    from saiki.insight.word_map import write_word_map  # noqa: PLC0415  plotly comes in here

    place = write_word_map(vectors, out, words=words, top=top, title=title)
    print(render("map: {path}", path=place))
    invocation.finish({"map": str(place)})
    return 0


def _words_of(path: Path) -> list[str]:
    lines = read_text(path).removeprefix("\ufeff").split("\n")
    words = [line.strip() for line in lines if line.strip()]
    if not words:
        raise DataError("{path}: there is no word in it; a word a line is expected.", path=path)
    return words


def _plot(
    vectors: VectorsPath,
    out: Annotated[
        Path, tyro.conf.arg(metavar="FILE", help=render("the HTML file that is written"))
    ] = Path("map.html"),
    words: Annotated[
        Path | None,
        tyro.conf.arg(
            metavar="FILE",
            help_behavior_hint="",
            help=render("the words to show, one a line (default: the first ones)"),
        ),
    ] = None,
    top: Annotated[
        int, tyro.conf.arg(metavar="N", help=render("so many first (most frequent) words"))
    ] = 500,
    title: Annotated[
        str | None,
        tyro.conf.arg(metavar="TEXT", help_behavior_hint="", help=render("the heading of the map")),
    ] = None,
) -> tuple[Any, ...]:
    return vectors, out, words, top, title


_plot.__doc__ = render(
    "Writes a two-dimensional map of words as one HTML file that opens from disk, with no network."
)
