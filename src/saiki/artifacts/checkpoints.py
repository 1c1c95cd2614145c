"""Checkpoints: tensors as safetensors, everything else as JSON, both checksummed. No pickle."""

import hashlib
import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from saiki.artifacts.files import sha256_of, write_bytes_atomic, write_json_atomic
from saiki.errors import RunFolderError, SaikiError
from saiki.language import render

if TYPE_CHECKING:
    import torch

__all__ = ["Checkpoint", "CheckpointStore"]


@dataclass(frozen=True)
class Checkpoint:
    """What a run needs to go on: named tensors, and a state that is plain JSON."""

    step: int
    tensors: Mapping[str, "torch.Tensor"]
    state: Mapping[str, Any]


class CheckpointStore:
    """The folder `checkpoints/`, of which the newest `keep` are kept.

    The JSON part is written last and holds the checksum of the tensors, so that a pair is whole
    or does not count.
    """

    def __init__(self, folder: Path, *, keep: int = 2) -> None:
        self._folder = folder
        self._keep = keep

    def save(self, checkpoint: Checkpoint) -> None:
        """Writes one checkpoint and drops the oldest.

        Raises:
            StorageError: the disk is full; the earlier checkpoints are kept.
        """
        from safetensors.torch import save  # noqa: PLC0415  brings in torch

        content = save({name: t.detach().contiguous() for name, t in checkpoint.tensors.items()})
        stem = f"step-{checkpoint.step:010d}"
        write_bytes_atomic(self._folder / f"{stem}.safetensors", content)
        state = {"step": checkpoint.step, "state": dict(checkpoint.state)}
        envelope = {
            **state,
            "tensors_sha256": hashlib.sha256(content).hexdigest(),
            "state_sha256": _state_sha256(state),
        }
        write_json_atomic(self._folder / f"{stem}.json", envelope)
        self._drop_old()

    def newest(self) -> Checkpoint | None:
        """The newest checkpoint that can be read, or None where there is none.

        Unreadable ones are warned of.

        Raises:
            RunFolderError: there are checkpoints, but none can be read.
        """
        for path in reversed(self._state_files()):
            try:
                return _read(path)
            except (OSError, ValueError, KeyError, SaikiError) as error:
                warnings.warn(
                    render(
                        "{path}: this checkpoint cannot be read ({reason}); going on from the one "
                        "before.",
                        path=path,
                        reason=error,
                    ),
                    UserWarning,
                    stacklevel=2,
                )
        if self._state_files():
            raise RunFolderError(
                "{path}: at least one checkpoint must be readable; none is. Take a copy of the run "
                "folder that is whole, or start a new run with another --out.",
                path=self._folder,
            )
        return None

    def clear(self) -> None:
        """Removes every checkpoint."""
        self._drop(self._state_files())

    def _state_files(self) -> list[Path]:
        return sorted(self._folder.glob("step-*.json"))

    def _drop_old(self) -> None:
        self._drop(self._state_files()[: -self._keep])
        known = {path.stem for path in self._state_files()}
        for path in self._folder.glob("step-*.safetensors"):
            if path.stem not in known:
                path.unlink(missing_ok=True)
        for path in self._folder.glob(".step-*.tmp"):
            path.unlink(missing_ok=True)

    def _drop(self, state_files: list[Path]) -> None:
        for path in state_files:
            path.unlink(missing_ok=True)
            path.with_suffix(".safetensors").unlink(missing_ok=True)


def _read(path: Path) -> Checkpoint:
    from safetensors.torch import load  # noqa: PLC0415  brings in torch

    envelope = json.loads(path.read_text(encoding="utf-8"))
    state = {"step": envelope["step"], "state": envelope["state"]}
    tensors_path = path.with_suffix(".safetensors")
    if envelope["state_sha256"] != _state_sha256(state):
        raise ValueError(f"{path.name} does not match its checksum")
    if envelope["tensors_sha256"] != sha256_of(tensors_path):
        raise ValueError(f"{tensors_path.name} does not match its checksum")
    return Checkpoint(envelope["step"], load(tensors_path.read_bytes()), envelope["state"])


def _state_sha256(state: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(state, sort_keys=True).encode("utf-8")).hexdigest()
