"""Word vectors of Japanese prose, split once by Sudachi for both systems."""

from dataclasses import replace

from benchmarks.process import side_by_side
from benchmarks.vectors import corpora
from benchmarks.vectors.figures import Row
from benchmarks.vectors.job import jobs_of, request_of
from benchmarks.vectors.plan import SKIP_GRAM, Plan
from benchmarks.vectors.training import show, summary


def measure(plan: Plan) -> Row:
    setting = replace(SKIP_GRAM, epochs=plan.japanese_epochs, levels=())
    first = jobs_of(setting, corpora.japanese(plan.lines), scores="japanese")
    jobs = [replace(job, seed=seed) for job in first for seed in range(plan.japanese_seeds)]
    answers = side_by_side("vectors.job", map(request_of, jobs))
    timed = list(zip(jobs, answers, strict=True))
    row = {"title": setting.title, "words": answers[0]["words"], "systems": summary(timed, [])}
    show(row)
    return row
