"""The network that a translator's configuration describes, and what it may not describe."""

from dataclasses import fields
from typing import Any

from saiki.errors import ArgumentError
from saiki.models import RecurrentSeq2Seq, TransformerSeq2Seq
from saiki.tasks.translate_config import TranslateConfig, TranslationNetworkConfig
from saiki.tasks.translation_reader import Seq2Seq
from saiki.tasks.translation_scores import check_score_tokens

__all__ = ["build_translator", "check_choices"]

_SHARED = {"architecture", "layers", "dropout", "tied"}
_TRANSFORMER = {"model_size", "num_heads", "feedforward_size", "norm_first"}
_LAYERS = {"recurrent": 1, "transformer": 3}


def build_translator(config: TranslateConfig, sources: int, targets: int) -> Seq2Seq:
    """The network that `config` describes for so many tokens, with fresh weights.

    Raises:
        ArgumentError: an option of the other architecture is set, or two do not go together.
    """
    model = config.model
    is_transformer = model.architecture == "transformer"
    names = {field.name for field in fields(model)} - _SHARED
    own, others = (
        (_TRANSFORMER, names - _TRANSFORMER)
        if is_transformer
        else (
            names - _TRANSFORMER,
            _TRANSFORMER,
        )
    )
    for name in sorted(others):
        if getattr(model, name) != getattr(TranslationNetworkConfig, name):
            raise ArgumentError(
                "model.{name}: is an option of the {owner} architecture; model.architecture is "
                "{got}. Leave it out.",
                name=name,
                owner="recurrent" if is_transformer else "transformer",
                got=model.architecture,
            )
    options: dict[str, Any] = {name: getattr(model, name) for name in own}
    options |= {
        "layers": model.layers or _LAYERS[model.architecture],
        "dropout": model.dropout,
        "tied": model.tied,
        "precision": config.training.precision,
    }
    if is_transformer:
        return TransformerSeq2Seq(sources, targets, **options)
    return RecurrentSeq2Seq(sources, targets, **options)


def check_choices(config: TranslateConfig) -> None:
    """What would do nothing, or fail when the training is over."""
    model, data = config.model, config.data
    is_blind = model.architecture == "recurrent" and model.attention == "none"
    if config.decoding.coverage_beta and is_blind:
        raise ArgumentError(
            "decoding.coverage_beta: needs attention; model.attention is none. Leave it out, or "
            "set --model.attention additive."
        )
    check_score_tokens(language=config.scores.language, tokens=config.scores.tokens)
    if config.training.teacher_forcing < 1 and model.architecture == "transformer":
        raise ArgumentError(
            "training.teacher_forcing: is for the recurrent architecture; a Transformer reads all "
            "tokens at once. Leave it out."
        )
    if model.tied == "all" and not data.shared_vocabulary:
        raise ArgumentError(
            "model.tied all: needs one vocabulary for both sides. Set --data.shared-vocabulary "
            "true, or --model.tied target."
        )
