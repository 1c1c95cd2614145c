"""What a trained network, or a table of word vectors, consists of and costs."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from saiki.language import render
from saiki.tasks.api import load
from saiki.tasks.trained_vectors import TrainedWordVectors

if TYPE_CHECKING:
    from saiki.tasks.classifier import TrainedClassifier
    from saiki.tasks.trained_forecaster import TrainedForecaster
    from saiki.tasks.trained_language_model import TrainedLanguageModel
    from saiki.tasks.trained_translator import TrainedTranslator

__all__ = ["Summary", "summarise"]

_LARGE_SHARE = 0.5  # of the arithmetic, from which the output layer is worth a word


@dataclass(frozen=True)
class Summary:
    """A table for people, and the same as plain JSON."""

    text: str
    facts: dict[str, Any]


def summarise(folder: Path, length: int) -> Summary:
    """Counts the network of a run for one sequence of `length` steps, or its word vectors."""
    model = load(folder)
    if isinstance(model, TrainedWordVectors):
        return _of_vectors(model)
    from saiki.tasks.trained_forecaster import TrainedForecaster  # noqa: PLC0415  as torch
    from saiki.tasks.trained_language_model import TrainedLanguageModel  # noqa: PLC0415

    if isinstance(model, TrainedLanguageModel):
        return _of_language_model(model, length)
    from saiki.tasks.trained_translator import TrainedTranslator  # noqa: PLC0415  as torch

    if isinstance(model, TrainedForecaster):
        return _of_forecaster(model)
    if isinstance(model, TrainedTranslator):
        return _of_translator(model, length)
    return _of_network(model, length)


def _of_vectors(model: TrainedWordVectors) -> Summary:
    vectors = model.vectors
    model_bytes = sum(file.stat().st_size for file in (model.folder / "model").iterdir())
    facts = {
        "recipe": model.config.recipe,
        "words": len(vectors),
        "vector_size": vectors.vector_size,
        "parameters": vectors.vectors.size,
        "vector_bytes": vectors.vectors.nbytes,
        "dtype": str(vectors.vectors.dtype),
        "model_bytes": model_bytes,
    }
    text = render(
        "{recipe}: {words:,} words, {vector_size} numbers each ({dtype}): {mebibytes:.1f} MiB; the "
        "model that training goes on from: {model_mebibytes:.1f} MiB",
        recipe=facts["recipe"],
        words=facts["words"],
        vector_size=facts["vector_size"],
        dtype=facts["dtype"],
        mebibytes=vectors.vectors.nbytes / 2**20,
        model_mebibytes=model_bytes / 2**20,
    )
    return Summary(text, facts)


def _of_network(model: "TrainedClassifier", length: int) -> Summary:
    import torch  # noqa: PLC0415  heavy, and word vectors do without

    from saiki.nn import count  # noqa: PLC0415  torch comes in here

    counted = count(model.network, torch.tensor([length]))
    backend = model.network.backend()
    recipe, classes = model.config.recipe, len(model.labels)
    if model.network.reads_tokens:
        head = render(
            "{recipe}: {tokens:,} tokens in the vocabulary, {classes} labels; counted for one text "
            "of {length} tokens; backend: {backend}",
            recipe=recipe,
            tokens=model.front_end.features,
            classes=classes,
            length=length,
            backend=backend,
        )
    else:
        head = render(
            "{recipe}: {features} features a step, {classes} labels; counted for one sequence of "
            "{length} steps; backend: {backend}",
            recipe=recipe,
            features=model.front_end.features,
            classes=classes,
            length=length,
            backend=backend,
        )
    facts = {
        "recipe": model.config.recipe,
        "length_steps": length,
        "backend": backend,
        "layers": [asdict(row) for row in counted.rows],
    }
    return Summary(f"{head}\n\n{counted.table()}", facts)


def _of_language_model(model: "TrainedLanguageModel", length: int) -> Summary:
    import torch  # noqa: PLC0415  heavy, and word vectors do without

    from saiki.nn import count  # noqa: PLC0415  torch comes in here

    counted = count(model.network, torch.tensor([length]))
    softmax, vocabulary = model.config.model.softmax, len(model.tokenizer)
    output = [row for row in counted.rows if row.name.startswith("head")]
    own = sum(row.multiply_adds for row in output)
    share = round(own / counted.multiply_adds, 6)
    facts: dict[str, Any] = {
        "recipe": model.config.recipe,
        "length_steps": length,
        "backend": model.network.backend(),
        "vocabulary": vocabulary,
        "softmax": softmax,
        "parameters": counted.parameters,
        "multiply_adds_per_token": counted.multiply_adds // length,
        "output_multiply_adds_share": share,
        "output_parameters_share": round(
            sum(row.parameters for row in output) / counted.parameters, 6
        ),
        "layers": [asdict(row) for row in counted.rows],
    }
    said = render(
        "{recipe}: {vocabulary:,} tokens in the vocabulary, {parameters:,} parameters, "
        "{multiply_adds_per_token:,} multiply-adds a token; {share:.0%} of these and "
        "{own_parameters:.0%} of the parameters are the output layer's ({softmax} softmax); "
        "counted for one sequence of {length_steps} steps; backend: {backend}",
        share=share,
        own_parameters=facts["output_parameters_share"],
        **{name: value for name, value in facts.items() if name != "layers"},
    )
    if softmax == "full" and share > _LARGE_SHARE:
        said += "\n" + render(
            "More than half of the arithmetic is the softmax over the whole vocabulary. "
            "--model.softmax sampled or adaptive trains with less of it; --data.max-vocabulary or "
            "a tokeniser of smaller pieces makes it smaller."
        )
    return Summary(f"{said}\n\n{counted.table()}", facts)


def _of_forecaster(model: "TrainedForecaster") -> Summary:
    import torch  # noqa: PLC0415  heavy, and word vectors do without

    from saiki.nn import count  # noqa: PLC0415  torch comes in here

    data, network = model.config.data, model.network
    encoder = count(network.encoder, torch.tensor([data.window]))
    layers = [asdict(row) | {"name": f"encoder.{row.name}"} for row in encoder.rows]
    others = count(network.after_encoder(), torch.tensor([data.horizon]))
    layers += [asdict(row) for row in others.rows]
    facts: dict[str, Any] = {
        "recipe": model.config.recipe,
        "window_steps": data.window,
        "horizon_steps": data.horizon,
        "backend": network.backend(),
        "parameters": sum(p.numel() for p in network.parameters()),
        "multiply_adds": encoder.multiply_adds + others.multiply_adds,
        "layers": layers,
    }
    said = render(
        "{recipe}: {parameters:,} parameters; {multiply_adds:,} multiply-adds for a window of "
        "{window_steps} steps and a horizon of {horizon_steps}; backend: {backend}",
        **{name: value for name, value in facts.items() if name != "layers"},
    )
    return Summary(f"{said}\n\n{encoder.table()}\n\n{others.table()}", facts)


def _of_translator(model: "TrainedTranslator", length: int) -> Summary:
    import torch  # noqa: PLC0415  heavy, and word vectors do without

    from saiki.nn import count  # noqa: PLC0415  torch comes in here

    counted = count(model.network, torch.tensor([length]))
    facts: dict[str, Any] = {
        "recipe": model.config.recipe,
        "length_steps": length,
        "backend": model.network.backend(),
        "source_vocabulary": len(model.source_tokenizer),
        "target_vocabulary": len(model.target_tokenizer),
        "parameters": counted.parameters,
        "multiply_adds": counted.multiply_adds,
        "layers": [asdict(row) for row in counted.rows],
    }
    said = render(
        "{recipe}: {source_vocabulary:,} tokens of the source and {target_vocabulary:,} of the "
        "target, {parameters:,} parameters; counted for a source and a target of {length_steps} "
        "tokens: {multiply_adds:,} multiply-adds; backend: {backend}",
        **{name: value for name, value in facts.items() if name != "layers"},
    )
    return Summary(f"{said}\n\n{counted.table()}", facts)
