"""`WordVectors`: words, a vector for each, exact search, and the file formats of the field."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from saiki.embeddings import _gensim
from saiki.embeddings._analogy import best_answers, check_method
from saiki.embeddings._movers import movers_distance
from saiki.embeddings._search import FloatArray
from saiki.embeddings._table import Table, check_top
from saiki.embeddings.formats import (
    Format,
    ReadFormat,
    StoredVectors,
    read_vectors,
    write_vectors,
)
from saiki.errors import ArgumentError, ShapeError

if TYPE_CHECKING:
    import torch

__all__ = ["AnalogyMethod", "Neighbour", "WordVectors"]

AnalogyMethod: TypeAlias = Literal["3cosadd", "3cosmul"]
WordOrVector: TypeAlias = str | NDArray[Any]


class Neighbour(NamedTuple):
    """A word and how similar it is: the cosine, or the score of 3CosMul."""

    word: str
    similarity: float


@final
class WordVectors:
    """Words and their vectors, with exact cosine search.

    The similarity of words a and b is cos(a, b) = a·b / (‖a‖ ‖b‖); that with a zero vector is 0.
    Search goes through the vectors a block of rows at a time and keeps their norms, so that it
    needs no memory but a block, and memory-mapped vectors stay on disk.

    Args:
        words: V different words, by custom the most frequent first.
        vectors: (V, E); float32 and float16 are kept as they are (not copied, a memory map
            stays one), other floats become float32. They must not change afterwards.
        counts: (V,) how often each word was in the corpus, where that is known.

    Raises:
        ShapeError: vectors or counts do not fit the words.
        ArgumentError: a word is there twice, or the vectors are not floating-point numbers.

    Example:
        >>> import numpy as np
        >>> vectors = np.array([[1, 1], [1, -1], [5, 1], [5, -1]], np.float32)
        >>> wv = WordVectors(["man", "woman", "king", "queen"], vectors)
        >>> wv.analogy("king", "man", "woman")[0].word
        'queen'
        >>> wv.most_similar("king", top=1)
        [Neighbour(word='queen', similarity=0.9230769872665405)]
    """

    def __init__(
        self,
        words: Sequence[str],
        vectors: NDArray[Any],
        counts: NDArray[Any] | None = None,
    ) -> None:
        self._table = Table("WordVectors", words, vectors)
        self.counts: NDArray[np.int64] | None = None
        if counts is not None:
            self.counts = np.array(counts, np.int64)
            self.counts.flags.writeable = False
            if self.counts.shape != (len(self),):
                raise ShapeError(
                    "WordVectors: counts must be ({count},), one for each word; got {got}.",
                    count=len(self),
                    got=self.counts.shape,
                )

    @property
    def words(self) -> tuple[str, ...]:
        """The V words in the order of the rows."""
        return self._table.names

    @property
    def index(self) -> Mapping[str, int]:
        """The row of each word."""
        return self._table.index

    @property
    def vectors(self) -> NDArray[Any]:
        """(V, E) float32 or float16, read-only."""
        return self._table.vectors

    @property
    def vector_size(self) -> int:
        """E, numbers in a vector."""
        return self._table.size

    def __len__(self) -> int:
        return len(self._table.names)

    def __contains__(self, word: object) -> bool:
        return word in self._table.index

    def __getitem__(self, word: str | Sequence[str]) -> FloatArray:
        """A copy in float32: (E,) of one word, (n, E) of a list of words."""
        if isinstance(word, str):
            return self._table.copy(self._table.row(word))
        return self._table.copy([self._table.row(each) for each in word])

    def missing(self, words: Sequence[str]) -> list[str]:
        """Those of `words` that have no vector."""
        return [word for word in words if word not in self._table.index]

    def similarity(self, a: str, b: str) -> float:
        """cos(a, b), in -1..1."""
        one, other = self._table.units([self._table.row(a), self._table.row(b)])
        return float(one @ other)

    def most_similar(
        self,
        query: WordOrVector | None = None,
        *,
        positive: Sequence[WordOrVector] = (),
        negative: Sequence[WordOrVector] = (),
        top: int = 10,
        excludes_inputs: bool = True,
    ) -> list[Neighbour]:
        """The words of the highest cosine with one word or vector, or with a sum of several.

        Args:
            query: a word or an (E,) vector.
            positive: words and vectors; their unit vectors are added to that of the query.
            negative: words and vectors whose unit vectors are taken off.
            top: how many, at least 1.
            excludes_inputs: whether words that were asked with are left out of the answer.

        Returns:
            at most `top` neighbours, the most similar first; equals in the order of the words.

        Raises:
            UnknownNameError: an unknown word; the nearest spellings are given.
            ArgumentError: no query at all, or one that is zero.
            ShapeError: a vector that is not (E,).
            NonFiniteError: the vectors hold infinite numbers or numbers that are not a number.
        """
        found = self._table.near(query, positive, negative, top, excludes_inputs)
        return self._named(found)

    def most_similar_batch(
        self,
        queries: Sequence[str] | NDArray[Any],
        top: int = 10,
        *,
        excludes_inputs: bool = True,
    ) -> list[list[Neighbour]]:
        """`most_similar` for each of many words or (Q, E) vectors at once, far faster."""
        found = self._table.near_each(queries, top, excludes_inputs)
        return [self._named(pairs) for pairs in found]

    def analogy(
        self, a: str, b: str, c: str, top: int = 1, *, method: AnalogyMethod = "3cosadd"
    ) -> list[Neighbour]:
        """The words nearest to a − b + c: `analogy("king", "man", "woman")` should be queen.

        With unit vectors and cos⁺ = (1 + cos) / 2,

            3CosAdd: argmax_x cos(x, a − b + c)
            3CosMul: argmax_x cos⁺(x, a) cos⁺(x, c) / (cos⁺(x, b) + 1e-6)

        The words a, b and c are never answers.

        Args:
            a: the word to start from, as king.
            b: what is taken off, as man.
            c: what is put in its place, as woman.
            top: how many, at least 1.
            method: 3CosAdd, or 3CosMul, which no single large cosine can decide.

        Raises:
            UnknownNameError: an unknown word.
            ArgumentError: an unknown method.

        Source: Mikolov, Yih, Zweig 2013, Linguistic Regularities, section 3; Levy, Goldberg
        2014, Linguistic Regularities in Sparse and Explicit Word Representations, equations 3, 4.
        """
        check_method(method)
        check_top("WordVectors", top)
        rows = np.array([[self._table.row(word) for word in (a, b, c)]], np.int64)
        found = best_answers(self._table, rows, method=method, top=top, excluded=list(rows))
        return self._named(list(zip(found.rows[0].tolist(), found.scores[0].tolist(), strict=True)))

    def odd_one_out(self, words: Sequence[str]) -> str:
        """The word of the lowest cosine with the mean of the unit vectors of all.

        Raises:
            UnknownNameError: an unknown word.
            ArgumentError: fewer than three words.
        """
        if isinstance(words, str) or len(words) < 3:
            raise ArgumentError(
                "WordVectors.odd_one_out: needs a list of three words or more; got {got!r}.",
                got=words,
            )
        units = self._table.units([self._table.row(word) for word in words])
        return words[int(np.argmin(units @ units.mean(axis=0)))]

    def distance(self, document_a: Sequence[str], document_b: Sequence[str]) -> float:
        """The word mover's distance of two lists of words.

        The least total way, by Euclidean distances of unit vectors, over which the words of one
        document can be moved to those of the other, each document weighing 1. Words without a
        vector are left out; `missing` tells which.

        Raises:
            ArgumentError: no word of a document has a vector.
            DependencyError: the extra `pot` is not installed.

        Source: Kusner and others 2015, From Word Embeddings to Document Distances, equation 1.
        """
        return movers_distance(self._table, document_a, document_b)

    @classmethod
    def load(cls, path: str | Path, format: ReadFormat = "auto") -> "WordVectors":  # noqa: A002
        """Reads a file or folder of vectors; see `saiki.embeddings.formats` for the formats.

        Our own folder form is memory-mapped, the others are read into memory.

        Raises:
            MissingFileError: there is nothing of that name.
            DataError: it is damaged, empty, or none of the formats.
        """
        stored = read_vectors(Path(path), format)
        return cls(stored.names, stored.vectors, stored.counts)

    def save(
        self,
        path: str | Path,
        format: Format = "saiki",  # noqa: A002
        dtype: Literal["float32", "float16"] | None = None,
    ) -> None:
        """Writes them whole or not at all; a name that ends in .gz is compressed.

        Args:
            path: a folder for "saiki", a file for the others.
            format: see `saiki.embeddings.formats`.
            dtype: that of the stored numbers in "saiki", by default as they are. The other
                formats hold float32.

        Raises:
            DataError: a word that the format cannot hold, or a number too large for float16.
            StorageError: the disk is full, or the place cannot be written.
        """
        write_vectors(
            Path(path), StoredVectors(self.words, self.vectors, self.counts), format, dtype
        )

    def to_embedding(
        self, *, frozen: bool = True, words: Sequence[str] | None = None
    ) -> "torch.nn.Embedding":
        """A `torch.nn.Embedding` in float32, with a row for each word.

        Args:
            frozen: whether training leaves it as it is.
            words: the words of its rows, in order; by default all.
        """
        import torch  # noqa: PLC0415  heavy

        chosen = self.vectors.astype(np.float32) if words is None else self[list(words)]
        weights = torch.from_numpy(chosen)
        rows, size = weights.shape
        return torch.nn.Embedding(rows, size, _weight=weights).requires_grad_(not frozen)

    def to_gensim(self) -> Any:
        """A `KeyedVectors` of gensim with the same words, float32 vectors and counts.

        Raises:
            DependencyError: gensim is not installed.
        """
        return _gensim.to_keyed_vectors(StoredVectors(self.words, self.vectors, self.counts))

    @classmethod
    def from_gensim(cls, model: Any) -> "WordVectors":
        """Words, vectors and counts of a gensim `KeyedVectors`, `Word2Vec` or `Doc2Vec`.

        Raises:
            ArgumentError: it is none of these.
        """
        stored = _gensim.from_keyed_vectors(getattr(model, "wv", model))
        return cls(stored.names, stored.vectors, stored.counts)

    def _named(self, found: list[tuple[int, float]]) -> list[Neighbour]:
        return [Neighbour(self.words[row], score) for row, score in found]

    def __repr__(self) -> str:
        return f"WordVectors({len(self)} words, vector_size={self.vector_size})"
