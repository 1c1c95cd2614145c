"""A trained classifier: raw inputs in, labels and confidences out."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from saiki.artifacts import RunFolder, read_json
from saiki.data import Examples, FrontEnd, LabelSet, front_end_from_json
from saiki.errors import ArgumentError, DataError, RunFolderError
from saiki.language import render
from saiki.models import SequenceClassifier
from saiki.tasks.batches import Batch, MeasuringBatches
from saiki.tasks.config import ClassifyConfig, DataConfig, ModelConfig
from saiki.tasks.configure import read_config
from saiki.tasks.preparation import read_source

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


def build_network(config: ModelConfig, features: int, classes: int) -> SequenceClassifier:
    """The network that `config` describes, with fresh weights."""
    options: dict[str, Any] = asdict(config)
    for name in ("recurrent_dropout", "layer_norm"):
        if not options[name]:
            options.pop(name)
    return SequenceClassifier(features, classes, **options)


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
    return config, labels, front_end, build_network(config.model, front_end.features, len(labels))


@dataclass(frozen=True)
class Scores:
    """What a network says of labelled examples, in their order."""

    probabilities: NDArray[np.float32]
    losses_nats: NDArray[np.float32]
    targets: NDArray[np.int64]

    def metrics(self) -> dict[str, float]:
        """Mean cross entropy in nats, and accuracy."""
        hits = self.probabilities.argmax(axis=1) == self.targets
        return {"loss_nats": float(self.losses_nats.mean()), "accuracy": float(hits.mean())}

    def rows(self, names: Sequence[str], labels: LabelSet) -> list[dict[str, Any]]:
        """One plain dictionary an example, for `predictions/*.jsonl`."""
        return [
            {
                "index": index,
                "name": name,
                "label": labels.labels[target],
                "predicted": labels.labels[int(row.argmax())],
                "confidence": round(float(row.max()), 6),
                "loss_nats": round(float(loss), 6),
                "probabilities": _named(labels, row),
            }
            for index, (name, target, row, loss) in enumerate(
                zip(names, self.targets, self.probabilities, self.losses_nats, strict=True)
            )
        ]


def _named(labels: LabelSet, row: NDArray[np.float32]) -> dict[str, float]:
    return {label: round(float(p), 6) for label, p in zip(labels.labels, row, strict=True)}


def measure(
    network: nn.Module,
    features: Sequence[NDArray[np.float32]],
    targets: NDArray[np.int64],
    device: torch.device,
) -> Scores:
    """Probabilities and losses of `features`, in their order; drop-out is off."""
    was_training = network.training
    network.eval()
    logits = np.empty((len(features), 0), np.float32)
    with torch.no_grad():
        for chosen, batch in MeasuringBatches(features, None, device):
            out = _logits(network, batch)
            if not logits.shape[1]:
                logits = np.empty((len(features), out.shape[1]), np.float32)
            logits[chosen] = out
    network.train(was_training)
    log_p = torch.log_softmax(torch.from_numpy(logits), dim=1).numpy()
    return Scores(np.exp(log_p), -log_p[np.arange(len(targets)), targets], targets)


def _logits(network: nn.Module, batch: Batch) -> NDArray[np.float32]:
    out: NDArray[np.float32] = network(batch["values"], batch["lengths"]).float().cpu().numpy()
    return out


@dataclass(frozen=True)
class InputForm:
    """What the training data looked like; later inputs are brought to it or refused."""

    kind: Literal["audio", "series"]
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
        try:
            network.load_state_dict(load(run.model_file.read_bytes()))
        except RuntimeError as error:
            raise RunFolderError(
                "{path}: the weights must fit the configuration beside them; they do not "
                "({reason}). Take a copy of the run folder that is whole, or train again.",
                path=run.model_file,
                reason=str(error).splitlines()[0],
            ) from error
        network.eval().to(choose_device("auto"))
        sha256 = read_json(run.run_file)["data"]["sha256"]
        return cls(config, labels, front_end, network, form, sha256)

    def predict(self, inputs: Any) -> Any:
        """Label and confidences of raw inputs.

        Args:
            inputs: the path of a recording or of a file of series, an array ((N,) samples at the
                training rate, or (T, C) of a series), or a list of such.

        Returns:
            A dictionary for one input, a list of them for a list (or a file of several cases).

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
            from saiki.tasks.preparation import prepare  # noqa: PLC0415  reads all the data

            prepared = prepare(self.config.data)
            if prepared.sha256 != self.data_sha256:
                raise RunFolderError(
                    "evaluate: {source} has changed since training, so its test part may hold what "
                    "was learned. Bring the old data back, or name the data with --data.",
                    source=self.config.data.source,
                )
            examples = prepared.examples.subset(prepared.parts.test)
        else:
            examples = read_source(self._reading(), source)
            self._check_fit(examples)
        features = self.front_end.transform(examples.values())
        targets = self.labels.encode(examples.labels or ())
        return examples, measure(self.network, features, targets, self.device)

    def _reading(self) -> DataConfig:
        # Recordings of any rate are resampled to the rate of training.
        return replace(self.config.data, sample_rate_hz=self.form.sample_rate_hz)

    def _read(self, one: Any) -> Examples:
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
        scores = measure(self.network, features, np.zeros(len(features), np.int64), self.device)
        rows = []
        for name, value, row in zip(examples.names, values, scores.probabilities, strict=True):
            made: dict[str, Any] = {
                "input": name,
                "label": self.labels.labels[int(row.argmax())],
                "confidence": round(float(row.max()), 6),
                "confidences": _named(self.labels, row),
            }
            if self.form.kind == "audio" and (warning := _silence_warning(value)):
                made["warning"] = warning
            rows.append(made)
        return rows


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
    """The training objective: mean cross entropy in nats, with hits counted on the way."""
    from saiki.training import Measured  # noqa: PLC0415  prediction does not need the loop

    def cross_entropy(network: nn.Module, batch: Mapping[str, torch.Tensor]) -> Measured:
        logits = network(batch["values"], batch["lengths"]).float()
        loss = nn.functional.cross_entropy(
            logits, batch["targets"], label_smoothing=label_smoothing
        )
        count = len(batch["targets"])
        hits = int((logits.detach().argmax(dim=1) == batch["targets"]).sum())
        return Measured(loss, {"loss_nats": loss.item() * count, "accuracy": hits}, count)

    return cross_entropy
