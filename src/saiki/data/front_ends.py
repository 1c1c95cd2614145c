"""What turns raw sequences and texts into features: the protocol, and the way back from JSON."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol, Self

from numpy.typing import NDArray

from saiki.data.augmentation import Augmentation, Draw
from saiki.data.examples import Examples
from saiki.data.log_mel import LogMel
from saiki.data.raw_waveform import RawWaveform
from saiki.data.series import Series
from saiki.data.tokens import Tokens
from saiki.errors import DataError

__all__ = ["FRONT_ENDS", "FrontEnd", "front_end_from_json"]


class FrontEnd(Protocol):
    """A transform of sequences or texts, fitted on the training part only."""

    @property
    def features(self) -> int:
        """F, the size of a step of the output; of token ids V, how many there are."""

    def fit(self, examples: Examples, indices: Iterable[int]) -> Self:
        """Takes the statistics of the examples at `indices`; returns itself."""

    def transform(
        self,
        values: Sequence[Any],
        augment: Augmentation | None = None,
        draws: Sequence[Draw] | None = None,
    ) -> Sequence[NDArray[Any]]:
        """(T, F) float32 for each value, or (T,) token ids of a text.

        `draws` has (seed, epoch, index) for each value.
        """

    def to_json(self) -> dict[str, Any]:
        """Settings and statistics, for `front_end_from_json`."""


FRONT_ENDS: dict[str, type[LogMel] | type[RawWaveform] | type[Series] | type[Tokens]] = {
    "log-mel": LogMel,
    "raw-waveform": RawWaveform,
    "series": Series,
    "tokens": Tokens,
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
