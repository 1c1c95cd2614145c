"""Series in `.npz` files, without pickled objects.

`values` (N, T, C), or (N, T) for one channel; with `lengths` (N,) either padded values, or the
cases one after the other: (sum of lengths, C). `labels`, `groups` and `parts` (N,) as wanted.
"""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saiki.data._series_check import check_series
from saiki.data._tables import label_of, part_of
from saiki.data.examples import Examples, FloatArray
from saiki.errors import DataError


def series_npz(path: Path) -> Examples:
    """The cases of an `.npz` file."""
    arrays = _load(path)
    if "values" not in arrays:
        raise DataError(
            "{path}: there is no array called values; the arrays are {known}. "
            "Save it with numpy.savez(path, values=..., labels=...).",
            path=path,
            known=", ".join(sorted(arrays)),
        )
    values = _cases(path, arrays["values"], arrays.get("lengths"))
    names = [f"{path.name}: case {i}" for i in range(len(values))]
    if not values:
        raise DataError("{path}: values holds no cases. Save at least one.", path=path)
    labels = _texts(path, "labels", arrays, len(values))
    part_texts = _texts(path, "parts", arrays, len(values))
    return Examples(
        values,
        names,
        kind="series",
        labels=None
        if labels is None
        else [label_of(n, t) for n, t in zip(names, labels, strict=True)],
        groups=_texts(path, "groups", arrays, len(values)),
        parts=None
        if part_texts is None
        else [part_of(n, t) for n, t in zip(names, part_texts, strict=True)],
        channels=check_series(values, names),
    )


def _load(path: Path) -> dict[str, NDArray[Any]]:
    try:
        # NumPy leaves a file open that it cannot read, so it is opened here.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (ValueError, OSError, EOFError, TypeError, AttributeError, zipfile.BadZipFile) as fault:
        raise DataError(
            "{path}: cannot be read as .npz without pickled objects ({reason}). Save plain "
            "arrays: values padded or concatenated, with lengths.",
            path=path,
            reason=fault,
        ) from fault


def _cases(path: Path, values: NDArray[Any], lengths: NDArray[Any] | None) -> list[FloatArray]:
    values = _floats(path, values)
    if lengths is None:
        if values.ndim not in (2, 3):
            raise _shape_error(path, values)
        return list(values if values.ndim == 3 else values[:, :, None])
    if lengths.ndim != 1 or not np.issubdtype(lengths.dtype, np.integer) or (lengths < 0).any():
        raise DataError(
            "{path}: lengths must be (N,) whole numbers of at least 0; got {shape} {kind}. "
            "Save the number of steps of each case.",
            path=path,
            shape=lengths.shape,
            kind=lengths.dtype,
        )
    if values.ndim == 3 and len(values) == len(lengths) and lengths.max() <= values.shape[1]:
        return [case[:n] for case, n in zip(values, lengths, strict=True)]
    if values.ndim in (1, 2) and len(values) == lengths.sum():
        values = values if values.ndim == 2 else values[:, None]
        return np.split(values, np.cumsum(lengths)[:-1])
    raise _shape_error(path, values)


def _floats(path: Path, values: NDArray[Any]) -> FloatArray:
    if not (np.issubdtype(values.dtype, np.number) or values.dtype == bool) or np.iscomplexobj(
        values
    ):
        raise DataError(
            "{path}: values must be real numbers; got the type {kind}. Convert it to float32.",
            path=path,
            kind=values.dtype,
        )
    return np.ascontiguousarray(values, dtype=np.float32)


def _shape_error(path: Path, values: NDArray[Any]) -> DataError:
    return DataError(
        "{path}: values must be (N, T, C), or (N, T), or with lengths (N, T, C) padded or "
        "(sum of lengths, C); got {shape}. Reshape it.",
        path=path,
        shape=values.shape,
    )


def _texts(path: Path, name: str, arrays: dict[str, NDArray[Any]], count: int) -> list[str] | None:
    if name not in arrays:
        return None
    if arrays[name].shape != (count,):
        raise DataError(
            "{path}: {name} must be ({expected},), one entry a case; got {shape}. "
            "Save them in the order of the cases.",
            path=path,
            name=name,
            expected=count,
            shape=arrays[name].shape,
        )
    return [str(text) for text in arrays[name].tolist()]
