"""What the commands share in reading their arguments."""

import shlex
from collections.abc import Callable, Iterable
from typing import Any

import tyro

from saiki.errors import ArgumentError
from saiki.tasks.configure import nest

__all__ = ["call", "split_overrides"]

_TOP_LEVEL = ("seed",)


def call(command: str, function: Callable[..., Any], words: list[str]) -> Any:
    """Calls `function` with what `words` say; `--help` and mistakes end the program."""
    return tyro.cli(
        function,
        prog=f"saiki {command}",
        description=function.__doc__,
        args=words,
        config=(tyro.conf.FlagCreatePairsOff,),
    )


def split_overrides(words: Iterable[str]) -> tuple[list[str], dict[str, Any]]:
    """Takes the configuration's flags (`--model.cell gru`, `--seed 1`) out of `words`.

    Raises:
        ArgumentError: a flag without a value.
    """
    rest: list[str] = []
    dotted: dict[str, Any] = {}
    words = list(words)
    while words:
        word = words.pop(0)
        name, found, value = word.removeprefix("--").partition("=")
        if not word.startswith("--") or not ("." in name or name in _TOP_LEVEL):
            rest.append(word)
            continue
        if not found:
            if not words or words[0].startswith("--"):
                raise ArgumentError(
                    "{word}: must be followed by a value, such as {word} VALUE.", word=word
                )
            value = words.pop(0)
        dotted[name] = value
    return rest, nest(dotted)


def quoted(words: Iterable[Any]) -> str:
    """A command as one would type it."""
    return shlex.join(str(word) for word in words)
