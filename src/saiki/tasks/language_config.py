"""The configuration of a language model: what TOML files and flags may say. Imports no torch."""

from typing import Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from saiki.data.text import TokenizerName

__all__ = [
    "AveragingConfig",
    "CacheConfig",
    "LanguageModelConfig",
    "LanguageNetworkConfig",
    "LanguageTrainingConfig",
    "SamplesConfig",
    "TextConfig",
]

_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class TextConfig:
    """Where the text comes from, how it is split, and how it becomes tokens."""

    source: str = Field(
        description="a data set of text (`saiki data list`), a file (.txt, .csv, .tsv, .jsonl), a "
        "folder or a glob."
    )
    validation_source: str | None = Field(
        default=None, description="a second source that is the validation part."
    )
    test_source: str | None = Field(
        default=None, description="a second source that is the test part."
    )
    text_columns: tuple[str, ...] = Field(
        default=("text",), description="tables: columns of the text, joined with a space."
    )
    part_column: str | None = Field(
        default=None, description="tables: column that says train, validation or test."
    )
    record: Literal["line", "file"] = Field(
        default="line",
        description="line: each line is a text of its own, closed by an end token; file: the "
        "whole file is one text, line breaks included.",
    )
    encoding: str = Field(
        default="utf-8", description="of the files, such as cp932 or euc-jp for old Japanese text."
    )
    validation_fraction: float = Field(
        default=0.1, ge=0, lt=1, description="share held back where no validation part is given."
    )
    test_fraction: float = Field(
        default=0.0, ge=0, lt=1, description="share held back where no test part is given."
    )
    split: Literal["end", "spread"] = Field(
        default="end",
        description="what is held back: the end of the text, or blocks of it spread evenly.",
    )
    tokenizer: TokenizerName = Field(default="words", description="what a token is.")
    unicode_form: Literal["none", "nfc", "nfkc"] = Field(
        default="none", description="Unicode normalisation before anything else."
    )
    lower_case: bool = Field(default=False, description="capitals become small letters.")
    min_count: int = Field(default=1, ge=1, description="rarer tokens are unknown ones.")
    max_vocabulary: int | None = Field(
        default=None, ge=5, description="most tokens in the vocabulary, special ones included."
    )
    batching: Literal["stream", "lines"] = Field(
        default="stream",
        description="stream: all text end to end, the state carried on from batch to batch; "
        "lines: every line from an empty state.",
    )
    steps: int = Field(
        default=35, ge=1, description="stream: tokens that a gradient goes back through (BPTT)."
    )
    max_tokens: int = Field(
        default=1000, ge=1, description="lines: longer ones go on as another line."
    )
    evaluation_streams: int = Field(
        default=10,
        ge=1,
        description="stream: pieces that a part is cut into when it is measured, each from an "
        "empty state; 1 reads it in one.",
    )


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class LanguageNetworkConfig:
    """The network."""

    cell: Literal["rnn", "lstm", "peephole-lstm", "gru"] = Field(
        default="lstm", description="which recurrent cell."
    )
    embedding_size: int = Field(default=256, ge=1, description="numbers of a token's vector.")
    hidden_size: int = Field(default=256, ge=1, description="units of a layer.")
    layers: int = Field(default=2, ge=1, description="how many are stacked.")
    tied: bool = Field(
        default=True,
        description="input and output share one embedding; the last layer then has its size.",
    )
    embedding_dropout: float = Field(
        default=0.0, ge=0, lt=1, description="share of the word types that are gone in a batch."
    )
    input_dropout: float = Field(default=0.0, ge=0, lt=1, description="on the embeddings.")
    dropout: float = Field(default=0.0, ge=0, lt=1, description="between layers.")
    output_dropout: float = Field(default=0.0, ge=0, lt=1, description="after the last layer.")
    dropout_form: Literal["variational", "plain"] = Field(
        default="variational",
        description="variational: one mask for all steps of a sequence; plain: one a step.",
    )
    weight_dropout: float = Field(
        default=0.0, ge=0, lt=1, description="on the recurrent matrices (DropConnect)."
    )
    recurrent_dropout: float = Field(
        default=0.0, ge=0, lt=1, description="one mask a sequence on the recurrent state."
    )
    layer_norm: bool = Field(default=False, description="layer normalisation in the cells.")
    learned_initial_state: bool = Field(
        default=False, description="the first state is learned instead of zero."
    )
    stage: Literal["carousel", "input-output-gates", "forget-gate"] = Field(
        default="forget-gate", description="lstm: how far it is built up; forget-gate is all."
    )
    output_activation: Literal["tanh", "identity"] = Field(
        default="tanh", description="lstm: what stands between the cell and its output gate."
    )
    reset_after: bool = Field(
        default=True, description="gru: whether the reset gate acts after the recurrent product."
    )
    nonlinearity: Literal["tanh", "relu", "sigmoid", "leaky-relu", "swish", "identity"] = Field(
        default="tanh", description="rnn: its activation."
    )
    softmax: Literal["full", "sampled", "adaptive"] = Field(
        default="full",
        description="full is exact; sampled learns from drawn words, adaptive from classes of "
        "rarer words: both for large vocabularies.",
    )
    samples: int = Field(default=1024, ge=1, description="sampled: words drawn for each batch.")
    cutoffs: tuple[int, ...] = Field(
        default=(2000, 10000), description="adaptive: where each class of rarer words begins."
    )


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class AveragingConfig:
    """Averaged SGD: the weights kept are the mean over the last steps."""

    trigger: Literal["none", "non-monotonic", "epoch"] = Field(
        default="none",
        description="when it begins: never; when the validation loss no longer falls; at an epoch.",
    )
    patience: int = Field(
        default=5, ge=1, description="non-monotonic: epochs that may pass without a better loss."
    )
    from_epoch: int = Field(default=0, ge=0, description="epoch: the first that is averaged.")


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class LanguageTrainingConfig:
    """How the network is fitted."""

    epochs: int = Field(default=10, ge=1, description="passes over the training part.")
    batch_size: int = Field(default=20, ge=1, description="streams, or lines, side by side.")
    optimiser: Literal["adamw", "adam", "sgd", "plain-sgd", "rmsprop", "adagrad"] = Field(
        default="adamw", description="how a gradient becomes a step."
    )
    learning_rate: float = Field(default=0.003, gt=0, description="the schedule's highest.")
    schedule: Literal["constant", "one-cycle", "cosine", "plateau"] = Field(
        default="one-cycle", description="how the learning rate goes over the run."
    )
    weight_decay: float = Field(default=0.0, ge=0, description="on matrices, not on biases.")
    clip_norm: float | None = Field(
        default=1.0, gt=0, description="largest global norm of the gradient; none never clips."
    )
    activation_penalty: float = Field(
        default=0.0, ge=0, description="AR: times the mean square of the last layer's output."
    )
    change_penalty: float = Field(
        default=0.0, ge=0, description="TAR: times the mean square of its change between steps."
    )
    averaging: AveragingConfig = AveragingConfig()
    patience: int | None = Field(
        default=None, ge=1, description="stop after so many epochs without a better one."
    )
    keep: Literal["best", "last"] = Field(
        default="best", description="whose weights are kept: the best epoch's or the last one's."
    )
    precision: Literal["float32", "bf16"] = Field(
        default="float32",
        description="bf16: the products of the softmax in bfloat16 while training; measuring is "
        "always float32.",
    )
    device: str = Field(default="auto", description="auto, cpu, cuda or cuda:N.")
    threads: int | None = Field(
        default=None, ge=1, description="processor threads; none takes what torch takes."
    )
    checkpoint_seconds: float = Field(
        default=60.0, ge=0, description="a checkpoint at least this often."
    )
    tensorboard: bool = Field(default=False, description="figures for TensorBoard as well.")


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class CacheConfig:
    """A mixture with the words just read: p = (1 - weight) p_model + weight p_cache."""

    size: int = Field(
        default=0, ge=0, description="tokens that are remembered; 0 goes without a cache."
    )
    flatness: float = Field(
        default=0.3, ge=0, description="how much nearer states count more (theta)."
    )
    weight: float = Field(default=0.1, ge=0, lt=1, description="of the cache (lambda).")


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class SamplesConfig:
    """What the report shows when the model is trained."""

    prompts: tuple[str, ...] = Field(
        default=(), description="beginnings that the model goes on with."
    )
    length: int = Field(default=100, ge=1, description="tokens that are added.")
    temperature: float = Field(
        default=0.8, ge=0, description="below 1 is more certain, 0 takes the likeliest."
    )
    nucleus: float | None = Field(
        default=None, gt=0, le=1, description="draws from the likeliest tokens of so much mass."
    )
    cloze: dict[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description="a text with a blank (＿＿ or ___), and the candidates that are ranked for it.",
    )


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class LanguageModelConfig:
    """A recurrent language model: what comes next."""

    task: Literal["language-model"] = Field(
        default="language-model", description="what is learned."
    )
    recipe: str = Field(default="custom", description="the name of this recipe.")
    description: str = Field(default="", description="one line on what it does.")
    preset: str = Field(default="", description="which of the recipe's sizes; see its description.")
    seed: int = Field(default=0, ge=0, description="of weights, batches and drop-out.")
    data: TextConfig
    model: LanguageNetworkConfig = LanguageNetworkConfig()
    training: LanguageTrainingConfig = LanguageTrainingConfig()
    cache: CacheConfig = CacheConfig()
    samples: SamplesConfig = SamplesConfig()
