"""From recipe, file and flags to one checked configuration. Imports no torch."""

import dataclasses
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeAlias

from pydantic import TypeAdapter, ValidationError

from saiki.artifacts import read_toml, to_toml
from saiki.data import SETS
from saiki.errors import ConfigurationError, nearest
from saiki.language import render
from saiki.tasks.config import ClassifyConfig
from saiki.tasks.forecast_config import ForecastConfig
from saiki.tasks.language_config import LanguageModelConfig
from saiki.tasks.recipes import read_recipe, recipe_names
from saiki.tasks.translate_config import TranslateConfig
from saiki.tasks.vectors_config import WordVectorsConfig

__all__ = [
    "TaskConfig",
    "changed_keys",
    "commented_toml",
    "config_from_table",
    "config_to_toml",
    "merge",
    "nest",
    "read_config",
    "resolve",
]


TaskConfig: TypeAlias = (
    ClassifyConfig | WordVectorsConfig | LanguageModelConfig | TranslateConfig | ForecastConfig
)

_PATHS = {
    "data": (
        "source",
        "target",
        "unlabelled_source",
        "validation_source",
        "validation_target",
        "test_source",
        "test_target",
    ),
    "model": ("vectors",),
}
_NO_PATHS = ("none", "corpus", "sine-cosine")
_KINDS: dict[str, type[TaskConfig]] = {
    "classify": ClassifyConfig,
    "forecast": ForecastConfig,
    "language-model": LanguageModelConfig,
    "translate": TranslateConfig,
    "word-vectors": WordVectorsConfig,
}


def resolve(recipe: str | Path, overrides: Mapping[str, Any] | None = None) -> TaskConfig:
    """The configuration of a recipe's name or of a TOML file, with `overrides` on top.

    Args:
        recipe: a name from `saiki recipes`, or the path of a `.toml` file.
        overrides: nested tables, such as `{"model": {"cell": "gru"}}`.

    Raises:
        ConfigurationError: unknown recipe, unknown key (the nearest is named), wrong type.
        MissingFileError: there is no such file.
    """
    name = str(recipe)
    if name in recipe_names():
        table, where = read_recipe(name), name
    elif name.endswith(".toml") or isinstance(recipe, Path):
        table, where = _read_file(Path(recipe)), name
    else:
        raise ConfigurationError(
            "recipe: must be one of {known}, or a file that ends in .toml; got {name!r}. Did you "
            "mean {near!r}?",
            known=", ".join(recipe_names()),
            name=name,
            near=nearest(name, recipe_names()) or "FILE.toml",
        )
    table = _with_preset(table, (overrides or {}).get("preset"), where)
    merged = _with_paths_below(Path(), merge(table, overrides or {}))
    return config_from_table(merged, where)


def _with_preset(table: Mapping[str, Any], asked: Any, where: str) -> dict[str, Any]:
    """The recipe in the size that was asked for, or in its own; `presets` is read away.

    Raises:
        ConfigurationError: there is no such size.
    """
    rest = {key: value for key, value in table.items() if key != "presets"}
    presets, name = table.get("presets"), asked or table.get("preset")
    if presets is None and not asked:
        return rest  # a run's own configuration is resolved already
    if not isinstance(presets, Mapping) or name not in presets:
        raise ConfigurationError(
            "{where}: preset must be one of {known}; got {got!r}.",
            where=where,
            known=", ".join(presets or ()) or "-",
            got=name,
        )
    if not isinstance(presets[name], Mapping):
        raise ConfigurationError(
            "{where}: presets.{name} must be a table, such as [presets.{name}.model]; got {got!r}.",
            where=where,
            name=name,
            got=presets[name],
        )
    return merge(rest, {"preset": name, **presets[name]})


def _read_file(path: Path) -> dict[str, Any]:
    table = {"recipe": path.stem, **read_toml(path)}
    return _with_paths_below(path.parent, table)


def _with_paths_below(folder: Path, table: Mapping[str, Any]) -> dict[str, Any]:
    """The same with absolute sources and vectors, so that a run finds its data from anywhere.

    A file's are looked for beside that file, then those of flags in the working directory.
    """
    changed = dict(table)
    for section, keys in _PATHS.items():
        given = table.get(section)
        if not isinstance(given, Mapping):
            continue
        paths = {key: given.get(key) for key in keys}
        found = {key: _relative_to(folder, s) for key, s in paths.items() if isinstance(s, str)}
        changed[section] = {**given, **found}
    return changed


def _relative_to(folder: Path, source: str) -> str:
    if source in SETS or source in _NO_PATHS:
        return source
    beside = (folder / source).absolute()
    return str(beside) if beside.exists() or any(c in source for c in "*?[") else source


def merge(table: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`table` with the keys of `over` replaced, tables merged key by key."""
    merged = dict(table)
    for key, value in over.items():
        before = merged.get(key)
        both = isinstance(value, Mapping) and isinstance(before, Mapping)
        merged[key] = merge(before, value) if both else value  # type: ignore[arg-type]
    return merged


def nest(dotted: Mapping[str, Any]) -> dict[str, Any]:
    """`{"model.cell": "gru"}` as `{"model": {"cell": "gru"}}`; dashes become underscores."""
    nested: dict[str, Any] = {}
    for key, value in dotted.items():
        for part in reversed(key.replace("-", "_").split(".")):
            value = {part: value}  # noqa: PLW2901  built from the inside out
        nested = merge(nested, value)
    return nested


def config_from_table(table: Mapping[str, Any], where: str) -> TaskConfig:
    """Checks a table against the configuration's types.

    Raises:
        ConfigurationError: see `resolve`.
    """
    kind = _kind(table, where)
    try:
        return TypeAdapter(kind).validate_python(_read_none(table, kind))
    except ValidationError as error:
        raise _explained(error, where, kind) from error


def _kind(table: Mapping[str, Any], where: str) -> type[TaskConfig]:
    """The configuration that the key `task` asks for."""
    task = table.get("task", "classify")
    if not isinstance(task, str) or task not in _KINDS:
        raise ConfigurationError(
            "{where}: task must be one of {known}; got {got!r}. Correct the value.",
            where=where,
            known=", ".join(_KINDS),
            got=task,
        )
    return _KINDS[task]


def _read_none(table: Any, kind: Any) -> Any:
    """The word "none" is None where a key may have no value; "a,b" is a pair where one is due.

    An empty word is no entry at all, so that a flag can take back what a recipe lists.
    """
    if not isinstance(table, Mapping) or not dataclasses.is_dataclass(kind):
        return table
    hints = typing.get_type_hints(kind)
    return {key: _read_value(value, hints.get(key)) for key, value in table.items()}


def _read_value(value: Any, hint: Any) -> Any:
    choices = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    if value == "none" and type(None) in choices:
        return None
    if isinstance(value, str) and any(typing.get_origin(c) is tuple for c in choices):
        return [part.strip() for part in value.split(",")] if value.strip() else []
    return _read_none(value, hint)


def _explained(error: ValidationError, where: str, kind: type[TaskConfig]) -> ConfigurationError:
    first = error.errors()[0]
    path = [str(part) for part in first["loc"]]
    key = ".".join(path)
    if first["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
        known = dict(known_keys(kind))
        return ConfigurationError(
            "{where}: unknown key {key!r}. Did you mean {near!r}? All keys: `saiki recipes --show "
            "{recipe}`.",
            where=where,
            key=key,
            near=nearest(key, known) or nearest(path[-1], known) or "model.cell",
            recipe=where if where in recipe_names() else _recipe_of(kind),
        )
    if first["type"] in ("missing", "missing_argument") and path[-1].isidentifier():
        return ConfigurationError(
            "{where}: the key {key!r} must be given; it is missing. Add it to the file or as "
            "--{flag} VALUE.",
            where=where,
            key=key,
            flag=key.replace("_", "-"),
        )
    return ConfigurationError(
        "{where}: {key} does not fit: {reason}; got {got!r}. Correct the value.",
        where=where,
        key=".".join(part for part in path if part.isidentifier()),
        reason=first["msg"][:1].lower() + first["msg"][1:],
        got=first["input"],
    )


def _recipe_of(kind: type[TaskConfig]) -> str:
    """A recipe of this task, whose keys are the ones asked for."""
    return next(name for name in recipe_names() if _kind(read_recipe(name), name) is kind)


def known_keys(kind: Any = ClassifyConfig, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every dotted key of the configuration with its description in the current language."""
    hints = typing.get_type_hints(kind)
    for field in dataclasses.fields(kind):
        dotted, hint = f"{prefix}{field.name}", hints[field.name]
        if dataclasses.is_dataclass(hint):
            yield dotted, render((hint.__doc__ or "").replace("{", "{{").replace("}", "}}"))
            yield from known_keys(hint, f"{dotted}.")
        else:
            info = kind.__pydantic_fields__[field.name]
            description = info.description or ""
            yield dotted, _with_choices(render(description), hint)


def _with_choices(description: str, hint: Any) -> str:
    if typing.get_origin(hint) is typing.Literal and len(typing.get_args(hint)) > 1:
        return f"{description}\n({' | '.join(map(str, typing.get_args(hint)))})"
    return description


def config_to_toml(config: TaskConfig) -> str:
    """The whole configuration as TOML, every key spelled out."""
    return to_toml(asdict(config))


def commented_toml(config: TaskConfig) -> str:
    """The configuration as TOML with what each key means, to start one's own file from."""
    table = asdict(config)
    # A file of one's own is named by its file, and is not what the recipe's description says.
    del table["recipe"], table["description"]
    return to_toml(table, dict(known_keys(type(config))))


def read_config(path: Path) -> TaskConfig:
    """The configuration that a run wrote down."""
    return config_from_table(read_toml(path), str(path))


def changed_keys(before: TaskConfig, now: TaskConfig) -> list[str]:
    """The dotted keys in which two configurations differ, with both values."""
    return list(_differences(asdict(before), asdict(now), ""))


def _differences(before: Mapping[str, Any], now: Mapping[str, Any], prefix: str) -> Iterator[str]:
    for key in dict.fromkeys([*before, *now]):
        old, new = before.get(key), now.get(key)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from _differences(old, new, f"{prefix}{key}.")
        elif old != new:
            yield f"{prefix}{key}: {old!r} -> {new!r}"
