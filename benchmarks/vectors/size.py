"""Corpora of growing length: memory stays at vocabulary and tables, and speed does not fall."""

import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.process import alone
from benchmarks.vectors import zipf
from benchmarks.vectors.figures import Row
from benchmarks.vectors.job import side_of
from benchmarks.vectors.meter import Meter, Watch, memory_bytes
from benchmarks.vectors.plan import Plan


@dataclass(frozen=True, kw_only=True)
class Request:
    """A corpus to be trained on as `saiki vectors train` does, into a folder."""

    corpus: str
    folder: str
    min_count: int


def measure(plan: Plan) -> list[Row]:
    rows = []
    with tempfile.TemporaryDirectory() as place:
        paths = {count: Path(place) / f"{count}.txt" for count, _ in plan.sizes}
        zipf.write(paths, plan.size_vocabulary)
        for count, minimum in plan.sizes:
            folder = Path(place) / "run"
            request = Request(corpus=str(paths[count]), folder=str(folder), min_count=minimum)
            row = {"words": count, "min_count": minimum, **alone("vectors.size", asdict(request))}
            print({k: f"{v:,.0f}" for k, v in row.items()}, flush=True)
            rows.append(row)
            shutil.rmtree(folder)
    return rows


def work(**request: Any) -> dict[str, float]:
    """One epoch of skip-gram; bytes beyond what the process held after its imports."""
    asked = Request(**request)
    side_of("saiki")
    from saiki.data.corpus import encode_corpus
    from saiki.embeddings.word2vec import Word2Vec

    meter, base = Meter(), memory_bytes("RssAnon")
    model = Word2Vec(min_count=asked.min_count, epochs=1, threads=1)
    with Watch() as watch:
        with meter.part("reading"):
            corpus = encode_corpus(asked.corpus, min_count=asked.min_count)
        with meter.part("training"):
            vectors = model.fit(corpus, folder=asked.folder, progress=False)
    found = meter.figures()
    return {
        "vocabulary": len(vectors),
        "table_bytes": 2 * vectors.vectors.nbytes,  # words and outputs
        "own_memory_bytes": watch.peak - base,
        "mapped_too_bytes": found["peak_memory_bytes"],
        "words_read_per_cpu_second": corpus.read_words / found["reading_cpu_seconds"],
        "words_per_cpu_second": corpus.read_words / found["training_cpu_seconds"],
    }
