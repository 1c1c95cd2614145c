"""What a network says of labelled examples: probabilities, losses, attention, metrics."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from saiki.data import Examples, LabelSet
from saiki.models import SequenceClassifier
from saiki.tasks.batches import Batch, MeasuringBatches

__all__ = ["Attention", "Scores", "is_labelled", "measure", "named"]

# The attention of so many examples is written down; more would only be weight.
MOST_SHOWN = 200
_CHARACTERS = 200
_THRESHOLD = 0.5

Attention = list[list[Any]]  # [token, weight] for each token of a text


@dataclass(frozen=True)
class Scores:
    """What a network says of labelled examples, in their order.

    Shapes: probabilities (N, C); losses_nats (N,); targets (N,) class numbers, or (N, C) of 0 and
        1 where an example may have several labels; attention, where the network has it: (T,) a
        text.
    """

    probabilities: NDArray[np.float32]
    losses_nats: NDArray[np.float32]
    targets: NDArray[Any]
    attention: tuple[NDArray[np.float32], ...] | None = None

    def metrics(self) -> dict[str, float]:
        """Mean cross entropy in nats, and accuracy; of several labels F1 and exact match."""
        loss = {"loss_nats": float(self.losses_nats.mean())}
        if self.targets.ndim == 1:
            hits = self.probabilities.argmax(axis=1) == self.targets
            return loss | {"accuracy": float(hits.mean())}
        predicted, actual = is_labelled(self.probabilities), self.targets > 0
        right = (predicted & actual).sum(axis=0)
        # F1 = 2 TP / (2 TP + FP + FN), and the denominator is predicted plus actual labels.
        given = predicted.sum(axis=0) + actual.sum(axis=0)
        return loss | {
            "micro_f1": float(2 * right.sum() / max(given.sum(), 1)),
            "macro_f1": float((2 * right / np.maximum(given, 1)).mean()),
            "exact_match": float((predicted == actual).all(axis=1).mean()),
        }

    def rows(
        self,
        examples: Examples,
        labels: LabelSet,
        attention: Sequence[Attention] = (),
    ) -> list[dict[str, Any]]:
        """One plain dictionary an example, for `predictions/*.jsonl`; the first with attention.

        Texts are shown by their first characters.
        """
        texts = examples.values() if examples.kind == "text" else None
        rows = []
        for index, name in enumerate(examples.names):
            row = {"index": index, "name": name}
            if texts is not None:
                row["text"] = texts[index][:_CHARACTERS]
            row |= self._answer(index, labels)
            row["loss_nats"] = round(float(self.losses_nats[index]), 6)
            row["probabilities"] = named(labels, self.probabilities[index])
            if index < len(attention):
                row["attention"] = attention[index]
            rows.append(row)
        return rows

    def _answer(self, index: int, labels: LabelSet) -> dict[str, Any]:
        row, target = self.probabilities[index], self.targets[index]
        if self.targets.ndim == 1:
            return {
                "label": labels.labels[target],
                "predicted": labels.labels[int(row.argmax())],
                "confidence": round(float(row.max()), 6),
            }
        return {
            "labels": labels.decode(np.flatnonzero(target)),
            "predicted_labels": labels.decode(np.flatnonzero(is_labelled(row))),
        }


def is_labelled(probabilities: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which labels hold, where each is decided by itself."""
    return probabilities >= _THRESHOLD


def named(labels: LabelSet, row: NDArray[np.float32]) -> dict[str, float]:
    """The probabilities of one example by label."""
    return {label: round(float(p), 6) for label, p in zip(labels.labels, row, strict=True)}


def measure(
    network: nn.Module,
    features: Sequence[NDArray[Any]],
    targets: NDArray[Any],
    device: torch.device,
    *,
    attends: bool = False,
) -> Scores:
    """Probabilities and losses of `features`, in their order; drop-out is off.

    With `attends` also the attention weights, where the network pools by attention.
    """
    was_training = network.training
    network.eval()
    rows: dict[int, torch.Tensor] = {}
    weights: dict[int, NDArray[np.float32]] = {}
    shows = attends and isinstance(network, SequenceClassifier) and network.attends
    with torch.no_grad():
        for chosen, batch in MeasuringBatches(features, None, device):
            logits, attention = _forward(network, batch, attends=shows)
            rows |= dict(zip(chosen.tolist(), logits, strict=True))
            if attention is not None:
                for i, row in zip(chosen.tolist(), attention, strict=True):
                    weights[i] = row[: len(features[i])].float().cpu().numpy()
    network.train(was_training)
    order = range(len(features))
    return _scores(
        torch.stack([rows[i] for i in order]),
        targets,
        tuple(weights[i] for i in order) if shows else None,
    )


def _forward(
    network: nn.Module, batch: Batch, *, attends: bool
) -> tuple[torch.Tensor, torch.Tensor | None]:
    attention = None
    if attends and isinstance(network, SequenceClassifier):
        logits, attention = network.attend(batch["values"], batch["lengths"])
    else:
        logits = network(batch["values"], batch["lengths"])
    return logits.float().cpu(), attention


def _scores(
    logits: torch.Tensor, targets: NDArray[Any], attention: tuple[NDArray[np.float32], ...] | None
) -> Scores:
    if targets.ndim == 1:
        log_p = torch.log_softmax(logits, dim=1).numpy()
        losses = -log_p[np.arange(len(targets)), targets]
        return Scores(np.exp(log_p), losses, targets, attention)
    losses = functional.binary_cross_entropy_with_logits(
        logits, torch.from_numpy(targets), reduction="none"
    ).mean(dim=1)
    return Scores(torch.sigmoid(logits).numpy(), losses.numpy(), targets, attention)
