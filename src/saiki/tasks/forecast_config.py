"""The configuration of a forecast: what TOML files and flags may say. Imports no torch."""

from typing import Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from saiki.data.calendar_cycles import CalendarFeature

__all__ = [
    "CurvesConfig",
    "ForecastConfig",
    "ForecastNetworkConfig",
    "ForecastTrainingConfig",
    "TimeSeriesConfig",
]

_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class TimeSeriesConfig:
    """Where the series comes from, what is forecast from what, and which time is for what."""

    source: str = Field(
        description="a table (.csv, .tsv, .jsonl, .gz too) whose rows are the steps of one series, "
        "a time series of `saiki data list`, or sine-cosine, which is generated."
    )
    encoding: str = Field(default="utf-8", description="of the file.")
    time_column: str | None = Field(
        default=None,
        description="time stamps, dates or numbers, which must rise evenly; none: rows are even "
        "steps.",
    )
    targets: tuple[str, ...] = Field(
        default=(),
        description="columns that are forecast; none named takes every column with no other use.",
    )
    past_columns: tuple[str, ...] = Field(
        default=(), description="further columns, known of the past only."
    )
    known_columns: tuple[str, ...] = Field(
        default=(),
        description="further columns that are known ahead, such as a price list or holidays.",
    )
    calendar: tuple[CalendarFeature, ...] = Field(
        default=(),
        description="what the time stamps tell ahead: hour, weekday, day, month, year-day.",
    )
    window: int = Field(default=96, ge=1, description="steps that are read.")
    horizon: int = Field(default=24, ge=1, description="steps that are forecast.")
    target_steps: Literal["next", "same"] = Field(
        default="next",
        description="next: the steps after the window; same: those of the window itself, from the "
        "other columns.",
    )
    transform: Literal["none", "log"] = Field(
        default="none", description="of the targets, before all else; undone in the forecast."
    )
    difference: int = Field(
        default=0,
        ge=0,
        description="of the targets: each value less the one so many steps before; 0 takes none.",
    )
    scaling: Literal["standard", "none"] = Field(
        default="standard",
        description="standard: mean 0 and deviation 1 in the training part, each column by itself.",
    )
    part_steps: tuple[int, int, int] | None = Field(
        default=None,
        description="steps of the training, validation and test part, from the first row on; none "
        "takes the fractions.",
    )
    validation_fraction: float = Field(
        default=0.15, ge=0, lt=1, description="share of the steps, after the training part."
    )
    test_fraction: float = Field(
        default=0.15, ge=0, lt=1, description="share of the steps, at the end."
    )
    season: int | None = Field(
        default=None,
        ge=1,
        description="steps of a cycle, for the seasonal naive forecast and MASE; none looks for "
        "it in the autocorrelation of the training part.",
    )


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class ForecastNetworkConfig:
    """The network: an encoder of the window, a decoder of the horizon."""

    cell: Literal["rnn", "lstm", "peephole-lstm", "gru"] = Field(
        default="gru", description="which recurrent cell."
    )
    hidden_size: int = Field(default=64, ge=1, description="units of a layer.")
    layers: int = Field(default=1, ge=1, description="how many are stacked.")
    bidirectional: bool = Field(
        default=False, description="whether the encoder reads from the end too."
    )
    dropout: float = Field(
        default=0.0, ge=0, lt=1, description="between layers and before the output."
    )
    decoding: Literal["direct", "autoregressive"] = Field(
        default="direct",
        description="direct: all steps at once; autoregressive: each step reads the forecast of "
        "the one before.",
    )
    attention: Literal["none", "additive", "dot", "general"] = Field(
        default="none", description="how the decoder looks at the steps of the window."
    )
    anchor: Literal["none", "last", "mean"] = Field(
        default="none",
        description="what is taken from a window's targets and added to their forecast: nothing, "
        "the last value, or the mean.",
    )
    linear_path: bool = Field(
        default=False,
        description="direct: a linear map of each target's window is added to the output.",
    )
    quantiles: tuple[float, ...] = Field(
        default=(),
        description="direct: forecast these quantiles, 0.5 among them, such as 0.1, 0.5, 0.9.",
    )


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class ForecastTrainingConfig:
    """How the network is fitted."""

    epochs: int = Field(default=10, ge=1, description="passes over the training part.")
    batch_size: int = Field(default=64, ge=1, description="windows side by side.")
    optimiser: Literal["adamw", "adam", "sgd", "plain-sgd", "rmsprop", "adagrad"] = Field(
        default="adamw", description="how a gradient becomes a step."
    )
    learning_rate: float = Field(default=0.003, gt=0, description="the schedule's highest.")
    schedule: Literal["constant", "one-cycle", "cosine"] = Field(
        default="one-cycle", description="how the learning rate goes over the run."
    )
    weight_decay: float = Field(default=0.0, ge=0, description="on matrices, not on biases.")
    clip_norm: float | None = Field(
        default=1.0, gt=0, description="largest global norm of the gradient; none never clips."
    )
    loss: Literal["squared", "absolute", "huber"] = Field(
        default="squared",
        description="of the scaled error; with quantiles it is the pinball loss instead.",
    )
    teacher_forcing: float = Field(
        default=1.0,
        ge=0,
        le=1,
        description="autoregressive: share of the steps that read the true value before them in "
        "the last epoch; it falls evenly from 1.",
    )
    patience: int | None = Field(
        default=None, ge=1, description="stop after so many epochs without a better one."
    )
    keep: Literal["best", "last"] = Field(
        default="best", description="whose weights are kept: the best epoch's or the last one's."
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
class CurvesConfig:
    """Which curves the report shows."""

    windows: int = Field(
        default=4, ge=0, description="single windows of the test part, spread evenly."
    )
    steps: int = Field(
        default=500, ge=0, description="steps of the test part that are shown in one curve."
    )
    columns: int = Field(default=3, ge=1, description="targets that are shown, the last one first.")


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class ForecastConfig:
    """A forecast of a series of numbers by encoder and decoder."""

    task: Literal["forecast"] = Field(default="forecast", description="what is learned.")
    recipe: str = Field(default="custom", description="the name of this recipe.")
    description: str = Field(default="", description="one line on what it does.")
    preset: str = Field(default="", description="which of the recipe's sizes; see its description.")
    seed: int = Field(default=0, ge=0, description="of weights, batches and drop-out.")
    data: TimeSeriesConfig
    model: ForecastNetworkConfig = ForecastNetworkConfig()
    training: ForecastTrainingConfig = ForecastTrainingConfig()
    samples: CurvesConfig = CurvesConfig()
