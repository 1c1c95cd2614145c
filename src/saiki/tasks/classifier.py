"""A trained classifier: raw inputs in, labels and confidences out."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from saiki.artifacts import RunFolder, read_json
from saiki.data import Examples, FrontEnd, LabelSet, Tokens, front_end_from_json
from saiki.errors import ArgumentError, DataError, RunFolderError
from saiki.language import render
from saiki.models import SequenceClassifier, TokenEmbedding
from saiki.tasks.config import ClassifyConfig, DataConfig, ModelConfig
from saiki.tasks.configure import read_config
from saiki.tasks.fitting import read_weights
from saiki.tasks.preparation import read_and_split, read_source, targets_from
from saiki.tasks.scores import Scores, is_labelled, measure, named
from saiki.tasks.text_inputs import attention_of, is_text_source, text_example, text_warning

__all__ = [
    "InputForm",
    "Scores",
    "TrainedClassifier",
    "build_network",
    "choose_device",
    "measure",
    "objective",
    "restore_begun",
]

# Quieter than this is below the noise of any microphone: there is nothing to recognise.
_SILENCE_DBFS = -60.0


def choose_device(name: str) -> torch.device:
    """The device called `name`; auto is the GPU where there is one.

    Raises:
        ArgumentError: no such device on this machine.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    kind, _, index = name.partition(":")
    if kind not in ("cpu", "cuda") or (index and not index.isdecimal()):
        raise ArgumentError(
            "training.device: must be auto, cpu, cuda or cuda:N; got {name!r}. Set it to auto.",
            name=name,
        )
    if kind == "cuda" and int(index or 0) >= torch.cuda.device_count():
        raise ArgumentError(
            "training.device: {name!r} was asked for, but torch sees no such GPU here. Set it to "
            "auto or cpu.",
            name=name,
        )
    return torch.device(name)


_OF_EMBEDDINGS = (
    "embedding",
    "embedding_size",
    "embedding_dropout",
    "trains_embedding",
    "vectors",
    "vectors_epochs",
)


def build_network(
    config: ModelConfig,
    features: int,
    classes: int,
    *,
    reads_tokens: bool = False,
    has_several_labels: bool = False,
    vectors: NDArray[np.float32] | None = None,
) -> SequenceClassifier:
    """The network that `config` describes, with fresh weights.

    Args:
        config: the section `model`.
        features: values a step; of token ids how many there are.
        classes: number of labels.
        reads_tokens: whether the steps are token ids.
        has_several_labels: whether an example may have several.
        vectors: (features, embedding_size), what the embedding begins with; None for random ones.
    """
    options: dict[str, Any] = asdict(config)
    for name in _OF_EMBEDDINGS:
        options.pop(name)
    for name in ("recurrent_dropout", "layer_norm"):
        if not options[name]:
            options.pop(name)
    if reads_tokens:
        options["embedding"] = TokenEmbedding(
            features,
            config.embedding_size,
            dropout=config.embedding_dropout,
            vectors=vectors,
            is_trained=config.trains_embedding,
        )
        features = config.embedding_size
    return SequenceClassifier(features, classes, has_several_labels=has_several_labels, **options)


def restore_begun(
    run: RunFolder,
) -> tuple[ClassifyConfig, LabelSet, FrontEnd, SequenceClassifier]:
    """What a run wrote down when it began, and its network with fresh weights."""
    config = read_config(run.config_file)
    if not isinstance(config, ClassifyConfig):
        raise RunFolderError(
            "{path}: must be a run that classifies; got one of the task {task}. Give another run.",
            path=run.path,
            task=config.task,
        )
    labels = LabelSet.from_json(read_json(run.preprocess_file("labels")))
    front_end = front_end_from_json(read_json(run.preprocess_file("front_end")))
    network = build_network(
        config.model,
        front_end.features,
        len(labels),
        reads_tokens=isinstance(front_end, Tokens),
        has_several_labels=config.data.label_separator is not None,
    )
    return config, labels, front_end, network


@dataclass(frozen=True)
class InputForm:
    """What the training data looked like; later inputs are brought to it or refused."""

    kind: Literal["audio", "series", "text"]
    channels: int
    sample_rate_hz: int | None

    @classmethod
    def of(cls, examples: Examples) -> "InputForm":
        """The form of `examples`."""
        return cls(examples.kind, examples.channels, examples.sample_rate_hz)


class TrainedClassifier:
    """A finished run, ready for raw inputs.

    Example:
        `saiki.load("runs/digits").predict("seven.wav")` gives
        `{"input": "seven.wav", "label": "7", "confidence": 0.998, "confidences": {...}}`.
    """

    def __init__(
        self,
        config: ClassifyConfig,
        labels: LabelSet,
        front_end: FrontEnd,
        network: SequenceClassifier,
        form: InputForm,
        data_sha256: str,
    ) -> None:
        self.config = config
        self.labels = labels
        self.front_end = front_end
        self.network = network
        self.form = form
        self.data_sha256 = data_sha256
        self.device = next(network.parameters()).device

    @classmethod
    def load(cls, folder: Path) -> "TrainedClassifier":
        """Reads a run folder, wherever it was moved.

        Raises:
            RunFolderError: not a finished run, or a file is damaged or swapped.
        """
        from safetensors.torch import load  # noqa: PLC0415  only here

        run = RunFolder(folder)
        run.verify()
        config, labels, front_end, network = restore_begun(run)
        form = InputForm(**read_json(run.preprocess_file("input")))
        read_weights(network, load(run.model_file.read_bytes()), run)
        network.eval().to(choose_device("auto"))
        sha256 = read_json(run.run_file)["data"]["sha256"]
        return cls(config, labels, front_end, network, form, sha256)

    def predict(self, inputs: Any) -> Any:
        """Label and confidences of raw inputs.

        Args:
            inputs: the path of a recording or of a file of series, an array ((N,) samples at the
                training rate, or (T, C) of a series), a text, the path of a file of texts (a
                string that ends in .txt, .csv, .tsv or .jsonl and is one), or a list of such.

        Returns:
            A dictionary for one input, a list of them for a list (or a file of several cases). With
            the pooling "attention" the answer to a text also has the weight of each token.

        Raises:
            DataError: an input cannot be read, or does not fit what the model was trained on.
        """
        if isinstance(inputs, (list, tuple)):
            return [row for one in inputs for row in self._predict_examples(self._read(one))]
        rows = self._predict_examples(self._read(inputs))
        return rows[0] if len(rows) == 1 else rows

    def evaluate(self, source: Any | None = None) -> tuple[Examples, Scores]:
        """Scores on other labelled data, or on the test part of the training data.

        Raises:
            DataError: no labels, or one that training never saw.
            RunFolderError: the training data has changed, so its test part is not what it was.
        """
        if source is None:
            everything, parts = read_and_split(self.config.data)
            if everything.fingerprint() != self.data_sha256:
                raise RunFolderError(
                    "evaluate: {source} has changed since training, so its test part may hold what "
                    "was learned. Bring the old data back, or name the data with --data.",
                    source=self.config.data.source,
                )
            examples = everything.subset(parts.test)
        else:
            examples = read_source(self._reading(), source)
            self._check_fit(examples)
        features = self.front_end.transform(examples.values())
        separator = self.config.data.label_separator
        targets = targets_from(examples.labels or (), self.labels, separator)
        return examples, measure(self.network, features, targets, self.device)

    def _reading(self) -> DataConfig:
        # Recordings of any rate are resampled to the rate of training.
        return replace(
            self.config.data, kind=self.form.kind, sample_rate_hz=self.form.sample_rate_hz
        )

    def _read(self, one: Any) -> Examples:
        if self.form.kind == "text" and isinstance(one, str) and not is_text_source(one):
            return text_example(one)
        if isinstance(one, (str, Path)):
            is_audio = self.form.kind == "audio"
            path = [one] if is_audio and not Path(one).is_dir() else one
            examples = read_source(self._reading(), path, allow_unlabelled=True)
        else:
            array = np.asarray(one, dtype=np.float32)
            _check_array(array, is_audio=self.form.kind == "audio")
            examples = Examples(
                [array],
                ["array"],
                kind=self.form.kind,
                channels=array.shape[1] if array.ndim == 2 else 1,
                sample_rate_hz=self.form.sample_rate_hz,
            )
        self._check_fit(examples)
        return examples

    def _check_fit(self, examples: Examples) -> None:
        if examples.kind != self.form.kind:
            raise DataError(
                "{name}: this model was trained on {expected}; got {got}. Give it data of the "
                "same kind.",
                name=examples.names[0],
                expected=self.form.kind,
                got=examples.kind,
            )
        if examples.channels != self.form.channels:
            raise DataError(
                "{name}: must have {expected} channels, as in training; got {got}. Give it the "
                "same channels in the same order.",
                name=examples.names[0],
                expected=self.form.channels,
                got=examples.channels,
            )

    def _predict_examples(self, examples: Examples) -> list[dict[str, Any]]:
        values = examples.values()
        features = self.front_end.transform(values)
        several = self.config.data.label_separator is not None
        shape = (len(features), len(self.labels)) if several else len(features)
        nothing = np.zeros(shape, np.float32 if several else np.int64)
        scores = measure(self.network, features, nothing, self.device, attends=True)
        attention = attention_of(self.front_end, features, scores.attention)
        rows = []
        for index, (name, value) in enumerate(zip(examples.names, values, strict=True)):
            made = {"input": name} | self._answer(scores.probabilities[index])
            if attention:
                made["attention"] = attention[index]
            if warning := self._warning(value):
                made["warning"] = warning
            rows.append(made)
        return rows

    def _answer(self, row: NDArray[np.float32]) -> dict[str, Any]:
        confidences = {"confidences": named(self.labels, row)}
        if self.config.data.label_separator is not None:
            return {"labels": self.labels.decode(np.flatnonzero(is_labelled(row)))} | confidences
        label = self.labels.labels[int(row.argmax())]
        return {"label": label, "confidence": round(float(row.max()), 6)} | confidences

    def _warning(self, value: Any) -> str | None:
        if isinstance(self.front_end, Tokens):
            return text_warning(self.front_end, self.front_end.encode([value])[0])
        return _silence_warning(value) if self.form.kind == "audio" else None


def _check_array(array: NDArray[np.float32], *, is_audio: bool) -> None:
    shape = "(N,) samples" if is_audio else "(T, C) steps and channels"
    if array.ndim != (1 if is_audio else 2) or not len(array):
        raise DataError(
            "predict: an array must be {shape}, not empty; got {got}. Reshape it, or give a path.",
            shape=shape,
            got=array.shape,
        )
    if not np.isfinite(array).all():
        raise DataError(
            "predict: an array must hold finite numbers; it holds NaN or infinity. Fill the gaps "
            "first."
        )


def _silence_warning(samples: NDArray[np.float32]) -> str | None:
    power = float(np.mean(np.square(samples, dtype=np.float64))) if len(samples) else 0.0
    level = 10 * np.log10(max(power, 1e-12))
    if level >= _SILENCE_DBFS:
        return None
    return render(
        "silence: the recording's level is {level:.0f} dBFS, so the label means nothing",
        level=level,
    )


def objective(label_smoothing: float) -> Any:
    """The training objective: mean cross entropy in nats, with hits counted on the way.

    Targets that are rows of 0 and 1 get the cross entropy of each label by itself, and the hits
    are the examples of which every label is right.
    """
    from saiki.training import Measured  # noqa: PLC0415  prediction does not need the loop

    def cross_entropy(network: nn.Module, batch: Mapping[str, torch.Tensor]) -> Measured:
        logits = network(batch["values"], batch["lengths"]).float()
        targets, count = batch["targets"], len(batch["targets"])
        if targets.dim() == 1:
            loss = functional.cross_entropy(logits, targets, label_smoothing=label_smoothing)
            name, hits = "accuracy", logits.detach().argmax(dim=1) == targets
        else:
            smooth = targets * (1 - label_smoothing) + label_smoothing / 2
            loss = functional.binary_cross_entropy_with_logits(logits, smooth)
            name, hits = "exact_match", ((logits.detach() >= 0) == (targets > 0)).all(dim=1)
        return Measured(loss, {"loss_nats": loss.item() * count, name: int(hits.sum())}, count)

    return cross_entropy
