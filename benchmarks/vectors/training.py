"""Speed, peak memory and quality of each setting, gensim and saiki in turn."""

from collections import defaultdict
from dataclasses import asdict, replace
from typing import Any

from benchmarks.process import alone, side_by_side
from benchmarks.vectors import corpora
from benchmarks.vectors.figures import Row, figure, figures_by_name
from benchmarks.vectors.job import Job, jobs_of, request_of
from benchmarks.vectors.plan import Plan, Setting
from saiki.kernels._vectors_level import native


def measure(plan: Plan) -> list[Row]:
    corpus = corpora.english(plan.lines)
    return [_measure(setting, corpus) for setting in plan.settings]


def _measure(setting: Setting, corpus: str) -> Row:
    language = "english" if setting.seeds else None
    peer, *ours = jobs_of(setting, corpus, scores=language)
    ours = [job for job in ours if job.level in (None, *native().levels())]
    again = [replace(job, scores=None) for job in ours]
    timed = [(job, alone("vectors.job", request_of(job))) for job in (*again, peer, *ours)]
    plain = [job for job in (peer, *ours) if job.level is None]
    further = [replace(job, seed=seed) for seed in range(1, setting.seeds) for job in plain]
    other = side_by_side("vectors.job", map(request_of, further))
    row = {"title": setting.title, **asdict(setting), "words": timed[0][1]["words"]}
    row["systems"] = summary(timed, list(zip(further, other, strict=True)))
    show(row)
    return row


Answers = list[tuple[Job, dict[str, Any]]]


def summary(timed: Answers, further: Answers) -> dict[str, Row]:
    """By system: times and memory of `timed`, scores of both."""
    found: dict[str, Row] = {}
    times: dict[str, list[dict[str, Any]]] = defaultdict(list)
    scores: dict[str, list[dict[str, float]]] = defaultdict(list)
    for job, answer in timed:
        times[job.name].append(answer)
    for job, answer in (*timed, *further):
        if "scores" in answer:
            scores[job.name].append(answer["scores"])
    for name, held in times.items():
        cpu = figure(answer["training_cpu_seconds"] for answer in held)
        found[name] = {
            "words_per_cpu_second": held[0]["words"] / cpu["mean"],
            "training_cpu_seconds": cpu,
            "vocabulary_cpu_seconds": figure(a["vocabulary_cpu_seconds"] for a in held),
            "peak_memory_bytes": figure(answer["peak_memory_bytes"] for answer in held),
            "scores": figures_by_name(scores[name]),
        }
    return found


def show(row: Row) -> None:
    base = row["systems"]["gensim"]["words_per_cpu_second"]
    print(row["title"], flush=True)
    for name, held in row["systems"].items():
        speed, shown = held["words_per_cpu_second"], []
        for test, value in held["scores"].items():
            if "," not in test:
                shown.append(f"{test} {value['mean']:.1f} ± {value['spread']:.1f}")
        print(
            f"   {name:<22}{speed:12,.0f} /s x{speed / base:5.1f}  {'  '.join(shown)}", flush=True
        )
