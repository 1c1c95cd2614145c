"""Our evaluation beside gensim's own, on the same vectors."""

import tempfile
from pathlib import Path
from typing import Any

from benchmarks.process import alone
from benchmarks.vectors import corpora
from benchmarks.vectors.job import Job, request_of
from benchmarks.vectors.plan import Plan


def measure(plan: Plan) -> dict[str, Any]:
    corpus = corpora.english(plan.lines)
    with tempfile.TemporaryDirectory() as folder:
        kept = str(Path(folder) / "vectors")
        job = Job(
            system="saiki",
            corpus=corpus,
            objective="skip-gram",
            epochs=5,
            quality="fast",
            keeps=kept,
        )
        alone("vectors.job", request_of(job))
        found = alone("vectors.evaluation", {"folder": kept})
    print(found, flush=True)
    return found


def work(folder: str) -> dict[str, Any]:
    from benchmarks.vectors.scores import PAIRS, QUESTIONS, score
    from saiki.embeddings import WordVectors

    vectors = WordVectors.load(folder)
    ours, keyed = score(vectors, "english"), vectors.to_gensim()
    theirs = {
        name: 100 * keyed.evaluate_word_pairs(corpora.data("word_eval", file))[1][0]
        for name, file in PAIRS["english"].items()
    }
    for name, file in QUESTIONS["english"].items():
        path = str(corpora.data("word_eval", file))
        theirs[name] = 100 * keyed.evaluate_word_analogies(path)[0]
    return {
        name: {"saiki": ours[name], "gensim": value, "difference": ours[name] - value}
        for name, value in theirs.items()
    }
