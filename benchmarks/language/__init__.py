"""Language models: speed of a training step against its peers; perplexity against time."""

from collections.abc import Sequence


def main(words: Sequence[str] = ()) -> None:
    from benchmarks.language.run import main as run

    run(words)
