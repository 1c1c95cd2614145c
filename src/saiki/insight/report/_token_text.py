"""Texts whose tokens are coloured by a number: by surprise, or by attention."""

import math
from collections.abc import Sequence
from typing import Any

from saiki.insight.report._format import Texts, finite

__all__ = ["attention_line", "surprise_line", "surprise_scale", "visible"]

_END = "<end>"
_MOST_TOKENS = 600
_LAST_BEFORE_HAN = "\u2e7f"
# What could not be seen: control characters get their pictures from U+2400 on.
_SEEN = {"\n": "↵\n", "\t": "⇥\t", "\x7f": "␡"}


def surprise_line(row: Any, full: float, text: Texts) -> dict[str, Any]:
    """A scored text; `full` nats and more get the full colour."""
    tokens, values = _pairs(row.get("tokens"), row.get("surprises_nats"))
    shown = []
    for at, (token, nats) in enumerate(zip(tokens, values, strict=True)):
        is_end = token == _END and at == len(tokens) - 1
        title = text["end_surprise" if is_end else "token_surprise"]
        said = title.format(nats=f"{nats:.2f}", p=_probability(nats))
        shown.append(_span("⏎" if is_end else token, nats / full, said))
    inner = tokens[:-1] if tokens[-1:] == [_END] else tokens
    return _line(shown, is_spaced=_is_spaced(inner, str(row.get("text", ""))))


def attention_line(pairs: Sequence[tuple[str, float]], whole: str, text: Texts) -> dict[str, Any]:
    """A text with the weights of attention; the largest gets the full colour."""
    largest = max((weight for _, weight in pairs), default=0.0) or 1.0
    shown = [
        _span(token, weight / largest, text["attention_weight"].format(weight=f"{weight:.3f}"))
        for token, weight in pairs
    ]
    return _line(shown, is_spaced=_is_spaced([token for token, _ in pairs], whole))


def surprise_scale(vocabulary: Any, rows: Sequence[Any], text: Texts) -> dict[str, Any]:
    """The nats of the full colour, and what the legend says of it.

    They are those of a blind guess, log V; of a run that does not say V, the largest there are.
    """
    count = finite(vocabulary)
    if count is not None and count > 1:
        full, said = (
            math.log(count),
            text["surprise_scale"].format(count=f"{count:,.0f}"),
        )
    else:
        values = [nats for row in rows for nats in _pairs(row["tokens"], row["surprises_nats"])[1]]
        full, said = max(values, default=1.0) or 1.0, text["surprise_scale_plain"]
    return {"full": full, "marks": [f"{full * at / 2:.1f}" for at in range(3)], "said": said}


def _pairs(tokens: Any, values: Any) -> tuple[list[str], list[float]]:
    found = [
        (str(token), nats)
        for token, value in zip(tokens or [], values or [], strict=False)
        if (nats := finite(value)) is not None
    ]
    return [token for token, _ in found], [nats for _, nats in found]


def _span(token: str, share: float, title: str) -> dict[str, str]:
    share = min(1.0, max(0.0, share))
    return {"text": visible(token), "share": f"{share:.2f}", "title": title}


def _line(shown: list[dict[str, str]], *, is_spaced: bool) -> dict[str, Any]:
    more = max(0, len(shown) - _MOST_TOKENS)
    return {"tokens": shown[:_MOST_TOKENS], "is_spaced": is_spaced, "more": more}


def visible(token: str) -> str:
    """The token as a reader can see it; an empty one as ∅."""
    return "".join(_SEEN.get(c) or (chr(0x2400 + ord(c)) if c < " " else c) for c in token) or "∅"


def _is_spaced(tokens: Sequence[str], whole: str) -> bool:
    """Whether the tokens are words that had white space between them, which they do not hold.

    Where the text itself is not known, words of another script than the East Asian ones had some.
    """
    joined = "".join(tokens)
    if any(c.isspace() for c in joined):
        return False
    if whole:
        return any(c.isspace() for c in whole)
    are_words = len(joined) > len(tokens)
    return are_words and sum(c > _LAST_BEFORE_HAN for c in joined) * 2 < len(joined)


def _probability(nats: float) -> str:
    return f"{math.exp(-nats):.3g}"
