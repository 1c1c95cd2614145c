"""Sequence to sequence: training tokens and decoded sentences a second, beside plain torch."""

from collections.abc import Sequence


def main(words: Sequence[str] = ()) -> None:
    from benchmarks.seq2seq.run import main as run

    run(words)
