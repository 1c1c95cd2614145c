"""Training, validation and test parts: given, by fractions, or with one group held out."""

import os
from collections import Counter
from dataclasses import dataclass
from typing import Literal, final

import numpy as np
from numpy.typing import NDArray

from saiki.data._draws import draw
from saiki.data.examples import Examples
from saiki.errors import ArgumentError, DataError, nearest

__all__ = ["Parts", "SplitPlan", "group_names", "split_examples"]

Indices = NDArray[np.int64]


@final
@dataclass(frozen=True, kw_only=True)
class SplitPlan:
    """How to split.

    Args:
        by: "parts" keeps the official or given parts, "fractions" draws the test part at random
            (stratified by label), "group" holds one group out as the test part.
        test_fraction: share of the test part, in [0, 1); only for "fractions".
        validation_fraction: share of the training part that becomes the validation part where
            the data has none, in [0, 1), stratified by label; 0 goes without one.
        held_out: the group of the test part; only for "group".
        seed: of the random draws, at least 0.
    """

    by: Literal["parts", "fractions", "group"] = "parts"
    test_fraction: float = 0.2
    validation_fraction: float = 0.1
    held_out: str | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.by not in ("parts", "fractions", "group"):
            raise ArgumentError(
                'SplitPlan: by must be "parts", "fractions" or "group"; got {got!r}. '
                "Choose one of them.",
                got=self.by,
            )
        for name in ("test_fraction", "validation_fraction"):
            if not 0 <= getattr(self, name) < 1:
                raise ArgumentError(
                    "SplitPlan: {name} must be at least 0 and below 1; got {got}. "
                    "Give a share such as 0.1.",
                    name=name,
                    got=getattr(self, name),
                )
        if self.seed < 0:
            raise ArgumentError(
                "SplitPlan: seed must be at least 0; got {got}. Give another.", got=self.seed
            )


@final
@dataclass(frozen=True)
class Parts:
    """Indices into the examples: sorted, each index in at most one part."""

    train: Indices
    validation: Indices
    test: Indices


def group_names(examples: Examples) -> tuple[str, ...]:
    """The groups in sorted order, for a leave-one-group-out loop.

    Raises:
        DataError: the examples have no groups.
    """
    if examples.groups is None:
        raise DataError(
            "{name}: these examples have no groups, so none can be held out. "
            'Name their column (group_column="speaker"), or split by fractions.',
            name=examples.names[0],
        )
    return tuple(sorted(set(examples.groups)))


def split_examples(examples: Examples, plan: SplitPlan) -> Parts:
    """The parts that `plan` asks for; a pure function of its arguments.

    Raises:
        DataError: an empty part, one class only, a label that training never saw, a recording
            that is in two parts, or a column that the plan needs and the examples lack.

    Example:
        >>> import numpy as np
        >>> e = Examples([np.zeros((2, 1), np.float32)] * 40, [f"case {i}" for i in range(40)],
        ...              kind="series", labels=["a", "b"] * 20)
        >>> parts = split_examples(e, SplitPlan(by="fractions", test_fraction=0.25))
        >>> len(parts.train), len(parts.validation), len(parts.test)
        (27, 3, 10)
    """
    train, validation, test = _outer_parts(examples, plan)
    if not len(validation) and plan.validation_fraction:
        rng = draw(plan.seed, "validation")
        validation = _stratified(examples, train, plan.validation_fraction, rng)
        train = np.setdiff1d(train, validation)
    parts = Parts(train=train, validation=validation, test=test)
    _check_not_empty(examples, parts, plan)
    _check_no_leak(examples, parts)
    if examples.labels is not None:
        _check_labels(examples, examples.labels, parts)
    return parts


def _outer_parts(examples: Examples, plan: SplitPlan) -> tuple[Indices, Indices, Indices]:
    everything = np.arange(len(examples), dtype=np.int64)
    nothing = everything[:0]
    if plan.by == "fractions":
        test = nothing
        if plan.test_fraction:
            rng = draw(plan.seed, "test")
            test = _stratified(examples, everything, plan.test_fraction, rng)
        return np.setdiff1d(everything, test), nothing, test
    if plan.by == "group":
        held = _held_out(examples, plan)
        return everything[~held], nothing, everything[held]
    if examples.parts is None:
        raise DataError(
            "{name}: these examples come without parts, so there is no test part. Split them at "
            "random with --data.split fractions, name a second source with --data.test-source, or "
            "a column with --data.part-column.",
            name=examples.names[0] if examples.names else "examples",
        )
    part = np.array(examples.parts)
    return everything[part == "train"], everything[part == "validation"], everything[part == "test"]


def _held_out(examples: Examples, plan: SplitPlan) -> NDArray[np.bool_]:
    known = group_names(examples)
    if plan.held_out is None or plan.held_out not in known:
        raise DataError(
            "SplitPlan: held_out must be one of the groups {known}; got {got!r}. "
            "The nearest is {near!r}.",
            known=", ".join(known[:20]),
            got=plan.held_out,
            near=nearest(plan.held_out or "", known) or known[0],
        )
    held: NDArray[np.bool_] = np.array(examples.groups) == plan.held_out
    return held


def _stratified(
    examples: Examples, indices: Indices, fraction: float, rng: np.random.Generator
) -> Indices:
    """About `fraction` of `indices`, the same share of every label (largest remainders first)."""
    labels = np.array(examples.labels if examples.labels is not None else [""] * len(examples))
    order = rng.permutation(indices)
    groups = [order[labels[order] == label] for label in sorted(set(labels[indices]))]
    exact = np.array([len(g) * fraction for g in groups])
    counts = np.floor(exact).astype(int)
    missing = round(len(indices) * fraction) - int(counts.sum())
    for i in np.argsort(counts - exact, kind="stable")[: max(0, missing)]:
        counts[i] += 1
    # One example of every label stays behind: what remains trains.
    counts = np.minimum(counts, [len(g) - 1 for g in groups])
    chosen = [g[:n] for g, n in zip(groups, counts, strict=True)]
    return np.sort(np.concatenate([indices[:0], *chosen]))


def _check_not_empty(examples: Examples, parts: Parts, plan: SplitPlan) -> None:
    wanted = {
        "train": True,
        "validation": plan.validation_fraction > 0,
        "test": not (plan.by == "fractions" and plan.test_fraction == 0),
    }
    for part, is_wanted in wanted.items():
        if is_wanted and not len(getattr(parts, part)):
            raise DataError(
                "split_examples: the {part} part is empty ({count} examples, split by {by}). "
                "Give more examples, a larger fraction, or rows of that part.",
                part=part,
                count=len(examples),
                by=plan.by,
            )


def _check_no_leak(examples: Examples, parts: Parts) -> None:
    seen: dict[str, str] = {}
    for part in ("train", "validation", "test"):
        for i in getattr(parts, part):
            name = examples.names[i]
            place = os.path.realpath(name) if examples.kind == "audio" else name
            if seen.setdefault(place, part) != part:
                raise DataError(
                    "{name}: the same recording is in the {first} part and in the {second} part, "
                    "so the score would be too good. Keep it in one part only.",
                    name=name,
                    first=seen[place],
                    second=part,
                )


def _check_labels(examples: Examples, labels: tuple[str, ...], parts: Parts) -> None:
    known = Counter(labels[i] for i in parts.train)
    if len(known) < 2:
        raise DataError(
            "split_examples: the training part has one class only ({label!r}, {count} examples). "
            "A classifier needs examples of at least two.",
            label=next(iter(known)),
            count=len(parts.train),
        )
    for part in ("validation", "test"):
        for i in getattr(parts, part):
            if labels[i] not in known:
                raise DataError(
                    "{name}: the label {label!r} of the {part} part never occurs in training. "
                    "Known labels are {known}; the nearest is {near!r}. Correct it, or add "
                    "training examples of it.",
                    name=examples.names[i],
                    label=labels[i],
                    part=part,
                    known=", ".join(sorted(known)[:20]),
                    near=nearest(labels[i], known) or min(known),
                )
