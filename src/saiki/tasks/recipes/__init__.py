"""The built-in recipes: a TOML file each, in this folder."""

import json
import tomllib
from functools import cache
from importlib import resources
from typing import Any

__all__ = ["read_recipe", "read_reference", "recipe_names"]


@cache
def recipe_names() -> tuple[str, ...]:
    """The names of the built-in recipes, sorted."""
    files = resources.files(__name__).iterdir()
    return tuple(sorted(f.name.removesuffix(".toml") for f in files if f.name.endswith(".toml")))


def read_recipe(name: str) -> dict[str, Any]:
    """The table of the recipe `name`, which must be one of `recipe_names()`."""
    text = resources.files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return {"recipe": name, **tomllib.loads(text)}


def read_reference(name: str) -> dict[str, Any] | None:
    """The published figures that a comparison of the recipe `name` is shown beside, if any."""
    file = resources.files(__name__).joinpath(f"{name}.reference.json")
    if not file.is_file():
        return None
    reference: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return reference
