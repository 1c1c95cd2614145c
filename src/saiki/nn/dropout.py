"""Forms of drop-out: single numbers, whole features, whole word types, recurrent weights.

All masks come from torch's generator of the device, so a restored random state repeats them.
"""

import math
from typing import Any, final

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional

from saiki.errors import ArgumentError, ShapeError
from saiki.nn._checks import check_rate
from saiki.nn._recurrent import Recurrent

__all__ = ["Dropout", "EmbeddingDropout", "VariationalDropout", "WeightDropout"]


@final
class Dropout(nn.Module):
    """Drops single numbers, as torch.nn.Dropout does; on the CPU it draws them faster.

        m ~ Bernoulli(1 - p) / (1 - p)            one a number
        y = m ∘ x

    With p = 0, and in eval mode, y is x itself.

    Args:
        p: how likely a number is dropped, in [0, 1).

    Shapes:
        x: any, of any float type. y: as x.

    Raises:
        ArgumentError: p is not in [0, 1).

    Source: Srivastava et al. 2014, Journal of Machine Learning Research 15, section 4.

    Differs: the mask is scaled while training, so nothing is left to do after it.

    Example:
        >>> import torch
        >>> from saiki import nn
        >>> y = nn.Dropout(0.5)(torch.ones(4, 8))
        >>> bool(((y == 0) | (y == 2)).all())
        True
    """

    def __init__(self, p: float) -> None:
        super().__init__()
        check_rate("Dropout", "p", p, below_one=True)
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        """The masked numbers."""
        if not (self.training and self.p):
            return x
        if x.device.type != "cpu":
            return functional.dropout(x, self.p)  # one kernel draws and scales there
        return x * _mask(tuple(x.shape), self.p, x)

    def extra_repr(self) -> str:
        return f"p={self.p}"


@final
class VariationalDropout(nn.Module):
    """Drops features of a sequence, the same ones at every step.

        m_f ~ Bernoulli(1 - p) / (1 - p)          one a sequence and feature
        y_t = m ∘ x_t                             for every t

    With p = 0, and in eval mode, y is x itself.

    Args:
        p: how likely a feature is dropped, in [0, 1).

    Shapes:
        x: (B, T, F), any float type. y: as x.

    Raises:
        ArgumentError: p is not in [0, 1).
        ShapeError: x does not have three axes.

    Source: Gal and Ghahramani 2016, arXiv:1512.05287, section 4; their z is m here. Merity et al.
    2017, arXiv:1708.02182, section 4.2, call it locked drop-out.

    Example:
        >>> import torch
        >>> from saiki import nn
        >>> y = nn.VariationalDropout(0.5)(torch.ones(2, 3, 8))
        >>> bool((y == y[:, :1]).all())
        True
    """

    def __init__(self, p: float) -> None:
        super().__init__()
        check_rate("VariationalDropout", "p", p, below_one=True)
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        """The masked sequence."""
        if x.dim() != 3:
            raise ShapeError(
                "VariationalDropout.forward: x must be (B, T, F), batch first; got {got}. Add the"
                " missing axis with unsqueeze.",
                got=tuple(x.shape),
            )
        if not (self.training and self.p):
            return x
        return x * _mask((x.shape[0], 1, x.shape[2]), self.p, x)

    def extra_repr(self) -> str:
        return f"p={self.p}"


@final
class EmbeddingDropout(nn.Module):
    """Looks up embeddings and drops whole word types: a word is gone wherever it stands.

        m_v ~ Bernoulli(1 - p) / (1 - p)          one a word type v and call
        y_{b,t} = m_v E_v    with v = tokens_{b,t}

    Only the rows looked up are scaled, so a call costs V draws and no copy of E. With p = 0, and
    in eval mode, it is the plain look-up.

    Args:
        p: how likely a word type is dropped, in [0, 1).

    Shapes:
        weight: E (V, E), any float type; tokens: (B, T), or any shape, int32 or int64 in 0..V-1.
        y: (B, T, E), or the shape of tokens with E behind it.

    Raises:
        ArgumentError: p is not in [0, 1), or the tokens are no whole numbers in 0..V-1.
        ShapeError: weight does not have two axes.

    Source: Gal and Ghahramani 2016, arXiv:1512.05287, section 4.2; Merity et al. 2017,
    arXiv:1708.02182, section 4.3.

    Differs: Gal and Ghahramani draw a mask a sequence; as Merity et al. do, a mask serves the
    whole batch.

    Example:
        >>> import torch
        >>> from saiki import nn
        >>> y = nn.EmbeddingDropout(0.5)(torch.ones(9, 4), torch.tensor([[7, 2, 7]]))
        >>> y.shape, torch.equal(y[0, 0], y[0, 2])
        (torch.Size([1, 3, 4]), True)
    """

    def __init__(self, p: float) -> None:
        super().__init__()
        check_rate("EmbeddingDropout", "p", p, below_one=True)
        self.p = p

    def forward(self, weight: Tensor, tokens: Tensor) -> Tensor:
        """The embeddings of the tokens, those of dropped word types zero."""
        _check_look_up(weight, tokens)
        try:
            rows = functional.embedding(tokens, weight)
        except IndexError as error:
            raise ArgumentError(
                "EmbeddingDropout.forward: tokens must be in 0..V-1={most}; got {lowest} to"
                " {highest}. Encode the text with the tokeniser that the embedding belongs to.",
                most=len(weight) - 1,
                lowest=int(tokens.min()),
                highest=int(tokens.max()),
            ) from error
        if not (self.training and self.p):
            return rows
        return rows * _mask((len(weight),), self.p, weight)[tokens].unsqueeze(-1)

    def extra_repr(self) -> str:
        return f"p={self.p}"


@final
class WeightDropout(nn.Module):
    """Runs a recurrent layer with some of its recurrent weights dropped: DropConnect.

        M_ij ~ Bernoulli(1 - p) / (1 - p)         one a weight and call, for every step and row
        U' = M ∘ U                                for the weight_hh of every layer and direction

    The layer gets U' in place of U for the call alone, so the form that would run without this
    runs with it, the compiled kernels included. Its parameters stay what they are: the optimiser
    sees U, gradients reach it through M, and names in state_dict are the layer's behind `layer.`.
    With p = 0, and in eval mode, it is the layer itself. Streams are opened on `layer`.

    Args:
        layer: an RNN, LSTM or GRU of saiki.nn.
        p: how likely a recurrent weight is dropped, in [0, 1).

    Shapes:
        Arguments and answer are those of the layer.

    Raises:
        ArgumentError: p is not in [0, 1), or layer is no recurrent layer of saiki.nn.

    Source: Wan et al. 2013, "Regularization of Neural Networks using DropConnect", section 3;
    Merity et al. 2017, arXiv:1708.02182, section 2; their U is U here.

    Differs: from Wan et al.: the mask is scaled while training, so nothing is left to do after it.

    Example:
        >>> import torch
        >>> from saiki import nn
        >>> layer = nn.WeightDropout(nn.LSTM(3, 4, batch_first=True), 0.5)
        >>> output, (h, c) = layer(torch.randn(2, 5, 3), lengths=[5, 2])
        >>> output.shape, list(layer.state_dict())[:2]
        (torch.Size([2, 5, 4]), ['layer.weight_ih_l0', 'layer.weight_hh_l0'])
    """

    def __init__(self, layer: Recurrent, p: float) -> None:
        super().__init__()
        if not isinstance(layer, Recurrent):
            raise ArgumentError(
                "WeightDropout: layer must be an RNN, LSTM or GRU of saiki.nn; got {got}. Build it"
                " with saiki.nn, which takes the weights of torch's layers.",
                got=type(layer).__name__,
            )
        check_rate("WeightDropout", "p", p, below_one=True)
        self.layer, self.p = layer, p
        named = layer.named_parameters(recurse=False)
        self._dropped = [name for name, _ in named if name.startswith("weight_hh_l")]

    def forward(self, *given: Any, **options: Any) -> Any:
        """The layer's answer, while training with dropped recurrent weights."""
        if not (self.training and self.p):
            return self.layer(*given, **options)
        weights = {name: getattr(self.layer, name) for name in self._dropped}
        masked = {name: w * _mask(w.shape, self.p, w) for name, w in weights.items()}
        return functional_call(self.layer, masked, given, options, tie_weights=False)

    def extra_repr(self) -> str:
        return f"p={self.p}"


def _mask(shape: tuple[int, ...], p: float, like: Tensor) -> Tensor:
    """Zeros, with probability p, else 1 / (1 - p)."""
    count = math.prod(shape)
    # 32 random bits a place: a sixth of the time of bernoulli_, and p is right to 2^-33.
    bits = torch.empty((count + 1) // 2, dtype=torch.int64, device=like.device)
    draws = bits.random_(-(2**63), None).view(torch.int32)[:count]
    kept = draws >= min(round(p * 2**32), 2**32 - 1) - 2**31
    return kept.view(shape).to(like.dtype).mul_(1 / (1 - p))


def _check_look_up(weight: Tensor, tokens: Tensor) -> None:
    if weight.dim() != 2:
        raise ShapeError(
            "EmbeddingDropout.forward: weight must be (V, E); got {got}. Pass the weight of the"
            " embedding.",
            got=tuple(weight.shape),
        )
    if tokens.dtype not in {torch.int32, torch.int64}:
        raise ArgumentError(
            "EmbeddingDropout.forward: tokens must be int32 or int64; got {got}. Convert them with"
            " tokens.long().",
            got=str(tokens.dtype).removeprefix("torch."),
        )
