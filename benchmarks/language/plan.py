"""What is measured of a training step, beside whom, and how often."""

from dataclasses import dataclass, field
from typing import Any

RECIPE, PRESET = "ptb", "small"
CELLS = ("lstm", "gru")
THREADS = (1, 2)
WINDOWS = 8  # batches of text that every system goes through in turn

OURS, OURS_BF16 = "saiki", "saiki, bf16"
TORCH, AUTOCAST = "torch.nn", "torch.nn, autocast"
AUTOCAST_SOFTMAX = "torch.nn, autocast of the softmax"
JAX, TENSORFLOW = "Keras on JAX", "Keras on TensorFlow"
TENSORFLOW_XLA = "Keras on TensorFlow, XLA"
SYSTEMS = (OURS, OURS_BF16, TORCH, AUTOCAST, AUTOCAST_SOFTMAX, JAX, TENSORFLOW, TENSORFLOW_XLA)

UNTUNED = "plain torch, untuned"  # the baseline that perplexity against time is drawn beside

LOOK_UP, RECURRENCE = "embedding and drop-outs", "recurrence"
SOFTMAX, UPDATE = "softmax and loss", "clipping and optimiser"
PIECES = (LOOK_UP, RECURRENCE, SOFTMAX, UPDATE)
STEP, REST = "whole step", "rest"

# Those that run beside ours in one process, since no other frame of reference is as steady.
BESIDE = {
    "torch": (TORCH, AUTOCAST, AUTOCAST_SOFTMAX),
    "jax": (JAX,),
    "tensorflow": (TENSORFLOW, TENSORFLOW_XLA),
}
CLOCKS = {1: "least CPU seconds of a step", 2: "least wall-clock seconds of a step"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long each comparison goes on.

    Args:
        rounds: the fewest interleaved rounds of a comparison.
        seconds: a comparison goes on at least as long, warm-up apart.
        over: what differs from the preset; nothing where figures count.
    """

    rounds: int
    seconds: float
    over: dict[str, Any] = field(default_factory=dict)


PLANS = {
    "full": Plan(rounds=5, seconds=8.0),
    "quick": Plan(
        rounds=1,
        seconds=0.0,
        over={
            "data": {"steps": 6, "max_vocabulary": 500},
            "model": {"embedding_size": 32, "hidden_size": 48},
            "training": {"batch_size": 4},
        },
    ),
}


def environment_of(beside: str, threads: int) -> dict[str, str]:
    """Which backend Keras takes, and how many threads each library's pools have."""
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")
    found = dict.fromkeys(names, str(threads))
    found |= {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu"}
    if beside != "torch":
        found["KERAS_BACKEND"] = beside
    if threads == 1:
        flags = ["--xla_cpu_multi_thread_eigen=false", "intra_op_parallelism_threads=1"]
        found["XLA_FLAGS"] = " ".join(flags if beside == "jax" else flags[:1])
    return found
