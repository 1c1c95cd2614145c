"""The simple forecasts that a network is measured beside: last value, seasonal naive, linear."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saiki.tasks.forecast_preparation import Floats, PreparedSeries, Starts

__all__ = ["LinearForecast", "fit_linear", "last_value", "seasonal_naive"]

_STRENGTHS = (0.0, 1e-4, 1e-3, 1e-2, 1e-1, 1.0)  # of the ridge, times the number of windows
_MOST_FEATURES = 1500
_ROWS = 2048  # windows at once
_SMALLEST = 1e-9  # of the largest eigenvalue: what is below is rounding


def last_value(prepared: PreparedSeries, starts: Starts) -> Floats:
    """The value before the first target, at every step (N, H, C)."""
    rows = np.maximum(starts + prepared.ahead - 1, 0)
    return np.repeat(prepared.truth[rows][:, None], prepared.horizon, 1)


def seasonal_naive(prepared: PreparedSeries, starts: Starts) -> Floats | None:
    """The values of the last whole season, again and again (N, H, C); None without a season.

    None too where the first window has less than a season before its targets.
    """
    season = prepared.scalings.season
    first = starts + prepared.ahead
    if season < 2 or not len(starts) or first.min() < season:
        return None
    back = season - np.arange(prepared.horizon) % season
    found: Floats = prepared.truth[first[:, None] - back]
    return found


@dataclass(frozen=True, eq=False)
class LinearForecast:
    """A ridge regression from the window to each step of the horizon.

        ŷ = a + W x + b

    Args:
        reads: "own" maps each target's own window, "all" all columns of the window.
        is_anchored: whether a is the window's last value of the target, else 0.
        weights: (C, F, H).
        bias: (C, H).
    """

    reads: str
    is_anchored: bool
    weights: Floats
    bias: Floats

    def forecast(self, prepared: PreparedSeries, starts: Starts) -> Floats:
        """Forecasts in the unit of the data (N, H, C)."""
        pieces = []
        for chosen in _chunks(starts):
            scaled = np.empty((len(chosen), prepared.horizon, len(self.weights)))
            for places, x, base in _features(prepared, chosen, self.reads, self.is_anchored):
                for place in places:
                    straight = x @ self.weights[place] + self.bias[place]
                    scaled[:, :, place] = straight + base[:, place, None]
            pieces.append(scaled[..., None])
        return prepared.restore(np.concatenate(pieces), starts)[..., 0]

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """The weights and choices as named arrays."""
        choices = np.array([self.reads == "all", self.is_anchored], np.int64)
        return {"weights": self.weights, "bias": self.bias, "choices": choices}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> "LinearForecast":
        """What `to_arrays` gave."""
        reads_all, is_anchored = (bool(one) for one in arrays["choices"])
        reads = "all" if reads_all else "own"
        return cls(reads, is_anchored, arrays["weights"], arrays["bias"])


def fit_linear(prepared: PreparedSeries) -> LinearForecast:
    """The linear forecast that is best on the validation part: its inputs, anchor and strength.

    Without a validation part the last fifth of the training windows serves as one.
    """
    train = prepared.starts["train"]
    held = prepared.starts.get("validation")
    if held is None:
        cut = max(1, len(train) * 4 // 5)
        train, held = (train[:cut], train[cut:]) if cut < len(train) else (train, train)
    made = [
        one
        for reads in ("own", "all")
        for is_anchored in (False, True)
        if _is_possible(prepared, reads, is_anchored=is_anchored)
        for one in _ridges(prepared, train, reads, is_anchored)
    ]
    return min(made, key=lambda one: _squared_error(one, prepared, held))


def _is_possible(prepared: PreparedSeries, reads: str, *, is_anchored: bool) -> bool:
    if prepared.is_aligned and (reads == "own" or is_anchored):
        return False
    if reads == "own":
        return True
    count = prepared.window * prepared.inputs.shape[1]
    is_same = not prepared.is_aligned and prepared.inputs.shape[1] == 1
    return prepared.is_aligned or (count <= _MOST_FEATURES and not is_same)


def _chunks(starts: Starts) -> Iterator[Starts]:
    for at in range(0, len(starts), _ROWS):
        yield starts[at : at + _ROWS]


def _features(
    prepared: PreparedSeries, starts: Starts, reads: str, is_anchored: bool
) -> Iterator[tuple[tuple[int, ...], Floats, Floats]]:
    """Targets that read the same x (N, F), and the anchors of all (N, C).

    With an anchor every target's window is counted from its last value.
    """
    values = prepared.windows(starts).astype(np.float64)
    count = len(prepared.columns.targets)
    base = values[:, -1, :count].copy() if is_anchored else np.zeros((len(starts), count))
    if is_anchored:
        values[:, :, :count] -= base[:, None]
    known = prepared.known_ahead(starts).astype(np.float64).reshape(len(starts), -1)
    if reads == "all":
        groups = [(tuple(range(count)), values.reshape(len(starts), -1))]
    else:
        groups = [((place,), values[:, :, place]) for place in range(count)]
    for places, x in groups:
        fits = known.shape[1] <= max(x.shape[1], _MOST_FEATURES - x.shape[1])
        yield places, np.concatenate([x, known], 1) if fits else x, base


def _ridges(
    prepared: PreparedSeries, starts: Starts, reads: str, is_anchored: bool
) -> Iterator[LinearForecast]:
    """A linear forecast of each strength, from one pass over the windows."""
    sums: dict[tuple[int, ...], list[Any]] = {}
    for chosen in _chunks(starts):
        truth = prepared.targets_of(chosen).astype(np.float64)
        for places, x, base in _features(prepared, chosen, reads, is_anchored):
            y = truth[:, :, places].transpose(0, 2, 1) - base[:, places, None]
            y = y.reshape(len(chosen), -1)  # (N, targets of the group, H)
            parts = (x.sum(0), y.sum(0), x.T @ x, x.T @ y)
            before = sums.setdefault(places, [0.0] * len(parts))
            sums[places] = [old + new for old, new in zip(before, parts, strict=True)]
    solved = [_solve(parts, len(starts)) for parts in sums.values()]
    for strength in _STRENGTHS:
        weights, bias = [], []
        for solve in solved:
            w, b = solve(strength)
            bias.append(b.reshape(-1, prepared.horizon))
            weights.append(w.reshape(len(w), -1, prepared.horizon).transpose(1, 0, 2))
        yield LinearForecast(
            reads, is_anchored, np.ascontiguousarray(np.concatenate(weights)), np.concatenate(bias)
        )


def _solve(sums: Sequence[Floats], count: int) -> Callable[[float], tuple[Floats, Floats]]:
    """The ridge of a given strength, by the eigenvectors of the covariance."""
    sum_x, sum_y, squares, products = sums
    mean_x, mean_y = sum_x / count, sum_y / count
    values, vectors = np.linalg.eigh(squares / count - np.outer(mean_x, mean_x))
    turned = vectors.T @ (products / count - np.outer(mean_x, mean_y))
    least = _SMALLEST * max(values[-1], 1e-200)  # far from where 1 / least overflows

    def solve(strength: float) -> tuple[Floats, Floats]:
        shrunk = np.where(values > least, 1 / np.maximum(values + strength, least), 0.0)
        weights = vectors @ (shrunk[:, None] * turned)
        return weights, mean_y - mean_x @ weights

    return solve


def _squared_error(made: LinearForecast, prepared: PreparedSeries, starts: Starts) -> float:
    """The mean squared error in the unit of each column's MASE, so that none drowns the rest."""
    error = made.forecast(prepared, starts) - prepared.truth_of(starts)
    return float(((error / prepared.scalings.error_scale) ** 2).mean())
