"""F2 as it was first run: the raw waveform, one epoch; beside it the log-mel front end."""

from benchmarks.recipes import grid, without_runs
from benchmarks.record import record

VARY = {
    "model.cell": ["rnn", "gru", "lstm", "cnn", "cnn-se"],
    "model.bidirectional": ["false", "true"],
}
FIRST_RUN = [
    {"name": "simple RNN", "seconds": 131, "accuracy": 0.103, "validation_accuracy": 0.120},
    {"name": "GRU", "seconds": 10, "accuracy": 0.107, "validation_accuracy": 0.131},
    {"name": "bidirectional", "seconds": 15, "accuracy": 0.141, "validation_accuracy": 0.187},
]


def main() -> None:
    raw = grid("spoken-digits-raw", "spoken-digits-raw", VARY, seeds=1)
    log_mel = grid(
        "spoken-digits-raw-log-mel",
        "spoken-digits-raw",
        VARY,
        seeds=1,
        data={"features": {"kind": "log-mel", "normalise": "global"}},
    )
    record(
        "spoken_digits_raw",
        "the first run's table next to ours; what log-mel changes in the same one epoch",
        {
            "first run": FIRST_RUN,
            "raw waveform, one epoch": without_runs(raw),
            "log-mel, one epoch": without_runs(log_mel),
        },
    )
