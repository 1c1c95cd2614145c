"""The file of a tokeniser: whole or absent. (This room may not use that of run folders.)"""

import contextlib
import json
import os
from pathlib import Path
from typing import Any

from saiki.data.text._tokenizers_stored import damaged
from saiki.errors import MissingFileError, StorageError


def write_stored(path: Path, stored: dict[str, Any]) -> None:
    """Writes JSON under a temporary name, flushes it to disk, renames it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("w", encoding="utf-8") as file:
            file.write(json.dumps(stored, ensure_ascii=False))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as fault:
        with contextlib.suppress(OSError):  # the place itself may be no folder
            temporary.unlink(missing_ok=True)
        raise StorageError(
            "{path}: the tokeniser cannot be written ({reason}). Free some space, or choose "
            "another place.",
            path=path,
            reason=fault.strerror or fault,
        ) from fault


def read_file(path: Path) -> Any:
    """The JSON of a file."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as fault:
        raise MissingFileError(
            "{path}: there is no such file. Check the path.", path=path
        ) from fault
    except (OSError, ValueError, RecursionError) as fault:
        raise damaged(str(path), str(fault)) from fault
