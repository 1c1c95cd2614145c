"""Vectors of new documents: every table stays as it is but theirs."""

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from saiki.embeddings._model_folder import write_model
from saiki.embeddings._parts import Part, State, part_seed
from saiki.embeddings._settings import Settings, available_threads, check_whole
from saiki.embeddings._training import rule_of, tables_of
from saiki.errors import ArgumentError, NonFiniteError
from saiki.kernels.vectors import Trainer, aligned_table
from saiki.language import render

__all__ = ["Inference", "warn_of_empty"]

Floats: TypeAlias = NDArray[np.float32]

_SHOWN = 5


@final
class Inference:
    """What `DocVectors.infer` asks: a vocabulary and the tables that trained documents shared.

    Args:
        settings: of the training.
        state: of the trained model.
        saves_documents: whether `save` writes the trained documents' vectors as well.
    """

    def __init__(self, settings: Settings, state: State, *, saves_documents: bool = False) -> None:
        self._settings = settings
        self._state = state
        self._saves_documents = saves_documents

    def infer(
        self,
        documents: Sequence[Sequence[str]],
        *,
        epochs: int | None = None,
        seed: int = 0,
        threads: int | None = None,
    ) -> Floats:
        """(n, E) vectors of documents that were not trained on; see `Doc2Vec.infer`."""
        epochs = self._settings.epochs if epochs is None else epochs
        check_whole("infer", "epochs", epochs, 1)
        check_whole("infer", "seed", seed, 0)
        threads = available_threads() if threads is None else threads
        check_whole("infer", "threads", threads, 1)
        tokens, offsets = self._encode(documents)
        vectors = [
            self._infer_part(number, tokens, offsets, epochs=epochs, seed=seed, threads=threads)
            for number in range(len(self._state.parts))
        ]
        return np.concatenate(vectors, axis=1)

    def save(self, folder: Path) -> None:
        """Writes all that `infer` needs, or the whole model."""
        write_model(folder, self._settings, self._state, with_documents=self._saves_documents)

    def _encode(
        self, documents: Sequence[Sequence[str]]
    ) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        lookup = self._state.vocabulary.ids.get
        rows: list[int] = []
        ends = [0]
        for number, words in enumerate(documents):
            if isinstance(words, str) or not isinstance(words, Iterable):
                raise ArgumentError(
                    "infer: document {number} must be a list of words; got one {kind}. Split it, as"
                    " the training corpus was split.",
                    number=number,
                    kind="text" if isinstance(words, str) else type(words).__name__,
                )
            rows += [row for row in map(lookup, words) if row is not None]
            ends.append(len(rows))
        offsets = np.array(ends, dtype=np.int64)
        warn_of_empty("infer", offsets)
        return np.array(rows, dtype=np.int32), offsets

    def _infer_part(
        self,
        number: int,
        tokens: NDArray[np.int32],
        offsets: NDArray[np.int64],
        *,
        epochs: int,
        seed: int,
        threads: int,
    ) -> Floats:
        settings, part = self._settings, self._state.parts[number]
        # From zero: nothing of the result is chance but the draws of negatives and windows.
        found = aligned_table(len(offsets) - 1, settings.vector_size)
        if not len(tokens):
            return found
        trainer = self._trainer(part, found, tokens, offsets, part_seed(seed, number), threads)
        first, last = settings.rate(part.objective), settings.final_learning_rate
        fall = (first - last) / epochs if settings.schedule == "linear" else 0.0
        for epoch in range(epochs):
            # One rate in an epoch, so that a vector does not depend on its neighbours' lengths.
            rate = first - fall * (epoch + 0.5)
            trainer.run(0, len(tokens), epoch=epoch, rate_begin=rate, rate_end=rate)
        lost = np.flatnonzero(~found.any(axis=1) & (np.diff(offsets) > 0))
        if len(lost) and settings.subsample:  # every word fell to subsampling: none of these does
            spans = [tokens[offsets[d] : offsets[d + 1]] for d in lost]
            ends = np.cumsum([0, *map(len, spans)], dtype=np.int64)
            whole = Inference(replace(settings, subsample=0.0), self._state)
            found[lost] = whole._infer_part(
                number, np.concatenate(spans), ends, epochs=epochs, seed=seed, threads=threads
            )
        if not np.isfinite(found).all():
            raise NonFiniteError(
                "infer: the vectors must be finite; they are not. The model was trained with too"
                " high a learning rate: train it again with a lower learning_rate."
            )
        return found

    def _trainer(
        self,
        part: Part,
        found: Floats,
        tokens: NDArray[np.int32],
        offsets: NDArray[np.int64],
        seed: int,
        threads: int,
    ) -> Trainer:
        settings = self._settings
        return Trainer(
            rule_of(settings, part, learns_all=False),
            tables_of(settings, part, self._state.vocabulary.counts, found),
            tokens,
            offsets,
            seed=seed,
            threads=threads,
            deterministic=True,
        )


def warn_of_empty(owner: str, offsets: NDArray[np.int64]) -> None:
    """Says which documents have no vector to speak of."""
    numbers = np.flatnonzero(np.diff(offsets) == 0)
    if len(numbers):
        shown = ", ".join(map(str, numbers[:_SHOWN])) + (" …" if len(numbers) > _SHOWN else "")
        warnings.warn(
            render(
                "{owner}: {count} of {documents} documents hold no word of the vocabulary (numbers"
                " {numbers}); their vectors are zero. Leave them out, or check how texts are"
                " split.",
                owner=owner,
                count=len(numbers),
                documents=len(offsets) - 1,
                numbers=shown,
            ),
            UserWarning,
            stacklevel=5,
        )
