"""`Word2Vec`: word vectors from the words around each word."""

from pathlib import Path
from typing import TYPE_CHECKING, final

from saiki.data.vocabulary import Vocabulary
from saiki.embeddings._fit import Options, continue_state, fit_state
from saiki.embeddings._model_folder import read_model, write_model
from saiki.embeddings._parts import Epoch, State, trained
from saiki.embeddings._settings import Output, Quality, Schedule, Settings, WordObjective
from saiki.embeddings.word_vectors import WordVectors

if TYPE_CHECKING:
    from saiki.data.corpus import Corpus, EncodedCorpus, Tokenizer

__all__ = ["Epoch", "Word2Vec"]


@final
class Word2Vec:
    """Trains word vectors: words that stand among the same words come to lie near each other.

    Skip-gram predicts each neighbour c of a word w within the window; CBOW predicts w from the
    mean of its neighbours. With input vectors v, output vectors u and k negatives nᵢ that are drawn
    by count^0.75, a prediction of c from h (h = v_w, or the mean of the neighbours' v) costs

        negative:      −log σ(u_c·h) − Σᵢ log σ(−u_nᵢ·h)
        hierarchical:  −Σⱼ log σ(sⱼ u_j·h) over the inner nodes j on c's path in the Huffman tree,
                       sⱼ = ±1 for the branch taken there

    in nats. The window of each word is drawn from 1..window. A word of relative frequency f
    survives subsampling with probability min(1, √(t/f) + t/f), t = `subsample`. The input vectors
    are the result.

    Args:
        vector_size: E, numbers in a vector, at least 1.
        window: most words to either side, at least 1.
        min_count: words that occur less often are dropped, at least 1.
        objective: "skip-gram" (better for rare words) or "cbow" (faster).
        output: "negative" or "hierarchical".
        negatives: k, at least 1 with output="negative"; unused with "hierarchical".
        subsample: t, in [0, 1]; 0 keeps every word.
        epochs: passes over the corpus, at least 1.
        threads: None for all cores that this process may use.
        seed: of first vectors and all draws, at least 0.
        deterministic: the same vectors bit for bit whatever the number of threads; with one thread
            the vectors are the same in any case.
        quality: "exact" shares negatives at most within a window, "fast" among neighbouring words.
        learning_rate: the first, in (0, 10]; None for 0.025, or 0.1 with "cbow".
        final_learning_rate: the last one of the linear schedule.
        schedule: "linear" falls over all epochs, "constant" stays.
        max_vocabulary: only the most frequent words are kept; None for all.
        held_out: the part of the words that is not trained on and measures the loss, in [0, 0.5];
            None for about 1 %, at most some 20,000 words, and nothing where that would be under
            100; 0 for nothing. Whole documents are left out where there are many of them.

    Raises:
        ArgumentError: an argument is out of range, of the wrong kind, or an unknown choice.

    Source: Mikolov et al., "Efficient Estimation of Word Representations in Vector Space", 2013
    (skip-gram, CBOW); Mikolov et al., "Distributed Representations of Words and Phrases and their
    Compositionality", 2013, sections 2.1 to 2.3 (our k and t are theirs, v and u their v and v′).

    Differs: from the paper's 1 − √(t/f), as the authors' program does. With CBOW each neighbour
    gets its part of the gradient of the mean; their program gives each the whole, with a rate of
    0.05, so that ours is higher.

    Example:
        >>> texts = [f"{a} {b} {a} {b}".split() for a in "abc" for b in "def"] * 50
        >>> model = Word2Vec(vector_size=8, window=2, epochs=2, subsample=0, threads=1)
        >>> vectors = model.fit(texts, progress=False)
        >>> len(vectors), vectors.vector_size, len(model.losses)
        (6, 8, 2)
    """

    def __init__(
        self,
        vector_size: int = 100,
        window: int = 5,
        min_count: int = 5,
        objective: WordObjective = "skip-gram",
        output: Output = "negative",
        negatives: int = 5,
        subsample: float = 1e-3,
        epochs: int = 5,
        *,
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
            owner="Word2Vec",
            vector_size=vector_size,
            window=window,
            min_count=min_count,
            objective=objective,
            output=output,
            negatives=negatives,
            subsample=subsample,
            epochs=epochs,
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
        self._vectors: WordVectors | None = None

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
    def vectors(self) -> WordVectors:
        """The trained vectors; ArgumentError before `fit`."""
        if self._vectors is None:
            self._vectors = _vectors(self._trained())
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
        encoding: str = "utf-8",
        checkpoint_seconds: float = 60.0,
    ) -> WordVectors:
        """Trains on a corpus from the beginning; what was trained before is given up.

        Args:
            corpus: whatever `saiki.data.encode_corpus` reads (text files with a sentence or
                document a line, JSONL, Parquet, an iterable of token lists that can be gone
                through again), or what it returned: then with the words of that encoding, whatever
                `min_count` and `max_vocabulary` are.
            folder: where checkpoints, metrics and, at the end, vectors and model are written.
            resume: goes on from the checkpoint in `folder`; begins where there is none, and
                returns at once where the run is finished. With one thread, or
                `deterministic=True`, it ends with the vectors of an uninterrupted run, bit for bit.
            progress: True or False; None shows progress on a terminal.
            tokenizer: how text is split, as `encode_corpus` takes it.
            column: of JSONL or Parquet files.
            encoding: of text files.
            checkpoint_seconds: between checkpoints; 0 writes one after every slice of the corpus.

        Raises:
            DataError: the corpus is empty, too small or cannot be read.
            RunFolderError: the folder holds a run already, or one of another corpus.
            ArgumentError: resumed with other settings.
            NonFiniteError: the loss became infinite or not a number.
            StorageError: the folder cannot be written.
            KeyboardInterrupt: after Ctrl-C, when a last checkpoint has been written.
        """
        options = Options(
            folder=folder,
            resume=resume,
            progress=progress,
            checkpoint_seconds=checkpoint_seconds,
            tokenizer=tokenizer,
            column=column,
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
        encoding: str = "utf-8",
        checkpoint_seconds: float = 60.0,
    ) -> WordVectors:
        """Trains further on other text; vectors that were returned before stay as they are.

        Words keep their ids; new ones that reach `min_count` in the new text stand behind them,
        with new first vectors. With output="hierarchical" the Huffman tree stays where no word is
        new; else the new words get a tree of their own, and a new root above both: each inner node
        keeps its vector, and old words' codes grow by one bit.

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
            encoding: as in `fit`.
            checkpoint_seconds: as in `fit`.

        Raises:
            ArgumentError: the model is not trained yet.
            DataError: as in `fit`; or none of the words is known and `adds_words` is False.
        """
        options = Options(
            folder=folder,
            resume=resume,
            progress=progress,
            checkpoint_seconds=checkpoint_seconds,
            tokenizer=tokenizer,
            column=column,
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

    def save(self, folder: str | Path) -> None:
        """Writes model and vectors to a folder that `load` and `WordVectors.load` read.

        Raises:
            ArgumentError: the model is not trained yet.
            StorageError: the folder cannot be written.
        """
        state = self._trained()
        _publish(self._settings, state, Path(folder))

    @classmethod
    def load(cls, folder: str | Path) -> "Word2Vec":
        """The model that `save` or a finished `fit(folder=...)` wrote.

        Raises:
            MissingFileError: there is no model.
            RunFolderError: it is damaged or of another kind.
        """
        model = cls()
        model._settings, model._state = read_model(Path(folder) / "model", "Word2Vec")
        return model

    def _trained(self) -> State:
        return trained(self._state, self._settings.owner)

    def __repr__(self) -> str:
        return self._settings.describe()


def _vectors(state: State) -> WordVectors:
    words = state.parts[0].words
    if words is None:  # only document objectives have none
        raise TypeError("a word objective has word vectors")
    return WordVectors(state.vocabulary.words, words, state.vocabulary.counts)


def _publish(settings: Settings, state: State, folder: Path) -> None:
    """The whole model, and the vectors for search."""
    write_model(folder / "model", settings, state)
    _vectors(state).save(folder)
