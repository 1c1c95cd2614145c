"""Batches of windows: in random order for training, in order for measuring."""

from collections.abc import Iterator

import numpy as np
import torch

from saiki.data import BatchPlan
from saiki.tasks.forecast_preparation import PreparedSeries, Starts

__all__ = ["WindowBatches", "window_batch"]

Batch = dict[str, torch.Tensor]


class WindowBatches:
    """The training windows, batch by batch; a pure function of seed and epoch.

    `share` in a batch is that of the steps that read the true value before them: from 1 in the
    first epoch evenly to `teacher_forcing` in the last, so that a step can be run again.
    """

    def __init__(
        self,
        prepared: PreparedSeries,
        *,
        batch_size: int,
        epochs: int,
        teacher_forcing: float,
        seed: int,
        device: torch.device,
    ) -> None:
        self._prepared, self._starts = prepared, prepared.starts["train"]
        self._epochs, self._final, self._device = epochs, teacher_forcing, device
        self._plan = BatchPlan(np.ones(len(self._starts), np.int64), batch_size, seed)

    def __len__(self) -> int:
        return len(self._plan)

    def batches(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        """The batches of `epoch` from position `start` on."""
        chosen = self._plan.epoch(epoch)
        steps = max(1, self._epochs * len(self) - 1)
        for position in range(start, len(chosen)):
            passed = (epoch * len(self) + position) / steps
            share = 1.0 - (1.0 - self._final) * passed
            batch = window_batch(self._prepared, self._starts[chosen[position]], self._device)
            yield batch | {"share": torch.tensor(share)}


def window_batch(prepared: PreparedSeries, starts: Starts, device: torch.device) -> Batch:
    """These windows as tensors: values (B, W, I), known (B, H, K), targets (B, H, C)."""
    parts = {
        "values": prepared.windows(starts),
        "known": prepared.known_ahead(starts),
        "targets": prepared.targets_of(starts),
    }
    return {name: torch.from_numpy(part).to(device) for name, part in parts.items()}
