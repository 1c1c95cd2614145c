"""What the commands share in reading their arguments."""

import shlex
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import tyro

from saiki.errors import ArgumentError
from saiki.language import render
from saiki.tasks.configure import nest

__all__ = ["call", "say_how_to_go_on", "split_overrides"]

_TOP_LEVEL = ("seed", "preset")


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


def say_how_to_go_on(command: str, words: list[str], folder: Path) -> int:
    """Tells an interrupted user what to type next; returns the exit status."""
    words = [word for word in words if word != "--resume"]
    if not any(word.partition("=")[0] == "--out" for word in words):
        words += ["--out", str(folder)]
    typed = shlex.join(["saiki", command, *words, "--resume"])
    # Not through rich, which would wrap the command and read brackets in it as markup.
    print(render("stopped and saved. Go on with: {command}", command=typed), file=sys.stderr)
    return 130
