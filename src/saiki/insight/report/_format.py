"""Numbers as people read them."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

__all__ = [
    "byte_size",
    "capital",
    "finite",
    "integer",
    "mean_and_spread",
    "metric_title",
    "metric_value",
    "natural_sort",
    "number",
    "part_metric_title",
    "percent",
    "seconds",
    "uncapital",
]

Texts = Mapping[str, str]

ABSENT = "–"
_SHARES = frozenset(
    {"accuracy", "coverage", "exact_match", "f1", "macro_f1", "micro_f1", "precision", "recall",
     "spearman", "top_5_accuracy", "unknown_rate"}
)  # fmt: skip


def number(value: Any) -> float | None:
    """`value` as a float (NaN and infinity included), or None when it is no number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def finite(value: Any) -> float | None:
    """`value` as a float, or None when it is not a finite number."""
    found = number(value)
    return found if found is not None and math.isfinite(found) else None


def _special(value: Any) -> str | None:
    found = number(value)
    if found is None:
        return ABSENT
    if math.isnan(found):
        return "NaN"
    if math.isinf(found):
        return "∞" if found > 0 else "−∞"
    return None


def metric_value(name: str, value: Any, spread: Any = None) -> str:
    """0.981, or 0.981 ± 0.004; shares with three decimals, all else with four digits."""
    special = _special(value)
    if special is not None:
        return special
    share = name.rpartition(".")[2].partition(" ")[0] in _SHARES
    form = ",.3f" if share else _four_digits(value)
    text = format(value, form)
    return text if finite(spread) is None else f"{text} ± {format(spread, form)}"


def _four_digits(value: float) -> str:
    """The format that shows four digits of `value`, so that its spread gets the same decimals."""
    if value != 0 and not 1e-4 <= abs(value) < 10**6:
        return ".3g"
    decimals = 3 - (math.floor(math.log10(abs(value))) if value else 0)
    return f",.{max(0, min(decimals, 5))}f"


def integer(value: Any) -> str:
    """41,234."""
    return _special(value) or f"{round(value):,}"


def percent(value: Any) -> str:
    """12.3%."""
    return _special(value) or f"{100 * value:.1f}%"


def seconds(value: Any, text: Texts) -> str:
    """12.3 s; finer below ten seconds, whole above a thousand."""
    special = _special(value)
    if special is not None:
        return special
    decimals = 2 if abs(value) < 10 else 1 if abs(value) < 1000 else 0
    return text["unit_seconds"].format(value=f"{value:,.{decimals}f}")


def byte_size(value: Any) -> str:
    """512 MiB."""
    special = _special(value)
    if special is not None:
        return special
    amount = float(value)
    for unit in ("B", "KiB", "MiB"):
        if abs(amount) < 1024:
            return f"{amount:.3g} {unit}" if amount < 100 else f"{amount:.0f} {unit}"
        amount /= 1024
    return f"{amount:.1f} GiB"


def metric_title(name: str, text: Texts) -> str:
    """The field's name of a metric: loss (nats); what stands after a space is a list's name."""
    first, space, of = name.partition(" ")
    return text.get(f"metric_{first}", first) + space + of


def part_metric_title(dotted: str, text: Texts) -> str:
    """`test.accuracy` as Test accuracy; a name of no known part as it is."""
    part, _, metric = dotted.partition(".")
    if f"part_{part}" not in text or not metric:
        return dotted
    return text["part_metric"].format(part=text[f"part_{part}"], metric=metric_title(metric, text))


def capital(caption: str) -> str:
    """The caption with its first letter as a capital; a name such as chrF stays as it is."""
    if any(letter.isupper() for letter in caption.partition(" ")[0][1:]):
        return caption
    return caption[:1].upper() + caption[1:]


def uncapital(title: str) -> str:
    """The title as it stands inside a sentence."""
    return title[:1].lower() + title[1:]


def mean_and_spread(values: Sequence[float]) -> tuple[float | None, float | None]:
    """Mean and sample standard deviation; no spread of fewer than two values."""
    if not values:
        return None, None
    mean = math.fsum(values) / len(values)
    if len(values) < 2:
        return mean, None
    return mean, math.sqrt(math.fsum((v - mean) ** 2 for v in values) / (len(values) - 1))


def natural_sort(names: Iterable[str]) -> list[str]:
    """Names in the order that people expect: 2 before 10."""

    def key(name: str) -> list[tuple[bool, int, str]]:
        pieces = re.split(r"(\d+)", name)
        return [(not p.isdecimal(), int(p) if p.isdecimal() else 0, p) for p in pieces if p]

    return sorted(names, key=key)
