"""The account of a whole network for a batch of given lengths."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch

from saiki.errors import ArgumentError
from saiki.nn._lengths import Lengths
from saiki.nn.accounting._attention import ATTENTIONS
from saiki.nn.accounting._feedforward import ACCOUNTS
from saiki.nn.accounting._recurrent import RECURRENT, recurrent_rows
from saiki.nn.accounting._rows import Batch, Row

__all__ = ["Count", "count"]

WORDS = ("layer", "kind", "formula", "sizes", "backend")
HEADINGS = (*WORDS, "parameters", "multiply-adds", "activation bytes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """The rows of a network in order, and its totals; tied parameters count once in the total."""

    rows: tuple[Row, ...]
    parameters: int

    @property
    def multiply_adds(self) -> int:
        """Of one forward pass over the batch."""
        return sum(row.multiply_adds for row in self.rows)

    @property
    def activation_bytes(self) -> int:
        """What the forward pass keeps for the backward pass."""
        return sum(row.activation_bytes for row in self.rows)

    def table(self) -> str:
        """The account as text, a line for each layer and one for the totals."""
        lines = [HEADINGS, *(_cells(row) for row in self.rows)]
        total = (self.parameters, self.multiply_adds, self.activation_bytes)
        lines.append(("total", "", "", "", "", *(f"{number:,}" for number in total)))
        widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
        return "\n".join(_aligned(line, widths) for line in lines)

    def __str__(self) -> str:
        return self.table()


def count(model: torch.nn.Module, lengths: Lengths) -> Count:
    """Parameters, multiply-adds and memory of a network for one batch; runs no forward pass.

    Layers are taken in the order in which they were registered, and lengths go through those that
    change them: convolution and pooling by their size rule, `TimePooling` to one step. N is the
    sum of the lengths where a layer stands, B T the padded steps, b the bytes of one number.

        layer            parameters              multiply-adds       kept for the backward pass
        RNN              H(I+H) + 2H             N H(I+H)            b B T (I + H)
        GRU              3H(I+H) + 6H            N 3H(I+H)           b B T (I + 5H)
        LSTM             4H(I+H) + 8H            N 4H(I+H)           b B T (I + 7H)
        Linear, heads    I O + O                 N I O               b B T I
        Embedding        V E                     0                   8 B T
        full softmax     V H + V                 N V H               b B T H
        Conv1d(Block)    k C O + O               N' k C O            b B (T C + T' O)
        SqueezeExcite    2 C M + C + M           B 2 C M             b B (T C + 2C + M)
        TimePooling      F F + 2F                N (F F + 2F)        b B T (2F + 1)  "attention"
        additive         A (Q+M) + A             N A (Q+M)           b (B T (Q + M)
                                                   + P (A + M)         + B T² (A + 1))
        dot              0                       P 2M                b B T (3M + 1)
        general, Q = M   Q M                     N Q M + P (Q + M)   b B T (2Q + 2M + 1)
                 Q ≠ M                                       b (B T (2Q + M) + B T²)
        multi-head       4 D D + 4 D             N 4 D D + P 2D      b B T (5D + heads)

    Attention is counted for queries and a memory of the same lengths, as of a step that looks at
    its own sequence; P is then the sum of the squares of the lengths. `count` knows no second set
    of lengths, so a decoder's memory is taken to be as long as its target.

    A sampled softmax is counted as it measures, which is exact; of an adaptive one all clusters
    are counted, though a step of training needs only those of its targets. A softmax that shares
    its weight with the embedding has those parameters in both rows. A full one makes its
    gradients, V H + V numbers and H a step, in the forward pass; they are left out as all
    gradients are.

    A bidirectional layer has twice the parameters and multiply-adds, and keeps its input once. So
    a GRU has 3/4 of an LSTM's parameters and multiply-adds. Multiply-adds are those of matrix
    products and convolutions over valid steps; element-wise products and activations are left
    out. Memory is that of the equations, padding included: a gate, a state or an input that the
    derivative needs is kept once, as the loop backend does; the compiled kernels keep the states
    once more and pad H to whole vectors, and leave padded steps out; torch's fused operators keep
    more. Batch normalisation and a maximum in a Conv1dBlock keep T' O more each; a Conv1d of
    torch.nn keeps its input alone.

    Args:
        model: layers of saiki.nn; Linear, Embedding, Conv1d, BatchNorm1d, LayerNorm, MaxPool1d,
            AvgPool1d, RNN, LSTM and GRU of torch.nn; and modules that hold them. Other modules
            without parameters are passed over.
        lengths: the steps of every sequence where the model starts, each at least 1.

    Raises:
        ArgumentError: the model holds parameters in a layer whose cost is not known, or lengths
            are empty or below 1.

    Example:
        >>> from saiki import nn
        >>> from saiki.nn.accounting import count
        >>> gru = count(nn.GRU(40, 64), lengths=[100, 80])
        >>> print(gru.rows[0])
        GRU l0: 3·H·(I+H) + 6·H (I=40, H=64)
        >>> gru.parameters / count(nn.LSTM(40, 64), [100, 80]).parameters
        0.75
    """
    steps = tuple(int(length) for length in torch.as_tensor(lengths).flatten().tolist())
    if not steps or min(steps) < 1:
        raise ArgumentError(
            "count: lengths must be at least one number, each at least 1; got {lengths}.",
            lengths=list(steps),
        )
    first = next(model.parameters(), None)
    batch = Batch(steps, 4 if first is None else first.element_size())
    rows, _ = _visit("", model, batch)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    return Count(rows=tuple(rows), parameters=parameters)


def _visit(name: str, module: torch.nn.Module, batch: Batch) -> tuple[list[Row], Batch]:
    if isinstance(module, RECURRENT):
        return recurrent_rows(name, module, batch), batch
    for kind, account in (ACCOUNTS | ATTENTIONS).items():
        if isinstance(module, kind):
            return account(name or kind.__name__, module, batch)
    rows = _own_parameters(name, module)
    for child_name, child in module.named_children():
        found, batch = _visit(f"{name}.{child_name}" if name else child_name, child, batch)
        rows += found
    return rows, batch


def _own_parameters(name: str, module: torch.nn.Module) -> list[Row]:
    """A row for what a module that holds others has beside them."""
    own = sum(parameter.numel() for parameter in module.parameters(recurse=False))
    if not own:
        return []
    if not any(module.children()):
        raise ArgumentError(
            "count: the cost of {kind} ({name}) is not known. Count the parts of the model that "
            "hold other layers.",
            kind=type(module).__name__,
            name=name or "the model",
        )
    row = Row(
        name=name or "model",
        kind=type(module).__name__,
        formula=str(own),
        sizes={},
        parameters=own,
        multiply_adds=0,
        activation_bytes=0,
    )
    return [row]


def _cells(row: Row) -> tuple[str, ...]:
    sizes = " ".join(f"{letter}={size}" for letter, size in row.sizes.items())
    numbers = (row.parameters, row.multiply_adds, row.activation_bytes)
    words = (row.name, row.kind, row.formula, sizes, row.backend)
    return (*words, *(f"{number:,}" for number in numbers))


def _aligned(line: Iterable[str], widths: list[int]) -> str:
    cells = [
        cell.ljust(width) if column < len(WORDS) else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(line, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()
