"""Word and document vectors: trained by word2vec and doc2vec, searched, scored, read and written.

Nothing is imported before its first use; no module of this room needs torch.
"""

from typing import TYPE_CHECKING

from saiki.laziness import lazy_names

if TYPE_CHECKING:
    from saiki.embeddings.doc2vec import Doc2Vec
    from saiki.embeddings.document_vectors import DocVectors, NearDocument
    from saiki.embeddings.evaluation import (
        AnalogyScore,
        AnalogyScores,
        SimilarityScore,
        evaluate_analogies,
        evaluate_similarity,
    )
    from saiki.embeddings.word2vec import Epoch, Word2Vec
    from saiki.embeddings.word_vectors import Neighbour, WordVectors

__all__ = [
    "AnalogyScore",
    "AnalogyScores",
    "Doc2Vec",
    "DocVectors",
    "Epoch",
    "NearDocument",
    "Neighbour",
    "SimilarityScore",
    "Word2Vec",
    "WordVectors",
    "evaluate_analogies",
    "evaluate_similarity",
]

_HOMES = {
    "doc2vec": ("Doc2Vec",),
    "document_vectors": ("DocVectors", "NearDocument"),
    "evaluation": (
        "AnalogyScore", "AnalogyScores", "SimilarityScore", "evaluate_analogies",
        "evaluate_similarity",
    ),
    "word2vec": ("Epoch", "Word2Vec"),
    "word_vectors": ("Neighbour", "WordVectors"),
}  # fmt: skip

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
