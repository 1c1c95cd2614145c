"""The texts of the benchmark, split once, so that both systems read the same words.

A text a line, words between single spaces. English: runs of letters and digits in lower case,
apostrophes within kept (`tokenizer="words"`); Japanese: morphemes by Sudachi, longest units.
"""

import csv
import gzip
import json
import os
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from benchmarks.process import ROOT
from saiki.data.corpus import Tokenizer

FOLDER = ROOT / "runs" / "bench" / "vectors"
LABELLED = ("train", "validation")


def data(folder: str, name: str) -> Path:
    """A file below `SAIKI_DATA`."""
    path = Path(os.environ.get("SAIKI_DATA", "data")) / folder / name
    if not path.exists():
        raise FileNotFoundError(f"{path}: not there; let SAIKI_DATA name the folder of data sets")
    return path


def english(lines: int | None) -> str:
    return _split("english", _reviews(), "words", lines)


def japanese(lines: int | None) -> str:
    texts = _lines(data("aozora_ja", "corpus.txt.gz"))
    wanted = (text for text in texts if text)
    return _split("japanese", wanted, "sudachi", None if lines is None else 4 * lines)


def documents(lines: int | None) -> tuple[str, str]:
    """The texts, labelled ones first, and a file of the labels by part."""
    labelled = {part: list(islice(_labelled(part), lines)) for part in LABELLED}
    texts = [text for rows in labelled.values() for _, text in rows]
    labels = {part: [label for label, _ in rows] for part, rows in labelled.items()}
    count = None if lines is None else len(texts) + lines
    path = _split("documents", (t for some in (texts, _reviews()) for t in some), "words", count)
    beside = Path(path).with_suffix(".json")
    beside.write_text(json.dumps(labels), encoding="utf-8")
    return path, str(beside)


def _reviews() -> Iterator[str]:
    return _lines(data("en_corpus", "imdb_unsup_reviews.txt.gz"))


def _lines(path: Path) -> Iterator[str]:
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
        for line in file:
            yield line.rstrip("\n")


def _labelled(part: str) -> Iterator[tuple[int, str]]:
    path = data("imdb", f"{part}.csv.gz")
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield int(row["label"]), row["text"].replace("<br />", " ")


def _split(name: str, texts: Iterable[str], tokenizer: Tokenizer, lines: int | None) -> str:
    """The path of the split texts; made where it is not there yet."""
    from saiki.data._corpus_tokenizers import open_tokenizer

    path = FOLDER / f"{name}-{'all' if lines is None else lines}.txt"
    if path.exists():
        return str(path)
    FOLDER.mkdir(parents=True, exist_ok=True)
    split, beside = open_tokenizer(tokenizer), path.with_suffix(f".{os.getpid()}")
    with beside.open("w", encoding="utf-8", newline="\n") as file:
        for text in islice(texts, lines):
            file.write(" ".join(split(text)) + "\n")
    beside.replace(path)
    return str(path)
