"""What the report shows of a translator: texts with their alignment, quality by length."""

from collections.abc import Mapping, Sequence
from typing import Any

from saiki.tasks.pair_measure import MeasuredPairs
from saiki.tasks.pair_preparation import PreparedPairs, Tokens, encode_sources
from saiki.tasks.translate_config import TranslateConfig
from saiki.tasks.translation_reader import Translation, TranslationReader

__all__ = ["translation_samples"]

_SHOWN = 12
_N_BEST = 5
_DECIMALS = 4


def translation_samples(
    reader: TranslationReader,
    prepared: PreparedPairs,
    config: TranslateConfig,
    measured: Mapping[str, MeasuredPairs],
) -> dict[str, Any]:
    """The texts of the configuration, the first held-back ones, and the figures by length."""
    was_training = reader.network.training
    reader.network.eval()
    name = next((name for name in ("test", "validation") if name in measured), None)
    pairs: list[tuple[str, str | None]] = [(text, None) for text in config.samples.inputs]
    if name is not None:
        part = prepared.parts[name]  # type: ignore[index]  # one of the two
        pairs += zip(part.sources[:_SHOWN], part.targets[:_SHOWN], strict=True)
    rows = _rows(reader, pairs)
    reader.network.train(was_training)
    found = measured.get(name or "")
    groups = found.groups if found else {}
    return {
        "samples": rows,
        "part": name,
        "by_length": found.by_length if found else [],
        "by_group": [{"group": group, **figures} for group, figures in groups.items()],
    }


def _rows(
    reader: TranslationReader, pairs: Sequence[tuple[str, str | None]]
) -> list[dict[str, Any]]:
    tokens = encode_sources(reader.source_tokenizer, [source for source, _ in pairs])
    n_best = min(_N_BEST, reader.decoding.width)
    found = reader.translate_tokens(tokens, n_best=n_best)
    return [_row(reader, *one) for one in zip(pairs, tokens, found, strict=True)]


def _row(
    reader: TranslationReader,
    pair: tuple[str, str | None],
    tokens: Tokens,
    found: Sequence[Translation],
) -> dict[str, Any]:
    (source, reference), best = pair, found[0]
    alignment = reader.align(tokens, best.tokens)
    return {
        "source": source,
        "reference": reference,
        "output": best.text,
        "source_tokens": list(alignment.source_tokens),
        "target_tokens": list(alignment.target_tokens),
        "log_probability": round(best.log_probability, 6),
        "n_best": [
            {"output": one.text, "log_probability": round(one.log_probability, 6)} for one in found
        ],
        "unknown": reader.unknown(source),
        "maps": {
            name: [[round(float(x), _DECIMALS) for x in row] for row in one]
            for name, one in alignment.maps.items()
        },
    }
