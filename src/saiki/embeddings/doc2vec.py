"""`Doc2Vec`: document vectors (paragraph vectors), trained beside words or alone."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, final

import numpy as np
from numpy.typing import NDArray

from saiki.data.vocabulary import Vocabulary
from saiki.embeddings._fit import Options, continue_state, fit_state
from saiki.embeddings._inference import Inference
from saiki.embeddings._model_folder import read_model
from saiki.embeddings._parts import Epoch, State, trained
from saiki.embeddings._settings import DocumentObjective, Output, Quality, Schedule, Settings
from saiki.embeddings.document_vectors import DocVectors
from saiki.embeddings.word_vectors import WordVectors

if TYPE_CHECKING:
    from saiki.data.corpus import Corpus, EncodedCorpus, Tokenizer

__all__ = ["Doc2Vec", "Epoch", "load_model"]


@final
class Doc2Vec:
    """Trains a vector for each document, and infers vectors of new ones.

    With document vectors d, input vectors v, output vectors u, and the loss of `Word2Vec` for the
    prediction of a word from h:

        dbow (PV-DBOW)   each word of document i from h = d_i
        dm (PV-DM)       each word from h = the mean of d_i and its neighbours' v
        dm-concat        each word from h = [d_i; the neighbours' v in their order], of
                         (2 window + 1) E numbers, zero where the document has no neighbour
        both             dbow, then dm, each with vectors of its own, put side by side: 2 E numbers

    Args:
        vector_size: E, numbers in a vector of one objective, at least 1.
        window: most words to either side, at least 1.
        min_count: words that occur less often are dropped, at least 1.
        objective: "dbow", "dm", "dm-concat" or "both".
        output: "negative" or "hierarchical".
        negatives: as in `Word2Vec`.
        subsample: as in `Word2Vec`.
        epochs: passes over the corpus, at least 1; also those of `infer`.
        trains_words: with "dbow" and "both": whether skip-gram trains word vectors beside the
            documents of dbow. None for no. The dm objectives train words in any case.
        threads: as in `Word2Vec`.
        seed: as in `Word2Vec`.
        deterministic: as in `Word2Vec`.
        quality: as in `Word2Vec`.
        learning_rate: the first; None for 0.025, or 0.1 with "dm" and the dm of "both".
        final_learning_rate: as in `Word2Vec`.
        schedule: as in `Word2Vec`.
        max_vocabulary: as in `Word2Vec`.
        held_out: as in `Word2Vec`, but every document is trained: at most 128 short runs of words
            are left out, at most a tenth of a document.

    Raises:
        ArgumentError: an argument is out of range, of the wrong kind, or an unknown choice.

    Source: Le and Mikolov, "Distributed Representations of Sentences and Documents", 2014,
    sections 2.2 and 2.3 (their D columns are our documents, W our words; both together as in
    section 2.3).

    Differs: from the paper, which takes the words before w as its neighbours; here they stand to
    either side, as in the programs in use.

    Example:
        >>> texts = [["sun", "sand", "sea"] * 4, ["snow", "ice", "frost"] * 4] * 20
        >>> model = Doc2Vec(vector_size=8, epochs=40, subsample=0, threads=1)
        >>> documents = model.fit(texts, progress=False)
        >>> documents.similarity("0", "2") > documents.similarity("0", "1")
        True
        >>> documents.infer(["sea sun sand sea"]).shape
        (1, 8)
    """

    def __init__(
        self,
        vector_size: int = 100,
        window: int = 5,
        min_count: int = 5,
        objective: DocumentObjective = "dbow",
        output: Output = "negative",
        negatives: int = 5,
        subsample: float = 1e-3,
        epochs: int = 10,
        *,
        trains_words: bool | None = None,
        threads: int | None = None,
        seed: int = 0,
        deterministic: bool = False,
        quality: Quality = "exact",
        learning_rate: float | None = None,
        final_learning_rate: float = 1e-4,
        schedule: Schedule = "linear",
        max_vocabulary: int | None = None,
        held_out: float | None = None,
    ) -> None:
        self._settings = Settings(
            owner="Doc2Vec",
            vector_size=vector_size,
            window=window,
            min_count=min_count,
            objective=objective,
            output=output,
            negatives=negatives,
            subsample=subsample,
            epochs=epochs,
            trains_words=trains_words,
            threads=threads,
            seed=seed,
            deterministic=deterministic,
            quality=quality,
            learning_rate=learning_rate,
            final_learning_rate=final_learning_rate,
            schedule=schedule,
            max_vocabulary=max_vocabulary,
            held_out=held_out,
        )
        self._state: State | None = None
        self._vectors: DocVectors | None = None

    @property
    def settings(self) -> Settings:
        """The arguments, checked."""
        return self._settings

    @property
    def losses(self) -> list[Epoch]:
        """What each epoch measured; empty before `fit`."""
        return list(self._state.losses) if self._state else []

    @property
    def vocabulary(self) -> Vocabulary:
        """The trained words and their counts; ArgumentError before `fit`."""
        return self._trained().vocabulary

    @property
    def vectors(self) -> DocVectors:
        """The trained vectors, with `infer`; ArgumentError before `fit`."""
        if self._vectors is None:
            self._vectors = _vectors(self._trained(), Inference(self._settings, self._trained()))
        return self._vectors

    def fit(
        self,
        corpus: "Corpus | EncodedCorpus",
        *,
        folder: str | Path | None = None,
        resume: bool = False,
        progress: bool | None = None,
        tokenizer: "Tokenizer | None" = None,
        column: str | None = None,
        name_column: str | None = None,
        encoding: str = "utf-8",
        checkpoint_seconds: float = 60.0,
    ) -> DocVectors:
        """Trains on a corpus from the beginning; what was trained before is given up.

        Args:
            corpus: as in `Word2Vec.fit`; every line, record or token list is a document.
            folder: as in `Word2Vec.fit`.
            resume: as in `Word2Vec.fit`.
            progress: as in `Word2Vec.fit`.
            tokenizer: as in `Word2Vec.fit`.
            column: of JSONL or Parquet files, that holds the text.
            name_column: that holds the document's name; else documents are called "0", "1", ….
            encoding: of text files.
            checkpoint_seconds: as in `Word2Vec.fit`.

        Raises:
            DataError: as in `Word2Vec.fit`; or two documents have one name.
            RunFolderError: as in `Word2Vec.fit`, like the other errors.
        """
        options = Options(
            folder=folder,
            resume=resume,
            progress=progress,
            checkpoint_seconds=checkpoint_seconds,
            tokenizer=tokenizer,
            column=column,
            name_column=name_column,
            encoding=encoding,
        )
        self._state = fit_state(self._settings, corpus, options, _publish)
        self._vectors = None
        return self.vectors

    def continue_training(
        self,
        corpus: "Corpus | EncodedCorpus",
        *,
        epochs: int,
        adds_words: bool = True,
        learning_rate: float | None = None,
        folder: str | Path | None = None,
        resume: bool = False,
        progress: bool | None = None,
        tokenizer: "Tokenizer | None" = None,
        column: str | None = None,
        name_column: str | None = None,
        encoding: str = "utf-8",
        checkpoint_seconds: float = 60.0,
    ) -> DocVectors:
        """Adds the documents of a corpus behind the known ones and trains them and the words.

        Known documents keep their vectors and numbers; what `Word2Vec.continue_training` says of
        words holds here. Documents without names go on from the number of known ones.

        Args:
            corpus: as in `fit`.
            epochs: passes over it, at least 1.
            adds_words: False drops words that the model does not know.
            learning_rate: the first; None for that of the first training.
            folder: as in `fit`; another one than that of the first training.
            resume: as in `fit`, of a continued training that was interrupted.
            progress: as in `fit`.
            tokenizer: as in `fit`.
            column: as in `fit`.
            name_column: as in `fit`.
            encoding: as in `fit`.
            checkpoint_seconds: as in `fit`.

        Raises:
            ArgumentError: the model is not trained yet.
            DataError: as in `fit`; or a document has the name of a known one.
        """
        options = Options(
            folder=folder,
            resume=resume,
            progress=progress,
            checkpoint_seconds=checkpoint_seconds,
            tokenizer=tokenizer,
            column=column,
            name_column=name_column,
            encoding=encoding,
        )
        self._state = continue_state(
            self._settings,
            self._trained(),
            corpus,
            options,
            _publish,
            epochs=epochs,
            adds_words=adds_words,
            learning_rate=learning_rate,
        )
        self._vectors = None
        return self.vectors

    def infer(
        self,
        documents: Sequence[Sequence[str]],
        *,
        epochs: int | None = None,
        seed: int = 0,
        threads: int | None = None,
    ) -> NDArray[np.float32]:
        """Vectors of new documents, all at once; words and outputs stay as they are.

        Every vector begins at zero and is trained as the others were. The same documents and seed
        give the same vectors, whatever the number of threads. Unknown words are left out; a
        document without a known word keeps the zero vector, and a warning names it.

        Args:
            documents: lists of words, split as the corpus was.
            epochs: passes over each document; None for those of the training.
            seed: of the random draws, at least 0.
            threads: None for all cores.

        Shapes: output (n, E), or (n, 2 E) with objective="both".

        Raises:
            ArgumentError: the model is not trained yet, or a document is one text.
        """
        inference = Inference(self._settings, self._trained())
        return inference.infer(documents, epochs=epochs, seed=seed, threads=threads)

    def save(self, folder: str | Path) -> None:
        """Writes model and vectors to a folder that `load` and `DocVectors.load` read.

        Raises:
            ArgumentError: the model is not trained yet.
            StorageError: the folder cannot be written.
        """
        state = self._trained()
        _publish(self._settings, state, Path(folder))

    @classmethod
    def load(cls, folder: str | Path) -> "Doc2Vec":
        """The model that `save` or a finished `fit(folder=...)` wrote.

        Raises:
            MissingFileError: there is no model.
            RunFolderError: it is damaged or of another kind.
        """
        model = cls()
        model._settings, model._state = read_model(Path(folder) / "model", "Doc2Vec")
        return model

    def _trained(self) -> State:
        return trained(self._state, self._settings.owner)

    def __repr__(self) -> str:
        return self._settings.describe()


def load_model(folder: Path) -> Inference:
    """What infers, from the `model` folder that `DocVectors.save` or `Doc2Vec.save` wrote."""
    return Inference(*read_model(folder, "Doc2Vec", with_documents=False))


def _vectors(state: State, model: Inference | None) -> DocVectors:
    tables = [part.documents for part in state.parts if part.documents is not None]
    vectors = tables[0] if len(tables) == 1 else np.concatenate(tables, axis=1)
    return DocVectors(state.names, vectors, words=_words(state), model=model)


def _words(state: State) -> WordVectors | None:
    """Word vectors of the parts that have them; side by side where both do, like the documents."""
    tables = [part.words for part in state.parts if part.words is not None]
    if not tables:
        return None
    vectors = tables[0] if len(tables) == 1 else np.concatenate(tables, axis=1)
    return WordVectors(state.vocabulary.words, vectors, state.vocabulary.counts)


def _publish(settings: Settings, state: State, folder: Path) -> None:
    """The vectors, and beside them the whole model, from which `DocVectors` infers as well."""
    _vectors(state, Inference(settings, state, saves_documents=True)).save(folder)
