"""`saiki predict` on a language model: goes on with texts as they are asked for."""

import json
import sys
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from saiki.cli._texts import input_lines, unknown_rate, warn_of_unknown
from saiki.cli.main import Invocation
from saiki.errors import ArgumentError, DataError

if TYPE_CHECKING:
    from saiki.tasks.trained_language_model import TrainedLanguageModel

__all__ = ["continue_texts"]

_SEEDS = 2**63


def continue_texts(
    invocation: Invocation,
    model: "TrainedLanguageModel",
    prompts: Sequence[str],
    wanted: Mapping[str, Any],
) -> int:
    """One prompt is shown and goes on token by token; of several each is one JSON line."""
    prompts = prompts or _prompts_from_input()
    samples = model.config.samples
    settings = {
        "length": samples.length,
        "temperature": samples.temperature,
        "nucleus": samples.nucleus,
        "seed": model.config.seed,
        **wanted,
    }
    if not 0 <= settings["seed"] < _SEEDS:
        raise ArgumentError(
            "predict: --seed must be a whole number from 0 to {last}; got {got}.",
            last=_SEEDS - 1,
            got=settings["seed"],
        )
    write = _write_line if invocation.as_json or len(prompts) > 1 else _stream
    failures = 0
    for prompt in prompts:
        try:
            warn_of_unknown(prompt, unknown_rate(model, prompt))
            write(model, prompt, settings)
        except DataError as error:
            print(f"saiki: {error}", file=sys.stderr)
            failures += 1
    invocation.finish({"inputs": len(prompts), "failures": failures})
    return 2 if failures else 0


def _prompts_from_input() -> list[str]:
    """Lines of standard input; nobody types a prompt where a terminal waits: the empty one."""
    if sys.stdin.isatty():
        return [""]
    prompts = list(input_lines())
    if not prompts:
        raise ArgumentError(
            "predict: standard input must hold at least one line to go on with; it is empty. Give "
            "a prompt as an argument; '' begins from nothing."
        )
    return prompts


def _write_line(model: "TrainedLanguageModel", prompt: str, settings: Mapping[str, Any]) -> None:
    text = "".join(model.generate(prompt, **settings))
    print(json.dumps({"input": prompt, "text": text}, ensure_ascii=False), flush=True)


def _stream(model: "TrainedLanguageModel", prompt: str, settings: Mapping[str, Any]) -> None:
    pieces = model.generate(prompt, **settings)
    first = next(pieces, "")  # a mistake in the settings shows here, before anything is printed
    try:
        print(prompt, end="", flush=True)
        for piece in chain([first], pieces):
            print(piece, end="", flush=True)
    finally:
        print(flush=True)  # interrupted or not, what follows begins on a line of its own
