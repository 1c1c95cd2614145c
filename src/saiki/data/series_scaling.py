"""What a series goes through before a network reads it, and back: logarithm, difference, scale."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from saiki.errors import DataError

__all__ = ["SeriesScaling"]

Values = NDArray[np.float64]
_LEAST_SPREAD = 1e-12  # of the largest value: below it a column is constant


@final
@dataclass(frozen=True, eq=False)
class SeriesScaling:
    """The transformation of some columns, fitted on the training rows alone.

        l_t = log y_t,  d_t = l_t - l_{t-k},  z_t = (d_t - mean) / deviation

    Args:
        columns: C names.
        is_log: whether the logarithm is taken first.
        lag: k of the difference; 0 takes none.
        mean, deviation: (C,) of the training rows; 0 and 1 where nothing is scaled.

    Example:
        >>> import numpy as np
        >>> y = np.array([[1.0], [2.0], [4.0], [8.0], [12.0]])
        >>> scaling = SeriesScaling.fit(y, ["y"], rows=5, is_log=True, lag=1, is_scaled=True)
        >>> z = scaling.apply(y)
        >>> scaling.restore(z[None, 3:, :, None], y[None, :3])[0, :, 0, 0].round(6).tolist()
        [8.0, 12.0]
    """

    columns: tuple[str, ...]
    is_log: bool
    lag: int
    mean: Values
    deviation: Values

    @classmethod
    def fit(
        cls,
        values: Values,
        columns: Sequence[str],
        *,
        rows: int,
        is_log: bool = False,
        lag: int = 0,
        is_scaled: bool = True,
    ) -> "SeriesScaling":
        """The transformation of `values` (T, C), whose first `rows` are for training.

        Raises:
            DataError: a logarithm of a value that is not above 0, or a column that is constant
                in the training part.
        """
        count = len(columns)
        bare = cls(tuple(columns), is_log, lag, np.zeros(count), np.ones(count))
        seen = bare.apply(values[:rows])[lag:]
        if not len(seen):
            return bare
        deviation = seen.std(0)
        largest = np.abs(bare._log(values[:rows])).max(0)
        for column, one, most in zip(columns, deviation, largest, strict=True):
            if one <= _LEAST_SPREAD * max(most, 1e-300):
                value = float(seen[0, list(columns).index(column)])
                if lag:
                    raise DataError(
                        "the column {column!r} changes by the same over every {lag} steps of the "
                        "training part ({value:g}), so there is nothing to learn from its "
                        "difference. Set --data.difference 0, or leave the column out.",
                        column=column,
                        lag=lag,
                        value=value,
                    )
                raise DataError(
                    "the column {column!r} is constant in the training part ({value:g}), so "
                    "there is nothing to learn from it. Leave it out, or train on a longer part.",
                    column=column,
                    value=value,
                )
        if not is_scaled:
            return bare
        return cls(tuple(columns), is_log, lag, seen.mean(0), deviation)

    def apply(self, values: Values) -> Values:
        """The transformed values (T, C); the first `lag` rows have no difference: zeros."""
        found = self._log(values)
        if self.lag:
            found = found.copy()
            found[self.lag :] = found[self.lag :] - self._log(values)[: -self.lag]
            found[: self.lag] = self.mean
        return (found - self.mean) / self.deviation

    def restore(self, forecast: Values, before: Values) -> Values:
        """Forecasts in the unit of the data.

        Args:
            forecast: (N, H, C, Q) transformed; with a difference and more than one of Q, H must
                be at most `lag`.
            before: (N, at least lag, C) the values before each forecast, as they were.

        Shapes: (N, H, C, Q).
        """
        found = forecast * self.deviation[:, None] + self.mean[:, None]
        if self.lag:
            known = self._log(before[:, -self.lag :])[..., None]  # (N, lag, C, 1)
            for step in range(found.shape[1]):
                past = known[:, step] if step < self.lag else found[:, step - self.lag]
                found[:, step] += past
        return np.exp(found) if self.is_log else found

    def _log(self, values: Values) -> Values:
        if not self.is_log:
            return values
        wrong = np.argwhere(~(values > 0) & ~np.isnan(values))
        if len(wrong):
            row, place = wrong[0][-2:]
            raise DataError(
                "data.transform log: every value must be above 0; the column {column!r} has "
                "{value:g} in row {row}. Set --data.transform none, or leave the column out.",
                column=self.columns[place],
                value=float(values[tuple(wrong[0])]),
                row=int(row) + 1,
            )
        return np.log(values)

    def to_json(self) -> dict[str, Any]:
        """The transformation as plain JSON."""
        return {
            "columns": list(self.columns),
            "is_log": self.is_log,
            "lag": self.lag,
            "mean": self.mean.tolist(),
            "deviation": self.deviation.tolist(),
        }

    @classmethod
    def from_json(cls, table: Mapping[str, Any]) -> "SeriesScaling":
        """What `to_json` gave."""
        return cls(
            tuple(table["columns"]),
            bool(table["is_log"]),
            int(table["lag"]),
            np.array(table["mean"], np.float64),
            np.array(table["deviation"], np.float64),
        )
