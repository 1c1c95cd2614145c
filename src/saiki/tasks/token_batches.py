"""Batches of tokens: contiguous streams with a carried state, or a line a row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from saiki.data import BatchPlan
from saiki.data.text import TextTokenizer
from saiki.errors import DataError
from saiki.tasks.language_config import TextConfig
from saiki.tasks.text_preparation import TextPart
from saiki.training import Training

__all__ = ["LineBatches", "Predicted", "StreamBatches", "lines_of", "pieces_of", "token_batches"]

Batch = dict[str, torch.Tensor]
Tokens = NDArray[np.int32]
_LEAST_PIECE = 1000  # tokens: shorter texts are not cut into more pieces than that


@dataclass(frozen=True)
class Predicted:
    """Tokens to be predicted, each from the input beside it and all before (n,)."""

    inputs: Tokens
    targets: Tokens

    def __len__(self) -> int:
        return len(self.targets)


def stream_of(part: TextPart) -> Predicted:
    """The whole part as one stream; before it stands what stands before every line."""
    first = TextTokenizer.end_id if part.closes else TextTokenizer.start_id
    targets = part.stream
    return Predicted(np.concatenate([np.array([first], np.int32), targets[:-1]]), targets)


def pieces_of(part: TextPart, count: int) -> list[Predicted]:
    """The stream cut into `count` pieces of like length, fewer where the text is short."""
    stream = stream_of(part)
    count = max(1, min(count, len(stream) // _LEAST_PIECE))
    return [
        Predicted(inputs, targets)
        for inputs, targets in zip(
            np.array_split(stream.inputs, count), np.array_split(stream.targets, count), strict=True
        )
    ]


def lines_of(part: TextPart, max_tokens: int) -> list[Predicted]:
    """Every record on its own, from the start token on; long ones go on as another line."""
    found = []
    for targets in part.closed:
        if not len(targets):
            continue
        start = np.array([TextTokenizer.start_id], np.int32)
        inputs = np.concatenate([start, targets[:-1]])
        found += [
            Predicted(inputs[at : at + max_tokens], targets[at : at + max_tokens])
            for at in range(0, len(targets), max_tokens)
        ]
    return found


class StreamBatches:
    """The text end to end in `batch_size` rows, `steps` tokens at a time.

    The state that a batch ends with is `training.carried` for the next one; an epoch begins with
    none. Windows begin at another token in each epoch: up to `steps` tokens a row are left out.
    """

    def __init__(
        self,
        part: TextPart,
        training: Training,
        *,
        batch_size: int,
        steps: int,
        seed: int,
        device: torch.device,
    ) -> None:
        stream = stream_of(part)
        columns = len(stream) // batch_size
        if columns < 2:
            raise DataError(
                "the training part has {size} tokens, too few for {rows} streams side by side. "
                "Lower --training.batch-size, or give more text.",
                size=len(stream),
                rows=batch_size,
            )
        shape = (batch_size, columns)
        self._inputs = torch.from_numpy(stream.inputs[: batch_size * columns].reshape(shape))
        self._targets = torch.from_numpy(stream.targets[: batch_size * columns].reshape(shape))
        self._training, self._seed, self._device = training, seed, device
        self._steps = min(steps, columns)
        self._slack = self._steps - 1 if columns >= 3 * self._steps else 0
        self._columns = columns - self._slack

    def __len__(self) -> int:
        return (self._columns + self._steps - 1) // self._steps

    def batches(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        """The batches of `epoch` from position `start` on."""
        rng = np.random.default_rng([self._seed, epoch])
        shift = int(rng.integers(0, self._slack + 1))
        if start == 0:
            self._training.carried = {}
        for position in range(start, len(self)):
            begin = shift + position * self._steps
            end = min(begin + self._steps, shift + self._columns)
            state = {f"carried.{name}": t for name, t in self._training.carried.items()}
            yield {
                "values": self._inputs[:, begin:end].long().to(self._device),
                "targets": self._targets[:, begin:end].long().to(self._device),
            } | state


class LineBatches:
    """A line a row, grouped by length, each from an empty state."""

    def __init__(
        self, lines: Sequence[Predicted], *, batch_size: int, seed: int, device: torch.device
    ) -> None:
        self._lines, self._device = lines, device
        self._plan = BatchPlan([len(line) for line in lines], batch_size, seed)

    def __len__(self) -> int:
        return len(self._plan)

    def batches(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        """The batches of `epoch` from position `start` on."""
        for chosen in self._plan.epoch(epoch)[start:]:
            yield padded([self._lines[i] for i in chosen], self._device)


def padded(lines: Sequence[Predicted], device: torch.device) -> Batch:
    """Lines of unequal length as one batch; padding stands behind the end of each."""
    lengths = torch.tensor([len(line) for line in lines])
    shape = (len(lines), int(lengths.max()))
    values = torch.full(shape, TextTokenizer.padding_id)
    targets = torch.full(shape, TextTokenizer.padding_id)
    for row, line in enumerate(lines):
        values[row, : len(line)] = torch.from_numpy(line.inputs)
        targets[row, : len(line)] = torch.from_numpy(line.targets)
    return {"values": values.to(device), "targets": targets.to(device), "lengths": lengths}


def real_steps(
    lengths: torch.Tensor | None, steps: int, device: torch.device
) -> torch.Tensor | None:
    """Where a batch has real tokens (B, T); None where it has no padding."""
    if lengths is None:
        return None
    return (torch.arange(steps) < lengths[:, None]).to(device)


def token_batches(
    part: TextPart,
    config: TextConfig,
    training: Training,
    *,
    batch_size: int,
    seed: int,
    device: torch.device,
) -> StreamBatches | LineBatches:
    """The training batches that `config` asks for."""
    if config.batching == "lines":
        lines = lines_of(part, config.max_tokens)
        return LineBatches(lines, batch_size=batch_size, seed=seed, device=device)
    how: dict[str, Any] = {"batch_size": batch_size, "steps": config.steps, "seed": seed}
    return StreamBatches(part, training, device=device, **how)
