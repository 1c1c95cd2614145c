"""What a trained network consists of and costs."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from saiki.language import render
from saiki.nn import count
from saiki.tasks.classifier import TrainedClassifier

__all__ = ["Summary", "summarise"]


@dataclass(frozen=True)
class Summary:
    """A table for people, and the same as plain JSON."""

    text: str
    facts: dict[str, Any]


def summarise(folder: Path, length: int) -> Summary:
    """Counts the network of a run for one sequence of `length` steps."""
    model = TrainedClassifier.load(folder)
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
