"""How well word vectors agree with people: similarity of pairs, and analogies."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from saiki.embeddings._analogy import best_answers, check_method
from saiki.embeddings._questions import Question, read_questions
from saiki.embeddings._search import FloatArray, IndexArray
from saiki.embeddings._word_pairs import read_word_pairs
from saiki.embeddings.word_vectors import AnalogyMethod, WordVectors
from saiki.errors import ArgumentError, DataError

__all__ = [
    "AnalogyScore",
    "AnalogyScores",
    "SimilarityScore",
    "evaluate_analogies",
    "evaluate_similarity",
]


@dataclass(frozen=True)
class SimilarityScore:
    """Agreement with the scores of people, over the pairs of which both words have vectors.

    Args:
        spearman: Spearman's rank correlation, in -1..1; NaN where all scores are equal.
        pearson: Pearson's correlation, likewise.
        pairs: pairs that counted.
        missing: pairs with a word that has no vector.
    """

    spearman: float
    pearson: float
    pairs: int
    missing: int


@dataclass(frozen=True)
class AnalogyScore:
    """Answers to the questions of one section.

    Args:
        name: of the section.
        correct: questions whose best answer is a listed one.
        answered: questions of which all words have vectors.
        skipped: the other questions.
    """

    name: str
    correct: int
    answered: int
    skipped: int

    @property
    def accuracy(self) -> float:
        """`correct / answered`, in 0..1; NaN where none was answered."""
        return self.correct / self.answered if self.answered else float("nan")


@dataclass(frozen=True)
class AnalogyScores:
    """Every section's score, and that of all questions together."""

    sections: tuple[AnalogyScore, ...]
    total: AnalogyScore


def evaluate_similarity(
    vectors: WordVectors,
    path: str | Path,
    *,
    restrict_to: int | None = None,
    lower_case: bool = False,
) -> SimilarityScore:
    """Compares the cosines of word pairs with the scores that people gave them.

    Reads WordSim, SimLex, SimVerb, MEN, RW, RG, the Japanese Word Similarity Dataset, and what
    looks like them: two words and a score in each line, between spaces, tabs, commas or
    semicolons, with or without a header and further columns. MEN's endings (`sun-n`) are taken
    off. Equal scores share the mean of their ranks.

    Args:
        vectors: the word vectors.
        path: the file of pairs, UTF-8.
        restrict_to: only so many first words count; None for all.
        lower_case: whether case is ignored; of words that differ in it alone the first counts.

    Raises:
        MissingFileError: there is no such file.
        DataError: a line is not of this form, or fewer than two pairs have vectors.
        ArgumentError: `restrict_to` is below 1.

    Source: Spearman 1904, The Proof and Measurement of Association between Two Things.
    """
    known = _known(vectors, restrict_to, lower_case=lower_case)
    pairs = read_word_pairs(Path(path))
    rows, scores = [], []
    for pair in pairs:
        a, b = known.get(_folded(pair.a, lower_case)), known.get(_folded(pair.b, lower_case))
        if a is not None and b is not None:
            rows.append((a, b))
            scores.append(pair.score)
    if len(rows) < 2:
        raise DataError(
            "{path}: only {got} of the {count} pairs have vectors for both words; at least 2 are "
            "needed. Check language, case and spelling, or train on more text.",
            path=path,
            got=len(rows),
            count=len(pairs),
        )
    table = vectors._table  # noqa: SLF001  one package
    units = [table.units([row[side] for row in rows]) for side in (0, 1)]
    cosines = np.einsum("ne,ne->n", *units).astype(np.float64)
    people = np.array(scores)
    return SimilarityScore(
        _correlation(_ranks(people), _ranks(cosines)),
        _correlation(people, cosines),
        len(rows),
        len(pairs) - len(rows),
    )


def evaluate_analogies(
    vectors: WordVectors,
    path: str | Path,
    *,
    method: AnalogyMethod = "3cosadd",
    restrict_to: int | None = None,
    lower_case: bool = False,
) -> AnalogyScores:
    """Answers analogy questions, “a is to b as c is to ?”, by the word nearest to b − a + c.

    Reads Google's `questions-words.txt` (four words a line, sections begin with a colon), and
    BATS or JBATS as a folder, tar archive or one file: lines of a word, a tab and its answers
    with / between. Every ordered pair of lines of a file is a question there; b is the first of
    the first line's answers that has a vector, and any answer of the second line is correct.

    A question with a word that has no vector (all words, where several would do) is skipped and
    counted. The three words of a question are never its answer.

    Args:
        vectors: the word vectors.
        path: the questions, UTF-8.
        method: as in `WordVectors.analogy`.
        restrict_to: only so many first words count, in questions and answers; None for all.
        lower_case: whether case is ignored; of words that differ in it alone the first counts.

    Raises:
        MissingFileError: there is no such file.
        DataError: a line is not of this form, or there is no question.
        ArgumentError: an unknown method, or `restrict_to` is below 1.

    Source: Mikolov, Chen, Corrado, Dean 2013, Efficient Estimation of Word Representations,
    section 4; Gladkova, Drozd, Matsuoka 2016, Analogy-based Detection, section 3.
    """
    check_method(method)
    known = _known(vectors, restrict_to, lower_case=lower_case)
    sections = read_questions(Path(path))
    asked = [
        (number, placed)
        for number, section in enumerate(sections)
        for question in section.questions
        if (placed := _placed(question, known, lower_case=lower_case)) is not None
    ]
    answers = _answers(vectors, [p.triple for _, p in asked], method, restrict_to, lower_case)
    correct, answered = [0] * len(sections), [0] * len(sections)
    for (number, placed), answer in zip(asked, answers, strict=True):
        answered[number] += 1
        correct[number] += answer in placed.answers
    scores = tuple(
        AnalogyScore(section.name, right, tried, len(section.questions) - tried)
        for section, right, tried in zip(sections, correct, answered, strict=True)
    )
    skipped = sum(score.skipped for score in scores)
    return AnalogyScores(scores, AnalogyScore("total", sum(correct), sum(answered), skipped))


@dataclass(frozen=True)
class _Placed:
    """A question in rows: b − a + c, in the order of the analogy."""

    triple: tuple[int, int, int]
    answers: frozenset[int]


def _placed(question: Question, known: Mapping[str, int], *, lower_case: bool) -> _Placed | None:
    def rows(words: Sequence[str]) -> list[int]:
        found = (known.get(_folded(word, lower_case)) for word in words)
        return [row for row in found if row is not None]

    a, b, c = rows([question.a]), rows(question.b), rows([question.c])
    answers = rows(question.answers)
    if not (a and b and c and answers):
        return None
    return _Placed((b[0], a[0], c[0]), frozenset(answers))


def _answers(
    vectors: WordVectors,
    triples: list[tuple[int, int, int]],
    method: AnalogyMethod,
    restrict_to: int | None,
    lower_case: bool,
) -> list[int]:
    """The best row for each triple; of words that differ in case alone, the first one's row."""
    if not triples:
        return []
    rows = np.array(triples, np.int64)
    first, alike = _twins(vectors, restrict_to, lower_case=lower_case)
    excluded: list[IndexArray] = list(rows)
    if alike:
        excluded = [_with_twins(triple, alike) for triple in triples]
    table = vectors._table  # noqa: SLF001  one package
    found = best_answers(
        table, rows, method=method, top=1, excluded=excluded, restrict_to=restrict_to
    )
    return [int(first[best[0]]) if len(best) else -1 for best in found.rows]


def _twins(
    vectors: WordVectors, restrict_to: int | None, *, lower_case: bool
) -> tuple[IndexArray, dict[int, list[int]]]:
    """Each row's first twin (a word that is equal but for case), and the twins of each first."""
    first = np.arange(len(vectors))
    alike: dict[int, list[int]] = defaultdict(list)
    if lower_case:
        known = _known(vectors, restrict_to, lower_case=True)
        for row, word in enumerate(vectors.words[:restrict_to]):
            first[row] = known[word.lower()]
            if first[row] != row:
                alike[int(first[row])].append(row)
    return first, alike


def _with_twins(triple: Sequence[int], alike: Mapping[int, list[int]]) -> IndexArray:
    return np.array([*triple, *(twin for row in triple for twin in alike.get(row, []))], np.int64)


def _known(vectors: WordVectors, restrict_to: int | None, *, lower_case: bool) -> Mapping[str, int]:
    """The row of each word that counts."""
    if restrict_to is not None and restrict_to < 1:
        raise ArgumentError(
            "restrict_to must be 1 or more, a number of words, or None; got {got}.",
            got=restrict_to,
        )
    if not lower_case and restrict_to is None:
        return vectors.index
    known: dict[str, int] = {}
    for row, word in enumerate(vectors.words[:restrict_to]):
        known.setdefault(_folded(word, lower_case), row)
    return known


def _folded(word: str, lower_case: bool) -> str:
    return word.lower() if lower_case else word


def _ranks(values: NDArray[np.float64]) -> FloatArray:
    """Ranks from 1; equal values share the mean of theirs."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks: FloatArray = ((last - counts + 1 + last) / 2)[place]
    return ranks


def _correlation(x: FloatArray, y: FloatArray) -> float:
    x, y = x - x.mean(), y - y.mean()
    scale = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / scale if scale > 0 else float("nan")
