"""What is measured, and how often."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One way to train, the same for both systems.

    Args:
        seeds: trainings whose vectors are scored; speed is measured with the first.
        has_fast: whether `quality="fast"` differs from "exact" here.
        levels: further instruction levels (`SAIKI_KERNELS`) to measure.
    """

    objective: str
    output: str = "negative"
    vector_size: int = 100
    epochs: int = 5
    seeds: int = 0
    has_fast: bool = False
    levels: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        names = {"dbow": "PV-DBOW", "dm": "PV-DM", "dm-concat": "PV-DM, concatenated"}
        names |= {"skip-gram": "skip-gram", "cbow": "CBOW"}
        output = {"negative": "", "hierarchical": ", hierarchical softmax"}[self.output]
        return f"{names[self.objective]}{output}, {self.vector_size}-d"

    @property
    def qualities(self) -> tuple[str, ...]:
        return ("exact", "fast") if self.has_fast else ("exact",)


SKIP_GRAM = Setting(objective="skip-gram", seeds=3, has_fast=True, levels=("avx2",))
SETTINGS = (
    SKIP_GRAM,
    replace(SKIP_GRAM, vector_size=300, levels=()),
    Setting(objective="cbow", seeds=3, has_fast=True),
    Setting(objective="skip-gram", output="hierarchical", seeds=1),
    Setting(objective="cbow", output="hierarchical", seeds=1),
    Setting(objective="dbow", has_fast=True),
    Setting(objective="dm", has_fast=True),
    Setting(objective="dm-concat", epochs=1, has_fast=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The sizes of a run.

    Args:
        lines: of each text corpus; None for all.
        thread_epochs: of the trainings with one and two threads.
        thread_rounds: how often ours are repeated; the least wall-clock time counts.
        document_seeds: trainings of each document model, and so on for the other parts.
        sizes: words of a generated corpus, and its minimum count.
    """

    lines: int | None = None
    settings: tuple[Setting, ...] = SETTINGS
    thread_epochs: int = 2
    thread_rounds: int = 3
    document_seeds: int = 3
    document_epochs: int = 10
    japanese_seeds: int = 3
    japanese_epochs: int = 20  # fewer say nothing: the text is small
    # Five appearances keep a word; then as many more as the corpus is larger, so that the
    # vocabulary stays and the number of words alone changes.
    sizes: tuple[tuple[int, int], ...] = (
        (1_000_000, 5),
        (10_000_000, 5),
        (100_000_000, 5),
        (10_000_000, 50),
        (100_000_000, 500),
    )
    size_vocabulary: int = 500_000


QUICK_SETTINGS = (
    replace(SKIP_GRAM, epochs=1, seeds=2),
    replace(SKIP_GRAM, vector_size=300, epochs=1, seeds=1, levels=()),
    Setting(objective="cbow", epochs=1, seeds=1, has_fast=True),
    Setting(objective="skip-gram", output="hierarchical", epochs=1),
    Setting(objective="cbow", output="hierarchical", epochs=1),
    Setting(objective="dbow", epochs=1, has_fast=True),
    Setting(objective="dm", epochs=1, has_fast=True),
    Setting(objective="dm-concat", epochs=1, has_fast=True),
)
PLANS = {
    "full": Plan(),
    "quick": Plan(
        lines=1500,
        settings=QUICK_SETTINGS,
        thread_epochs=1,
        thread_rounds=1,
        document_seeds=1,
        document_epochs=2,
        japanese_seeds=1,
        japanese_epochs=1,
        sizes=((100_000, 5), (1_000_000, 5), (1_000_000, 50)),
        size_vocabulary=50_000,
    ),
}
# Each a module of this package with `measure(plan)`, and a section of the results.
PARTS = ("evaluation", "training", "threads", "documents", "japanese", "size")
