"""`saiki predict` and `saiki evaluate` on a translator."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

from saiki.cli._texts import input_lines, say_warning
from saiki.cli.main import Invocation
from saiki.cli.tables import translation_metrics_line
from saiki.errors import ArgumentError, DataError
from saiki.language import render

if TYPE_CHECKING:
    from saiki.tasks.pair_measure import MeasuredPairs
    from saiki.tasks.pair_preparation import PairPart
    from saiki.tasks.trained_translator import TrainedTranslator

__all__ = ["evaluate_translator", "is_translator", "translate_texts"]

_TOGETHER = 64  # inputs that are translated side by side


def is_translator(model: Any) -> TypeGuard["TrainedTranslator"]:
    """Whether a loaded run is one; asks its configuration, so that torch need not come in."""
    return bool(model.config.task == "translate")


def translate_texts(
    invocation: Invocation,
    model: "TrainedTranslator",
    texts: Sequence[str],
    wanted: Mapping[str, Any],
) -> int:
    """Each text on a line of its own; with --json or several translations a JSON line each.

    Line n of plain text belongs to input n: an input that cannot be translated, or a blank line of
    standard input, leaves a blank one.
    """
    n_best = wanted.get("n_best", 1)
    as_json = invocation.as_json or n_best > 1
    inputs = failures = 0
    for chunk in _chunks(texts or _lines()):
        given = [text for text in chunk if text is not None]
        readable = [text for text in given if _is_readable(model, text)]
        inputs, failures = inputs + len(given), failures + len(given) - len(readable)
        translated = dict(zip(readable, model.translate(readable, **wanted), strict=True))
        for text in chunk:
            if text is not None and text in translated:
                row = model.row(text, translated[text], n_best)
                _warn_of_unknown(row)
                print(json.dumps(row, ensure_ascii=False) if as_json else row["output"], flush=True)
            elif not as_json:
                print(flush=True)
    if not inputs:
        raise ArgumentError(
            "predict: at least one input must be given, as an argument or as a line on standard "
            "input; got none."
        )
    invocation.finish({"inputs": inputs, "failures": failures})
    return 2 if failures else 0


def _chunks(texts: Iterable[str | None]) -> Iterator[list[str | None]]:
    """Some texts at a time; one by one where somebody types them."""
    size, rest = 1 if sys.stdin.isatty() else _TOGETHER, iter(texts)
    while chunk := list(islice(rest, size)):
        yield chunk


def _lines() -> Iterator[str | None]:
    """The lines of standard input; None is a blank one."""
    return (line.strip() or None for line in input_lines(are_blank_kept=True))


def _is_readable(model: "TrainedTranslator", text: str) -> bool:
    """Whether a text can be translated; says why not."""
    try:
        model.reader.encode(text)
    except DataError as error:
        print(f"saiki: {error}", file=sys.stderr)
        return False
    return True


def _warn_of_unknown(row: Mapping[str, Any]) -> None:
    if row["unknown"]:
        from saiki.tasks.trained_translator import unknown_message  # noqa: PLC0415  as torch

        say_warning(unknown_message(row["input"], row["unknown"]))


def evaluate_translator(
    invocation: Invocation,
    folder: Path,
    model: "TrainedTranslator",
    data: str | None,
    target: str | None,
    predictions: Path | None,
) -> int:
    """BLEU and its like, on the test part or on other pairs."""
    from saiki.artifacts import write_json_lines_atomic  # noqa: PLC0415

    part = model.part(data, target)
    measured = model.measure(part)
    print(
        render(
            "{count:,} pairs: {metrics}",
            count=len(part),
            metrics=translation_metrics_line(measured.figures),
        )
    )
    for group, figures in measured.groups.items():
        print(
            render(
                "{group}, {count:,} pairs: {metrics}",
                group=group,
                count=int(figures["count"]),
                metrics=translation_metrics_line(figures),
            )
        )
    if predictions is not None:
        write_json_lines_atomic(predictions, _rows(part, measured))
        print(render("predictions: {path}", path=predictions))
    invocation.finish(
        {
            "run": str(folder),
            "pairs": len(part),
            "metrics": measured.figures,
            "groups": measured.groups,
        }
    )
    return 0


def _rows(part: "PairPart", measured: "MeasuredPairs") -> Iterator[dict[str, Any]]:
    for source, reference, best in zip(
        part.sources, part.targets, measured.translations, strict=True
    ):
        yield {
            "source": source,
            "reference": reference,
            "output": best.text,
            "log_probability": round(best.log_probability, 6),
        }
