from collections.abc import Mapping, Sequence
from pathlib import Path

from saiki.data._columns import Columns
from saiki.data._set_info import SetInfo
from saiki.data._text_sources import Record, text_records, text_table
from saiki.data.examples import Examples, Part, chain_examples
from saiki.errors import DataError


def load_text(
    info: SetInfo, files: Sequence[tuple[Path, Part | None]], record: Record | None
) -> Examples:
    """The texts of all files, with the labels that `info` says; all files have a part or none."""
    pieces = [_read(info, path, record or info.record) for path, _ in files]
    parts = [part for piece, (_, part) in zip(pieces, files, strict=True) for _ in piece.names]
    known: list[Part] = [part for part in parts if part is not None]
    return chain_examples(pieces).with_parts(known or None)


def _read(info: SetInfo, path: Path, record: Record) -> Examples:
    if info.table is None:
        return text_records(path, record)
    examples = text_table(path, Columns(text=info.table.text, label=info.table.label))
    if not info.table.class_names or examples.labels is None:
        return examples
    names = dict(info.table.class_names)
    pairs = zip(examples.names, examples.labels, strict=True)
    return Examples(
        examples.values(),
        examples.names,
        kind="text",
        labels=[_class_name(where, label, names) for where, label in pairs],
    )


def _class_name(where: str, label: str, names: Mapping[str, str]) -> str:
    if label not in names:
        raise DataError(
            "{where}: the label {label!r} is unknown; expected one of {known}. Check the file "
            "with `saiki data verify`.",
            where=where,
            label=label,
            known=", ".join(names),
        )
    return names[label]
