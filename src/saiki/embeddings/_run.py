"""The folder of a training: begun, checkpointed, resumed, finished."""

import hashlib
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, final

from saiki.artifacts.files import read_json, write_json_atomic
from saiki.artifacts.machine import machine_facts
from saiki.artifacts.run_folder import RunFolder
from saiki.artifacts.toml_text import to_toml
from saiki.data.corpus import EncodedCorpus
from saiki.embeddings._parts import Epoch, parts_from
from saiki.embeddings._settings import Settings
from saiki.embeddings._store import drop_state, has_state, read_state, write_state
from saiki.embeddings._training import Cursor, Job, Moment, forget_pages
from saiki.errors import ArgumentError, RunFolderError

__all__ = ["TrainingFolder", "corpus_digest"]

_CHUNK_TOKENS = 1 << 20


def corpus_digest(corpus: EncodedCorpus) -> str:
    """A SHA-256 of words, counts, tokens, borders and names."""
    digest = hashlib.sha256(corpus.vocabulary.digest().encode())
    for array in (corpus.tokens, corpus.offsets):
        for at in range(0, len(array), _CHUNK_TOKENS):
            digest.update(array[at : at + _CHUNK_TOKENS].tobytes())
            forget_pages(array)
    for name in corpus.names or ():
        digest.update(name.encode("utf-8", "surrogatepass") + b"\n")
    return digest.hexdigest()


@final
class TrainingFolder:
    """What `fit(..., folder=...)` writes.

    `config.toml` holds the settings, `run.json` facts and checksums, `metrics.jsonl` a line an
    epoch, `checkpoints/` the newest checkpoint, and at the end the model and, last, `result.json`.

    Args:
        path: the folder; a begun run in it is refused unless `resume`.
        settings: of this training.
        job_settings: what a continued training adds to them.
        resume: whether a begun run is to be continued.
        every_seconds: between two checkpoints; 0 saves after every slice.
    """

    def __init__(
        self,
        path: Path,
        settings: Settings,
        *,
        job_settings: Mapping[str, Any] | None = None,
        resume: bool,
        every_seconds: float,
    ) -> None:
        self._run = RunFolder(path)
        self._settings = settings
        self._job_settings = dict(job_settings or {})
        self._every_seconds = every_seconds
        self._saved_at = time.monotonic()
        self._metrics = self._run.metrics
        self._check_resume(resume)

    @property
    def path(self) -> Path:
        return self._run.path

    @property
    def is_finished(self) -> bool:
        return self._run.is_begun and self._run.result_file.exists()

    def _check_resume(self, resume: bool) -> None:
        if not self._run.is_begun:
            return
        if not resume:
            raise RunFolderError(
                "{path}: holds a run already. Continue it with resume=True, or choose another"
                " folder.",
                path=self.path,
            )
        stored = self._facts()
        changes = self._settings.changes_from(stored["settings"])
        changes += [
            f"{key}: {stored['job'].get(key)} -> {value}"
            for key, value in self._job_settings.items()
            if stored["job"].get(key) != value
        ]
        if changes:
            raise ArgumentError(
                "{path}: resume=True must come with the settings that the run began with; these"
                " changed: {changes}. Give the same ones, or choose another folder.",
                path=self.path,
                changes="; ".join(changes),
            )

    def _facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = read_json(self._run.run_file)
        if not {"settings", "job", "corpus"} <= facts.keys():
            raise RunFolderError(
                "{path}: must be the folder of word or document vectors in training; it holds"
                " another kind of run. Choose another folder.",
                path=self.path,
            )
        return facts

    def begin(self, job: Job) -> bool:
        """Makes the folder, or takes up the run in it; whether there was a checkpoint.

        Raises:
            RunFolderError: the corpus is not the one that the run began with.
        """
        corpus = _corpus_facts(job.corpus)
        if not self._run.is_begun:
            facts = {"kind": self._settings.owner, "settings": self._settings.to_json()}
            facts |= {"job": self._job_settings, "corpus": corpus, "machine": machine_facts()}
            self._run.begin(to_toml(self._settings.to_json()), facts)
            return False
        began_with = self._facts()["corpus"]
        if began_with != corpus:
            raise RunFolderError(
                "{path}: resume=True must come with the corpus that the run began with; it has"
                " changed: {changes}. Give the same texts, or choose another folder.",
                path=self.path,
                changes="; ".join(
                    f"{key}: {began_with.get(key)} -> {value}"
                    for key, value in corpus.items()
                    if began_with.get(key) != value
                ),
            )
        return self._take_up(job)

    def _take_up(self, job: Job) -> bool:
        folder = self.path / "checkpoints"
        if is_there := has_state(folder, "checkpoint"):
            arrays, stored = read_state(folder, "checkpoint")
            job.state.parts = parts_from(self._settings.parts, arrays)
            job.state.losses = [Epoch(**row) for row in stored["losses"]]
            job.cursor = Cursor(**stored["cursor"])
        self._metrics.keep_until(0, len(job.state.losses))
        return is_there

    def note(self, job: Job, moment: Moment, *, must_save: bool) -> None:
        """Writes an epoch's line, and a checkpoint when it is time."""
        if moment.closed is not None:
            self._metrics.add(_metrics_row(len(job.state.losses) - 1, moment))
        if must_save or time.monotonic() - self._saved_at >= self._every_seconds:
            self._metrics.flush()
            state = {
                "cursor": asdict(job.cursor),
                "losses": [asdict(epoch) for epoch in job.state.losses],
            }
            write_state(self.path / "checkpoints", "checkpoint", job.state.tables(), state)
            self._saved_at = time.monotonic()

    def finish(self, result: Mapping[str, Any]) -> None:
        """Writes the result, which says that all is there, and drops the checkpoints."""
        self._metrics.flush()
        write_json_atomic(self._run.result_file, dict(result))
        drop_state(self.path / "checkpoints", "checkpoint")


def _corpus_facts(corpus: EncodedCorpus) -> dict[str, Any]:
    return {
        "words_read": corpus.read_words,
        "words_kept": len(corpus.tokens),
        "vocabulary": len(corpus.vocabulary),
        "documents": len(corpus.offsets) - 1,
        "sha256": corpus_digest(corpus),
    }


def _metrics_row(number: int, moment: Moment) -> dict[str, Any]:
    row = asdict(moment.closed) if moment.closed else {}
    held_out = row.pop("held_out_loss_nats", None)
    return {
        "kind": "epoch",
        **row,
        "epoch": number,
        "train": {"loss_nats": row.pop("train_loss_nats", None)},
        "validation": {} if held_out is None else {"loss_nats": held_out},
    }
