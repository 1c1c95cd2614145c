"""The run folder: where a run keeps its configuration, weights, metrics and result."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saiki.artifacts.checkpoints import CheckpointStore
from saiki.artifacts.files import (
    make_folder,
    read_json,
    sha256_of,
    write_bytes_atomic,
    write_json_atomic,
)
from saiki.artifacts.metrics import MetricsFile
from saiki.errors import MissingFileError, RunFolderError

__all__ = ["RunFolder"]


@dataclass(frozen=True)
class RunFolder:
    """The names and the rules of one run folder.

    `checksums.json` is written when the run has finished: until then the folder has no model.
    """

    path: Path

    @property
    def config_file(self) -> Path:
        return self.path / "config.toml"

    @property
    def run_file(self) -> Path:
        return self.path / "run.json"

    @property
    def result_file(self) -> Path:
        return self.path / "result.json"

    @property
    def model_file(self) -> Path:
        return self.path / "model.safetensors"

    @property
    def card_file(self) -> Path:
        return self.path / "MODEL_CARD.md"

    @property
    def failure_folder(self) -> Path:
        return self.path / "failure"

    @property
    def metrics(self) -> MetricsFile:
        return MetricsFile(self.path / "metrics.jsonl")

    @property
    def checkpoints(self) -> CheckpointStore:
        return CheckpointStore(self.path / "checkpoints")

    def preprocess_file(self, name: str) -> Path:
        return self.path / "preprocess" / f"{name}.json"

    def predictions_file(self, part: str) -> Path:
        return self.path / "predictions" / f"{part}.jsonl"

    @property
    def is_begun(self) -> bool:
        return self.config_file.exists()

    @property
    def is_finished(self) -> bool:
        return self._checksums_file.exists() and self.result_file.exists()

    @property
    def grid_file(self) -> Path:
        return self.path / "grid.json"

    @property
    def _checksums_file(self) -> Path:
        return self.path / "checksums.json"

    def begin(self, config_text: str, facts: Mapping[str, Any]) -> None:
        """Makes the folder; the configuration comes last, so that a begun run can be resumed.

        Raises:
            StorageError: the place cannot be written.
        """
        make_folder(self.path)
        write_json_atomic(self.run_file, dict(facts))
        write_bytes_atomic(self.config_file, config_text.encode("utf-8"))

    def finish(
        self, weights: bytes | None, result: Mapping[str, Any], *, files: Sequence[Path] = ()
    ) -> None:
        """Writes weights, checksums and, last, the result, which says that all is there.

        `files` are others of the model, written already; weights None where they hold it all.
        """
        if weights is not None:
            write_bytes_atomic(self.model_file, weights)
            files = [self.model_file, *files]
        names = [*files, self.config_file, *sorted(self.path.glob("preprocess/*.json"))]
        sums = {file.relative_to(self.path).as_posix(): sha256_of(file) for file in names}
        write_json_atomic(self._checksums_file, {"sha256": sums})
        write_json_atomic(self.result_file, dict(result))

    def verify(self) -> None:
        """Checks that the run is finished and every file is the one that it wrote.

        Raises:
            RunFolderError: not a run folder, not finished, or a file is damaged or swapped.
        """
        if self.grid_file.exists():
            raise RunFolderError(
                "{path}: must be the folder of one run; it holds a comparison of several. Give one "
                "of the folders in {path}/runs.",
                path=self.path,
            )
        if not self.is_begun:
            raise RunFolderError(
                "{path}: must be a run folder (with config.toml inside); it is not one. Give the "
                "folder that `saiki train` printed.",
                path=self.path,
            )
        if not self.is_finished:
            raise RunFolderError(
                "{path}: this run has not finished, so it has no model yet. Continue it with "
                "`saiki train {path}/config.toml --out {path} --resume`.",
                path=self.path,
            )
        for name, wanted in read_json(self._checksums_file)["sha256"].items():
            self._verify_file(self.path / name, wanted)

    def _verify_file(self, file: Path, wanted: str) -> None:
        if not file.exists():
            raise MissingFileError(
                "{path}: this file of the run is missing. Take a copy of the run folder that is "
                "whole, or train again.",
                path=file,
            )
        found = sha256_of(file)
        if found != wanted:
            raise RunFolderError(
                "{path}: must have the SHA-256 {wanted} that the run wrote; got {found}. The file "
                "is damaged or belongs to another run: take a copy of the run folder that is "
                "whole, or train again.",
                path=file,
                wanted=wanted[:16] + "…",
                found=found[:16] + "…",
            )
