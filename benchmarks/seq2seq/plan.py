"""What is measured, of which networks, and how often."""

from dataclasses import dataclass, field
from typing import Any

RECIPE, QUICK_RECIPE = "en-ja", "dates"  # the second is made on the spot: no data set is needed
WINDOWS = 6  # batches of a pass; a pass is what is timed, since batches differ in size
SEED = 0

OURS, OURS_BF16 = "saiki", "saiki, bf16"
TORCH, AUTOCAST = "torch.nn", "torch.nn, autocast"
AUTOCAST_SOFTMAX = "torch.nn, autocast of the softmax"
TRAINED = (OURS, OURS_BF16, TORCH, AUTOCAST, AUTOCAST_SOFTMAX)
DECODED = (OURS, TORCH)

# The first asks as the recipe's does, before each step: no layer can run over all steps at once.
BEFORE = "LSTM, general, before the step"
LSTM, GRU, TRANSFORMER = "LSTM, general", "GRU, additive", "Transformer"
NETWORKS = (BEFORE, LSTM, GRU, TRANSFORMER)
MODELS: dict[str, dict[str, Any]] = {
    LSTM: {"cell": "lstm", "attention": "general", "hidden_size": 384},
    BEFORE: {"cell": "lstm", "attention": "general", "hidden_size": 384, "query": "previous"},
    GRU: {"cell": "gru", "attention": "additive", "hidden_size": 256},
    TRANSFORMER: {"architecture": "transformer"},
}
DROPOUTS = {"dropout": 0.3, "output_dropout": 0.3}
SMALL: dict[str, dict[str, Any]] = {
    LSTM: {"embedding_size": 16, "hidden_size": 24},
    BEFORE: {"embedding_size": 16, "hidden_size": 24},
    GRU: {"embedding_size": 16, "hidden_size": 24},
    TRANSFORMER: {"model_size": 16, "num_heads": 2, "layers": 1, "feedforward_size": 32},
}

THREADS = (1, 2)
BATCHES = (1, 32)
GREEDY, BEAM = "greedy", "beam 5"
METHODS = (GREEDY, BEAM)
WIDTH, LENGTH_ALPHA = 5, 1.0

TRAINING, DECODING = "training", "decoding"
PARTS = (TRAINING, DECODING)
CLOCKS = {1: "least CPU seconds of a pass", 2: "least wall-clock seconds of a pass"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long each comparison goes on.

    Args:
        rounds: the fewest interleaved rounds of a comparison.
        seconds: a comparison goes on at least as long, warm-up apart.
        sentences: how many are decoded; a multiple of every batch.
        is_small: small networks on generated data: a smoke run.
    """

    rounds: int
    seconds: float
    sentences: int
    is_small: bool = False
    threads: tuple[int, ...] = field(default=THREADS)


PLANS = {
    "full": Plan(rounds=5, seconds=8.0, sentences=32),
    "quick": Plan(rounds=1, seconds=0.0, sentences=32, is_small=True, threads=(1,)),
}


def environment_of(threads: int) -> dict[str, str]:
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    return dict.fromkeys(names, str(threads))
