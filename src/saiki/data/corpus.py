"""`encode_corpus`: text or token lists to word ids in memory-mapped files, read once."""

import shutil
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from saiki.data._corpus_blocks import CorpusProgress
from saiki.data._corpus_choice import choose_words
from saiki.data._corpus_files import map_file
from saiki.data._corpus_folder import (
    check_is_free,
    new_folder,
    put_in_place,
    read_head,
    read_names,
    seal,
    write_names,
)
from saiki.data._corpus_remap import remap
from saiki.data._corpus_scan import Scan
from saiki.data._corpus_sources import Corpus, Reading, Source, open_source
from saiki.data._corpus_tokenizers import Tokenizer, tokenizer_name
from saiki.data.vocabulary import Vocabulary
from saiki.errors import ArgumentError, DataError

__all__ = ["Corpus", "CorpusProgress", "EncodedCorpus", "Tokenizer", "encode_corpus"]

Ids: TypeAlias = NDArray[np.int32]
Offsets: TypeAlias = NDArray[np.int64]


@final
@dataclass(frozen=True, eq=False, repr=False)
class EncodedCorpus:
    """Documents as word ids, memory-mapped and read-only.

    Shapes (D documents, N tokens kept):
        tokens (N,), int32, words that are not in the vocabulary left out; offsets (D + 1,),
        int64, document d is tokens[offsets[d]:offsets[d + 1]]; read_offsets (D + 1,), int64, the
        same before words were left out.

    `names` are those of the documents where the source has a column of them. `undercount` is how
    much too low a count may be because rare words were pruned while counting; 0: all are exact.
    `is_reused` says that `folder` held this corpus already.
    """

    vocabulary: Vocabulary
    tokens: Ids
    offsets: Offsets
    read_offsets: Offsets
    names: tuple[str, ...] | None
    folder: Path
    undercount: int = 0
    is_reused: bool = False

    @property
    def read_words(self) -> int:
        """Tokens of this corpus, those of dropped words included."""
        return int(self.read_offsets[-1])

    def __len__(self) -> int:
        """D, the number of documents."""
        return len(self.offsets) - 1

    def __repr__(self) -> str:
        return (
            f"EncodedCorpus({len(self)} documents, {len(self.tokens)} of {self.read_words} "
            f"tokens, {len(self.vocabulary)} words)"
        )

    def document(self, index: int) -> Ids:
        """The word ids of a document, 0 <= index < D."""
        return self.tokens[self.offsets[index] : self.offsets[index + 1]]

    def words(self, index: int) -> list[str]:
        """The words of a document."""
        return [self.vocabulary.words[i] for i in self.document(index).tolist()]

    @classmethod
    def open(cls, folder: str | Path) -> "EncodedCorpus":
        """The corpus that `encode_corpus(..., folder=folder)` left, once its checksums are right.

        Raises:
            MissingFileError: there is none.
            DataError: it is damaged.
        """
        place = Path(folder)
        return _open(place, read_head(place))


def _open(folder: Path, head: dict[str, Any]) -> EncodedCorpus:
    try:
        vocabulary = Vocabulary.from_json(head["vocabulary"])
        undercount = int(head["undercount"])
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(
            "{path}: must be the head of an encoded corpus; it is damaged. Encode the corpus"
            " again.",
            path=folder / "corpus.json",
        ) from error
    return _map(folder, vocabulary, undercount, is_reused=True)


def _map(
    folder: Path, vocabulary: Vocabulary, undercount: int, *, is_reused: bool = False
) -> EncodedCorpus:
    return EncodedCorpus(
        vocabulary,
        map_file(folder / "tokens.bin", "<i4"),
        map_file(folder / "offsets.bin", "<i8"),
        map_file(folder / "read_offsets.bin", "<i8"),
        read_names(folder),
        folder,
        undercount,
        is_reused,
    )


def encode_corpus(
    corpus: Corpus,
    *,
    min_count: int = 5,
    max_size: int | None = None,
    folder: str | Path | None = None,
    tokenizer: Tokenizer | None = None,
    column: str | None = None,
    name_column: str | None = None,
    encoding: str = "utf-8",
    vocabulary: Vocabulary | None = None,
    grows: bool = False,
    prune_above: int = 20_000_000,
    progress: CorpusProgress | None = None,
) -> EncodedCorpus:
    """Reads a corpus once, counts its words and writes them as ids.

    Memory holds the vocabulary and a constant, however large the corpus is (beside them the names,
    if any, and where the tokenizer is a function the longest line); nothing is cut. A line
    ends at a line feed alone, an empty one is a document of length 0, so that document numbers are
    line numbers (from 0); blank lines of JSONL are no documents.

    Args:
        corpus: a path or a list of paths (text with a line a sentence or document, .jsonl, both
            also .gz or .zst, .parquet), or an iterable of token lists that can be read anew, or
            a function that returns one.
        min_count: words that occur less often are dropped, at least 1.
        max_size: keeps so many of the most frequent words.
        folder: gets the encoded corpus. It is used again as long as files (names, sizes, times of
            change) and settings are the same and it is whole; else it is replaced at once when the
            new one is complete. Token lists and tokenizer functions cannot be compared and are
            always encoded anew. None: a temporary folder, removed with the object.
        tokenizer: None splits lines at white space; "words" takes runs of letters and digits in
            lower case, "characters" all characters but white space, "sudachi-a", "-b", "-c"
            morphemes of Japanese ("sudachi" is "sudachi-c"); or a function from a line to tokens.
        column: the column of the text in JSONL and Parquet; "text" by default.
        name_column: a column of names for the documents.
        encoding: of text and JSONL files.
        vocabulary: gives known words their ids. Without `grows` all other words are dropped, and
            `min_count` and `max_size` do not count.
        grows: appends new words that reach `min_count`, as long as there are less than
            `max_size` in all; the counts of known words, and the words read, go up.
        prune_above: when there are more different words than this while counting, the rarest are
            dropped until half as many are left. A word can then have lost up to
            `EncodedCorpus.undercount` of its count, and with it its place.
        progress: is told how far reading is.

    Raises:
        ArgumentError: an argument out of range, or an iterator that can be read only once.
        MissingFileError: a file is not there.
        DataError: no token; no word reaches `min_count`; bytes of another encoding; a damaged file
            or line; a column or document of the wrong kind; a folder that holds something else.
        DependencyError: the package for .zst, .parquet or SudachiPy is not installed.
        StorageError: the disk is full or the folder cannot be written; nothing is left there.

    Source: pruning as ReduceVocab of word2vec.c (Mikolov et al. 2013). Differs: prunes to half
    at once, and says by how much counts may be wrong.

    Example:
        >>> corpus = encode_corpus([["a", "b", "a"], [], ["a", "c"]], min_count=1)
        >>> corpus.vocabulary.words, corpus.tokens.tolist(), corpus.offsets.tolist()
        (('a', 'b', 'c'), [0, 1, 0, 0, 2], [0, 3, 3, 5])
    """
    _check(min_count, max_size, vocabulary, prune_above, grows=grows)
    reading = Reading(
        tokenizer=tokenizer, column=column, name_column=name_column, encoding=encoding
    )
    source = open_source(corpus, reading)
    sizes = {"min_count": min_count, "max_size": max_size, "prune_above": prune_above}
    plan = _Plan(source, reading, sizes, vocabulary, grows)
    place = None if folder is None else Path(folder)
    if place is not None:
        check_is_free(place)
        if (kept := _reuse(place, plan)) is not None:
            return kept
    return _build(plan, place, progress)


def _check(
    min_count: int,
    max_size: int | None,
    vocabulary: Vocabulary | None,
    prune_above: int,
    *,
    grows: bool,
) -> None:
    sizes = {"min_count": min_count, "max_size": max_size, "prune_above": prune_above}
    for name, value in sizes.items():
        if value is not None and not 1 <= value < 2**31:
            raise ArgumentError(
                "encode_corpus: {name} must be at least 1 and less than 2^31; got {got}.",
                name=name,
                got=value,
            )
    if grows and vocabulary is None:
        raise ArgumentError(
            "encode_corpus: grows=True needs a vocabulary to grow; got none. Give vocabulary=, or "
            "leave grows out."
        )


@dataclass(frozen=True)
class _Plan:
    source: Source
    reading: Reading
    sizes: dict[str, int | None]
    known: Vocabulary | None
    grows: bool

    @property
    def counts_words(self) -> bool:
        return self.known is None or self.grows

    def key(self) -> dict[str, Any] | None:
        """What decides the result; None where that cannot be written down."""
        name = tokenizer_name(self.reading.tokenizer)
        if self.source.files is None or name is None:
            return None
        return {
            "files": self.source.files,
            "tokenizer": name,
            "column": self.reading.column,
            "name_column": self.reading.name_column,
            "encoding": self.reading.encoding,
            "vocabulary": self.known.digest() if self.known else None,
            "grows": self.grows,
            **self.sizes,
        }


def _reuse(folder: Path, plan: _Plan) -> EncodedCorpus | None:
    """The stored corpus if it is this one; a damaged one is encoded anew."""
    key = plan.key()
    if key is None or not folder.exists():
        return None
    try:
        head = read_head(folder)
        return _open(folder, head) if head["key"] == key else None
    except DataError:
        return None


def _build(plan: _Plan, folder: Path | None, progress: CorpusProgress | None) -> EncodedCorpus:
    with new_folder(folder) as made:
        scan = _scan(plan, made, progress)
        vocabulary, mapping = _choose(plan, scan)
        remap(made, scan.ends, mapping)
        write_names(made, scan.names)
        if folder is None:
            corpus = _map(made, vocabulary, scan.undercount)
            weakref.finalize(corpus, shutil.rmtree, made, ignore_errors=True)
            return corpus
        stored = {"vocabulary": vocabulary.to_json(), "undercount": scan.undercount}
        seal(made, {"key": plan.key(), **stored})
        put_in_place(made, folder)
        return _map(folder, vocabulary, scan.undercount)


def _scan(plan: _Plan, folder: Path, progress: CorpusProgress | None) -> Scan:
    prune_above = plan.sizes["prune_above"] or 0
    scan = Scan(folder, plan.known, grows=plan.counts_words, prune_above=prune_above)
    if progress is not None:
        progress.start(plan.source.total_bytes, "words")
    try:
        with scan:
            for block in plan.source.blocks():
                words = scan.add(block)
                if progress is not None:
                    progress.advance(block.read_bytes, words)
            scan.finish()
    finally:
        if progress is not None:
            progress.finish()
    if not scan.documents or (plan.counts_words and not scan.words_read):
        raise DataError(
            "encode_corpus: the corpus has no token ({documents} documents, all empty). Check the "
            "path and the tokenizer.",
            documents=scan.documents,
        )
    return scan


def _choose(plan: _Plan, scan: Scan) -> tuple[Vocabulary, Ids | None]:
    if plan.known is not None and not plan.grows:
        return plan.known, None
    return choose_words(
        scan.words,
        scan.counts,
        scan.words_read,
        plan.known,
        min_count=plan.sizes["min_count"] or 1,
        max_size=plan.sizes["max_size"],
    )
