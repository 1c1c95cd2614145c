"""What a trained network, or a table of word vectors, consists of and costs."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from saiki.language import render
from saiki.tasks.api import load
from saiki.tasks.trained_vectors import TrainedWordVectors

if TYPE_CHECKING:
    from saiki.tasks.classifier import TrainedClassifier

__all__ = ["Summary", "summarise"]


@dataclass(frozen=True)
class Summary:
    """A table for people, and the same as plain JSON."""

    text: str
    facts: dict[str, Any]


def summarise(folder: Path, length: int) -> Summary:
    """Counts the network of a run for one sequence of `length` steps, or its word vectors."""
    model = load(folder)
    if isinstance(model, TrainedWordVectors):
        return _of_vectors(model)
    return _of_network(model, length)


def _of_vectors(model: TrainedWordVectors) -> Summary:
    vectors = model.vectors
    model_bytes = sum(file.stat().st_size for file in (model.folder / "model").iterdir())
    facts = {
        "recipe": model.config.recipe,
        "words": len(vectors),
        "vector_size": vectors.vector_size,
        "parameters": vectors.vectors.size,
        "vector_bytes": vectors.vectors.nbytes,
        "dtype": str(vectors.vectors.dtype),
        "model_bytes": model_bytes,
    }
    text = render(
        "{recipe}: {words:,} words, {vector_size} numbers each ({dtype}): {mebibytes:.1f} MiB; the "
        "model that training goes on from: {model_mebibytes:.1f} MiB",
        recipe=facts["recipe"],
        words=facts["words"],
        vector_size=facts["vector_size"],
        dtype=facts["dtype"],
        mebibytes=vectors.vectors.nbytes / 2**20,
        model_mebibytes=model_bytes / 2**20,
    )
    return Summary(text, facts)


def _of_network(model: "TrainedClassifier", length: int) -> Summary:
    import torch  # noqa: PLC0415  heavy, and word vectors do without

    from saiki.nn import count  # noqa: PLC0415  torch comes in here

    counted = count(model.network, torch.tensor([length]))
    backend = model.network.backend()
    head = render(
        "{recipe}: {features} features a step, {classes} labels; counted for one sequence of "
        "{length} steps; backend: {backend}",
        recipe=model.config.recipe,
        features=model.front_end.features,
        classes=len(model.labels),
        length=length,
        backend=backend,
    )
    facts = {
        "recipe": model.config.recipe,
        "length_steps": length,
        "backend": backend,
        "layers": [asdict(row) for row in counted.rows],
    }
    return Summary(f"{head}\n\n{counted.table()}", facts)
