"""Trained word vectors, ready to be asked. Imports no torch."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from saiki.artifacts import RunFolder
from saiki.embeddings import WordVectors
from saiki.errors import DataError, MissingFileError, RunFolderError
from saiki.tasks.configure import read_config
from saiki.tasks.vectors_config import WordVectorsConfig
from saiki.tasks.word_evaluation import list_folder, list_kind, score_file, score_lists
from saiki.tasks.word_questions import parse_expression, solve

__all__ = ["TrainedWordVectors"]


@final
@dataclass(frozen=True)
class TrainedWordVectors:
    """A finished run of word vectors.

    Args:
        folder: the run folder.
        config: what it was trained with.
        vectors: the word vectors, memory-mapped.
    """

    folder: Path
    config: WordVectorsConfig
    vectors: WordVectors

    @classmethod
    def load(cls, folder: Path) -> "TrainedWordVectors":
        """Reads a finished run.

        Raises:
            RunFolderError: not a finished run, a damaged file, or a run of another task.
        """
        run = RunFolder(folder)
        run.verify()
        config = read_config(run.config_file)
        if not isinstance(config, WordVectorsConfig):
            raise RunFolderError(
                "{path}: must be a run of the task word-vectors; got {task}. Give another run.",
                path=folder,
                task=config.task,
            )
        return cls(folder, config, WordVectors.load(folder))

    def predict(self, expressions: Sequence[str], *, top: int = 10) -> list[dict[str, Any]]:
        """The words nearest to each expression, such as `king - man + woman` or `king`.

        Args:
            expressions: words with + or - between them; the words are never answers.
            top: how many answers, at least 1.

        Returns:
            For each its `input` and its `answers`, each a `word` and its `similarity`, the cosine.

        Raises:
            ArgumentError: an expression is not understood, or a word has no vector.
        """
        rows = []
        for text in expressions:
            found = solve(self.vectors, parse_expression(text), top)
            answers = [
                {"word": near.word, "similarity": round(float(near.similarity), 6)}
                for near in found
            ]
            rows.append({"input": text, "answers": answers})
        return rows

    def evaluate(self, data: str | Path | None = None) -> list[dict[str, Any]]:
        """Scores on published lists: those of the configuration, or the one file `data`.

        Raises:
            MissingFileError: the file, or every list of the configuration, is not there.
            DataError: the file has another form, or too few of its words have vectors.
        """
        settings = self.config.evaluation
        if data is not None:
            path = Path(data)
            kind = list_kind(path)
            row = {"kind": kind, "name": path.name.partition(".")[0], "file": path.name}
            return [row | score_file(self.vectors, path, kind, lower_case=settings.lower_case)]
        if not (settings.similarity or settings.analogies):
            raise DataError(
                "{path}: the configuration names no lists to score on. Give one with --data FILE.",
                path=self.folder,
            )
        if list_folder(settings) is None:
            raise MissingFileError(
                "{folder}: this folder of word lists is not on this machine. Let SAIKI_DATA name "
                "the folder that has it, or give a list with --data FILE.",
                folder=settings.folder,
            )
        return score_lists(self.vectors, settings)
