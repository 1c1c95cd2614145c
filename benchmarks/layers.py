"""One training step of a recurrent layer on ragged batches: ours against torch.nn.

Ours takes the padded batch and its lengths; torch is timed packed (right, slow) and padded
(wrong at the ends of short sequences, fast). Interleaved, one thread, minimum of the rounds.
"""

import time
from collections.abc import Callable

import torch
from torch.nn.utils.rnn import pack_padded_sequence

from benchmarks.record import record
from saiki import nn

SHAPES = [(100, 32, 128), (400, 32, 64), (50, 32, 128), (25, 16, 96)]
CELLS = {
    "rnn": (nn.RNN, torch.nn.RNN),
    "gru": (nn.GRU, torch.nn.GRU),
    "lstm": (nn.LSTM, torch.nn.LSTM),
}
ROUNDS = 5


def seconds(work: Callable[[], torch.Tensor]) -> float:
    began = time.perf_counter()
    work().backward()
    return time.perf_counter() - began


def measure(cell: str, steps: int, batch: int, hidden: int, *, bidirectional: bool) -> dict:
    torch.manual_seed(0)
    ours_type, torch_type = CELLS[cell]
    ours = ours_type(hidden, hidden, batch_first=True, bidirectional=bidirectional)
    theirs = torch_type(hidden, hidden, batch_first=True, bidirectional=bidirectional)
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(batch, steps, hidden)
    lengths = torch.linspace(steps // 5, steps, batch).long()

    def packed() -> torch.Tensor:
        given = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        return theirs(given)[0].data.sum()

    forms = {
        "saiki with lengths": lambda: ours(x, lengths=lengths)[0].sum(),
        "torch packed": packed,
        "torch padded": lambda: theirs(x)[0].sum(),
    }
    best = dict.fromkeys(forms, float("inf"))
    for _ in range(ROUNDS):
        for name, work in forms.items():
            best[name] = min(best[name], seconds(work))
    row = {
        "cell": cell, "bidirectional": bidirectional, "T": steps, "B": batch, "H": hidden,
        "seconds": best,
        "times faster than packed": best["torch packed"] / best["saiki with lengths"],
        "times faster than padded": best["torch padded"] / best["saiki with lengths"],
    }  # fmt: skip
    print(
        f"{cell:<5} {'bi' if bidirectional else '  '} T={steps:<4} B={batch} H={hidden:<4} "
        f"{best['saiki with lengths'] * 1e3:8.1f} ms  packed x{row['times faster than packed']:.2f}"
        f"  padded x{row['times faster than padded']:.2f}",
        flush=True,
    )
    return row


def main() -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        rows = [
            measure(cell, *shape, bidirectional=bidirectional)
            for shape in SHAPES
            for cell in CELLS
            for bidirectional in (False, True)
        ]
    finally:
        torch.set_num_threads(threads)
    record("layers", "ragged training at least as fast as torch.nn on a packed sequence", rows)
