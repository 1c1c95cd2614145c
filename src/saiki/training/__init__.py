"""The loop, its observers, optimisers and schedules."""

from saiki.training._failure import FailedStepError, layer_ranges
from saiki.training.averaging import Averaging, WeightAverage
from saiki.training.clipping import clip_gradients
from saiki.training.interrupt import stop_on_interrupt
from saiki.training.loop import (
    EarlyStopping,
    EpochReport,
    Measured,
    Observer,
    Progress,
    Source,
    StepReport,
    StopTrainingError,
    Training,
    fit,
)
from saiki.training.observers import CheckpointKeeper, MetricsWriter, ProgressBar, TensorBoard
from saiki.training.optimisers import OPTIMISERS, OptimiserName, make_optimiser
from saiki.training.schedules import SCHEDULES, Schedule, ScheduleName, make_schedule

__all__ = [
    "OPTIMISERS",
    "SCHEDULES",
    "Averaging",
    "CheckpointKeeper",
    "EarlyStopping",
    "EpochReport",
    "FailedStepError",
    "Measured",
    "MetricsWriter",
    "Observer",
    "OptimiserName",
    "Progress",
    "ProgressBar",
    "Schedule",
    "ScheduleName",
    "Source",
    "StepReport",
    "StopTrainingError",
    "TensorBoard",
    "Training",
    "WeightAverage",
    "clip_gradients",
    "fit",
    "layer_ranges",
    "make_optimiser",
    "make_schedule",
    "stop_on_interrupt",
]
