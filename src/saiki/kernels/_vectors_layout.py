"""Tables of vectors in memory: their layout, and their checks before compiled code sees them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saiki.errors import ArgumentError, ShapeError

Floats = NDArray[np.float32]
LINE = 16  # floats in a cache line


def aligned_table(rows: int, columns: int) -> Floats:
    """A float32 table of zeros, (rows, columns), that the trainer changes where it lies.

    Each row begins at a cache line, so the array is contiguous only where columns is a multiple
    of 16. Any other float32 table works as well: the trainer then keeps a copy of it.

    Example:
        >>> from saiki.kernels.vectors import aligned_table
        >>> aligned_table(3, 100).strides
        (448, 4)
    """
    stride = -(-columns // LINE) * LINE
    flat = np.zeros(rows * stride + LINE, np.float32)
    first = -(flat.ctypes.data // 4) % LINE
    return flat[first : first + rows * stride].reshape(rows, stride)[:, :columns]


@dataclass(frozen=True, slots=True)
class Placed:
    """A table as the compiled code sees it, and the caller's array."""

    given: Floats
    rows: Floats  # `given`, or a copy that `aligned_table` laid out

    @property
    def layout(self) -> tuple[int, int, int, int]:
        """Address, rows, columns, floats from a row to the next."""
        count, columns = self.rows.shape
        return self.rows.ctypes.data, count, columns, -(-columns // LINE) * LINE

    def write_back(self) -> None:
        """Brings the caller's array up to date."""
        if self.rows is not self.given:
            self.given[...] = self.rows


def place(table: Floats) -> Placed:
    """The table itself where its layout fits, else a copy."""
    if _is_aligned(table):
        return Placed(table, table)
    copy = aligned_table(*table.shape)
    copy[...] = table
    return Placed(table, copy)


def _is_aligned(table: Floats) -> bool:
    rows, columns = table.shape
    stride = -(-columns // LINE) * LINE
    if table.strides != (4 * stride, 4) or table.ctypes.data % (4 * LINE) or not rows:
        return False
    if columns == stride:
        return True
    # The last row's padding must lie in the same memory, and hold nothing.
    owner = table.base
    if not isinstance(owner, np.ndarray) or not owner.flags.c_contiguous:
        return False
    if table.ctypes.data + 4 * rows * stride > owner.ctypes.data + owner.nbytes:
        return False
    padded = np.lib.stride_tricks.as_strided(table, (rows, stride), (4 * stride, 4))
    return not padded[:, columns:].any()


def check_table(name: str, table: object, rows: int | None, columns: int | None) -> Floats:
    """The table, if it is a float32 array of that shape that can be changed."""
    array = check_array(f"Tables.{name}", table, np.dtype(np.float32), 2, contiguous=False)
    wanted = ("rows" if rows is None else rows, "E" if columns is None else columns)
    if rows not in {None, len(array)} or columns not in {None, array.shape[1]}:
        raise ShapeError(
            "Tables.{name} must be ({rows}, {columns}); got {got}. Make it for this vocabulary,"
            " these documents and this rule.",
            name=name,
            rows=wanted[0],
            columns=wanted[1],
            got=array.shape,
        )
    if array.shape[1] < 1:
        raise ShapeError(
            "Tables.{name} must have at least one column; got {got}. Choose a vector size of 1 or"
            " more.",
            name=name,
            got=array.shape,
        )
    if not array.flags.writeable or array.strides[1] != array.itemsize:
        raise ArgumentError(
            "Tables.{name} must be an array that can be changed, with rows that are contiguous."
            " Give a copy: np.array(table, order='C').",
            name=name,
        )
    return array


def check_array(
    name: str, array: object, dtype: np.dtype[Any], dimensions: int, *, contiguous: bool = True
) -> NDArray[Any]:
    """The array, if it has that dtype and that many axes and lies in one piece."""
    if not isinstance(array, np.ndarray) or array.dtype != dtype or array.ndim != dimensions:
        got = f"{array.dtype} {array.shape}" if isinstance(array, np.ndarray) else repr(type(array))
        raise ArgumentError(
            "{name} must be a NumPy array of {dtype} with {dimensions} axes; got {got}. Convert it"
            " with np.asarray(…, dtype='{dtype}').",
            name=name,
            dtype=str(dtype),
            dimensions=dimensions,
            got=got,
        )
    if contiguous and not array.flags.c_contiguous:
        raise ArgumentError(
            "{name} must lie in memory in one piece; got an array with strides {strides}. Give"
            " np.ascontiguousarray(…).",
            name=name,
            strides=array.strides,
        )
    return array
