"""Heads over a large vocabulary: the loss of the next token, and its probabilities.

All three take hidden vectors (N, H) and targets (N,), without padding, and give sums of nats to
train with, exact nats of each token, and log-probabilities. Their ids are those of a tokeniser of
`saiki.data.text`: the special ones from 0 to 3, then the tokens by falling count.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Literal

import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from saiki.errors import ArgumentError
from saiki.kernels import quick_linear
from saiki.nn._checks import check_dtype, check_name, check_size
from saiki.nn._summed_loss import SummedLoss, nats_of_rows
from saiki.nn._vocabulary_checks import check_hidden, check_sizes, check_targets
from saiki.nn._vocabulary_parameters import add_parameters, noise_of

__all__ = ["AdaptiveSoftmax", "FullSoftmax", "Precision", "SampledSoftmax"]

Precision = Literal["float32", "bf16"]

ADAPTIVE_ROWS = 1024


class FullSoftmax(nn.Module):
    """The softmax over the whole vocabulary, its loss and gradients made in one pass.

        a = W h + b,   p = softmax(a),   loss = Σ_n -ln p_n[k_n]
        ∂loss/∂a = p - onehot(k)

    `loss` works on chunks of tokens: their logits, the loss, the gradient in place of the logits,
    and its products with W and h, so that the N V logits are not kept for the backward pass. On
    the CPU the softmax of a chunk is a compiled kernel; `saiki.kernels.info()` says which.

    Args:
        hidden_size: H, at least 1.
        vocabulary_size: V, at least 1.
        weight: a Parameter (V, H) to share, such as that of an embedding; None: a new one.
        bias: whether there is b; it begins at zero.
        precision: of the three products of `loss`: "bf16" multiplies numbers of 8 significant
            bits, adds in float32, and is twice as fast where the processor has such instructions.
            The parameters, the softmax and the sums over chunks keep their own precision, and so
            do `nats`, `log_probabilities`, and `loss` where no gradient is wanted.

    Shapes:
        hidden: (N, H); targets: (N,) int64; nats: (N,) float64; log-probabilities: (N, V).

    Raises:
        ArgumentError: a size or name is out of range, a target is not from 0 to V - 1, or hidden is
            not of the dtype of the weights.
        ShapeError: hidden, targets or a weight to share have another shape.
        BackendError: second derivatives of `loss` were asked for.

    Source: Bishop: Pattern Recognition and Machine Learning (2006), equations 4.104 and 4.109;
    a shared weight: Press and Wolf 2017, EACL, Using the Output Embedding.

    Example:
        >>> import torch
        >>> from saiki.nn import FullSoftmax
        >>> head = FullSoftmax(8, 100)
        >>> hidden, targets = torch.randn(5, 8), torch.tensor([4, 99, 7, 4, 50])
        >>> (head.loss(hidden, targets) / 5).backward()
        >>> head.weight.grad.shape, head.nats(hidden, targets).shape
        (torch.Size([100, 8]), torch.Size([5]))
    """

    weight: nn.Parameter
    bias: nn.Parameter | None

    def __init__(
        self,
        hidden_size: int,
        vocabulary_size: int,
        *,
        weight: nn.Parameter | None = None,
        bias: bool = True,
        precision: Precision = "float32",
    ) -> None:
        super().__init__()
        check_name("FullSoftmax", "precision", precision, ("float32", "bf16"))
        self.hidden_size, self.vocabulary_size = hidden_size, vocabulary_size
        self.precision = precision
        add_parameters(self, weight, bias=bias)

    def loss(self, hidden: Tensor, targets: Tensor) -> Tensor:
        """The sum of the nats of all tokens, in the dtype of the weights."""
        hidden = _checked(self, "loss", hidden, targets)
        parts = (hidden, self.weight, self.bias)
        if not torch.is_grad_enabled() or not any(x is not None and x.requires_grad for x in parts):
            return nats_of_rows(hidden, targets, self.weight, self.bias).sum().to(hidden.dtype)
        dtype = torch.bfloat16 if self.precision == "bf16" else self.weight.dtype
        loss: Tensor = SummedLoss.apply(hidden, targets, self.weight, self.bias, dtype)  # type: ignore[no-untyped-call]  # torch does not type it
        return loss

    def nats(self, hidden: Tensor, targets: Tensor) -> Tensor:
        """(N,) float64: -ln p of each token, without a graph."""
        hidden = _checked(self, "nats", hidden, targets)
        return nats_of_rows(hidden, targets, self.weight, self.bias)

    def log_probabilities(self, hidden: Tensor) -> Tensor:
        """(N, V): ln p of every token of the vocabulary."""
        hidden = _checked(self, "log_probabilities", hidden)
        return quick_linear(hidden, self.weight, self.bias).to(hidden.dtype).log_softmax(1)

    def extra_repr(self) -> str:
        return f"{self.hidden_size}, {self.vocabulary_size}, precision={self.precision!r}"


class SampledSoftmax(nn.Module):
    """A softmax trained on a few tokens of the vocabulary, and exact when it is measured.

        loss = Σ_n -a_n[k_n] + ln(e^{a_n[k_n]} + Σ_s e^{a_n[j_s] - ln(S q(j_s))}),   j_s ≠ k_n
        q(j) ∝ max(count_j, 1)^0.75,   or without counts q(j) ∝ ln((j + 2) / (j + 1))

    One set of S tokens is drawn from q for each call, with replacement and by torch's generator,
    and serves all N. With ln(S q) the second sum has the expected value Σ_{j ≠ k} e^{a[j]}, so that
    the loss nears that of the full softmax from below as S grows.

    Args:
        hidden_size: H, at least 1.
        vocabulary_size: V, at least 1.
        counts: (V,) how often each token occurs, not negative; None: ids fall in count.
        samples: S, at least 1.
        weight: as in `FullSoftmax`.
        bias: as in `FullSoftmax`.

    Shapes:
        As `FullSoftmax`.

    Raises:
        ArgumentError: as `FullSoftmax`, or counts are not V numbers, none negative.
        ShapeError: as `FullSoftmax`.

    Source: Bengio and Senécal 2008, IEEE Transactions on Neural Networks 19(4), section III; shared
    samples: Jean et al. 2015, ACL, section 3; exponent: Mikolov et al. 2013, arXiv:1310.4546.
    Differs: log-Q is taken from the samples alone, so that the limit is the full softmax.

    Example:
        >>> import torch
        >>> from saiki.nn import SampledSoftmax
        >>> head = SampledSoftmax(8, 1000, counts=None, samples=50)
        >>> loss = head.loss(torch.randn(3, 8), torch.tensor([4, 700, 9]))
        >>> loss.shape, bool(loss > 0)
        (torch.Size([]), True)
    """

    weight: nn.Parameter
    bias: nn.Parameter | None
    noise: Tensor

    def __init__(
        self,
        hidden_size: int,
        vocabulary_size: int,
        *,
        counts: NDArray[Any] | Sequence[int] | None,
        samples: int,
        weight: nn.Parameter | None = None,
        bias: bool = True,
    ) -> None:
        super().__init__()
        check_size("SampledSoftmax", "samples", samples)
        self.hidden_size, self.vocabulary_size, self.samples = hidden_size, vocabulary_size, samples
        add_parameters(self, weight, bias=bias)
        self.register_buffer("noise", noise_of(vocabulary_size, counts), persistent=False)

    def loss(self, hidden: Tensor, targets: Tensor) -> Tensor:
        """The sum over all tokens of the loss against S drawn ones, in the dtype of the weights."""
        hidden = _checked(self, "loss", hidden, targets)
        drawn = torch.multinomial(self.noise, self.samples, replacement=True)
        others = hidden @ functional.embedding(drawn, self.weight).t()  # (N, S)
        true = (hidden * functional.embedding(targets, self.weight)).sum(1)
        shift = (self.noise[drawn] * self.samples).log().to(hidden.dtype)
        if self.bias is not None:
            shift, true = shift - self.bias[drawn], true + self.bias[targets]
        others = (others - shift).masked_fill(drawn == targets[:, None], -math.inf)
        return (torch.cat((true[:, None], others), dim=1).logsumexp(1) - true).sum()

    def nats(self, hidden: Tensor, targets: Tensor) -> Tensor:
        """(N,) float64: -ln p of each token under the full softmax, without a graph."""
        hidden = _checked(self, "nats", hidden, targets)
        return nats_of_rows(hidden, targets, self.weight, self.bias)

    def log_probabilities(self, hidden: Tensor) -> Tensor:
        """(N, V): ln p of every token under the full softmax."""
        hidden = _checked(self, "log_probabilities", hidden)
        return functional.linear(hidden, self.weight, self.bias).to(hidden.dtype).log_softmax(1)

    def extra_repr(self) -> str:
        return f"{self.hidden_size}, {self.vocabulary_size}, samples={self.samples}"


class AdaptiveSoftmax(nn.Module):
    """A softmax whose rare tokens stand in clusters with narrower vectors.

        p(w) = p_head(w)                                 w below the first cut-off
        p(w) = p_head(cluster i) p_i(w),                 p_i = softmax(V_i U_i h), U_i (H / 4^i, H)

    The vocabulary must be sorted by falling count, special ids 0 to 3 first, as the tokenisers of
    `saiki.data.text` number it: ids below cutoffs[0] are in the head, cluster i has those from
    cutoffs[i - 1] to cutoffs[i] - 1, the last one ends at V - 1.

    Args:
        hidden_size: H, at least 4 to the power of the number of cut-offs.
        vocabulary_size: V, at least 2.
        cutoffs: rising ids from 1 to V - 1.

    Shapes:
        As `FullSoftmax`.

    Raises:
        ArgumentError: as `FullSoftmax`, or the cut-offs do not rise from 1 to V - 1.
        ShapeError: as `FullSoftmax`.

    Source: Grave et al. 2017, ICML, Efficient softmax approximation for GPUs, section 4, by
    torch.nn.AdaptiveLogSoftmaxWithLoss.

    Example:
        >>> import torch
        >>> from saiki.nn import AdaptiveSoftmax
        >>> head = AdaptiveSoftmax(16, 1000, cutoffs=(100, 400))
        >>> head.log_probabilities(torch.randn(2, 16)).exp().sum(1).allclose(torch.ones(2))
        True
    """

    def __init__(self, hidden_size: int, vocabulary_size: int, *, cutoffs: Sequence[int]) -> None:
        super().__init__()
        check_sizes("AdaptiveSoftmax", hidden_size, vocabulary_size)
        self.hidden_size, self.vocabulary_size = hidden_size, vocabulary_size
        self.cutoffs = tuple(cutoffs)
        edges = [0, *self.cutoffs, vocabulary_size]
        if not cutoffs or any(a >= b for a, b in pairwise(edges)):
            raise ArgumentError(
                "AdaptiveSoftmax: cutoffs must rise and lie from 1 to {last}; got {cutoffs}. Put"
                " the first where the frequent tokens end.",
                last=vocabulary_size - 1,
                cutoffs=self.cutoffs,
            )
        if hidden_size < 4 ** len(self.cutoffs):
            raise ArgumentError(
                "AdaptiveSoftmax: hidden_size must be at least 4 to the power of the number of"
                " cutoffs, {least}, as each cluster has vectors of a quarter of the width; got"
                " {hidden}. Give fewer cutoffs.",
                least=4 ** len(self.cutoffs),
                hidden=hidden_size,
            )
        self.clusters = nn.AdaptiveLogSoftmaxWithLoss(
            hidden_size, vocabulary_size, list(self.cutoffs)
        )

    def loss(self, hidden: Tensor, targets: Tensor) -> Tensor:
        """The sum of the nats of all tokens, in the dtype of the weights."""
        hidden = _checked(self, "loss", hidden, targets)
        log_p: Tensor = self._run("forward", hidden, targets).output
        return -log_p.sum()

    def nats(self, hidden: Tensor, targets: Tensor) -> Tensor:
        """(N,) float64: -ln p of each token, without a graph."""
        hidden = _checked(self, "nats", hidden, targets)
        nats = torch.empty(len(hidden), dtype=torch.float64, device=hidden.device)
        with torch.no_grad():
            for begin in range(0, len(hidden), ADAPTIVE_ROWS):
                rows = slice(begin, begin + ADAPTIVE_ROWS)
                nats[rows] = -self._run("forward", hidden[rows], targets[rows]).output
        return nats

    def log_probabilities(self, hidden: Tensor) -> Tensor:
        """(N, V): ln p of every token of the vocabulary."""
        hidden = _checked(self, "log_probabilities", hidden)
        log_p: Tensor = self._run("log_prob", hidden)
        return log_p

    def _run(self, method: str, *given: Tensor) -> Any:
        with torch.autocast(given[0].device.type, enabled=False):  # torch's layer fails under it
            return getattr(self.clusters, method)(*given)


def _checked(head: Any, method: str, hidden: Tensor, targets: Tensor | None = None) -> Tensor:
    """The hidden vectors in the dtype of the weights, which under autocast they may not have."""
    where, weight = f"{type(head).__name__}.{method}", next(head.parameters())
    check_hidden(where, hidden, head.hidden_size)
    check_dtype(where, "hidden", hidden, weight)
    if targets is not None:
        check_targets(where, hidden, targets, head.vocabulary_size)
    return hidden.to(weight.dtype)
