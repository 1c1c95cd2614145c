"""Where the answers of the analogies in the documentation stand, over seeds and settings."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.vectors.corpora import data
from saiki.embeddings.word2vec import Word2Vec

if TYPE_CHECKING:
    from saiki.data.corpus import Tokenizer
    from saiki.embeddings import WordVectors

SEEDS = (0, 1, 2)
# By what stands on the command line; the first are those of the pages.
SETTINGS: dict[str, dict[str, Any]] = {
    "--window 10 --epochs 15": {"window": 10, "epochs": 15},
    "--window 10 --epochs 15 --quality fast": {"window": 10, "epochs": 15, "quality": "fast"},
    "--epochs 15": {"epochs": 15},
    "(defaults)": {},
}
Question = tuple[str, str, str, str]


@dataclass(frozen=True, kw_only=True)
class Corpus:
    paths: tuple[Path, ...]
    tokenizer: "Tokenizer"
    questions: tuple[Question, ...]


def corpora() -> dict[str, Corpus]:
    names = ("imdb_unsup_reviews.txt.gz", "enwiki_excerpt.txt.gz")
    return {
        "en": Corpus(
            paths=tuple(data("en_corpus", name) for name in names),
            tokenizer="words",
            questions=(("king", "man", "woman", "queen"), ("actor", "man", "woman", "actress")),
        ),
        "ja": Corpus(
            paths=(data("aozora_ja", "corpus.txt.gz"),),
            tokenizer="sudachi",
            questions=(("父", "男", "女", "母"), ("父親", "父", "母", "母親")),
        ),
    }


def measure() -> dict[str, list[dict[str, Any]]]:
    return {language: _rows(corpus) for language, corpus in corpora().items()}


def _rows(corpus: Corpus) -> list[dict[str, Any]]:
    from saiki.data.corpus import encode_corpus

    encoded, rows = encode_corpus(list(corpus.paths), tokenizer=corpus.tokenizer), []
    for title, setting in SETTINGS.items():
        ranks: dict[str, list[int]] = {_title(question): [] for question in corpus.questions}
        for seed in SEEDS:
            model = Word2Vec(**setting, seed=seed, threads=1)
            vectors = model.fit(encoded, progress=False)
            for question in corpus.questions:
                ranks[_title(question)].append(_rank(vectors, question))
        rows.append({"setting": title, "seeds": list(SEEDS), "ranks": ranks})
        print(rows[-1], flush=True)
    return rows


def _title(question: Question) -> str:
    a, b, c, answer = question
    return f"{a} − {b} + {c} = {answer}"


def _rank(vectors: "WordVectors", question: Question) -> int:
    *asked, answer = question
    found = vectors.analogy(*asked, len(vectors) - len(asked))
    return 1 + [neighbour.word for neighbour in found].index(answer)


def table(ranks: list[dict[str, Any]]) -> list[list[str]]:
    """A row a setting; in each column the ranks of one answer, seed after seed."""
    rows = [["setting", *ranks[0]["ranks"]]]
    for row in ranks:
        shown = (", ".join(map(str, places)) for places in row["ranks"].values())
        title = row["setting"]
        rows.append([title if title.startswith("(") else f"`{title}`", *shown])
    return rows
