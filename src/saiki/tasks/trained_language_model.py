"""A trained language model: texts in, continuations, likelihoods and ranked blanks out."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from saiki.artifacts import RunFolder, read_json
from saiki.data.text import TextTokenizer, tokenizer_from_json
from saiki.errors import ArgumentError, RunFolderError
from saiki.models import LanguageModel
from saiki.tasks.classifier import choose_device
from saiki.tasks.configure import read_config
from saiki.tasks.fitting import read_weights
from saiki.tasks.language_config import LanguageModelConfig
from saiki.tasks.language_model import build_language_model
from saiki.tasks.language_reader import Candidate, LanguageReader, TextScore
from saiki.tasks.text_preparation import TextPart, encode_part, read_source, read_texts
from saiki.tasks.token_measure import measure_part

__all__ = ["TrainedLanguageModel", "restore_language_model"]


def restore_language_model(
    run: RunFolder,
) -> tuple[LanguageModelConfig, TextTokenizer, LanguageModel]:
    """What a run wrote down when it began, and its network with fresh weights."""
    config = read_config(run.config_file)
    if not isinstance(config, LanguageModelConfig):
        raise RunFolderError(
            "{path}: must be the run of a language model; got one of the task {task}. Give "
            "another run.",
            path=run.path,
            task=config.task,
        )
    tokenizer = tokenizer_from_json(read_json(run.preprocess_file("tokenizer")))
    precision = config.training.precision
    return config, tokenizer, build_language_model(config.model, tokenizer, precision=precision)


class TrainedLanguageModel:
    """A language model read from its run folder.

    Example:
        model = saiki.load("runs/shakespeare")
        print("".join(model.generate("ROMEO:", length=200, seed=1)))
        model.score(["To be, or not to be"])[0].perplexity
        model.rank("I am so hungry that I could eat a ___.", ["horse", "stone"])[0].candidate
    """

    def __init__(
        self,
        config: LanguageModelConfig,
        tokenizer: TextTokenizer,
        network: LanguageModel,
        data_sha256: str,
    ) -> None:
        self.config, self.tokenizer, self.network = config, tokenizer, network
        self.data_sha256 = data_sha256
        self.device = next(network.parameters()).device
        self._reader = LanguageReader(network, tokenizer, config.data, self.device)

    @classmethod
    def load(cls, folder: Path) -> "TrainedLanguageModel":
        """Reads a run folder, wherever it was moved.

        Raises:
            RunFolderError: not a finished run, or a file is damaged or swapped.
        """
        from safetensors.torch import load  # noqa: PLC0415  only here

        run = RunFolder(folder)
        run.verify()
        config, tokenizer, network = restore_language_model(run)
        read_weights(network, load(run.model_file.read_bytes()), run)
        network.eval().to(choose_device("auto"))
        sha256 = read_json(run.run_file)["data"]["sha256"]
        return cls(config, tokenizer, network, sha256)

    def generate(
        self,
        prompt: str = "",
        *,
        length: int = 100,
        temperature: float = 1.0,
        top_k: int | None = None,
        nucleus: float | None = None,
        seed: int = 0,
    ) -> Iterator[str]:
        """Goes on with `prompt`; see `LanguageReader.generate`."""
        return self._reader.generate(
            prompt,
            length=length,
            temperature=temperature,
            top_k=top_k,
            nucleus=nucleus,
            seed=seed,
        )

    def predict(self, inputs: str | Sequence[str]) -> Any:
        """A continuation of a text, or a list of them, with the settings of `[samples]`."""
        wanted = self.config.samples

        def one(prompt: str) -> dict[str, Any]:
            text = "".join(
                self.generate(
                    prompt,
                    length=wanted.length,
                    temperature=wanted.temperature,
                    nucleus=wanted.nucleus,
                    seed=self.config.seed,
                )
            )
            return {"input": prompt, "text": text}

        return one(inputs) if isinstance(inputs, str) else [one(prompt) for prompt in inputs]

    def score(self, texts: Sequence[str]) -> list[TextScore]:
        """The surprise of every token of every text; see `LanguageReader.score`."""
        return self._reader.score(texts)

    def rank(
        self, text: str, candidates: Sequence[str] | None = None, *, count: int = 10
    ) -> list[Candidate]:
        """Ways to fill the blank of a text; see `LanguageReader.rank`."""
        return self._reader.rank(text, candidates, count=count)

    def evaluate(self, source: str | None = None, *, batch_size: int = 64) -> dict[str, float]:
        """The figures on other text, or on the test part; see `part`."""
        return self.measure(self.part(source), batch_size=batch_size)

    def part(self, source: str | None = None) -> TextPart:
        """Other text as tokens, or the test part (validation where there is none).

        Raises:
            RunFolderError: the training data has changed, so its parts are not what they were.
            ArgumentError: nothing was held back from training.
        """
        if source is not None:
            texts = read_source(self.config.data, source).values()
            return encode_part(self.tokenizer, list(map(str, texts)), self.config.data)
        parts, sha256 = read_texts(self.config.data)
        if sha256 != self.data_sha256:
            raise RunFolderError(
                "evaluate: {source} has changed since training, so its test part may hold what "
                "was learned. Bring the old data back, or name the data with --data.",
                source=self.config.data.source,
            )
        held_back = parts.get("test") or parts.get("validation")
        if not held_back:
            raise ArgumentError(
                "evaluate: nothing was held back from the training of this run. Name other text "
                "with --data."
            )
        return encode_part(self.tokenizer, held_back, self.config.data)

    def measure(self, part: TextPart, *, batch_size: int = 64) -> dict[str, float]:
        """The figures of a part: nats, perplexity, bits per byte, unknown tokens."""
        return measure_part(
            self.network,
            part,
            self.config.data,
            self.device,
            batch_size=batch_size,
            cache=self.config.cache,
        )
