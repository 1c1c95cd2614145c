"""Word vectors against published lists: similarity of pairs, analogies. Imports no torch."""

import itertools
import math
import os
import re
from pathlib import Path
from typing import Any, Literal

from saiki.embeddings import WordVectors, evaluate_analogies, evaluate_similarity
from saiki.errors import DataError, MissingFileError
from saiki.tasks.vectors_config import EvaluationConfig

__all__ = ["list_folder", "list_kind", "score_file", "score_lists"]


def list_folder(config: EvaluationConfig) -> Path | None:
    """Where the lists are: the folder as it is named, or below `SAIKI_DATA`; None: nowhere."""
    own = Path(config.folder)
    if own.is_dir():
        return own.absolute()
    root = os.environ.get("SAIKI_DATA")
    below = Path(root) / config.folder if root else None
    return below if below is not None and below.is_dir() else None


def score_lists(vectors: WordVectors, config: EvaluationConfig) -> list[dict[str, Any]]:
    """A row for each list; one that is not on this machine has the reason "absent"."""
    folder = list_folder(config)
    rows = []
    kinds = [("similarity", config.similarity), ("analogies", config.analogies)]
    for kind, name in ((kind, name) for kind, names in kinds for name in names):
        row: dict[str, Any] = {"kind": kind, "name": name.partition(".")[0], "file": name}
        path = None if folder is None else folder / name
        if path is None or not path.exists():
            rows.append(row | {"reason": "absent"})
            continue
        try:
            rows.append(row | score_file(vectors, path, kind, lower_case=config.lower_case))
        except DataError as error:  # too few of its words have vectors
            rows.append(row | {"reason": str(error)})
    return rows


def list_kind(path: Path) -> Literal["similarity", "analogies"]:
    """Pairs with a score, or analogies; told by the end of the name or the first two lines.

    Raises:
        MissingFileError: there is no such file.
    """
    if not path.exists():
        raise MissingFileError("{path}: there is no such file. Check the path.", path=path)
    if path.is_dir() or path.name.endswith((".tar", ".tgz", ".tar.gz")):
        return "analogies"
    with path.open(encoding="utf-8", errors="replace") as file:
        head = [line for line in itertools.islice(file, 2) if line.strip()]
    last = head[-1] if head else ""
    is_pair = any(_is_number(word) for word in re.split(r"[\s,;]+", last.strip()))
    return "similarity" if is_pair else "analogies"


def _is_number(word: str) -> bool:
    return re.fullmatch(r"[+-]?\d+(\.\d*)?", word) is not None


def score_file(vectors: WordVectors, path: Path, kind: str, *, lower_case: bool) -> dict[str, Any]:
    """The figures of one list; `kind` is "similarity" or "analogies".

    Raises:
        DataError: it has another form, or too few of its words have vectors.
    """
    if kind == "similarity":
        found = evaluate_similarity(vectors, path, lower_case=lower_case)
        correlation = None if math.isnan(found.spearman) else found.spearman
        return {"spearman": correlation, "pairs": found.pairs, "missing": found.missing}
    analogies = evaluate_analogies(vectors, path, lower_case=lower_case)
    total = analogies.total
    return {
        "accuracy": total.accuracy if total.answered else None,
        "correct": total.correct,
        "answered": total.answered,
        "missing": total.skipped,
        "sections": [
            {"name": s.name, "correct": s.correct, "answered": s.answered, "missing": s.skipped}
            for s in analogies.sections
        ],
    }
