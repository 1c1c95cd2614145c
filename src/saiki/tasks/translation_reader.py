"""A translator at work: the best translations of texts, and where it looked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from saiki.data.text import TextTokenizer
from saiki.errors import ArgumentError, DataError
from saiki.models import (
    Hypothesis,
    PairBatch,
    RecurrentSeq2Seq,
    StepModel,
    TransformerSeq2Seq,
    beam_search,
    greedy,
)
from saiki.tasks.pair_batches import pair_batch, side_by_side
from saiki.tasks.pair_preparation import encode_sources
from saiki.tasks.translate_config import DecodingConfig

__all__ = ["Alignment", "Seq2Seq", "Translation", "TranslationReader"]

Seq2Seq: TypeAlias = RecurrentSeq2Seq | TransformerSeq2Seq
Tokens = NDArray[np.int32]
_ROWS = 64  # sources side by side; changes nothing but the time
_TOKENS = 64 * 128  # of all sources side by side, padding included


@dataclass(frozen=True)
class Translation:
    """One translation of a source.

    Args:
        text: what was written.
        tokens: the ids, the end token last.
        log_probability: of all tokens, the end token too, in nats.
        score: what it is ranked by: the log-probability with length and coverage counted in.
    """

    text: str
    tokens: tuple[int, ...]
    log_probability: float
    score: float


@dataclass(frozen=True)
class Alignment:
    """Where each token of a target looked at its source.

    Args:
        source_tokens: S of them, readable.
        target_tokens: T of them, the end token last.
        maps: each (T, S), rows that add up to 1; "attention", or one for each layer and head of a
            Transformer. Empty of a network without attention.
    """

    source_tokens: tuple[str, ...]
    target_tokens: tuple[str, ...]
    maps: dict[str, NDArray[np.float32]]


class TranslationReader:
    """A network with its tokenisers.

    Args:
        network: in eval mode while it reads.
        source_tokenizer, target_tokenizer: those that it was trained with.
        decoding: how the best translation is looked for.
        max_tokens: the longest source of the training.
        device: where the network is.
    """

    def __init__(
        self,
        network: Seq2Seq,
        source_tokenizer: TextTokenizer,
        target_tokenizer: TextTokenizer,
        decoding: DecodingConfig,
        max_tokens: int,
        device: torch.device,
    ) -> None:
        self.network, self.device = network, device
        self.source_tokenizer, self.target_tokenizer = source_tokenizer, target_tokenizer
        self.decoding, self.max_tokens = decoding, max_tokens

    def encode(self, text: str) -> Tokens:
        """The tokens (S,) of a source.

        Raises:
            DataError: the text is empty, or longer than any that the network learned from.
        """
        if not text.strip():
            raise DataError(
                "translate: a text must hold at least one token; got {text!r}. Give some text.",
                text=text,
            )
        tokens = encode_sources(self.source_tokenizer, [text])[0]
        if len(tokens) > self.max_tokens:
            raise DataError(
                "translate: a text must have at most {limit} tokens, the longest that training "
                "kept; this one, {text!r}, has {count}. Split it into sentences, or train with a "
                "larger --data.max-tokens.",
                limit=self.max_tokens,
                text=text if len(text) <= 40 else text[:40] + "…",
                count=len(tokens),
            )
        return tokens

    def unknown(self, text: str) -> list[str]:
        """The words of a source that training never saw, each once."""
        return self.source_tokenizer.unknown_pieces(text)

    def translate(
        self, texts: Sequence[str], *, n_best: int = 1, decoding: DecodingConfig | None = None
    ) -> list[list[Translation]]:
        """The `n_best` translations of each text, best first.

        Args:
            texts: each is translated as if it were alone.
            n_best: at most the width of the beam.
            decoding: another way to look for them than the run's own.

        Raises:
            DataError: see `encode`.
            ArgumentError: more are wanted than the beam is wide.
        """
        tokens = [self.encode(text) for text in texts]
        return self.translate_tokens(tokens, n_best=n_best, decoding=decoding)

    @torch.no_grad()
    def translate_tokens(
        self,
        sources: Sequence[Tokens],
        *,
        n_best: int = 1,
        decoding: DecodingConfig | None = None,
    ) -> list[list[Translation]]:
        """The same of sources that are tokens already, of any length."""
        how = self.decoding if decoding is None else decoding
        if not 1 <= n_best <= how.width:
            raise ArgumentError(
                "translate: n_best must be from 1 to the width of the beam, {width}; got {got}. "
                "Widen the beam to get more.",
                width=how.width,
                got=n_best,
            )
        found: list[list[Translation]] = [[] for _ in sources]
        order = sorted(range(len(sources)), key=lambda i: len(sources[i]))
        for together in side_by_side([len(sources[i]) for i in order], _ROWS, _TOKENS):
            rows = order[together]
            batch = pair_batch([sources[i] for i in rows], None, self.device)
            for i, hypotheses in zip(rows, self._search(batch, how, n_best), strict=True):
                found[i] = [self._translation(one) for one in hypotheses]
        return found

    def _search(self, batch: PairBatch, how: DecodingConfig, n_best: int) -> list[list[Hypothesis]]:
        tokenizer = self.target_tokenizer
        model: StepModel[Any] = self.network
        lengths = batch.source_lengths.tolist()
        where: dict[str, Any] = {
            "source_lengths": batch.source_lengths.to(self.device),
            "start": tokenizer.start_id,
            "end": tokenizer.end_id,
            "max_steps": [int(length * how.max_ratio) + how.max_extra for length in lengths],
            "forbidden": (tokenizer.padding_id, tokenizer.unknown_id, tokenizer.start_id),
        }
        if how.width == 1:
            return [[one] for one in greedy(model, batch, **where)]
        return beam_search(
            model,
            batch,
            **where,
            width=how.width,
            length_alpha=how.length_alpha,
            coverage_beta=how.coverage_beta,
            n_best=n_best,
        )

    def _translation(self, one: Hypothesis) -> Translation:
        text = self.target_tokenizer.decode(one.tokens)
        return Translation(text, one.tokens, one.log_probability, one.score)

    @torch.no_grad()
    def align(self, source: Tokens, target: Sequence[int]) -> Alignment:
        """Where each of the target's tokens (the end token last) looked, given those before it."""
        batch = pair_batch([source], [np.asarray(target, np.int32)], self.device)
        maps = self.network.attention_maps(batch)
        return Alignment(
            tuple(self.source_tokenizer.pieces(source)),
            tuple(self.target_tokenizer.pieces(target)),
            {name: one[0].float().cpu().numpy() for name, one in maps.items()},
        )

    def with_decoding(self, **changes: float | None) -> DecodingConfig:
        """The run's way to look for translations with what is not None changed.

        Raises:
            ArgumentError: a value is out of range.
        """
        given = {name: value for name, value in changes.items() if value is not None}
        try:
            return replace(self.decoding, **given)  # type: ignore[arg-type]  # checked by pydantic
        except ValueError as error:
            raise ArgumentError(
                "translate: {given} does not fit: {reason}.",
                given=", ".join(f"{name}={value}" for name, value in given.items()),
                reason=_reason(error),
            ) from error


def _reason(error: ValueError) -> str:
    from pydantic import ValidationError  # noqa: PLC0415  only here

    if isinstance(error, ValidationError):
        return str(error.errors()[0]["msg"])
    return str(error)
