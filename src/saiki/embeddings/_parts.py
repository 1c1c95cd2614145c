"""The tables of one objective, and everything that a training changes: the state of a model."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from saiki.data.vocabulary import Vocabulary
from saiki.embeddings._initial import uniform_rows
from saiki.embeddings._trees import grown_tree, tree_from_arrays, tree_to_arrays
from saiki.errors import ArgumentError
from saiki.kernels.vectors import aligned_table, huffman

if TYPE_CHECKING:
    from saiki.embeddings._settings import Settings
    from saiki.kernels.vectors import Huffman

__all__ = ["Epoch", "Part", "State", "trained"]

Floats: TypeAlias = NDArray[np.float32]
Offsets: TypeAlias = NDArray[np.int64]  # (D + 1,) where documents begin


@dataclass(frozen=True)
class Epoch:
    """What one epoch measured.

    Attributes:
        epoch: counted from 1, over continued trainings as well.
        objective: which objective was trained; `Doc2Vec(objective="both")` has two in turn.
        train_loss_nats: mean over the epoch's predictions, each measured before its update.
        held_out_loss_nats: mean over the held-out words after the epoch; None where none are.
        words_per_second: words read, those of dropped and subsampled words included.
        learning_rate: at the end of the epoch.
    """

    epoch: int
    objective: str
    train_loss_nats: float
    held_out_loss_nats: float | None
    words_per_second: float
    learning_rate: float


@dataclass
class Part:
    """One objective's tables: words (V, E), documents (D, E), outputs (V or V - 1, E')."""

    objective: str
    outputs: Floats
    words: Floats | None = None
    documents: Floats | None = None
    tree: "Huffman | None" = None

    def to_arrays(self, prefix: str) -> dict[str, NDArray[Any]]:
        """The tables by name, not copied."""
        named = {"outputs": self.outputs, "words": self.words, "documents": self.documents}
        arrays: dict[str, NDArray[Any]] = {
            prefix + name: table for name, table in named.items() if table is not None
        }
        return arrays | tree_to_arrays(self.tree, prefix)

    @classmethod
    def from_arrays(cls, objective: str, prefix: str, arrays: dict[str, NDArray[Any]]) -> "Part":
        return cls(
            objective,
            arrays[prefix + "outputs"],
            arrays.get(prefix + "words"),
            arrays.get(prefix + "documents"),
            tree_from_arrays(prefix, arrays),
        )


@dataclass
class State:
    """A vocabulary, its tables, the documents' names, and what the epochs so far measured."""

    vocabulary: Vocabulary
    parts: list[Part]
    names: list[str]
    epochs_done: int = 0
    losses: list[Epoch] = field(default_factory=list)

    def tables(self) -> dict[str, NDArray[Any]]:
        """All tables by name, not copied."""
        arrays: dict[str, NDArray[Any]] = {}
        for number, part in enumerate(self.parts):
            arrays |= part.to_arrays(f"{number}.")
        return arrays

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        return {"counts": self.vocabulary.counts} | self.tables()

    def to_json(self) -> dict[str, Any]:
        return {
            "words": list(self.vocabulary.words),
            "read_words": self.vocabulary.read_words,
            "objectives": [part.objective for part in self.parts],
            "names": self.names,
            "epochs_done": self.epochs_done,
            "losses": [asdict(epoch) for epoch in self.losses],
        }

    @classmethod
    def from_stored(cls, arrays: dict[str, NDArray[Any]], stored: dict[str, Any]) -> "State":
        return cls(
            Vocabulary(stored["words"], arrays["counts"], stored["read_words"]),
            parts_from(stored["objectives"], arrays),
            stored["names"],
            stored["epochs_done"],
            [Epoch(**row) for row in stored["losses"]],
        )


def parts_from(objectives: Sequence[str], arrays: dict[str, NDArray[Any]]) -> list[Part]:
    return [Part.from_arrays(name, f"{i}.", arrays) for i, name in enumerate(objectives)]


def first_parts(settings: "Settings", vocabulary: Vocabulary, offsets: Offsets) -> list[Part]:
    """Words and documents uniform in ±0.5/E, outputs and empty documents zero."""
    parts = []
    for number, objective in enumerate(settings.parts):
        seed = part_seed(settings.seed, number)
        is_tree = settings.output == "hierarchical"
        size = settings.vector_size * (2 * settings.window + 1 if objective == "dm-concat" else 1)
        part = Part(objective, aligned_table(len(vocabulary) - is_tree, size))
        if settings.moves_words(objective):
            part.words = _drawn(len(vocabulary), settings.vector_size, seed)
        if settings.owner == "Doc2Vec":
            part.documents = _drawn(len(offsets) - 1, settings.vector_size, ~seed)
            part.documents[np.diff(offsets) == 0] = 0
        part.tree = huffman(vocabulary.counts) if is_tree else None
        parts.append(part)
    return parts


def grown_parts(
    settings: "Settings", parts: Sequence[Part], vocabulary: Vocabulary, offsets: Offsets
) -> list[Part]:
    """Copies with rows added for new words, and for the documents that begin at `offsets`."""
    grown = []
    for number, part in enumerate(parts):
        seed = part_seed(settings.seed, number)
        tree = part.tree and grown_tree(part.tree, vocabulary.counts)
        rows = len(vocabulary) - (tree is not None)
        added = Part(part.objective, _with_rows(part.outputs, rows, None), tree=tree)
        if part.words is not None:
            added.words = _with_rows(part.words, len(vocabulary), seed)
        if part.documents is not None:
            added.documents = _with_rows(
                part.documents, len(part.documents) + len(offsets) - 1, ~seed
            )
            added.documents[len(part.documents) :][np.diff(offsets) == 0] = 0
        grown.append(added)
    return grown


def part_seed(seed: int, number: int) -> int:
    """Another stream of random numbers for each part."""
    return seed + number * 0x5851F42D4C957F2D & (1 << 63) - 1


def _drawn(rows: int, size: int, seed: int) -> Floats:
    table = aligned_table(rows, size)
    uniform_rows(table, seed)
    return table


def _with_rows(table: Floats, rows: int, seed: int | None) -> Floats:
    """A copy with more rows: drawn, or zero where `seed` is None."""
    grown = aligned_table(rows, table.shape[1])
    grown[: len(table)] = table
    if seed is not None:
        uniform_rows(grown[len(table) :], seed, first=len(table))
    return grown


def trained(state: State | None, owner: str) -> State:
    """The state of a model that has one; ArgumentError before its training."""
    if state is None:
        raise ArgumentError(
            "{owner}: must be trained before this; it is not. Call fit(corpus) first, or load"
            " a model.",
            owner=owner,
        )
    return state
