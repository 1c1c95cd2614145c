"""One training by one system in a process of its own: CPU time, peak memory, scores."""

from dataclasses import asdict, dataclass, replace
from importlib import import_module
from typing import Any

from benchmarks.vectors.meter import Meter
from benchmarks.vectors.plan import Setting

MINIMUM_COUNT, WINDOW, NEGATIVES, SUBSAMPLE = 5, 5, 5, 1e-3


@dataclass(frozen=True, kw_only=True)
class Job:
    """What a process is asked to train.

    Args:
        system: "saiki" or "gensim".
        quality: of saiki, which gensim does not know.
        scores: the language whose test sets score the vectors; None for no scores.
        keeps: a folder for the word vectors.
    """

    system: str
    corpus: str
    objective: str
    output: str = "negative"
    vector_size: int = 100
    epochs: int = 5
    seed: int = 0
    threads: int = 1
    quality: str = "exact"
    level: str | None = None
    scores: str | None = None
    keeps: str | None = None

    @property
    def name(self) -> str:
        if self.system == "gensim":
            return "gensim"
        return f"saiki, {self.quality}" + (f", {self.level}" if self.level else "")


def jobs_of(setting: Setting, corpus: str, **more: Any) -> list[Job]:
    """Gensim's training first, then ours of each quality and level."""
    peer = Job(
        system="gensim",
        corpus=corpus,
        objective=setting.objective,
        output=setting.output,
        vector_size=setting.vector_size,
        epochs=setting.epochs,
        **more,
    )
    ours = [replace(peer, system="saiki", quality=quality) for quality in setting.qualities]
    levels = [replace(job, level=level) for level in setting.levels for job in ours]
    return [peer, *ours, *levels]


def side_of(system: str) -> Any:
    return import_module(f"benchmarks.vectors.{'ours' if system == 'saiki' else 'peer'}")


def request_of(job: Job) -> dict[str, Any]:
    return asdict(job)


def work(**request: Any) -> dict[str, Any]:
    job = Job(**request)
    side, meter = side_of(job.system), Meter()
    with meter.part("vocabulary"):
        corpus = side.read(job)
    with meter.part("training"):
        side.train(job, corpus)
    found = {**meter.figures(), "words": side.words_read(corpus) * job.epochs}
    if job.scores or job.keeps:
        from benchmarks.vectors.scores import score

        vectors = side.word_vectors(corpus)
        if job.keeps:
            vectors.save(job.keeps)
        if job.scores:
            found["scores"] = score(vectors, job.scores)
    return found
