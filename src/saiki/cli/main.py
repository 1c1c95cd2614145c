"""`saiki`: finds the command, runs it, and turns errors into one clear message.

Exit status: 0 success, 2 a mistake that the user can mend, 1 a fault of ours, 130 interrupted.
"""

import json
import math
import os
import sys
import traceback
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from saiki import __version__
from saiki.errors import ArgumentError, SaikiError, nearest
from saiki.language import render, set_language

__all__ = ["COMMANDS", "Invocation", "entry", "main"]

COMMANDS: dict[str, str] = {
    "recipes": "lists the built-in recipes, or prints one as a file to start from",
    "train": "trains a recipe or your own TOML file; leaves a run folder",
    "evaluate": "measures a run on its test part or on other data",
    "predict": "labels and confidences of your files, or how a text goes on",
    "score": "how likely texts are to a language model; ranks what fills a blank",
    "compare": "trains a grid of settings and seeds; one table, one report",
    "report": "writes one self-contained HTML file about runs or comparisons",
    "summary": "layers, parameters, multiply-adds, memory and backend of a run",
    "replay": "runs the step again at which a run diverged",
    "vectors": "word and document vectors: train, search, evaluate, convert, plot",
    "data": "lists, fetches and verifies data sets",
}


@dataclass(frozen=True)
class Invocation:
    """What every command is given besides its own arguments.

    Args:
        words: the words after the command, without the options that all commands share.
        as_json: whether the last line on standard output must be JSON for machines.
    """

    words: list[str]
    as_json: bool

    def finish(self, result: Any) -> None:
        """The machine-readable last line, where it was asked for."""
        if self.as_json:
            print(json.dumps(_strict(result), ensure_ascii=False, default=str, allow_nan=False))


def _strict(value: Any) -> Any:
    """NaN and infinity, which JSON lacks, as text."""
    if isinstance(value, dict):
        return {key: _strict(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_strict(item) for item in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def entry() -> None:
    """The console script."""
    sys.exit(main(sys.argv[1:]))


def main(arguments: Sequence[str]) -> int:
    """Runs one command; returns the exit status."""
    words, shared = _split_shared(list(arguments))
    try:
        set_language(_language(shared))
        return _dispatch(words, as_json="--json" in shared)
    except SaikiError as error:
        if "--debug" in shared:
            traceback.print_exc()
        print(f"saiki: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("saiki: " + render("interrupted"), file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output has gone; say nothing more to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if "--debug" in shared:
            raise
        if isinstance(error, UnicodeEncodeError) and error.encoding != "utf-8":
            print(_not_to_be_shown(error), file=sys.stderr)
            return 2
        print(_our_fault(error), file=sys.stderr)
        return 1


def _our_fault(error: Exception) -> str:
    return "saiki: " + render(
        "a fault in saiki itself: {kind}: {error}. Run the command again with --debug and report "
        "what it prints.",
        kind=type(error).__name__,
        error=error,
    )


def _not_to_be_shown(error: UnicodeEncodeError) -> str:
    return "saiki: " + render(
        "standard output is {encoding}, which has no U+{code:04X}. Set PYTHONIOENCODING=utf-8.",
        encoding=error.encoding,
        code=ord(error.object[error.start]),
    )


def _dispatch(words: list[str], *, as_json: bool) -> int:
    warnings.showwarning = _show_warning
    if not words or words[0] in ("-h", "--help", "help"):
        print(_help())
        return 0
    if words[0] in ("-V", "--version"):
        print(f"saiki {__version__}")
        return 0
    command = words[0]
    if command not in COMMANDS:
        raise ArgumentError(
            "there is no command {command!r}. Did you mean {near!r}? `saiki --help` lists all.",
            command=command,
            near=nearest(command, COMMANDS) or "train",
        )
    module = import_module(f"saiki.cli.{command}")
    status: int | None = module.run(Invocation(words[1:], as_json))
    return status or 0


def _split_shared(arguments: list[str]) -> tuple[list[str], dict[str, str]]:
    """Takes out `--json`, `--debug` and `--lang L`, wherever they stand."""
    words: list[str] = []
    shared: dict[str, str] = {}
    rest = iter(arguments)
    for word in rest:
        name, _, value = word.partition("=")
        if word in ("--json", "--debug"):
            shared[word] = ""
        elif name == "--lang":
            shared[name] = value or next(rest, "")
        else:
            words.append(word)
    return words, shared


def _language(shared: dict[str, str]) -> Any:
    value = shared.get("--lang")
    if value not in (None, "en", "ja"):
        raise ArgumentError("--lang: must be en or ja; got {value!r}.", value=value)
    return value


def _help() -> str:
    rows = "\n".join(f"  {name:<10} {render(text)}" for name, text in COMMANDS.items())
    return render(
        "saiki {version}: trains, explains and ships sequence models\n\n"
        "usage: saiki COMMAND ...\n\n{rows}\n\n"
        "Every command takes --help, --json (a machine-readable last line), --lang en|ja and "
        "--debug.\nBegin with: saiki train japanese-vowels",
        version=__version__,
        rows=rows,
    )


def _show_warning(message: Any, *_rest: Any, **_named: Any) -> None:
    print("saiki: " + render("warning: {message}", message=message), file=sys.stderr)
