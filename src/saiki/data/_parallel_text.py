import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar, final

from saiki.data.examples import Part
from saiki.errors import ArgumentError, DataError

T = TypeVar("T")


@final
@dataclass(frozen=True, kw_only=True)
class ParallelText:
    """Pairs of texts, in columns of one length.

    Args:
        sources: the texts that are given.
        targets: the texts that are wanted.
        names: where each pair came from, "train.en:12" for line 12 of the source file.
        parts: "train", "validation" or "test" for each, or None where nobody has split yet.
        groups: a class of each by which scores are told apart, or None.
        skipped: pairs that were left out when they were read, since a side had no text. It
            belongs to the reading: a part or subset has 0.

    Raises:
        ArgumentError: columns of unequal length.

    Example:
        >>> pairs = ParallelText(sources=("a b", "c"), targets=("x", "y z"), names=("1", "2"),
        ...                      parts=("train", "test"))
        >>> len(pairs), pairs.part("test").targets
        (2, ('y z',))
    """

    sources: tuple[str, ...]
    targets: tuple[str, ...]
    names: tuple[str, ...]
    parts: tuple[Part, ...] | None = None
    groups: tuple[str, ...] | None = None
    skipped: int = 0

    def __post_init__(self) -> None:
        for column in ("targets", "names", "parts", "groups"):
            values = getattr(self, column)
            if values is not None and len(values) != len(self.sources):
                raise ArgumentError(
                    "ParallelText: {column} must have one entry for each of the {expected} "
                    "sources; got {got}. Give all columns in the same order.",
                    column=column,
                    expected=len(self.sources),
                    got=len(values),
                )

    def __len__(self) -> int:
        return len(self.sources)

    def part(self, name: Part) -> "ParallelText":
        """The pairs of one part in their order; there may be none.

        Raises:
            DataError: these pairs come without parts.
        """
        if self.parts is None:
            raise DataError(
                "{name}: these pairs come without parts, so there is no {part} part. Name a "
                "second source, or the column of a table that says which part a row is of.",
                name=self.names[0] if self.names else "ParallelText",
                part=name,
            )
        return self.subset(i for i, part in enumerate(self.parts) if part == name)

    def subset(self, indices: Iterable[int]) -> "ParallelText":
        """The pairs at `indices`, in that order."""
        wanted = [int(i) for i in indices]

        def pick(column: tuple[T, ...]) -> tuple[T, ...]:
            return tuple(column[i] for i in wanted)

        return ParallelText(
            sources=pick(self.sources),
            targets=pick(self.targets),
            names=pick(self.names),
            parts=None if self.parts is None else pick(self.parts),
            groups=None if self.groups is None else pick(self.groups),
        )

    def fingerprint(self) -> str:
        """The sha256 of every pair, part and group: equal data, equal fingerprint.

        Names are left out, so the same data in another place has the same fingerprint.
        """
        digest = hashlib.sha256(b"parallel\n")
        for i, pair in enumerate(zip(self.sources, self.targets, strict=True)):
            columns = (self.parts, self.groups)
            row = [None if column is None else column[i] for column in columns]
            source, target = (text.encode("utf-8", "surrogatepass") for text in pair)
            digest.update(f"{len(source)} {len(target)} {row}\n".encode())
            digest.update(source)
            digest.update(target)
        return digest.hexdigest()
