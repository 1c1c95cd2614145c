"""A language model at work: goes on with a text, says how likely texts are, fills a blank."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from saiki.data.text import TextTokenizer
from saiki.errors import ArgumentError, DataError
from saiki.models import LanguageModel, LanguageState
from saiki.models.sampling import draw, next_token_distribution
from saiki.tasks.language_config import TextConfig
from saiki.tasks.token_batches import Predicted
from saiki.tasks.token_measure import measure_tokens, perplexity_of

__all__ = ["Candidate", "LanguageReader", "TextScore"]

_BLANK = re.compile(r"＿{2,}|_{2,}")
_CHUNK = 512  # tokens of a prompt that are read at once; changes nothing but the time
_END = "<end>"


@dataclass(frozen=True)
class TextScore:
    """How likely a text is.

    Args:
        text: as it was given.
        tokens: what the tokeniser made of it, readable; the last may be the end of the line.
        surprises_nats: -log p of each token, given all before it.
        unknown_rate: share of the tokens that training never saw.
    """

    text: str
    tokens: tuple[str, ...]
    surprises_nats: tuple[float, ...]
    unknown_rate: float

    @property
    def nats(self) -> float:
        """-log p of the whole text."""
        return float(np.sum(self.surprises_nats))

    @property
    def perplexity(self) -> float:
        """Exp of the mean surprise of a token."""
        return perplexity_of(float(np.mean(self.surprises_nats)))


@dataclass(frozen=True)
class Candidate:
    """One way to fill a blank.

    Args:
        candidate: what stands in the blank.
        probability: among the candidates that were ranked, which add up to 1.
        score: of the whole text with the blank filled.
    """

    candidate: str
    probability: float
    score: TextScore


class LanguageReader:
    """A network with its tokeniser.

    Args:
        network: in eval mode while it reads.
        tokenizer: the one that it was trained with.
        config: how training read its text: it decides what stands before and after a line.
        device: where the network is.
    """

    def __init__(
        self,
        network: LanguageModel,
        tokenizer: TextTokenizer,
        config: TextConfig,
        device: torch.device,
    ) -> None:
        self.network, self.tokenizer, self.device = network, tokenizer, device
        self.stops_at_end = config.batching == "lines"
        self.closes = config.record == "line"
        is_stream_of_lines = self.closes and not self.stops_at_end
        self.first = tokenizer.end_id if is_stream_of_lines else tokenizer.start_id

    def generate(
        self,
        prompt: str = "",
        *,
        length: int = 100,
        temperature: float = 1.0,
        top_k: int | None = None,
        nucleus: float | None = None,
        seed: int = 0,
    ) -> Iterator[str]:
        """Goes on with `prompt`, piece by piece as it is made.

        Args:
            prompt: what the text begins with; it is not given back.
            length: tokens that are added, at least 1; fewer where the text ends.
            temperature: below 1 is more certain; 0 takes the likeliest token.
            top_k: draws from the k likeliest tokens alone.
            nucleus: draws from the likeliest tokens whose mass reaches this share.
            seed: the same seed gives the same text on every run.
        """
        if length < 1:
            raise ArgumentError("generate: length must be at least 1; got {got}.", got=length)
        tokenizer, generator = self.tokenizer, torch.Generator().manual_seed(seed)
        prompt_ids, last_line = self._prompt(prompt)
        decoder = tokenizer.decoder()
        for token in last_line:
            decoder.add(token)
        never = [tokenizer.padding_id, tokenizer.unknown_id, tokenizer.start_id]
        if not self.closes:
            never.append(tokenizer.end_id)
        hidden, state = self._read([self.first, *prompt_ids])
        for _ in range(length):
            probabilities = next_token_distribution(
                self.network.head.log_probabilities(hidden)[0].cpu(),
                temperature=temperature,
                top_k=top_k,
                nucleus=nucleus,
                forbidden=never,
            )
            token = int(draw(probabilities, generator))
            if token == tokenizer.end_id:
                yield decoder.finish()
                if self.stops_at_end:
                    return
                yield "\n"
                decoder = tokenizer.decoder()
            else:
                yield decoder.add(token)
            hidden, state = self._read([token], state)
        yield decoder.finish()

    def _prompt(self, prompt: str) -> tuple[list[int], list[int]]:
        """The tokens of a prompt, and those of its last line.

        A stream of lines has an end token where a line breaks, as `generate` gives it back.
        """
        if not self.closes or self.stops_at_end:
            tokens = list(map(int, self.tokenizer.encode(prompt)))
            return tokens, tokens
        lines = [list(map(int, self.tokenizer.encode(line))) for line in prompt.split("\n")]
        ids = [token for line in lines[:-1] for token in [*line, self.tokenizer.end_id]]
        return [*ids, *lines[-1]], lines[-1]

    @torch.no_grad()
    def _read(
        self, tokens: Sequence[int], state: LanguageState | None = None
    ) -> tuple[torch.Tensor, LanguageState]:
        """What the head sees after the last of `tokens` (1, O), and the state there."""
        hidden = torch.zeros(0)
        ids = torch.as_tensor(np.asarray(tokens, np.int64)).to(self.device)[None]
        for begin in range(0, ids.shape[1], _CHUNK):
            hidden, state = self.network(ids[:, begin : begin + _CHUNK], state)
        if state is None:  # pragma: no cover  there is at least one token
            raise RuntimeError
        return hidden[:, -1], state

    def score(self, texts: Sequence[str]) -> list[TextScore]:
        """The surprise of every token of every text, each text on its own.

        Raises:
            DataError: a text without any token.
        """
        encoded = [self._predicted(text) for text in texts]
        surprise = measure_tokens(self.network, encoded, self.device)
        return [
            self._text_score(text, one.targets, nats)
            for text, one, nats in zip(texts, encoded, surprise.nats, strict=True)
        ]

    def _predicted(self, text: str) -> Predicted:
        tokens = self.tokenizer.encode(text)
        if not len(tokens):
            raise DataError("score: a text must hold at least one token; got {text!r}.", text=text)
        end = np.full(int(self.closes), self.tokenizer.end_id, np.int32)
        targets = np.concatenate([tokens, end])
        first = np.array([self.first], np.int32)
        return Predicted(np.concatenate([first, targets[:-1]]), targets)

    def _text_score(
        self, text: str, targets: NDArray[np.int32], nats: NDArray[np.float64]
    ) -> TextScore:
        inner = targets[: len(targets) - self.closes]
        pieces = [*self.tokenizer.pieces(inner), *([_END] if self.closes else [])]
        return TextScore(
            text, tuple(pieces), tuple(map(float, nats)), self.tokenizer.unknown_rate(inner)
        )

    def rank(
        self, text: str, candidates: Sequence[str] | None = None, *, count: int = 10
    ) -> list[Candidate]:
        """Ways to fill the blank of `text`, the likeliest first.

        Each candidate is put into the blank and the whole text is scored, so what follows the
        blank counts as well.

        Args:
            text: with one blank: two or more of ＿ or of _.
            candidates: what may stand there; None takes the tokens that the model itself finds
                likeliest there.
            count: how many of those.

        Raises:
            DataError: no blank, or several.
            ArgumentError: an empty list of candidates.
        """
        before, after = split_at_blank(text)
        if candidates is None:
            candidates = self._likeliest(before, count)
        if not candidates:
            raise ArgumentError("rank: at least one candidate must be given; got none.")
        scores = self.score([before + candidate + after for candidate in candidates])
        nats = np.array([score.nats for score in scores])
        shares = np.exp(nats.min() - nats)
        found = [
            Candidate(candidate, float(share), score)
            for candidate, share, score in zip(
                candidates, shares / shares.sum(), scores, strict=True
            )
        ]
        return sorted(found, key=lambda one: one.score.nats)

    def _likeliest(self, before: str, count: int) -> list[str]:
        hidden, _ = self._read([self.first, *self.tokenizer.encode(before)])
        order = self.network.head.log_probabilities(hidden)[0].argsort(descending=True)
        found: list[str] = []
        for token in order.tolist():
            text = self.tokenizer.decode([token]) if token > TextTokenizer.end_id else ""
            is_whole = "\ufffd" not in text  # not the bytes of half a character
            if text.strip() and is_whole and text not in found:
                found.append(text)
            if len(found) == count:
                break
        return found


def split_at_blank(text: str) -> tuple[str, str]:
    """What stands before and after the one blank of `text`.

    Raises:
        DataError: there is none, or there are several.
    """
    blanks = list(_BLANK.finditer(text))
    if len(blanks) != 1:
        raise DataError(
            "{text!r}: must have one blank, written ＿＿ or ___; got {count}. Mark the place that "
            "is to be filled.",
            text=text,
            count=len(blanks),
        )
    return text[: blanks[0].start()], text[blanks[0].end() :]
