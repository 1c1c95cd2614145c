"""Batches of examples as tensors: for training in random order, for measuring by length."""

import contextlib
import queue
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from saiki.data import Augmentation, BatchPlan, collate
from saiki.tasks.preparation import Prepared

__all__ = ["Batch", "MeasuringBatches", "TrainingBatches"]

Batch = dict[str, torch.Tensor]
_MEASURING_BATCH_SIZE = 128


class TrainingBatches:
    """The training part, batch by batch; a pure function of seed and epoch.

    With augmentation the next batches are made by one thread while the present one is learned.
    """

    def __init__(
        self,
        prepared: Prepared,
        *,
        batch_size: int,
        seed: int,
        augment: Augmentation | None,
        device: torch.device,
    ) -> None:
        self._prepared = prepared
        self._indices = prepared.parts.train
        self._targets = prepared.targets_of(self._indices)
        self._seed = seed
        self._augment = augment
        self._device = device
        lengths = [len(prepared.features[i]) for i in self._indices]
        self._plan = BatchPlan(lengths, batch_size, seed)

    def __len__(self) -> int:
        return len(self._plan)

    def batches(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        """The batches of `epoch` from position `start` on."""
        chosen = self._plan.epoch(epoch)[start:]
        if self._augment is None:
            for positions in chosen:
                yield self._make(positions, epoch)
        else:
            yield from _ahead(self._make(positions, epoch) for positions in chosen)

    def _make(self, positions: NDArray[np.int64], epoch: int) -> Batch:
        indices = self._indices[positions]
        sequences: Sequence[NDArray[Any]]
        if self._augment is None:
            sequences = [self._prepared.features[i] for i in indices]
        else:
            sequences = self._prepared.front_end.transform(
                self._prepared.examples.values(indices),
                augment=self._augment,
                draws=[(self._seed, epoch, int(i)) for i in indices],
            )
        return _tensors(sequences, self._targets[positions], self._device)


class MeasuringBatches:
    """Any examples in order of length, without augmentation."""

    def __init__(
        self,
        features: Sequence[NDArray[Any]],
        targets: NDArray[Any] | None,
        device: torch.device,
    ) -> None:
        self._features = features
        self._targets = np.zeros(len(features), np.int64) if targets is None else targets
        self._device = device

    def __iter__(self) -> Iterator[tuple[NDArray[np.int64], Batch]]:
        order = np.argsort([len(f) for f in self._features], kind="stable")
        for start in range(0, len(order), _MEASURING_BATCH_SIZE):
            chosen = order[start : start + _MEASURING_BATCH_SIZE]
            sequences = [self._features[i] for i in chosen]
            yield chosen, _tensors(sequences, self._targets[chosen], self._device)


def _tensors(
    sequences: Sequence[NDArray[Any]], targets: NDArray[Any], device: torch.device
) -> Batch:
    values, lengths = collate(sequences)
    return {
        "values": torch.from_numpy(values).to(device),
        "lengths": torch.from_numpy(lengths),
        "targets": torch.from_numpy(targets).to(device),
    }


def _ahead(made: Iterator[Batch], depth: int = 4) -> Iterator[Batch]:
    """Runs `made` in a thread, a few batches ahead; its errors come up here."""
    ready: queue.Queue[Batch | BaseException | None] = queue.Queue(depth)
    stopped = threading.Event()

    def put(item: Batch | BaseException | None) -> None:
        while not stopped.is_set():
            with contextlib.suppress(queue.Full):
                ready.put(item, timeout=0.1)
                return

    def work() -> None:
        try:
            for batch in made:
                put(batch)
                if stopped.is_set():
                    return
            put(None)
        except BaseException as error:  # noqa: BLE001  handed to the reader, who raises it
            put(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        while (item := ready.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stopped.set()
        thread.join()
