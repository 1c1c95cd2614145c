"""Which options of `RecurrentSeq2Seq` go together."""

from typing import Literal, TypeAlias, cast

from saiki.errors import ArgumentError
from saiki.models._recurrent_target import Query

__all__ = ["AttentionForm", "check_cell", "check_options", "query_of"]

AttentionForm: TypeAlias = Literal["none", "additive", "dot", "general"]


def query_of(attention: AttentionForm, query: str) -> Query:
    """Which state asks, where "auto" leaves it to the attention."""
    if attention == "none":
        return "none"
    if query == "auto":
        return "previous" if attention == "additive" else "current"
    return cast("Query", query)


def _check_name(name: str, value: str, *known: str) -> None:
    if value not in known:
        raise ArgumentError(
            "RecurrentSeq2Seq: {name} must be one of {known}; got {value!r}.",
            name=name,
            known=", ".join(known),
            value=value,
        )


def check_cell(cell: str, layers: int, reset_after: bool) -> None:
    """Refuses an unknown cell, no layers, and a reset gate where there is none."""
    _check_name("cell", cell, "rnn", "lstm", "peephole-lstm", "gru")
    if layers < 1:
        raise ArgumentError(
            "RecurrentSeq2Seq: layers must be a whole number of at least 1; got {layers!r}.",
            layers=layers,
        )
    if cell != "gru" and not reset_after:
        raise ArgumentError(
            'RecurrentSeq2Seq: reset_after belongs to cell="gru", as {cell!r} has no reset gate;'
            " got False. Leave it out.",
            cell=cell,
        )


def check_options(
    attention: str, attention_size: int | None, scaled: bool, query: str, input_feeding: bool
) -> None:
    """Refuses what excludes each other around the attention."""
    _check_name("attention", attention, "none", "additive", "dot", "general")
    _check_name("query", query, "auto", "previous", "current")
    if attention_size is not None and attention != "additive":
        raise ArgumentError(
            'RecurrentSeq2Seq: attention_size belongs to attention="additive"; got {size} with'
            " {attention!r}. Leave it out.",
            size=attention_size,
            attention=attention,
        )
    if not scaled and attention not in ("dot", "general"):
        raise ArgumentError(
            'RecurrentSeq2Seq: scaled belongs to the attentions "dot" and "general"; got False with'
            " {attention!r}. Leave it out.",
            attention=attention,
        )
    if attention == "none" and query != "auto":
        raise ArgumentError(
            'RecurrentSeq2Seq: query must be "auto" without attention; got {query!r}. Leave it out,'
            " or choose an attention.",
            query=query,
        )
    if input_feeding and query_of(cast("AttentionForm", attention), query) != "current":
        raise ArgumentError(
            'RecurrentSeq2Seq: input_feeding must come with query "current", which "auto" is for'
            ' the attentions "dot" and "general"; got attention {attention!r} and query {query!r}.'
            ' With query "previous" the context enters the cell already.',
            attention=attention,
            query=query,
        )
