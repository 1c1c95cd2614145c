"""The configuration of a translator: what TOML files and flags may say. Imports no torch."""

from typing import Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from saiki.data.text import TokenizerName
from saiki.tasks.language_config import AveragingConfig

__all__ = [
    "DecodingConfig",
    "PairsConfig",
    "ScoresConfig",
    "ShownPairsConfig",
    "TranslateConfig",
    "TranslationNetworkConfig",
    "TranslationTrainingConfig",
]

_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class PairsConfig:
    """Where the pairs of texts come from, how they are split, and how they become tokens."""

    source: str = Field(
        description="what is translated: a data set of pairs (`saiki data list`), a table (.tsv, "
        ".csv, .jsonl), or a text file with a text a line beside data.target."
    )
    target: str | None = Field(
        default=None, description="the text file whose lines are the translations of the source's."
    )
    validation_source: str | None = Field(
        default=None, description="a second source that is the validation part."
    )
    validation_target: str | None = Field(
        default=None, description="the text file that belongs to data.validation_source."
    )
    test_source: str | None = Field(
        default=None, description="a second source that is the test part."
    )
    test_target: str | None = Field(
        default=None, description="the text file that belongs to data.test_source."
    )
    source_column: str = Field(
        default="source", description="tables and sets: column of what is translated."
    )
    target_column: str = Field(
        default="target", description="tables and sets: column of the translations."
    )
    part_column: str | None = Field(
        default=None, description="tables: column that says train, validation or test."
    )
    group_column: str | None = Field(
        default=None, description="tables: column of groups that get figures of their own."
    )
    encoding: str = Field(
        default="utf-8", description="of the files, such as cp932 or euc-jp for old Japanese text."
    )
    strict: bool = Field(
        default=False, description="an empty source or target is an error instead of left out."
    )
    validation_fraction: float = Field(
        default=0.1, ge=0, lt=1, description="share held back where no validation part is given."
    )
    test_fraction: float = Field(
        default=0.0, ge=0, lt=1, description="share held back where no test part is given."
    )
    source_tokenizer: TokenizerName = Field(
        default="words", description="what a token of the source is."
    )
    target_tokenizer: TokenizerName = Field(
        default="words", description="what a token of the target is."
    )
    unicode_form: Literal["none", "nfc", "nfkc"] = Field(
        default="none",
        description="Unicode normalisation of both sides, references of the scores included.",
    )
    lower_case: bool = Field(
        default=False,
        description="capitals become small letters on both sides, references included.",
    )
    min_count: int = Field(default=1, ge=1, description="rarer tokens are unknown ones.")
    max_vocabulary: int | None = Field(
        default=None, ge=5, description="most tokens in a vocabulary, special ones included."
    )
    shared_vocabulary: bool = Field(
        default=False, description="source and target have one vocabulary, learned from both."
    )
    max_tokens: int = Field(
        default=200,
        ge=1,
        description="training pairs with a longer side are left out and counted, held-back ones "
        "only beyond 1000; longer sources are refused later.",
    )


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class TranslationNetworkConfig:
    """The network: an encoder and a decoder."""

    architecture: Literal["recurrent", "transformer"] = Field(
        default="recurrent", description="what reads and writes."
    )
    layers: int | None = Field(
        default=None,
        ge=1,
        description="how many are stacked on each side; none is 1 of a recurrent network, 3 of a "
        "Transformer.",
    )
    dropout: float = Field(
        default=0.1,
        ge=0,
        lt=1,
        description="recurrent: on embeddings and between layers, one mask a sequence; "
        "transformer: after embeddings and sub-layers.",
    )
    tied: Literal["none", "target", "all"] = Field(
        default="none",
        description="target: output and target embedding are one; all: the source embedding too, "
        "with data.shared_vocabulary.",
    )
    cell: Literal["rnn", "lstm", "peephole-lstm", "gru"] = Field(
        default="gru", description="which recurrent cell."
    )
    embedding_size: int = Field(
        default=256, ge=1, description="recurrent: numbers of a token's vector."
    )
    hidden_size: int = Field(default=256, ge=1, description="recurrent: units of a layer.")
    bidirectional: bool = Field(default=True, description="recurrent: the encoder reads both ways.")
    attention: Literal["none", "additive", "dot", "general"] = Field(
        default="additive",
        description="recurrent: how the decoder looks back at the source; none: it has the last "
        "state alone.",
    )
    attention_size: int | None = Field(
        default=None, ge=1, description="recurrent: units of additive attention; none: hidden_size."
    )
    scaled: bool = Field(
        default=True,
        description="recurrent: dot and general scores are divided by the root of hidden_size; "
        "false is the form of 2015, whose weights can settle on one place early.",
    )
    query: Literal["auto", "previous", "current"] = Field(
        default="auto",
        description="recurrent: which decoder state asks; previous: its context enters the step "
        "(2014; auto for additive), current: the step comes first (2015; auto for dot, general).",
    )
    input_feeding: bool = Field(
        default=False,
        description="recurrent: what attention gave at a step enters the next one.",
    )
    embedding_spread: float = Field(
        default=0.3,
        gt=0,
        allow_inf_nan=False,
        description="recurrent: standard deviation of fresh embeddings; wide ones learn sooner, "
        "narrow ones generalise better from few pairs.",
    )
    embedding_dropout: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="recurrent: share of the word types that are gone in a batch.",
    )
    output_dropout: float = Field(
        default=0.0, ge=0, lt=1, description="recurrent: before the softmax."
    )
    reset_after: bool = Field(
        default=True, description="gru: whether the reset gate acts after the recurrent product."
    )
    model_size: int = Field(
        default=256, ge=1, description="transformer: numbers of a vector; a multiple of num_heads."
    )
    num_heads: int = Field(default=4, ge=1, description="transformer: heads of its attention.")
    feedforward_size: int = Field(
        default=1024, ge=1, description="transformer: units of the layer inside a block."
    )
    norm_first: bool = Field(
        default=True, description="transformer: layer normalisation before the sub-layers."
    )


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class TranslationTrainingConfig:
    """How the network is fitted."""

    epochs: int = Field(default=10, ge=1, description="passes over the training part.")
    batch_tokens: int = Field(
        default=1024,
        ge=1,
        description="tokens of a batch's longer side, padding included; pairs of like length go "
        "together.",
    )
    optimiser: Literal["adamw", "adam", "sgd", "plain-sgd", "rmsprop", "adagrad"] = Field(
        default="adamw", description="how a gradient becomes a step."
    )
    learning_rate: float = Field(default=0.001, gt=0, description="the schedule's highest.")
    schedule: Literal["constant", "one-cycle", "cosine", "plateau"] = Field(
        default="one-cycle", description="how the learning rate goes over the run."
    )
    weight_decay: float = Field(default=0.0, ge=0, description="on matrices, not on biases.")
    clip_norm: float | None = Field(
        default=1.0, gt=0, description="largest global norm of the gradient; none never clips."
    )
    label_smoothing: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="share of the target that goes to all tokens; loss_nats is without it.",
    )
    teacher_forcing: float = Field(
        default=1.0,
        ge=0,
        le=1,
        description="share of the true tokens that the decoder is fed at the end; below 1 it "
        "falls evenly from 1, and the rest are tokens of its own (scheduled sampling).",
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
        description="bf16: products in bfloat16 while training, but for those inside recurrent "
        "layers; states and measuring are always float32.",
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
class DecodingConfig:
    """How the best translation is looked for."""

    width: int = Field(default=5, ge=1, description="of the beam; 1 takes the likeliest token.")
    length_alpha: float = Field(
        default=1.0,
        ge=-10,
        le=10,
        description="length normalisation; 0 ranks by probability, more helps longer ones.",
    )
    coverage_beta: float = Field(
        default=0.0, ge=0, description="times the penalty on source tokens left unattended."
    )
    max_ratio: float = Field(
        default=2.0, ge=0, description="most tokens of a translation for each of the source ..."
    )
    max_extra: int = Field(default=10, ge=1, description="... and so many more.")


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class ScoresConfig:
    """How translations are compared with the references."""

    language: str = Field(
        default="en", description="of the target, such as en, de or ja: what its words are."
    )
    tokens: Literal["own", "international", "characters"] = Field(
        default="international",
        description="own: BLEU on what white space separates in the data; international: on the "
        "words that sacreBLEU cuts for the language; characters: on single ones.",
    )


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class ShownPairsConfig:
    """What the report shows when the model is trained."""

    inputs: tuple[str, ...] = Field(
        default=(), description="texts that are translated beside the first held-back ones."
    )


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class TranslateConfig:
    """Sequence to sequence: a text in, another text out."""

    task: Literal["translate"] = Field(default="translate", description="what is learned.")
    recipe: str = Field(default="custom", description="the name of this recipe.")
    description: str = Field(default="", description="one line on what it does.")
    preset: str = Field(default="", description="which of the recipe's sizes; see its description.")
    seed: int = Field(default=0, ge=0, description="of weights, batches and drop-out.")
    data: PairsConfig
    model: TranslationNetworkConfig = TranslationNetworkConfig()
    training: TranslationTrainingConfig = TranslationTrainingConfig()
    decoding: DecodingConfig = DecodingConfig()
    scores: ScoresConfig = ScoresConfig()
    samples: ShownPairsConfig = ShownPairsConfig()
