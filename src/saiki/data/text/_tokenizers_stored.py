"""A stored tokeniser, checked before anything is made of it."""

from dataclasses import fields
from typing import Any

from saiki.data.text._tokenizers_text import TokenizerSettings
from saiki.data.vocabulary import Vocabulary
from saiki.errors import DataError, SaikiError


def read_stored(stored: Any, where: str) -> tuple[TokenizerSettings, Vocabulary]:
    """Settings and vocabulary of what `to_json` wrote; `where` stands first in errors."""
    if not isinstance(stored, dict) or stored.get("kind") != "text-tokenizer":
        raise damaged(where, "its kind is not 'text-tokenizer'")
    if stored.get("version") != 1:
        raise damaged(where, f"its version is {stored.get('version')!r}, not 1")
    names = [field.name for field in fields(TokenizerSettings)]
    if missing := [name for name in [*names, "vocabulary"] if name not in stored]:
        raise damaged(where, f"{missing[0]!r} is missing")
    try:
        settings = TokenizerSettings(**{name: stored[name] for name in names})
    except SaikiError as fault:
        raise damaged(where, str(fault)) from fault
    return settings, _read_vocabulary(stored["vocabulary"], settings, where)


def _read_vocabulary(stored: Any, settings: TokenizerSettings, where: str) -> Vocabulary:
    try:
        words = stored["words"]
        if not isinstance(words, list) or not all(isinstance(w, str) and w for w in words):
            raise damaged(where, "its words are not a list of texts")
        if settings.name == "characters" and any(len(word) != 1 for word in words):
            raise damaged(where, "one of its characters is several")
        if len(words) < 2:
            raise damaged(where, f"its vocabulary has {len(words)} tokens")
        return Vocabulary.from_json(stored)
    except (KeyError, TypeError, ValueError, OverflowError) as fault:
        if isinstance(fault, DataError) and fault.values.get("where") == where:
            raise
        raise damaged(where, str(fault)) from fault


def damaged(where: str, reason: str) -> DataError:
    """The error of a stored tokeniser that cannot be used."""
    return DataError(
        "{where}: must be a tokeniser as saiki saves it; got something else: {reason}. It is "
        "damaged or of another version: take a copy that is whole, or fit it again.",
        where=where,
        reason=reason,
    )
