"""Recurrent layers against their peers: training, inference, ragged, streamed, memory, goals."""


def main() -> None:
    from benchmarks.recurrent.run import main as run

    run()
