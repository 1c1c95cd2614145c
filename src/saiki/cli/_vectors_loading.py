"""Vectors from what the user named: a folder of words or documents, or a file of the field."""

import re
from pathlib import Path
from typing import Annotated, TypeAlias

import tyro
from rich.console import Console

from saiki.artifacts.run_folder import RunFolder
from saiki.embeddings import DocVectors, WordVectors
from saiki.errors import ArgumentError, MissingFileError, RunFolderError
from saiki.language import render

_KIND = re.compile(rb'"kind": "documents"')
_KIND_BYTES = 256  # it stands before the names, which may be millions

VectorsPath: TypeAlias = Annotated[
    Path,
    tyro.conf.Positional,
    tyro.conf.arg(
        name="vectors",
        metavar="VECTORS",
        help=render(
            "a folder that `saiki vectors train` wrote, or a file: word2vec text or binary, "
            "fastText .vec, GloVe text"
        ),
    ),
]


def load_vectors(path: Path) -> WordVectors | DocVectors:
    """The words or documents that lie at `path`.

    Raises:
        MissingFileError: there is nothing of that name.
        RunFolderError: the training there has not finished.
        DataError: it is damaged, or holds no vectors.
    """
    if not path.is_dir():
        return WordVectors.load(path)
    described = path / "vectors.json"
    if not described.is_file():
        raise _no_vectors(path)
    with described.open("rb") as file:
        holds_documents = _KIND.search(file.read(_KIND_BYTES))
    return DocVectors.load(path) if holds_documents else WordVectors.load(path)


def load_words(path: Path) -> WordVectors:
    """The words that lie at `path`, or those trained beside the documents there."""
    vectors = load_vectors(path)
    if isinstance(vectors, WordVectors):
        return vectors
    if vectors.words is None:
        raise ArgumentError(
            "{path}: holds vectors of documents without vectors of words. Train it with "
            "--trains-words, or with the objective dm or both.",
            path=path,
        )
    return vectors.words


def load_documents(path: Path) -> DocVectors:
    """The documents that lie at `path`."""
    vectors = load_vectors(path)
    if isinstance(vectors, WordVectors):
        raise ArgumentError(
            "{path}: must hold vectors of documents; it holds those of words. Train documents "
            "with `saiki vectors train CORPUS --objective dbow --out FOLDER`.",
            path=path,
        )
    return vectors


def _no_vectors(path: Path) -> RunFolderError | MissingFileError:
    run = RunFolder(path)
    if run.is_begun and not run.result_file.exists():
        return RunFolderError(
            "{path}: this training has not finished, so that there are no vectors yet. Go on with "
            "the command that began it and --resume.",
            path=path,
        )
    return MissingFileError(
        "{path}: there are no vectors in this folder (no vectors.json). Give a folder that `saiki "
        "vectors train` wrote.",
        path=path,
    )


def screen() -> Console:
    """Standard output, on which words are shown as they are and not as mark-up."""
    return Console(markup=False, emoji=False, highlight=False)


def shown(name: str) -> str:
    """A name that can be printed: bytes that are not UTF-8 become the replacement character."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
