"""Word and document vectors against gensim: speed, quality, memory, documents, Japanese, size."""


def main() -> None:
    from benchmarks.vectors.run import main as run

    run()
