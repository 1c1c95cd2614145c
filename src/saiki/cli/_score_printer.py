"""What `saiki score` prints: JSON lines for machines, coloured tokens on a terminal."""

import json
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from rich.console import Console

from saiki.cli._surprise import blank_table, scale_line, scored_lines
from saiki.cli._texts import MANY_UNKNOWN, say_warning, shortened, unknown_rate, warn_of_unknown
from saiki.errors import DataError
from saiki.language import render

if TYPE_CHECKING:
    from rich.text import Text

    from saiki.tasks.language_reader import TextScore
    from saiki.tasks.trained_language_model import TrainedLanguageModel

__all__ = ["ScorePrinter"]

_TOGETHER = 64  # texts that are scored at once


class ScorePrinter:
    """Scores texts and ranks what fills blanks, and prints both as they are ready.

    Args:
        model: what scores.
        as_lines: JSON lines instead of colours.
    """

    def __init__(self, model: "TrainedLanguageModel", *, as_lines: bool) -> None:
        self._model, self._as_lines = model, as_lines
        self._console = Console(highlight=False, soft_wrap=False)
        self._vocabulary = len(model.tokenizer)
        self.texts = self.failures = self._strange = 0
        self._strangest: tuple[float, str] = (0.0, "")
        if not as_lines:
            self._console.print(scale_line(self._vocabulary))

    def score(self, texts: Iterator[str]) -> None:
        """Texts, so many at a time; one that cannot be scored is named, the others go on."""
        while together := list(islice(texts, _TOGETHER)):
            readable = [text for text in together if self._has_tokens(text)]
            self.failures += len(together) - len(readable)
            for found in self._model.score(readable) if readable else []:
                self._write(found)

    def _has_tokens(self, text: str) -> bool:
        try:
            tokens = self._model.tokenizer.encode(text)
        except DataError as error:
            print(f"saiki: {error}", file=sys.stderr)
            return False
        if not len(tokens):
            said = DataError("score: a text must hold at least one token; got {text!r}.", text=text)
            print(f"saiki: {said}", file=sys.stderr)
        return len(tokens) > 0

    def _write(self, found: "TextScore") -> None:
        from saiki.tasks.language_samples import score_row  # noqa: PLC0415  torch came in before

        self.texts += 1
        self._strange += found.unknown_rate > MANY_UNKNOWN
        self._strangest = max(self._strangest, (found.unknown_rate, found.text))
        if self._as_lines:
            print(json.dumps(score_row(found), ensure_ascii=False), flush=True)
            return
        self._console.print(self._coloured(found))
        said = render(
            "  perplexity {perplexity:.4g}, {nats:.2f} nats, {unknown:.0%} unknown",
            perplexity=found.perplexity,
            nats=found.nats,
            unknown=found.unknown_rate,
        )
        self._console.print(said, style="dim", markup=False)

    def _coloured(self, found: "TextScore") -> "Text":
        return scored_lines(found.tokens, found.surprises_nats, found.text, self._vocabulary)

    def rank(self, text: str, candidates: Sequence[str] | None, count: int) -> None:
        """A blank with what may stand there."""
        from saiki.tasks.language_samples import candidate_row  # noqa: PLC0415  as above

        ranked = self._model.rank(text, candidates, count=count)
        warn_of_unknown(text, min(one.score.unknown_rate for one in ranked))
        for one in ranked:
            if unknown_rate(self._model, one.candidate):
                say_warning(
                    render(
                        "candidate {candidate!r}: holds tokens that training never saw. All of "
                        "them share one place in the vocabulary, so its rank means little.",
                        candidate=one.candidate,
                    )
                )
        if self._as_lines:
            for rank, one in enumerate(ranked, start=1):
                row = {"blank": text, "rank": rank, **candidate_row(one)}
                print(json.dumps(row, ensure_ascii=False), flush=True)
            return
        rows = [
            (
                one.candidate,
                one.probability,
                one.score.nats,
                one.score.perplexity,
                self._coloured(one.score),
            )
            for one in ranked
        ]
        self._console.print(blank_table(text, rows))

    def close(self) -> None:
        """One warning for all texts that are strange to the model."""
        if self._strange == 1 == self.texts:
            warn_of_unknown(self._strangest[1], self._strangest[0])
        elif self._strange:
            rate, text = self._strangest
            say_warning(
                render(
                    "{strange} of {texts} texts have more than {share:.0%} unknown tokens, most "
                    "of all {text!r} ({rate:.0%}). They are probably of another language or kind "
                    "than the one it was trained on, and their scores mean little.",
                    strange=self._strange,
                    texts=self.texts,
                    share=MANY_UNKNOWN,
                    text=shortened(text),
                    rate=rate,
                )
            )
