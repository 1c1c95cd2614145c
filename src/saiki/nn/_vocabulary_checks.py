"""What the heads over a vocabulary refuse."""

import torch
from torch import Tensor, nn

from saiki.errors import ArgumentError, ShapeError
from saiki.nn._checks import check_size


def check_sizes(head: str, hidden_size: int, vocabulary_size: int) -> None:
    """Both are whole numbers of at least 1."""
    check_size(head, "hidden_size", hidden_size)
    check_size(head, "vocabulary_size", vocabulary_size)


def check_weight(head: str, weight: nn.Parameter | None, shape: tuple[int, int]) -> None:
    """A tied weight is a Parameter of the head's shape."""
    if weight is not None and (not isinstance(weight, nn.Parameter) or weight.shape != shape):
        raise ShapeError(
            "{head}: weight must be a Parameter (vocabulary_size={vocabulary},"
            " hidden_size={hidden}) to be tied; got {kind} {got}. Give embedding.weight of an"
            " embedding as wide as the hidden vectors.",
            head=head,
            vocabulary=shape[0],
            hidden=shape[1],
            kind=type(weight).__name__,
            got=tuple(getattr(weight, "shape", ())),
        )


def check_hidden(where: str, hidden: Tensor, hidden_size: int) -> None:
    """Hidden vectors are (N, H)."""
    if hidden.dim() != 2 or hidden.shape[1] != hidden_size:
        raise ShapeError(
            "{where}: hidden must be (N, hidden_size={hidden}); got {got}. Flatten batch and time,"
            " leaving padding out: hidden[mask].",
            where=where,
            hidden=hidden_size,
            got=tuple(hidden.shape),
        )


def check_targets(where: str, hidden: Tensor, targets: Tensor, vocabulary_size: int) -> None:
    """For each hidden vector an id of the vocabulary."""
    if targets.shape != hidden.shape[:1]:
        raise ShapeError(
            "{where}: targets must be (N={rows},), one for each hidden vector; got {got}. Flatten"
            " and mask them as the hidden vectors are.",
            where=where,
            rows=len(hidden),
            got=tuple(targets.shape),
        )
    least, most = (int(end) for end in targets.aminmax()) if len(targets) else (0, 0)
    if targets.dtype != torch.int64 or least < 0 or most >= vocabulary_size:
        raise ArgumentError(
            "{where}: targets must be int64 from 0 to {last}; got {dtype} from {least} to {most}."
            " Encode the text with the vocabulary of this head and use targets.long().",
            where=where,
            last=vocabulary_size - 1,
            dtype=targets.dtype,
            least=least,
            most=most,
        )
