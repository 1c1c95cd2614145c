"""The language of messages: English templates in the code, Japanese ones in `language_ja.json`."""

import json
import os
from functools import cache
from importlib import resources
from typing import Any, Literal

__all__ = ["Language", "current_language", "render", "set_language"]

Language = Literal["en", "ja"]

_chosen: Language | None = None


def set_language(language: Language | None) -> None:
    """Chooses the language of messages for this process; None goes back to the environment's."""
    global _chosen  # noqa: PLW0603  one language a process, like a locale
    _chosen = language


def current_language() -> Language:
    """The chosen language, else `SAIKI_LANG`, else the locale's, else English."""
    if _chosen is not None:
        return _chosen
    for name in ("SAIKI_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            return "ja" if value.lower().startswith("ja") else "en"
    return "en"


@cache
def _japanese() -> dict[str, str]:
    text = resources.files("saiki").joinpath("language_ja.json").read_text(encoding="utf-8")
    catalogue: dict[str, str] = json.loads(text)
    return catalogue


def render(template: str, /, *, language: Language | None = None, **values: Any) -> str:
    """Fills `template` (an English `str.format` template) in the wanted or current language."""
    if (language or current_language()) == "ja":
        template = _japanese().get(template, template)
    return template.format(**values)
