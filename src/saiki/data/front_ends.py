"""What turns raw sequences into features: the protocol, and the way back from JSON."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol, Self

from saiki.data.augmentation import Augmentation, Draw
from saiki.data.examples import Examples, FloatArray
from saiki.data.log_mel import LogMel
from saiki.data.raw_waveform import RawWaveform
from saiki.data.series import Series
from saiki.errors import DataError

__all__ = ["FRONT_ENDS", "FrontEnd", "front_end_from_json"]


class FrontEnd(Protocol):
    """A transform of sequences, fitted on the training part only."""

    @property
    def features(self) -> int:
        """F, the size of a step of the output."""

    def fit(self, examples: Examples, indices: Iterable[int]) -> Self:
        """Takes the statistics of the examples at `indices`; returns itself."""

    def transform(
        self,
        values: Sequence[FloatArray],
        augment: Augmentation | None = None,
        draws: Sequence[Draw] | None = None,
    ) -> list[FloatArray]:
        """(T, F) float32 for each value; `draws` has (seed, epoch, index) for each value."""

    def to_json(self) -> dict[str, Any]:
        """Settings and statistics, for `front_end_from_json`."""


FRONT_ENDS: dict[str, type[LogMel] | type[RawWaveform] | type[Series]] = {
    "log-mel": LogMel,
    "raw-waveform": RawWaveform,
    "series": Series,
}


def front_end_from_json(stored: dict[str, Any]) -> FrontEnd:
    """The front end that `to_json` wrote.

    Raises:
        DataError: the kind is unknown.
    """
    kind = stored.get("kind")
    if kind not in FRONT_ENDS:
        raise DataError(
            "front_end_from_json: kind must be one of {known}; got {got!r}. "
            "Use the file that saiki wrote.",
            known=", ".join(FRONT_ENDS),
            got=kind,
        )
    return FRONT_ENDS[kind].from_json(stored)
