"""`DocVectors`: document names, a vector for each, the same search, and vectors of new texts."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from saiki.artifacts.files import make_folder
from saiki.data._corpus_tokenizers import open_tokenizer
from saiki.embeddings import _native_format as native
from saiki.embeddings._search import FloatArray
from saiki.embeddings._stored import StoredVectors
from saiki.embeddings._table import Table
from saiki.embeddings.word_vectors import WordVectors
from saiki.errors import ArgumentError, MissingFileError

if TYPE_CHECKING:
    from saiki.data.corpus import Tokenizer

__all__ = ["DocVectors", "DocumentModel", "NearDocument"]

DocumentOrVector: TypeAlias = str | int | NDArray[Any]

_WORDS = "words"
_MODEL = "model"


class DocumentModel(Protocol):
    """What finds vectors of new documents: a trained `Doc2Vec`."""

    def infer(
        self,
        documents: Sequence[Sequence[str]],
        *,
        epochs: int | None,
        seed: int,
        threads: int | None,
    ) -> FloatArray:
        """(n, E) vectors of documents that were not trained on."""
        ...

    def save(self, folder: Path) -> None:
        """Writes all that `infer` needs."""
        ...


class NearDocument(NamedTuple):
    """A document's name, its number (row), and the cosine."""

    name: str
    number: int
    similarity: float


@final
class DocVectors:
    """Documents and their vectors, with exact cosine search by name, number or vector.

    Args:
        names: D different names.
        vectors: (D, E); kept as `WordVectors` keeps them.
        words: the word vectors of the same model, where it has them.
        model: what `infer` asks for vectors of new texts.

    Raises:
        ShapeError: vectors do not fit the names.
        ArgumentError: a name is there twice, or the vectors are not floating-point numbers.

    Example:
        >>> import numpy as np
        >>> docs = DocVectors(["a", "b", "c"], np.array([[1, 0], [0, 1], [2, 1]], np.float32))
        >>> docs.most_similar("a", top=1)[0].name
        'c'
    """

    def __init__(
        self,
        names: Sequence[str],
        vectors: NDArray[Any],
        *,
        words: WordVectors | None = None,
        model: DocumentModel | None = None,
    ) -> None:
        self._table = Table("DocVectors", names, vectors)
        self.words = words
        self._model = model
        self._folder: Path | None = None  # where a model lies that is not loaded yet

    @property
    def names(self) -> tuple[str, ...]:
        """The D names in the order of the rows."""
        return self._table.names

    @property
    def index(self) -> Mapping[str, int]:
        """The row of each name."""
        return self._table.index

    @property
    def vectors(self) -> NDArray[Any]:
        """(D, E) float32 or float16, read-only."""
        return self._table.vectors

    @property
    def vector_size(self) -> int:
        """E, numbers in a vector."""
        return self._table.size

    @property
    def model(self) -> DocumentModel | None:
        """What infers, loaded at its first use."""
        if self._model is None and self._folder is not None:
            self._model = _load_model(self._folder)
        return self._model

    def __len__(self) -> int:
        return len(self._table.names)

    def __contains__(self, name: object) -> bool:
        return name in self._table.index

    def __getitem__(self, document: str | int | Sequence[str | int]) -> FloatArray:
        """A copy in float32: (E,) of one name or number, (n, E) of a list of them."""
        if isinstance(document, str | int | np.integer):
            return self._table.copy(self._table.row(document))
        return self._table.copy([self._table.row(item) for item in document])

    def similarity(self, a: str | int, b: str | int) -> float:
        """The cosine of two documents, in -1..1."""
        one, other = self._table.units([self._table.row(a), self._table.row(b)])
        return float(one @ other)

    def most_similar(
        self,
        query: DocumentOrVector | None = None,
        *,
        positive: Sequence[DocumentOrVector] = (),
        negative: Sequence[DocumentOrVector] = (),
        top: int = 10,
        excludes_inputs: bool = True,
    ) -> list[NearDocument]:
        """The documents of the highest cosine; arguments and errors as in `WordVectors`."""
        found = self._table.near(query, positive, negative, top, excludes_inputs)
        return self._named(found)

    def most_similar_batch(
        self,
        queries: Sequence[str | int] | NDArray[Any],
        top: int = 10,
        *,
        excludes_inputs: bool = True,
    ) -> list[list[NearDocument]]:
        """`most_similar` for each of many names, numbers or (Q, E) vectors at once."""
        found = self._table.near_each(queries, top, excludes_inputs)
        return [self._named(pairs) for pairs in found]

    def infer(
        self,
        texts: Sequence[str | Sequence[str]],
        *,
        epochs: int | None = None,
        seed: int = 0,
        threads: int | None = None,
        tokenizer: "Tokenizer | None" = None,
    ) -> FloatArray:
        """Vectors of new texts, all of them at once.

        The same texts and seed give the same vectors, whatever the number of threads.

        Args:
            texts: texts, or lists of words split as the corpus was.
            epochs: passes over each text; by default the model's own.
            seed: of the random draws.
            threads: by default all processors.
            tokenizer: splits a text, as in `encode_corpus`; by default at white space.

        Shapes: output (n, E).

        Raises:
            ArgumentError: one text instead of a list, or there is no model to infer with.
        """
        if isinstance(texts, str):
            raise ArgumentError(
                "DocVectors.infer: texts must be a list of texts; got one text. Put it in [ ]."
            )
        model = self.model
        if model is None:
            raise ArgumentError(
                "DocVectors.infer: these vectors were made without their model, so that new "
                "texts cannot be placed among them. Load the folder that Doc2Vec saved."
            )
        split = open_tokenizer(tokenizer)
        documents = [split(text) if isinstance(text, str) else text for text in texts]
        return model.infer(documents, epochs=epochs, seed=seed, threads=threads)

    def save(self, folder: str | Path) -> None:
        """Writes vectors, word vectors and model to a folder that can be moved anywhere.

        Without a model of their own, one that lies in the folder already (as `Doc2Vec.save`
        puts it there) is left, and `load` takes it as theirs.

        Raises:
            StorageError: the disk is full, or the place cannot be written.
        """
        place = make_folder(Path(folder))
        is_there = self._folder is not None and self._folder.resolve() == (place / _MODEL).resolve()
        if not is_there and self.model is not None:
            self.model.save(place / _MODEL)
        if self.words is not None:
            self.words.save(place / _WORDS)
        parts = () if self.words is None else (_WORDS,)
        native.write(place, StoredVectors(self.names, self.vectors), "documents", parts=parts)

    @classmethod
    def load(cls, folder: str | Path) -> "DocVectors":
        """Reads what `save` wrote: vectors memory-mapped, the model at its first use.

        Raises:
            MissingFileError: there is no such folder.
            DataError: it is damaged, or holds something else.
        """
        place = Path(folder)
        if not place.is_dir():
            raise MissingFileError("{path}: there is no such folder. Check the path.", path=place)
        stored, parts = native.read_with_parts(place, "documents")
        words = WordVectors.load(place / _WORDS) if _WORDS in parts else None
        loaded = cls(stored.names, stored.vectors, words=words)
        if (place / _MODEL).is_dir():
            loaded._folder = place / _MODEL
        return loaded

    def _named(self, found: list[tuple[int, float]]) -> list[NearDocument]:
        return [NearDocument(self.names[row], row, score) for row, score in found]

    def __repr__(self) -> str:
        return f"DocVectors({len(self)} documents, vector_size={self.vector_size})"


def _load_model(folder: Path) -> DocumentModel:
    # The trainers import this module; the other way round only when a model is wanted.
    import importlib  # noqa: PLC0415

    load: Callable[[Path], DocumentModel] = importlib.import_module(
        "saiki.embeddings.doc2vec"
    ).load_model
    return load(folder)
