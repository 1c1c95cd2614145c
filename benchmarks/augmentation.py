"""What each augmentation buys on unseen speakers: the recipe without one of them at a time."""

import dataclasses

from benchmarks.recipes import grid
from benchmarks.record import record
from saiki.tasks.config import AugmentConfig
from saiki.tasks.configure import resolve
from saiki.tasks.preparation import groups_of

RECIPE = "spoken-digits-speakers"
# What only says how strong or how often another setting acts.
STRENGTHS = ("noise_probability", "time_mask_frames", "frequency_mask_bins")


def main() -> None:
    config = resolve(RECIPE)
    speakers = list(groups_of(config.data))
    off = AugmentConfig()
    used = [
        field.name
        for field in dataclasses.fields(AugmentConfig)
        if getattr(config.data.augment, field.name) != getattr(off, field.name)
        and field.name not in STRENGTHS
    ]
    all_off = {name: getattr(off, name) for name in used}
    settings = {"nothing (the recipe)": {}}
    settings |= {name: {name: getattr(off, name)} for name in used}
    settings["all of them"] = all_off
    rows = []
    for title, augment in settings.items():
        name = "augmentation-" + title.split(" ")[0]
        changes = {"data": {"augment": augment}} if augment else {}
        folder = "spoken-digits-speakers" if not augment else name
        table = grid(folder, RECIPE, {"data.held_out": speakers}, seeds=1, **changes)
        accuracy = table["mean_over_groups"]["test.accuracy"]["mean"]
        by_speaker = {
            row["settings"]["data.held_out"]: row["metrics"]["test.accuracy"]["mean"]
            for row in table["rows"]
        }
        first = rows[0]["accuracy"] if rows else accuracy
        rows.append(
            {
                "without": title,
                "accuracy": accuracy,
                "change": accuracy - first,
                "speakers": by_speaker,
            }
        )
    record("augmentation", "what each augmentation bought, mean over six unseen speakers", rows)
