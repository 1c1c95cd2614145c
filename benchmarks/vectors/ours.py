"""What saiki does for a job."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

# The trainers come in before the meter begins: imports are not measured.
from saiki.data.corpus import EncodedCorpus, encode_corpus
from saiki.embeddings.doc2vec import Doc2Vec
from saiki.embeddings.word2vec import Word2Vec
from saiki.embeddings.word_vectors import WordVectors

if TYPE_CHECKING:
    from benchmarks.vectors.job import Job


@dataclass
class Read:
    """An encoded corpus, and what was trained on it."""

    corpus: EncodedCorpus
    model: Any = None


def read(job: "Job") -> Read:
    from benchmarks.vectors.job import MINIMUM_COUNT

    return Read(encode_corpus(job.corpus, min_count=MINIMUM_COUNT))


def words_read(held: Read) -> int:
    return held.corpus.read_words


def train(job: "Job", held: Read) -> None:
    held.model = model_of(job)
    held.model.fit(held.corpus, progress=False)


def model_of(job: "Job") -> Word2Vec | Doc2Vec:
    from benchmarks.vectors.job import NEGATIVES, SUBSAMPLE, WINDOW

    maker: Any = Word2Vec if job.objective in {"skip-gram", "cbow"} else Doc2Vec
    return maker(
        vector_size=job.vector_size,
        window=WINDOW,
        objective=job.objective,
        output=job.output,
        negatives=NEGATIVES,
        subsample=SUBSAMPLE,
        epochs=job.epochs,
        threads=job.threads,
        seed=job.seed,
        quality=job.quality,
        held_out=0.0,  # gensim trains on every word
    )


def word_vectors(held: Read) -> WordVectors:
    return held.model.vectors


def document_vectors(held: Read) -> np.ndarray:
    return np.asarray(held.model.vectors.vectors)


def infer(held: Read, texts: list[list[str]], epochs: int) -> np.ndarray:
    return held.model.infer(texts, epochs=epochs, threads=1)
