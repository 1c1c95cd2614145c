"""The test sets of each language, scored by one code for both systems."""

from typing import TYPE_CHECKING

from benchmarks.vectors.corpora import data
from saiki.embeddings import evaluate_analogies, evaluate_similarity

if TYPE_CHECKING:
    from saiki.embeddings import WordVectors

PAIRS = {
    "english": {"WordSim-353": "wordsim353.txt", "SimLex-999": "simlex999.txt"},
    "japanese": {"nouns": "ja_similarity_noun.csv", "verbs": "ja_similarity_verb.csv"},
}
QUESTIONS = {
    "english": {"analogies": "questions-words.txt"},
    "japanese": {"analogies": "jbats_inflectional_encyclopedic.tar.gz"},
}


def score(vectors: "WordVectors", language: str) -> dict[str, float]:
    """Spearman's ρ and the part of right answers, each times 100; and what was asked in all."""
    found: dict[str, float] = {}
    for name, file in PAIRS[language].items():
        similar = evaluate_similarity(vectors, data("word_eval", file), lower_case=True)
        found |= {name: 100 * similar.spearman, f"{name}, pairs": similar.pairs}
    for name, file in QUESTIONS[language].items():
        right = evaluate_analogies(vectors, data("word_eval", file), lower_case=True).total
        found |= {name: 100 * right.accuracy, f"{name}, questions": right.answered}
    return found
