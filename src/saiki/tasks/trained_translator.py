"""A trained translator: texts in, translations and where they looked out."""

import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from saiki.artifacts import RunFolder, read_json
from saiki.data.parallel import ParallelText
from saiki.data.text import TextTokenizer, tokenizer_from_json
from saiki.errors import ArgumentError, DataError, RunFolderError
from saiki.language import render
from saiki.tasks.classifier import choose_device
from saiki.tasks.configure import read_config
from saiki.tasks.fitting import read_weights
from saiki.tasks.pair_measure import MeasuredPairs, measure_pairs
from saiki.tasks.pair_preparation import (
    PairPart,
    encode_pairs,
    measurable,
    measured_tokens,
    read_pairs,
    read_source_pairs,
)
from saiki.tasks.translate import reader_of
from saiki.tasks.translate_config import DecodingConfig, PairsConfig, TranslateConfig
from saiki.tasks.translation_network import build_translator
from saiki.tasks.translation_reader import Alignment, Seq2Seq, Translation

__all__ = ["TrainedTranslator", "restore_translator", "unknown_message"]


def restore_translator(
    run: RunFolder,
) -> tuple[TranslateConfig, TextTokenizer, TextTokenizer, Seq2Seq]:
    """What a run wrote down when it began, and its network with fresh weights."""
    config = read_config(run.config_file)
    if not isinstance(config, TranslateConfig):
        raise RunFolderError(
            "{path}: must be the run of a translator; got one of the task {task}. Give another "
            "run.",
            path=run.path,
            task=config.task,
        )
    source, target = (
        tokenizer_from_json(read_json(run.preprocess_file(name)))
        for name in ("source_tokenizer", "target_tokenizer")
    )
    return config, source, target, build_translator(config, len(source), len(target))


def unknown_message(text: str, words: Sequence[str]) -> str:
    """What to say of words that training never saw."""
    return render(
        "{text!r}: {count} word(s) were never seen in training: {words}. Whatever stands for them "
        "in the output is a guess.",
        text=text if len(text) <= 40 else text[:40] + "…",
        count=len(words),
        words=", ".join(map(repr, words)),
    )


class TrainedTranslator:
    """A translator read from its run folder.

    Example:
        model = saiki.load("runs/dates")
        model.predict("平成31年4月30日")["output"]                   # '2019-04-30'
        model.predict("平成31年4月30日", n_best=3)["alternatives"]
        model.align("平成31年4月30日").maps["attention"].shape       # (T, S)
    """

    def __init__(
        self,
        config: TranslateConfig,
        source_tokenizer: TextTokenizer,
        target_tokenizer: TextTokenizer,
        network: Seq2Seq,
        data_sha256: str,
    ) -> None:
        self.config, self.network = config, network
        self.source_tokenizer, self.target_tokenizer = source_tokenizer, target_tokenizer
        self.data_sha256 = data_sha256
        self.device = next(network.parameters()).device
        self.reader = reader_of(config, network, source_tokenizer, target_tokenizer, self.device)

    @classmethod
    def load(cls, folder: Path) -> "TrainedTranslator":
        """Reads a run folder, wherever it was moved.

        Raises:
            RunFolderError: not a finished run, or a file is damaged or swapped.
        """
        from safetensors.torch import load  # noqa: PLC0415  only here

        run = RunFolder(folder)
        run.verify()
        config, source, target, network = restore_translator(run)
        read_weights(network, load(run.model_file.read_bytes()), run)
        network.eval().to(choose_device("auto"))
        sha256 = read_json(run.run_file)["data"]["sha256"]
        return cls(config, source, target, network, sha256)

    def translate(
        self,
        texts: Sequence[str],
        *,
        n_best: int = 1,
        width: int | None = None,
        length_alpha: float | None = None,
        coverage_beta: float | None = None,
    ) -> list[list[Translation]]:
        """The `n_best` translations of each text, best first; what is None is the run's own.

        Raises:
            DataError: a text is empty, or longer than any that training kept.
            ArgumentError: a number is out of range, or more are wanted than the beam is wide.
        """
        return self.reader.translate(
            texts,
            n_best=n_best,
            decoding=self._decoding(n_best, width, length_alpha, coverage_beta),
        )

    def _decoding(
        self,
        n_best: int,
        width: int | None,
        length_alpha: float | None,
        coverage_beta: float | None,
    ) -> DecodingConfig:
        """The run's own way with what is given; a beam is made wide enough where none is given."""
        if width is None and n_best > self.config.decoding.width:
            width = n_best
        return self.reader.with_decoding(
            width=width, length_alpha=length_alpha, coverage_beta=coverage_beta
        )

    def predict(self, inputs: str | Sequence[str], *, n_best: int = 1, **how: Any) -> Any:
        """A text, or a list of them, translated.

        Args:
            inputs: each is translated as if it were alone.
            n_best: how many translations; with more than one the others are "alternatives".
            how: width, length_alpha, coverage_beta; see `translate`.

        Returns:
            For each {"input", "output", "log_probability", "score", "unknown"}: nats of the whole
            output given the input, what it was ranked by, and words that training never saw, of
            which a warning is given too.

        Raises:
            DataError, ArgumentError: see `translate`.
        """
        if isinstance(inputs, str):
            return self._rows([inputs], n_best, how)[0]
        return self._rows(inputs, n_best, how)

    def _rows(self, texts: Sequence[str], n_best: int, how: dict[str, Any]) -> list[dict[str, Any]]:
        found = self.translate(texts, n_best=n_best, **how)
        rows = [self.row(text, one, n_best) for text, one in zip(texts, found, strict=True)]
        for row in rows:
            if row["unknown"]:
                message = unknown_message(row["input"], row["unknown"])
                warnings.warn(message, UserWarning, stacklevel=3)
        return rows

    def row(self, text: str, found: Sequence[Translation], n_best: int = 1) -> dict[str, Any]:
        """What `predict` says of one text."""
        row: dict[str, Any] = {"input": text, **_plain(found[0])}
        if n_best > 1:
            row["alternatives"] = [_plain(one) for one in found[1:]]
        return row | {"unknown": self.reader.unknown(text)}

    def align(self, source: str, target: str | None = None) -> Alignment:
        """Where each token of a target looked at the source.

        Args:
            source: a text.
            target: its translation; None takes the one that the model itself finds best.

        Raises:
            DataError: see `translate`.
            ArgumentError: the network has no attention.
        """
        tokens = self.reader.encode(source)
        if target is None:
            written: Sequence[int] = self.reader.translate_tokens([tokens])[0][0].tokens
        else:
            written = [*map(int, self.target_tokenizer.encode(target)), TextTokenizer.end_id]
        alignment = self.reader.align(tokens, written)
        if not alignment.maps:
            raise ArgumentError(
                "align: the network of this run has no attention, so there is nothing to show. "
                "Train one with --model.attention additive."
            )
        return alignment

    def evaluate(
        self, source: str | None = None, target: str | None = None, *, batch_size: int = 64
    ) -> dict[str, float]:
        """The figures on other pairs, or on the test part; see `part`."""
        return self.measure(self.part(source, target), batch_size=batch_size).figures

    def part(self, source: str | None = None, target: str | None = None) -> PairPart:
        """Other pairs as tokens, or the test part (validation where there is none).

        Of a data set with parts of its own it is likewise the test part.

        Raises:
            RunFolderError: the training data has changed, so its parts are not what they were.
            ArgumentError: nothing was held back from training; or a target without its source.
            DataError: the pairs cannot be read, or there are none.
        """
        if source is not None:
            return self._other_part(source, target)
        if target is not None:
            raise ArgumentError(
                "evaluate: --target is the file whose lines are the translations of those of "
                "--data, of a translator. Leave it out, or name the other side with --data."
            )
        read = read_pairs(self.config.data)
        if read.sha256 != self.data_sha256:
            raise RunFolderError(
                "evaluate: {source} has changed since training, so its test part may hold what "
                "was learned. Bring the old data back, or name the data with --data.",
                source=self.config.data.source,
            )
        name = next((name for name in ("test", "validation") if name in read.parts), None)
        if name is None:
            raise ArgumentError(
                "evaluate: nothing was held back from the training of this run. Name other text "
                "with --data."
            )
        held_back = read.parts[name]
        part = encode_pairs(self.source_tokenizer, self.target_tokenizer, held_back)
        return measurable(part, self.config.data, name)

    def _other_part(self, source: str, target: str | None) -> PairPart:
        config = replace(self.config.data, source=source, part_column=None, group_column=None)
        texts = self._with_groups(config, read_source_pairs(config, source, target), target)
        for name in ("test", "validation"):
            if texts.parts is not None and name in texts.parts:
                texts = texts.part(name)  # and what was learned from it does not count
        part = encode_pairs(self.source_tokenizer, self.target_tokenizer, texts)
        kept = measurable(part, config, "test")
        if len(kept) < len(part):
            raise DataError(
                "{source}: {count} of its {all} pairs have a side of more than {limit} tokens, "
                "which is too much to measure. Split them into sentences, or take them out.",
                source=source,
                count=len(part) - len(kept),
                all=len(part),
                limit=measured_tokens(config),
            )
        return kept

    def _with_groups(
        self, config: PairsConfig, texts: ParallelText, target: str | None
    ) -> ParallelText:
        """The pairs with the groups of the training, where these have such a column at all."""
        groups = self.config.data.group_column
        if groups is None or target is not None or texts.groups is not None:
            return texts
        try:
            return read_source_pairs(replace(config, group_column=groups), config.source, None)
        except (ArgumentError, DataError):  # a data set, or a table without that column
            return texts

    def measure(self, part: PairPart, *, batch_size: int = 64) -> MeasuredPairs:
        """The figures of a part, those of its groups, and its translations."""
        return measure_pairs(self.reader, part, self.config.scores, batch_size=batch_size)


def _plain(one: Translation) -> dict[str, Any]:
    return {
        "output": one.text,
        "log_probability": round(one.log_probability, 6),
        "score": round(one.score, 6),
    }
