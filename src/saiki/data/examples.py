"""`Examples`: sequences or texts with their labels, groups and parts, before they are split."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from saiki.errors import ArgumentError, DataError

__all__ = ["Examples", "FloatArray", "Kind", "Part", "Value", "join_examples"]

FloatArray = NDArray[np.float32]
Kind = Literal["audio", "series", "text"]
Part = Literal["train", "validation", "test"]


@final
class Value:
    """One sequence or text, read at its first use and kept.

    Args:
        source: the array or text itself, or a function that reads it.
    """

    __slots__ = ("_content", "_read")

    def __init__(self, source: FloatArray | str | Callable[[], FloatArray | str]) -> None:
        self._content: FloatArray | str | None = None if callable(source) else source
        self._read = source if callable(source) else None

    @property
    def is_text(self) -> bool | None:
        """Whether it is a text; None as long as it is not read."""
        return None if self._content is None else isinstance(self._content, str)

    def get(self) -> Any:
        """The sequence, float32, or the text."""
        if self._content is None and self._read is not None:
            self._content, self._read = self._read(), None
        if self._content is None:  # pragma: no cover  the constructor gives one of the two
            raise RuntimeError
        return self._content


@final
class Examples:
    """Sequences or texts, each with a name and, where known, label, group and part.

    Args:
        values: the sequences: (N,) samples for mono audio, (T, channels) for series, a `str` for
            text.
        names: where each came from; messages and predictions show it.
        kind: "audio", "series" or "text".
        labels: the class of each, or None when none is known; where a text has several, the
            cell as it was written.
        groups: the speaker, patient or machine of each, or None.
        parts: "train", "validation" or "test" for each, or None when nobody has split yet.
        channels: channels a sequence; 1 for text.
        sample_rate_hz: samples a second; None for series and text.

    Raises:
        ArgumentError: lists of unequal length, an unknown part, or values that are not of `kind`.

    Example:
        >>> import numpy as np
        >>> e = Examples([np.zeros(9, np.float32)], ("a",), kind="audio", sample_rate_hz=8000)
        >>> len(e), e.value(0).shape
        (1, (9,))
        >>> Examples(["good", "悪い"], ("a", "b"), kind="text", labels=("+", "-")).values()
        ['good', '悪い']
    """

    def __init__(
        self,
        values: Iterable[Value | FloatArray | str],
        names: Iterable[str],
        *,
        kind: Kind,
        labels: Iterable[str] | None = None,
        groups: Iterable[str] | None = None,
        parts: Iterable[Part] | None = None,
        channels: int = 1,
        sample_rate_hz: int | None = None,
    ) -> None:
        self._values = tuple(v if isinstance(v, Value) else Value(v) for v in values)
        self.kind: Kind = kind
        self.names = tuple(names)
        self.labels = None if labels is None else tuple(labels)
        self.groups = None if groups is None else tuple(groups)
        self.parts = None if parts is None else tuple(parts)
        self.channels = channels
        self.sample_rate_hz = sample_rate_hz
        self._check_values()
        for what in ("names", "labels", "groups", "parts"):
            column = getattr(self, what)
            if column is not None and len(column) != len(self._values):
                raise ArgumentError(
                    "Examples: {what} must have one entry for each of the {expected} values; "
                    "got {got}. Give both lists in the same order.",
                    what=what,
                    expected=len(self._values),
                    got=len(column),
                )

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Examples({len(self)} of kind {self.kind}, channels={self.channels})"

    def value(self, index: int) -> Any:
        """Sequence or text `index`, read once, then kept.

        Shapes: (N,) float32 for audio, (T, channels) float32 for series; a `str` for text.
        """
        return self._values[index].get()

    def values(self, indices: Iterable[int] | None = None) -> list[Any]:
        """The sequences or texts at `indices`, or all of them."""
        wanted = range(len(self)) if indices is None else indices
        return [self._values[int(i)].get() for i in wanted]

    def lengths(self) -> NDArray[np.int64]:
        """Samples, steps or characters of each (this reads them all)."""
        return np.array([len(v) for v in self.values()], dtype=np.int64)

    def subset(self, indices: Iterable[int]) -> "Examples":
        """The examples at `indices`, in that order; what was read already is shared."""
        wanted = [int(i) for i in indices]

        def pick(column: tuple[str, ...] | None) -> tuple[str, ...] | None:
            return None if column is None else tuple(column[i] for i in wanted)

        return Examples(
            [self._values[i] for i in wanted],
            [self.names[i] for i in wanted],
            kind=self.kind,
            labels=pick(self.labels),
            groups=pick(self.groups),
            parts=None if self.parts is None else [self.parts[i] for i in wanted],
            channels=self.channels,
            sample_rate_hz=self.sample_rate_hz,
        )

    def with_parts(self, parts: Iterable[Part] | None) -> "Examples":
        """The same examples with other parts."""
        return Examples(
            self._values,
            self.names,
            kind=self.kind,
            labels=self.labels,
            groups=self.groups,
            parts=parts,
            channels=self.channels,
            sample_rate_hz=self.sample_rate_hz,
        )

    def fingerprint(self) -> str:
        """The sha256 of every sequence, label, group and part: equal data, equal fingerprint.

        Names are left out, so the same data in another place has the same fingerprint.
        """
        digest = hashlib.sha256(f"{self.kind} {self.channels} {self.sample_rate_hz}\n".encode())
        for i, value in enumerate(self._values):
            shape, content = _content(value.get())
            columns = (self.labels, self.groups, self.parts)
            row = [None if column is None else column[i] for column in columns]
            digest.update(f"{shape} {row}\n".encode())
            digest.update(content)
        return digest.hexdigest()

    def _check_values(self) -> None:
        for name, value in zip(self.names, self._values, strict=False):
            if value.is_text is not None and value.is_text != (self.kind == "text"):
                raise ArgumentError(
                    "Examples: {name}: the value is of type {got}, which does not fit the kind "
                    '{kind}. Values of type str are of kind "text", arrays of kind "audio" or '
                    '"series".',
                    name=name,
                    got="str" if value.is_text else "ndarray",
                    kind=self.kind,
                )


def _content(value: Any) -> tuple[tuple[int, ...], bytes]:
    """The shape and the bytes of a sequence or text."""
    if isinstance(value, str):
        content = value.encode("utf-8", "surrogatepass")
        return (len(content),), content
    array = np.ascontiguousarray(value, dtype="<f4")
    return array.shape, array.tobytes()


def join_examples(
    *, train: Examples, test: Examples | None = None, validation: Examples | None = None
) -> Examples:
    """One `Examples` from sources that are split already; sets `parts`.

    Raises:
        ArgumentError: neither `test` nor `validation` is given.
        DataError: the sources do not fit each other (kind, channels, sample rate, labels).
    """
    named: tuple[tuple[Part, Examples | None], ...] = (
        ("train", train),
        ("validation", validation),
        ("test", test),
    )
    given = [(part, e) for part, e in named if e is not None]
    if len(given) == 1:
        raise ArgumentError("join_examples: only train was given. Give test=, validation= or both.")
    parts = [part for part, e in given for _ in range(len(e))]
    return chain_examples([e for _, e in given]).with_parts(parts)


def chain_examples(sources: Sequence[Examples]) -> Examples:
    """All examples of `sources` in order; groups and labels stay only where all have them."""
    first = sources[0]
    for other in sources[1:]:
        _check_fit(first, other)

    def chain(columns: list[tuple[str, ...] | None]) -> list[str] | None:
        known = [c for c in columns if c is not None]
        return [x for c in known for x in c] if len(known) == len(columns) else None

    return Examples(
        [v for e in sources for v in e._values],  # noqa: SLF001  the same class
        [n for e in sources for n in e.names],
        kind=first.kind,
        labels=chain([e.labels for e in sources]),
        groups=chain([e.groups for e in sources]),
        channels=first.channels,
        sample_rate_hz=first.sample_rate_hz,
    )


def _check_fit(first: Examples, other: Examples) -> None:
    for what in ("kind", "channels", "sample_rate_hz"):
        expected, got = getattr(first, what), getattr(other, what)
        if expected != got:
            raise DataError(
                "{name}: its {what} is {got}, but that of {first} is {expected}. "
                "Read all sources with the same kind, channels and sample_rate_hz.",
                name=other.names[0],
                what=what,
                got=got,
                first=first.names[0],
                expected=expected,
            )
    if (first.labels is None) != (other.labels is None):
        raise DataError(
            "{name}: some of the joined sources have labels and some have none. "
            "Give all of them labels, or none.",
            name=other.names[0],
        )
