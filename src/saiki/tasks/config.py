"""The configuration of a task: what TOML files and flags may say. Imports no torch."""

from typing import Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from saiki.data.text import TokenizerName

__all__ = [
    "AugmentConfig",
    "ClassifyConfig",
    "DataConfig",
    "FeaturesConfig",
    "ModelConfig",
    "TrainingConfig",
]

_STRICT = ConfigDict(extra="forbid")
Range = tuple[float, float]


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class FeaturesConfig:
    """How a recording, series or text becomes a sequence."""

    kind: Literal["auto", "log-mel", "raw", "series", "tokens"] = Field(
        default="auto",
        description="auto takes log-mel for audio, series for series and tokens for text; raw is "
        "the waveform.",
    )
    level: Literal["none", "loudest"] = Field(
        default="loudest",
        description="log-mel: loudest scales each recording so that its loudest 20 ms are equal.",
    )
    seconds: float = Field(
        default=1.0, gt=0, description="raw: every recording is cut or padded to this length."
    )
    samples_per_step: int = Field(
        default=1, ge=1, description="raw: samples that make one step of the sequence."
    )
    mels: int = Field(default=40, ge=1, description="log-mel: filters of the mel scale.")
    window_ms: float = Field(default=25.0, gt=0, description="log-mel: length of a window.")
    hop_ms: float = Field(default=10.0, gt=0, description="log-mel: from one window to the next.")
    f_min_hz: float = Field(default=60.0, ge=0, description="log-mel: lowest frequency.")
    f_max_hz: float | None = Field(
        default=None, gt=0, description="log-mel: highest frequency; none is half the sample rate."
    )
    mel_scale: Literal["htk", "slaney"] = Field(
        default="htk", description="log-mel: which formula spaces the filters."
    )
    log_floor_db: float = Field(
        default=-50.0, description="log-mel: power added under the logarithm; hides faint noise."
    )
    trim_silence_db: float | None = Field(
        default=None,
        gt=0,
        description="log-mel: ends so far below the loudest 20 ms are cut off; none cuts nothing.",
    )
    deltas: int = Field(
        default=0, ge=0, le=2, description="log-mel: time derivatives added as features (0 to 2)."
    )
    stack: int = Field(
        default=1, ge=1, description="log-mel: frames joined into one step, so T becomes T/stack."
    )
    normalise: Literal["none", "global", "utterance", "utterance-mean", "utterance-scale"] = Field(
        default="global",
        description="global: mean and deviation of the training part; utterance: of each sequence; "
        "utterance-mean: its mean, the training part's deviation; utterance-scale: its mean, one "
        "deviation for all features.",
    )
    mean_removal: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="log-mel: share of each filter's own mean over the sound that is taken away "
        "first.",
    )
    tokenizer: TokenizerName = Field(default="words", description="tokens: what a token is.")
    unicode_form: Literal["none", "nfc", "nfkc"] = Field(
        default="nfkc", description="tokens: Unicode normalisation before anything else."
    )
    lower_case: bool = Field(default=False, description="tokens: capitals become small letters.")
    min_count: int = Field(
        default=1, ge=1, description="tokens: those that occur less often are unknown ones."
    )
    max_vocabulary: int | None = Field(
        default=None,
        ge=5,
        description="tokens: most of them in the vocabulary, special ones included.",
    )
    max_tokens: int = Field(
        default=400, ge=1, description="tokens: longer texts are cut after so many."
    )


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class AugmentConfig:
    """Random changes of the training examples; all off by default."""

    stretch: Range | None = Field(
        default=None,
        description="audio: speed factor drawn from this range (changes tempo and pitch).",
    )
    gain_db: Range | None = Field(default=None, description="audio: loudness change.")
    noise_snr_db: Range | None = Field(
        default=None, description="audio: noise at a signal-to-noise ratio from this range."
    )
    noise_probability: float = Field(
        default=1.0, ge=0, le=1, description="audio: share of the examples that get noise."
    )
    crop_ms: float = Field(
        default=0.0, ge=0, description="audio: up to so much is cut off at each end."
    )
    shift_ms: float = Field(
        default=0.0, ge=0, description="audio: moved in time by up to so much either way."
    )
    equalise_db: float = Field(
        default=0.0, ge=0, description="audio: deviation of a random smooth change of the spectrum."
    )
    tempo: Range | None = Field(
        default=None, description="log-mel, series: tempo factor from this range; pitch is kept."
    )
    mel_warp: Range | None = Field(
        default=None, description="log-mel: stretch of the mel axis, as of another vocal tract."
    )
    mel_shift: float = Field(
        default=0.0, ge=0, description="log-mel: largest shift along the mel axis, in filters."
    )
    time_masks: int = Field(
        default=0, ge=0, description="stretches of time set to the sequence's mean."
    )
    time_mask_frames: int = Field(default=10, ge=1, description="longest time mask, in steps.")
    frequency_masks: int = Field(default=0, ge=0, description="log-mel: bands set to the mean.")
    frequency_mask_bins: int = Field(default=8, ge=1, description="log-mel: widest band mask.")
    jitter: float = Field(
        default=0.0, ge=0, description="series: Gaussian noise, in deviations of each channel."
    )


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class DataConfig:
    """Where the examples come from and how they are split."""

    source: str = Field(
        description="a data set (`saiki data list`), a folder with a sub-folder a label, a glob, "
        "or a file: table of recordings or texts (csv, tsv, jsonl), .ts, .csv, .npz."
    )
    test_source: str | None = Field(
        default=None, description="a second source that is the test part."
    )
    unlabelled_source: str | None = Field(
        default=None,
        description="text: a data set or file of texts without labels, from which the word vectors "
        "are learned as well.",
    )
    kind: Literal["auto", "audio", "series", "text"] = Field(
        default="auto", description="what the source holds; auto looks at it."
    )
    text_columns: tuple[str, ...] = Field(
        default=("text",), description="tables: columns of the text, joined with a space."
    )
    record: Literal["auto", "line", "file"] = Field(
        default="auto",
        description="text files: whether a text is a line or the whole file; auto takes lines of "
        "files that are named, and whole files of folders and globs.",
    )
    encoding: str = Field(
        default="utf-8",
        description="tables, text files: such as cp932 or euc-jp for old Japanese text.",
    )
    path_column: str = Field(default="path", description="tables: column of the recording's path.")
    label_column: str = Field(default="label", description="tables: column of the label.")
    label_separator: str | None = Field(
        default=None,
        min_length=1,
        description="what stands between the labels of an example that may have several, such as "
        "';'; each label is then decided by itself. none: exactly one label.",
    )
    group_column: str | None = Field(
        default=None, description="tables: column of the group, such as the speaker."
    )
    part_column: str | None = Field(
        default=None, description="tables: column that says train, validation or test."
    )
    id_column: str | None = Field(
        default=None, description="long csv: column that names the case of a row."
    )
    time_column: str | None = Field(default=None, description="long csv: column to sort by.")
    sample_rate_hz: int | None = Field(
        default=None, gt=0, description="audio: every recording is resampled to this rate."
    )
    channels: Literal["mono", "mix"] = Field(
        default="mono", description="audio: mono refuses several channels, mix averages them."
    )
    split: Literal["parts", "fractions", "group"] = Field(
        default="parts",
        description="parts: as given or official; fractions: at random, stratified by label; "
        "group: one group is the test part.",
    )
    test_fraction: float = Field(default=0.2, ge=0, lt=1, description="for split = fractions.")
    validation_fraction: float = Field(
        default=0.1,
        ge=0,
        lt=1,
        description="share of the training part held back for validation where none is given.",
    )
    held_out: str | None = Field(
        default=None, description="for split = group: the test group; each: every one in turn."
    )
    split_seed: int = Field(default=0, ge=0, description="seed of the split, not of the training.")
    features: FeaturesConfig = FeaturesConfig()
    augment: AugmentConfig = AugmentConfig()


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class ModelConfig:
    """The network."""

    cell: Literal["rnn", "lstm", "peephole-lstm", "gru", "cnn", "cnn-se", "bag"] = Field(
        default="gru",
        description="what runs over time: a recurrent cell, or a convolution; bag: nothing, the "
        "steps are pooled as they are.",
    )
    bidirectional: bool = Field(
        default=False, description="recurrent cells: read from the end as well."
    )
    hidden_size: int = Field(
        default=64, ge=1, description="units of a direction, or channels of a convolution."
    )
    layers: int = Field(default=1, ge=1, description="how many are stacked.")
    dropout: float = Field(default=0.0, ge=0, lt=1, description="between layers, before the head.")
    input_dropout: float = Field(
        default=0.0, ge=0, lt=1, description="on the features, or on the token vectors."
    )
    recurrent_dropout: float = Field(
        default=0.0, ge=0, lt=1, description="recurrent cells: one mask a sequence on the state."
    )
    layer_norm: bool = Field(default=False, description="recurrent cells: layer normalisation.")
    pooling: Literal["last", "mean", "max", "mean-max", "attention"] = Field(
        default="mean", description="recurrent cells, bag: how the steps become one vector."
    )
    embedding: Literal["random", "word-vectors"] = Field(
        default="random",
        description="text: what the vectors of tokens begin with; word-vectors takes those of "
        "model.vectors.",
    )
    embedding_size: int = Field(
        default=100,
        ge=1,
        description="text: numbers of a token's vector; as many as loaded vectors have.",
    )
    embedding_dropout: float = Field(
        default=0.0, ge=0, lt=1, description="text: share of the word types gone in a batch."
    )
    trains_embedding: bool = Field(
        default=True, description="text: whether the vectors of tokens are learned with the rest."
    )
    vectors: str = Field(
        default="corpus",
        description="word-vectors: corpus trains them (skip-gram) on the training part and "
        "data.unlabelled_source first; else the path of a run of word vectors, or of a file of "
        "them.",
    )
    vectors_epochs: int = Field(
        default=10, ge=1, description="word-vectors: passes over the corpus."
    )


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class TrainingConfig:
    """How the network is fitted."""

    epochs: int = Field(default=20, ge=1, description="passes over the training part.")
    batch_size: int = Field(default=32, ge=1, description="examples a step.")
    optimiser: Literal["adamw", "adam", "sgd", "rmsprop", "adagrad"] = Field(
        default="adamw", description="how a gradient becomes a step."
    )
    learning_rate: float = Field(default=0.002, gt=0, description="the schedule's highest.")
    schedule: Literal["constant", "one-cycle", "cosine", "plateau"] = Field(
        default="one-cycle", description="how the learning rate goes over the run."
    )
    weight_decay: float = Field(default=0.01, ge=0, description="on matrices, not on biases.")
    clip_norm: float | None = Field(
        default=1.0, gt=0, description="largest global norm of the gradient; none never clips."
    )
    label_smoothing: float = Field(
        default=0.0, ge=0, lt=1, description="share of each target spread over all classes."
    )
    monitor: Literal["loss_nats", "accuracy"] = Field(
        default="loss_nats",
        description="the validation figure that decides which epoch is best; accuracy where there "
        "is one label an example.",
    )
    patience: int | None = Field(
        default=None, ge=1, description="stop after so many epochs without a better one."
    )
    keep: Literal["best", "last"] = Field(
        default="best", description="whose weights are kept: the best epoch's or the last one's."
    )
    precision: Literal["float32", "bf16"] = Field(
        default="float32", description="bf16 computes products in bfloat16."
    )
    device: str = Field(default="auto", description="auto, cpu, cuda or cuda:N.")
    threads: int | None = Field(
        default=None,
        ge=1,
        description="processor threads; small networks are fastest, and the same on every "
        "machine, with 1. none takes what torch takes.",
    )
    checkpoint_seconds: float = Field(
        default=20.0, ge=0, description="a checkpoint at least this often."
    )
    tensorboard: bool = Field(default=False, description="figures for TensorBoard as well.")


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class ClassifyConfig:
    """One label, or several, for a whole sequence or text."""

    task: Literal["classify"] = Field(default="classify", description="what is learned.")
    recipe: str = Field(default="custom", description="the name of this recipe.")
    description: str = Field(default="", description="one line on what it does.")
    seed: int = Field(default=0, ge=0, description="of weights, batches, drop-out, augmentation.")
    data: DataConfig
    model: ModelConfig = ModelConfig()
    training: TrainingConfig = TrainingConfig()
