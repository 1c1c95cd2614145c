"""What the commands on language models share: texts that come in, and what is odd about them."""

import io
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypeGuard

from saiki.errors import DataError
from saiki.language import render

if TYPE_CHECKING:
    from saiki.tasks.trained_language_model import TrainedLanguageModel

__all__ = [
    "MANY_UNKNOWN",
    "input_lines",
    "is_language_model",
    "say_warning",
    "shortened",
    "unknown_rate",
    "warn_of_unknown",
]

MANY_UNKNOWN = 0.3  # share of the tokens from which a text is probably of another language


def is_language_model(model: Any) -> TypeGuard["TrainedLanguageModel"]:
    """Whether a loaded run is one; asks its configuration, so that torch need not come in."""
    return bool(model.config.task == "language-model")


def input_lines(*, are_blank_kept: bool = False) -> Iterator[str]:
    """The lines of standard input, without the blank ones, as those of a file are read.

    Args:
        are_blank_kept: whether blank lines come too.

    Raises:
        DataError: it is no text.
    """
    if isinstance(sys.stdin, io.TextIOWrapper):
        # A carriage return alone ends no line; a C locale would let strange bytes pass.
        sys.stdin.reconfigure(newline="\n", errors="strict")
    try:
        for number, line in enumerate(sys.stdin):
            text = line if number else line.removeprefix("\ufeff")  # a byte-order mark
            if are_blank_kept or text.strip():
                yield text.removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError as error:
        raise DataError(
            "standard input: must be {encoding} text; got byte {byte} that is none. Convert it to "
            "UTF-8, such as with iconv.",
            encoding=error.encoding.upper(),
            byte=f"0x{error.object[error.start]:02x}",
        ) from error


def unknown_rate(model: "TrainedLanguageModel", text: str) -> float:
    """The share of a text's tokens that training never saw."""
    return model.tokenizer.unknown_rate(model.tokenizer.encode(text))


def warn_of_unknown(text: str, rate: float) -> None:
    """Says on standard error that a text is strange to the model, where it is."""
    if rate > MANY_UNKNOWN:
        say_warning(
            render(
                "{text!r}: {rate:.0%} of the tokens are unknown to this model. The text is "
                "probably of another language or kind than the one it was trained on, and what "
                "it says of it means little.",
                text=shortened(text),
                rate=rate,
            )
        )


def say_warning(message: str) -> None:
    """A warning on standard error."""
    print("saiki: " + render("warning: {message}", message=message), file=sys.stderr)


def shortened(text: str, length: int = 40) -> str:
    """The beginning of a text, for a message of one line."""
    return text if len(text) <= length else text[:length] + "…"
