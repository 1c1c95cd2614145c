"""From provisional ids to final ones, in the file itself, block by block."""

from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from saiki.data._corpus_files import Appended, map_file, storage_error, write_array
from saiki.errors import StorageError

Ids: TypeAlias = NDArray[np.int32]

_BLOCK_TOKENS = 1 << 20


def remap(folder: Path, ends: list[int], final: Ids | None) -> None:
    """Rewrites tokens.bin without dropped words, and writes offsets.bin.

    Args:
        folder: as a `Scan` left it.
        ends: of the stretches that have a provisional numbering of their own.
        final: the final id of each provisional id of the last stretch, -1 where it is dropped;
            None where the ids are final but for those of -1.
    """
    if final is not None:
        _compose(folder, len(ends) - 1, final)
    path, read_offsets = folder / "tokens.bin", map_file(folder / "read_offsets.bin", "<i8")
    offsets = Appended(folder / "offsets.bin")
    leading = int(np.searchsorted(read_offsets, 0, side="right"))
    offsets.write(np.zeros(leading, dtype="<i8"))
    begin = kept = 0
    try:
        with path.open("rb+") as file:
            for stretch, end in enumerate(ends):
                mapping = None if final is None else np.load(_map_path(folder, stretch))
                while begin < end:
                    size = min(_BLOCK_TOKENS, end - begin)
                    file.seek(4 * begin)
                    ids = np.frombuffer(file.read(4 * size), dtype="<i4")
                    ids = ids if mapping is None else mapping[ids]
                    is_kept = ids >= 0
                    file.seek(4 * kept)
                    file.write(ids[is_kept].astype("<i4", copy=False).data)
                    offsets.write(_block_offsets(read_offsets, begin, is_kept, kept))
                    begin += size
                    kept += int(is_kept.sum())
            file.truncate(4 * kept)
    except StorageError:
        raise
    except OSError as fault:
        raise storage_error(path, fault) from fault
    finally:
        offsets.close()
    for stretch in range(len(ends)):
        _map_path(folder, stretch).unlink(missing_ok=True)


def _block_offsets(
    read_offsets: NDArray[np.int64], begin: int, is_kept: NDArray[np.bool_], kept: int
) -> NDArray[np.int64]:
    """The offsets among kept tokens of the documents that end in this block."""
    first, last = np.searchsorted(read_offsets, (begin, begin + len(is_kept)), side="right")
    places = read_offsets[first:last] - begin - 1
    return np.asarray(kept + np.cumsum(is_kept)[places], dtype="<i8")


def _map_path(folder: Path, stretch: int) -> Path:
    return folder / f"map-{stretch}.npy"


def _compose(folder: Path, last: int, final: Ids) -> None:
    """Makes each stretch's map, which leads to the next stretch's ids, lead to the final ones."""
    write_array(_map_path(folder, last), final)
    for stretch in reversed(range(last)):
        step = np.load(_map_path(folder, stretch))
        final = np.where(step >= 0, final[step], -1).astype(np.int32)
        write_array(_map_path(folder, stretch), final)
