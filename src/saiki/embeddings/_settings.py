"""What a training of vectors was asked for, and its checks."""

import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, TypeAlias

from saiki.errors import ArgumentError, nearest
from saiki.kernels._vectors_rule import check_fast

__all__ = ["Settings", "available_threads", "usual_rate"]

WordObjective: TypeAlias = Literal["skip-gram", "cbow"]
DocumentObjective: TypeAlias = Literal["dbow", "dm", "dm-concat", "both"]
Output: TypeAlias = Literal["negative", "hierarchical"]
Quality: TypeAlias = Literal["exact", "fast"]
Schedule: TypeAlias = Literal["linear", "constant"]

OBJECTIVES: Mapping[str, tuple[str, ...]] = {
    "Word2Vec": ("skip-gram", "cbow"),
    "Doc2Vec": ("dbow", "dm", "dm-concat", "both"),
}
_CHOICES = {
    "output": ("negative", "hierarchical"),
    "quality": ("exact", "fast"),
    "schedule": ("linear", "constant"),
}
_USUAL_RATE = 0.025
# The gradient of a mean is shared out among its inputs, so that each moves by a part of it.
_USUAL_RATE_OF_MEANS = 0.1
_NO_EFFECT = ("threads",)  # what a resumed run may change


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The arguments of `Word2Vec` and `Doc2Vec`, checked and complete."""

    owner: str
    vector_size: int
    window: int
    min_count: int
    objective: str
    output: Output
    negatives: int
    subsample: float
    epochs: int
    threads: int | None
    seed: int
    deterministic: bool
    quality: Quality
    learning_rate: float | None
    final_learning_rate: float
    schedule: Schedule
    max_vocabulary: int | None
    held_out: float | None
    trains_words: bool | None = None

    def __post_init__(self) -> None:
        _check_sizes(self)
        _check_choices(self)
        _check_numbers(self)
        _check_sharing(self)
        for name in ("deterministic", *(("trains_words",) if self.owner == "Doc2Vec" else ())):
            _check_flag(self, name, optional=name == "trains_words")
        if self.trains_words is False and self.objective.startswith("dm"):
            raise ArgumentError(
                "Doc2Vec: trains_words=False must come with objective='dbow' or 'both'; got"
                " objective={objective!r}, which reads the words around a word and so must train"
                " them. Leave trains_words out.",
                objective=self.objective,
            )

    @property
    def parts(self) -> tuple[str, ...]:
        """The objectives that are trained, one after the other."""
        return ("dbow", "dm") if self.objective == "both" else (self.objective,)

    def rate(self, objective: str) -> float:
        """The first learning rate of one part."""
        return usual_rate(objective) if self.learning_rate is None else self.learning_rate

    def moves_words(self, objective: str) -> bool:
        """Whether one part has word vectors of its own that training changes."""
        return objective != "dbow" or bool(self.trains_words)

    def describe(self) -> str:
        """The constructor's call, with what is not None."""
        given = {k: v for k, v in self.to_json().items() if k != "owner" and v is not None}
        return f"{self.owner}({', '.join(f'{key}={value!r}' for key, value in given.items())})"

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Settings":
        known = {field.name for field in fields(cls)}
        return cls(**{key: value for key, value in stored.items() if key in known})

    def changes_from(self, stored: Mapping[str, Any]) -> list[str]:
        """What differs from a stored form in a way that changes the vectors."""
        return [
            f"{key}: {stored.get(key)} -> {value}"
            for key, value in self.to_json().items()
            if key not in _NO_EFFECT and stored.get(key) != value
        ]


def usual_rate(objective: str) -> float:
    """The first learning rate where none was chosen."""
    return _USUAL_RATE_OF_MEANS if objective in {"cbow", "dm"} else _USUAL_RATE


def available_threads() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _check_sizes(settings: Settings) -> None:
    least = {"negatives": 0 if settings.output == "hierarchical" else 1, "seed": 0}
    for name in ("vector_size", "window", "min_count", "epochs", "negatives", "seed"):
        check_whole(settings.owner, name, getattr(settings, name), least.get(name, 1))
    for name in ("threads", "max_vocabulary"):
        if getattr(settings, name) is not None:
            check_whole(settings.owner, name, getattr(settings, name), 1)
    if settings.seed >= 1 << 63:
        raise ArgumentError(
            "{owner}: seed must be below 2**63; got {value}. Give a smaller whole number.",
            owner=settings.owner,
            value=settings.seed,
        )


def check_whole(owner: str, name: str, value: object, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ArgumentError(
            "{owner}: {name} must be a whole number of at least {least}; got {value!r}. Give an"
            " int in that range.",
            owner=owner,
            name=name,
            least=least,
            value=value,
        )


def _check_choices(settings: Settings) -> None:
    check_name(settings.owner, "objective", settings.objective, OBJECTIVES[settings.owner])
    for name, known in _CHOICES.items():
        check_name(settings.owner, name, getattr(settings, name), known)


def check_name(owner: str, name: str, value: object, known: Iterable[str]) -> None:
    names = list(known)
    if value in names:
        return
    other = next((o for o, own in OBJECTIVES.items() if name == "objective" and value in own), None)
    if other is not None:
        raise ArgumentError(
            "{owner}: objective must be one of {known}; got {value!r}, which belongs to {other}."
            " Use {other}(objective={value!r}).",
            owner=owner,
            known=", ".join(names),
            value=value,
            other=other,
        )
    raise ArgumentError(
        "{owner}: {name} must be one of {known}; got {value!r}. The nearest is {near!r}.",
        owner=owner,
        name=name,
        known=", ".join(names),
        value=value,
        near=nearest(str(value), names) or names[0],
    )


def _check_sharing(settings: Settings) -> None:
    if settings.quality != "fast" or settings.output != "negative":
        return
    for part in settings.parts:
        if part != "dm-concat":
            trains_words = settings.moves_words(part)
            check_fast(part, settings.window, settings.negatives, trains_words=trains_words)


def _check_numbers(settings: Settings) -> None:
    check_number(settings.owner, "subsample", settings.subsample, "[0, 1]", low=0.0, high=1.0)
    if settings.held_out is not None:
        check_number(settings.owner, "held_out", settings.held_out, "[0, 0.5]", low=0.0, high=0.5)
    if settings.learning_rate is not None:
        check_rate(settings.owner, "learning_rate", settings.learning_rate)
    check_rate(settings.owner, "final_learning_rate", settings.final_learning_rate)
    first = min(settings.rate(part) for part in settings.parts)
    if settings.schedule == "linear" and settings.final_learning_rate > first:
        raise ArgumentError(
            "{owner}: final_learning_rate must be at most the first learning rate {first}; got"
            " {value}. Lower it, or raise learning_rate.",
            owner=settings.owner,
            first=first,
            value=settings.final_learning_rate,
        )


def check_rate(owner: str, name: str, value: object) -> None:
    check_number(owner, name, value, "(0, 10]", low=math.ulp(0.0), high=10.0)


def check_number(
    owner: str, name: str, value: object, interval: str, *, low: float, high: float
) -> None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not low <= value <= high:  # type: ignore[operator]  # a number by then
        raise ArgumentError(
            "{owner}: {name} must be a number in {interval}; got {value!r}. Give one in that"
            " range.",
            owner=owner,
            name=name,
            interval=interval,
            value=value,
        )


def _check_flag(settings: Settings, name: str, *, optional: bool) -> None:
    value = getattr(settings, name)
    if not isinstance(value, bool) and not (optional and value is None):
        raise ArgumentError(
            "{owner}: {name} must be True or False; got {value!r}. Give a bool.",
            owner=settings.owner,
            name=name,
            value=value,
        )
