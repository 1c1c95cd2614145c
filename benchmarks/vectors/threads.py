"""Two threads against one, by the wall clock: each system's least time of interleaved rounds."""

from dataclasses import replace

from benchmarks.process import call
from benchmarks.vectors import corpora
from benchmarks.vectors.figures import Row
from benchmarks.vectors.job import Job, jobs_of, request_of
from benchmarks.vectors.plan import SKIP_GRAM, Plan

THREADS = (1, 2)


def measure(plan: Plan) -> list[Row]:
    setting = replace(SKIP_GRAM, epochs=plan.thread_epochs, levels=())
    peer, *ours = jobs_of(setting, corpora.english(plan.lines))
    seconds: dict[tuple[str, int], list[float]] = {}
    for number in range(plan.thread_rounds):
        jobs = [*ours, peer] if number == 0 else ours  # one round of gensim takes long enough
        for job in jobs:
            for threads in THREADS:
                held = seconds.setdefault((job.name, threads), [])
                held.append(_wall_seconds(replace(job, threads=threads)))
    return [_row(job.name, seconds) for job in (peer, *ours)]


def _wall_seconds(job: Job) -> float:
    """No core is chosen, so that nothing but the number of threads differs."""
    answer = call("vectors.job", request_of(job))
    return answer["training_wall_seconds"] / answer["words"]


def _row(name: str, seconds: dict[tuple[str, int], list[float]]) -> Row:
    speeds = {threads: 1 / min(seconds[name, threads]) for threads in THREADS}
    row = {"title": name} | {f"words_per_second_{n}": speed for n, speed in speeds.items()}
    row["ratio"] = speeds[2] / speeds[1]
    print(row, flush=True)
    return row
