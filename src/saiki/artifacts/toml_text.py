"""Configuration as TOML text (the standard library reads TOML but does not write it)."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["to_toml", "toml_value"]


def toml_value(value: Any) -> str:
    """One TOML value; None becomes the string "none", which our configuration reads back."""
    if value is None:
        return '"none"'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(toml_value(item) for item in value) + "]"
    if isinstance(value, str):
        # JSON's string escapes are TOML's, but for DEL, which TOML wants escaped.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value)


def _key(name: str) -> str:
    """A key as TOML writes it: bare where it may be."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else toml_value(name)


def to_toml(
    table: Mapping[str, Any],
    comments: Mapping[str, str] | None = None,
    prefix: str = "",
    path: Sequence[str] = (),
) -> str:
    """Nested dictionaries as TOML text.

    Args:
        table: keys with plain values, or tables of such.
        comments: dotted key -> a comment to stand above it.
        prefix: the dotted name of `table` itself, with a dot after it.
        path: the keys that lead to `table`.
    """
    comments = comments or {}
    plain = {key: value for key, value in table.items() if not isinstance(value, Mapping)}
    tables = {key: value for key, value in table.items() if isinstance(value, Mapping)}
    lines: list[str] = []
    for key, value in plain.items():
        dotted = f"{prefix}{key}"
        lines += [f"# {line}" for line in comments.get(dotted, "").splitlines()]
        lines.append(f"{_key(key)} = {toml_value(value)}")
    text = "".join(line + "\n" for line in lines)
    for key, value in tables.items():
        dotted = f"{prefix}{key}"
        head = "".join(f"# {line}\n" for line in comments.get(dotted, "").splitlines())
        name = ".".join(map(_key, [*path, key]))
        text += f"\n{head}[{name}]\n" + to_toml(value, comments, f"{dotted}.", [*path, key])
    return text
