"""What gensim does for a job: the same settings by its names, the corpus read as a file."""

from typing import TYPE_CHECKING, Any

import numpy as np
from gensim.models import Doc2Vec, Word2Vec

if TYPE_CHECKING:
    from benchmarks.vectors.job import Job
    from saiki.embeddings import WordVectors


def model_of(job: "Job") -> Word2Vec | Doc2Vec:
    from benchmarks.vectors.job import MINIMUM_COUNT, NEGATIVES, SUBSAMPLE, WINDOW

    is_tree = job.output == "hierarchical"
    common: dict[str, Any] = {
        "vector_size": job.vector_size,
        "window": WINDOW,
        "min_count": MINIMUM_COUNT,
        "hs": int(is_tree),
        "negative": 0 if is_tree else NEGATIVES,
        "sample": SUBSAMPLE,
        "epochs": job.epochs,
        "workers": job.threads,
        "seed": job.seed,
    }
    if job.objective in {"skip-gram", "cbow"}:
        return Word2Vec(sg=int(job.objective == "skip-gram"), **common)
    kinds: dict[str, dict[str, int]] = {
        "dbow": {"dm": 0},
        "dm": {"dm": 1, "dm_mean": 1},
        "dm-concat": {"dm": 1, "dm_concat": 1},
    }
    return Doc2Vec(**kinds[job.objective], **common)


def read(job: "Job") -> Any:
    model = model_of(job)
    model.build_vocab(corpus_file=job.corpus)
    return model


def words_read(model: Any) -> int:
    return model.corpus_total_words


def train(job: "Job", model: Any) -> None:
    model.train(
        corpus_file=job.corpus,
        total_examples=model.corpus_count,
        total_words=model.corpus_total_words,
        epochs=job.epochs,
    )


def word_vectors(model: Any) -> "WordVectors":
    from saiki.embeddings import WordVectors

    return WordVectors.from_gensim(model.wv)


def document_vectors(model: Any) -> np.ndarray:
    return model.dv.vectors


def infer(model: Any, texts: list[list[str]], epochs: int) -> np.ndarray:
    return np.array([model.infer_vector(text, epochs=epochs) for text in texts])
