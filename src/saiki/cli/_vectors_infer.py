"""`saiki vectors infer`."""

import io
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import tyro
from numpy.typing import NDArray

from saiki.artifacts.files import read_text, write_bytes_atomic
from saiki.cli._vectors_loading import VectorsPath, load_documents, shown
from saiki.cli._vectors_train import TokenizerName, stored_tokenizer, tokenizer_of
from saiki.cli.arguments import call
from saiki.cli.main import Invocation
from saiki.errors import ArgumentError, DataError
from saiki.language import render


def infer(invocation: Invocation) -> int:
    """Prints or writes a vector for each line."""
    path, file, out, tokenizer, options = call("vectors infer", _infer, invocation.words)
    if out is not None and out.suffix != ".npy":
        raise ArgumentError(
            "--out: must end in .npy, the format that is written; got {path}.", path=out
        )
    documents = load_documents(path)
    texts = _lines(file)
    split = tokenizer_of(tokenizer or stored_tokenizer(path) or "whitespace")
    vectors = documents.infer(texts, tokenizer=split, **options)
    if out is None:
        _print_lines(texts, vectors)
    else:
        stream = io.BytesIO()
        np.save(stream, vectors, allow_pickle=False)
        write_bytes_atomic(out, stream.getvalue())
        print(render("vectors: {folder}", folder=out))
    rows, size = vectors.shape
    invocation.finish({"documents": rows, "vector_size": size, "path": out and str(out)})
    return 0


def _lines(file: Path | None) -> list[str]:
    """Each line is a document, an empty one as well, so that rows are line numbers."""
    if file is None:
        try:
            text = sys.stdin.read()
        except UnicodeDecodeError as error:
            raise DataError(
                "standard input: must be UTF-8 text; byte {place} is not. Convert it to UTF-8.",
                place=error.start,
            ) from error
    else:
        text = read_text(file)
    text = text.removeprefix("\ufeff")
    lines = [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")]
    if not text.strip():
        raise DataError(
            "vectors infer: at least one line of text must be given, in a file or on standard "
            "input; got none."
        )
    return lines


def _print_lines(texts: list[str], vectors: NDArray[np.float32]) -> None:
    for text, vector in zip(texts, vectors, strict=True):
        # The shortest decimals that give the same float32 again.
        numbers = [float(str(number)) for number in vector]
        print(json.dumps({"text": shown(text), "vector": numbers}, ensure_ascii=False))


def _infer(
    vectors: VectorsPath,
    file: Annotated[
        Path | None,
        tyro.conf.Positional,
        tyro.conf.arg(
            metavar="[FILE]",
            help_behavior_hint="",
            help=render("UTF-8 text, a document a line; none reads standard input"),
        ),
    ] = None,
    out: Annotated[
        Path | None,
        tyro.conf.arg(
            metavar="FILE.npy",
            help_behavior_hint="",
            help=render("writes a NumPy array, a row a line, prints nothing"),
        ),
    ] = None,
    tokenizer: Annotated[
        TokenizerName | None,
        tyro.conf.arg(
            help_behavior_hint="", help=render("how a line is split (default: as in the training)")
        ),
    ] = None,
    epochs: Annotated[
        int | None,
        tyro.conf.arg(
            metavar="N",
            help_behavior_hint="",
            help=render("passes over each line (default: the training's)"),
        ),
    ] = None,
    seed: Annotated[int, tyro.conf.arg(metavar="N", help=render("of the random draws"))] = 0,
    threads: Annotated[
        int | None,
        tyro.conf.arg(metavar="N", help_behavior_hint="", help=render("default: all cores")),
    ] = None,
) -> tuple[Any, ...]:
    return vectors, file, out, tokenizer, {"epochs": epochs, "seed": seed, "threads": threads}


_infer.__doc__ = render(
    "Prints a JSON line with the vector of each line of text, which need not have been trained on."
    "\n\nThe same lines and seed give the same vectors, whatever the number of threads."
)
