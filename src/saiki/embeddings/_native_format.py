"""Our own form: a folder with `vectors.safetensors` and `vectors.json`, read memory-mapped."""

import json
import os
import secrets
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from saiki.artifacts.files import make_folder, read_json, storage_error, write_text_atomic
from saiki.embeddings._stored import StoredVectors
from saiki.embeddings._streams import writing
from saiki.errors import DataError, MissingFileError, RunFolderError, StorageError

Kind: TypeAlias = Literal["words", "documents"]

TENSORS = "vectors.safetensors"
NAMES = "vectors.json"
_FORMAT = "saiki-vectors"
_VERSION = 1
_DTYPES: dict[str, np.dtype[Any]] = {"F32": np.dtype("<f4"), "F16": np.dtype("<f2")}
_CODES: dict[np.dtype[Any], str] = {np.dtype(np.float32): "F32", np.dtype(np.float16): "F16"}
_LONGEST_HEADER = 1 << 20
_WRITTEN_BYTES = 1 << 24


def write(folder: Path, stored: StoredVectors, kind: Kind, *, parts: tuple[str, ...] = ()) -> None:
    """Writes both files, then puts both in place; a mark in both tells that they belong together.

    Args:
        folder: where to.
        stored: float32 or float16.
        kind: what the names are of.
        parts: sub-folders that belong to it.
    """
    make_folder(folder)
    mark = secrets.token_hex(8)
    tensors, names = (folder / f".{name}.{os.getpid()}.new" for name in (TENSORS, NAMES))
    described = {
        "format": _FORMAT,
        "version": _VERSION,
        "kind": kind,
        "mark": mark,
        "dtype": stored.vectors.dtype.name,
        "shape": list(stored.vectors.shape),
        "parts": list(parts),
        "counts": None if stored.counts is None else stored.counts.tolist(),
        "names": list(stored.names),
    }
    try:
        _write_tensor(tensors, stored.vectors, mark)
        write_text_atomic(names, _as_json(described))
        tensors.replace(folder / TENSORS)  # from here to the next line alone a kill does harm
        names.replace(folder / NAMES)
    except StorageError:
        raise
    except OSError as error:
        raise storage_error(folder / TENSORS, error) from error
    finally:
        tensors.unlink(missing_ok=True)
        names.unlink(missing_ok=True)


def _as_json(described: dict[str, Any]) -> str:
    text = json.dumps(described, ensure_ascii=False) + "\n"
    try:
        text.encode()
    except UnicodeEncodeError:  # words that were not UTF-8
        return json.dumps(described) + "\n"
    return text


def _write_tensor(path: Path, vectors: NDArray[Any], mark: str) -> None:
    """One safetensors file, a block of rows at a time, so that a memory map is never copied."""
    code = _CODES[vectors.dtype]
    entry = {
        "dtype": code,
        "shape": list(vectors.shape),
        "data_offsets": [0, vectors.nbytes],
    }
    header = json.dumps({"__metadata__": {"mark": mark}, "vectors": entry}).encode()
    header += b" " * (-(len(header) + 8) % 64)  # the numbers begin at a multiple of 64
    rows = max(1, _WRITTEN_BYTES // vectors[0].nbytes)
    with writing(path) as stream:
        stream.write(len(header).to_bytes(8, "little") + header)
        for begin in range(0, len(vectors), rows):
            block = vectors[begin : begin + rows]
            stream.write(block.astype(_DTYPES[code], copy=False).tobytes())


def read(folder: Path, kind: Kind) -> StoredVectors:
    """Reads what `write` wrote; the numbers stay on disk."""
    return read_with_parts(folder, kind)[0]


def read_with_parts(folder: Path, kind: Kind) -> tuple[StoredVectors, tuple[str, ...]]:
    """`read`, and the sub-folders that belong to it."""
    for name in (NAMES, TENSORS):
        if not (folder / name).is_file():
            raise MissingFileError(
                "{path}: there is no {name} in this folder. Name a folder that was saved by "
                "saiki, or the file of vectors itself.",
                path=folder,
                name=name,
            )
    described = _described(folder / NAMES, kind)
    vectors, mark = _mapped(folder / TENSORS)
    if mark != described["mark"] or list(vectors.shape) != described["shape"]:
        raise DataError(
            "{path}: {tensors} and {names} are not of one saving. One of them was replaced, or "
            "saving was cut off: save again.",
            path=folder,
            tensors=TENSORS,
            names=NAMES,
        )
    counts = described["counts"]
    stored = StoredVectors(
        described["names"], vectors, None if counts is None else np.array(counts, np.int64)
    )
    return stored, tuple(described["parts"])


def _described(path: Path, kind: Kind) -> dict[str, Any]:
    try:
        described = read_json(path)
    except RunFolderError as error:
        raise DataError(
            "{path}: is no JSON file. Take a copy of the folder that is whole.", path=path
        ) from error
    if not isinstance(described, dict) or described.get("format") != _FORMAT:
        raise DataError(
            "{path}: is not a description of vectors that saiki wrote. Check the folder.",
            path=path,
        )
    if described.get("version") != _VERSION:
        raise DataError(
            "{path}: is of version {got}; this saiki reads version {version}. Use the saiki that "
            "wrote it, or a newer one.",
            path=path,
            got=described.get("version"),
            version=_VERSION,
        )
    if described.get("kind") != kind:
        raise DataError(
            "{path}: holds vectors of {got}; expected those of {kind}. WordVectors.load reads "
            "words, DocVectors.load documents.",
            path=path,
            got=described.get("kind"),
            kind=kind,
        )
    return _complete(path, described)


def _complete(path: Path, described: dict[str, Any]) -> dict[str, Any]:
    described.setdefault("counts", None)
    kinds = {"names": list, "shape": list, "mark": str, "parts": list}
    whole = all(isinstance(described.get(key), kind) for key, kind in kinds.items())
    whole = whole and all(isinstance(name, str) for name in described["names"])
    if not whole or described["shape"][:1] != [len(described["names"])]:
        raise DataError(
            "{path}: the names do not fit the shape, or a part is missing. The file is damaged: "
            "take a copy of it that is whole.",
            path=path,
        )
    return described


def _mapped(path: Path) -> tuple[NDArray[Any], str]:
    """The memory-mapped (V, E) numbers of a safetensors file, and its mark."""
    length = path.stat().st_size
    with path.open("rb") as file:
        header_bytes = int.from_bytes(file.read(8), "little")
        header = file.read(min(header_bytes, _LONGEST_HEADER))
    try:
        parsed = json.loads(header)
        entry = parsed["vectors"]
        dtype = _DTYPES[entry["dtype"]]
        rows, size = (int(n) for n in entry["shape"])
        begin, end = (int(n) for n in entry["data_offsets"])
        mark = parsed.get("__metadata__", {}).get("mark", "")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            "{path}: is no safetensors file with one tensor `vectors` of float32 or float16. "
            "Take a copy of the folder that is whole.",
            path=path,
        ) from error
    begin, end = begin + 8 + header_bytes, end + 8 + header_bytes
    if (
        min(rows, size) < 1
        or begin < 8 + header_bytes
        or end - begin != rows * size * dtype.itemsize
        or end > length
    ):
        raise DataError(
            "{path}: the header says {rows} vectors of {size} numbers, more than the file can "
            "hold. It is cut short: take a copy of it that is whole.",
            path=path,
            rows=rows,
            size=size,
        )
    return np.memmap(path, dtype, "r", begin, (rows, size)), mark
