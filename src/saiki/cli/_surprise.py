"""Scored texts on a terminal: every token on a ground that says how surprising it was."""

import math
from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from saiki.language import render

__all__ = ["blank_table", "scale_line", "scored_lines"]

# From no surprise to that of a blind guess; black letters on them are read on any terminal, and
# those of 16 colours have four that differ too.
_GROUNDS = ("", "#fff3c4", "#ffd866", "#d89020", "#ff6a4a")
_END = "<end>"
_PICTURES = {chr(code): chr(0x2400 + code) for code in range(0x20)} | {"\x7f": "␡"}
_PICTURES |= {chr(code): "\ufffd" for code in range(0x80, 0xA0)}  # these have none


def scale_line(vocabulary: int) -> Text:
    """The legend: nats from which each ground is used."""
    full = math.log(vocabulary)
    line = Text(render("surprise in nats:") + " ")
    for at, ground in enumerate(_GROUNDS):
        least = f" ≥ {full * at / len(_GROUNDS):.1f} " if at else " 0 "
        line.append(least, _style(ground))
        line.append(" ")
    return line


def scored_lines(
    tokens: Sequence[str], surprises: Sequence[float], text: str, vocabulary: int
) -> Text:
    """The tokens of a text, one after the other as they stand in it."""
    full = math.log(vocabulary)
    shown = Text()
    has_gaps = any(c.isspace() for c in text) and not any(
        c.isspace() for token in tokens for c in token
    )
    for at, (token, nats) in enumerate(zip(tokens, surprises, strict=True)):
        level = min(max(int(nats / full * len(_GROUNDS)), 0), len(_GROUNDS) - 1)
        is_end = token == _END and at == len(tokens) - 1
        shown.append("⏎" if is_end else _visible(token), _style(_GROUNDS[level]))
        if has_gaps:
            shown.append(" ")
    return shown


def _style(ground: str) -> str:
    return f"black on {ground}" if ground else ""


def _visible(token: str) -> str:
    """Control characters as their pictures: a terminal would obey them."""
    return "".join(_PICTURES.get(c, c) for c in token)


def blank_table(title: str, rows: Sequence[tuple[str, float, float, float, Text]]) -> Table:
    """Ranked candidates: candidate, probability, nats, perplexity and the coloured text."""
    table = Table(title=Text(title), box=SIMPLE_HEAD, title_justify="left")
    for heading in ("rank", "candidate", "probability", "nats", "perplexity"):
        table.add_column(render(heading), justify="left" if heading == "candidate" else "right")
    table.add_column(render("surprise of every token"), overflow="fold")
    for rank, (candidate, probability, nats, perplexity, text) in enumerate(rows, start=1):
        figures = (f"{probability:.1%}", f"{nats:.2f}", f"{perplexity:.4g}")
        table.add_row(str(rank), Text(candidate), *figures, text)
    return table
