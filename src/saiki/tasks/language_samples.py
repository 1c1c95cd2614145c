"""What the report shows of a trained language model: texts it made, blanks, surprise."""

from dataclasses import replace
from itertools import islice
from typing import Any

import torch

from saiki.models import LanguageModel
from saiki.tasks.language_config import LanguageModelConfig
from saiki.tasks.language_reader import Candidate, LanguageReader, TextScore
from saiki.tasks.text_preparation import PreparedText

__all__ = ["candidate_row", "language_samples", "score_row"]

_SHOWN_TEXTS = 12
_SHOWN_CHARACTERS = 300


def language_samples(
    config: LanguageModelConfig,
    prepared: PreparedText,
    network: LanguageModel,
    device: torch.device,
) -> dict[str, Any]:
    """Continuations of the prompts, ranked blanks, and the surprise of held-back lines."""
    wanted = config.samples
    was_training = network.training
    network.eval()
    reader = LanguageReader(network, prepared.tokenizer, config.data, device)
    prompts = [
        {
            "prompt": prompt,
            "text": "".join(
                reader.generate(
                    prompt,
                    length=wanted.length,
                    temperature=wanted.temperature,
                    nucleus=wanted.nucleus,
                    seed=config.seed + index,
                )
            ),
        }
        for index, prompt in enumerate(wanted.prompts)
    ]
    cloze = [
        {
            "text": text,
            "candidates": [candidate_row(one) for one in reader.rank(text, candidates or None)],
        }
        for text, candidates in wanted.cloze.items()
    ]
    part = prepared.parts.get("test") or prepared.parts.get("validation")
    lines = [] if part is None else _shown(part.texts)
    surprise = [score_row(score) for score in _beginnings(reader, lines)] if lines else []
    network.train(was_training)
    return {
        "temperature": wanted.temperature,
        "prompts": prompts,
        "cloze": cloze,
        "surprise": surprise,
    }


def _shown(texts: tuple[str, ...]) -> list[str]:
    """The first lines that are long enough to say something."""
    lines = (line for text in texts[:2000] for line in text.splitlines())
    return list(islice((line for line in lines if len(line.strip()) >= 20), _SHOWN_TEXTS))


def _beginnings(reader: LanguageReader, lines: list[str]) -> list[TextScore]:
    """Their scores, cut to what a page can show; a line that is cut does not end there."""
    scores = reader.score([line[:_SHOWN_CHARACTERS] for line in lines])
    return [
        replace(score, tokens=score.tokens[:-1], surprises_nats=score.surprises_nats[:-1])
        if reader.closes and len(line) > _SHOWN_CHARACTERS
        else score
        for line, score in zip(lines, scores, strict=True)
    ]


def score_row(score: TextScore) -> dict[str, Any]:
    """A score as plain JSON."""
    return {
        "text": score.text,
        "nats": round(score.nats, 6),
        "perplexity": round(score.perplexity, 4),
        "tokens": list(score.tokens),
        "surprises_nats": [round(nats, 6) for nats in score.surprises_nats],
        "unknown_rate": round(score.unknown_rate, 6),
    }


def candidate_row(found: Candidate) -> dict[str, Any]:
    """A ranked candidate as plain JSON."""
    return {
        "candidate": found.candidate,
        "probability": round(found.probability, 6),
        **score_row(found.score),
    }
