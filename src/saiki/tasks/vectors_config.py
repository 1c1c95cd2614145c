"""The configuration of word vectors: what TOML files and flags may say. Imports no torch."""

from typing import Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

__all__ = [
    "CorpusConfig",
    "EvaluationConfig",
    "QuestionsConfig",
    "WordModelConfig",
    "WordTrainingConfig",
    "WordVectorsConfig",
]

_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class CorpusConfig:
    """The text, and how it becomes words."""

    source: str = Field(
        description="a data set of text (`saiki data list`), a file or a glob: a sentence or "
        "document a line (txt), jsonl, both also gz or zst, or parquet."
    )
    tokenizer: Literal[
        "white-space", "words", "characters", "sudachi-a", "sudachi-b", "sudachi-c"
    ] = Field(
        default="words",
        description="words: runs of letters and digits in lower case; sudachi: Japanese "
        "morphemes, short (a) to long (c).",
    )
    column: str | None = Field(
        default=None, description="jsonl, parquet: column of the text; none takes text."
    )
    encoding: str = Field(default="utf-8", description="of text files.")


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class WordModelConfig:
    """The vectors and what they are trained to predict."""

    vector_size: int = Field(default=100, ge=1, description="numbers in a vector.")
    window: int = Field(default=5, ge=1, description="most words to either side of a word.")
    min_count: int = Field(default=5, ge=1, description="words that occur less often are dropped.")
    max_vocabulary: int | None = Field(
        default=None, ge=1, description="only so many of the most frequent words; none keeps all."
    )
    objective: Literal["skip-gram", "cbow"] = Field(
        default="skip-gram",
        description="skip-gram predicts neighbours from the word, cbow the word from neighbours.",
    )
    output: Literal["negative", "hierarchical"] = Field(
        default="negative", description="negative sampling, or a Huffman tree of all words."
    )
    negatives: int = Field(default=5, ge=0, description="drawn words for each true one.")
    subsample: float = Field(
        default=1e-3,
        ge=0,
        le=1,
        description="frequent words are thinned above this relative frequency; 0 keeps all.",
    )


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class WordTrainingConfig:
    """How the vectors are fitted."""

    epochs: int = Field(default=5, ge=1, description="passes over the corpus.")
    learning_rate: float | None = Field(
        default=None, gt=0, le=10, description="the first; none is 0.025, for cbow 0.1."
    )
    final_learning_rate: float = Field(
        default=1e-4, gt=0, le=10, description="the last of the linear schedule."
    )
    schedule: Literal["linear", "constant"] = Field(
        default="linear", description="how the learning rate goes over all epochs."
    )
    quality: Literal["exact", "fast"] = Field(
        default="exact", description="fast shares drawn words among neighbouring windows."
    )
    deterministic: bool = Field(
        default=False,
        description="the same vectors bit for bit whatever the number of threads, for three times "
        "the work; with one thread they are the same in any case.",
    )
    held_out: float | None = Field(
        default=None,
        ge=0,
        le=0.5,
        description="share of the words that only measures the loss; none is 1 %, at most 20,000 "
        "words.",
    )
    threads: int | None = Field(
        default=None, ge=1, description="processor threads; none takes all cores."
    )
    checkpoint_seconds: float = Field(
        default=60.0, ge=0, description="a checkpoint at least this often."
    )


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class QuestionsConfig:
    """What the vectors are asked when they are trained."""

    headline: str = Field(
        default="",
        description="the first question of the report: A - B + C = EXPECTED.",
    )
    analogies: dict[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description="a list for each kind of relation: A - B + C = EXPECTED, or EXPECTED/OTHER.",
    )
    neighbours: tuple[str, ...] = Field(
        default=(), description="words whose nearest words are shown."
    )


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class EvaluationConfig:
    """Published word lists that the vectors are scored on, where they are on this machine."""

    folder: str = Field(
        default="word_eval",
        description="the folder of the lists: a path, or its name below SAIKI_DATA.",
    )
    similarity: tuple[str, ...] = Field(
        default=(), description="files of word pairs with people's scores."
    )
    analogies: tuple[str, ...] = Field(
        default=(), description="files of analogy questions: Google's form, or BATS archives."
    )
    lower_case: bool = Field(default=True, description="case is ignored.")


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class WordVectorsConfig:
    """A vector for each word."""

    task: Literal["word-vectors"] = Field(default="word-vectors", description="what is learned.")
    recipe: str = Field(default="custom", description="the name of this recipe.")
    description: str = Field(default="", description="one line on what it does.")
    seed: int = Field(default=0, ge=0, description="of first vectors and of all draws.")
    data: CorpusConfig
    model: WordModelConfig = WordModelConfig()
    training: WordTrainingConfig = WordTrainingConfig()
    questions: QuestionsConfig = QuestionsConfig()
    evaluation: EvaluationConfig = EvaluationConfig()
