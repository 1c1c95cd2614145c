"""Spoken digits by speakers that training never heard: each of six held out in turn."""

from benchmarks.recipes import grid, without_runs
from benchmarks.record import record
from saiki.tasks.configure import resolve
from saiki.tasks.preparation import groups_of

RECIPE = "spoken-digits-speakers"


def main() -> None:
    speakers = list(groups_of(resolve(RECIPE).data))
    table = grid(RECIPE, RECIPE, {"data.held_out": speakers}, seeds=1)
    record(
        "spoken_digits_speakers",
        "mean test accuracy over six unseen speakers at least 0.85, aim 0.92",
        without_runs(table),
    )
