"""A memory of the words just read, mixed with what a language model says."""

import math

import torch
from torch import Tensor

from saiki.errors import ArgumentError

__all__ = ["TokenCache"]


class TokenCache:
    """The continuous cache of one text.

        p_cache(w | h_t) ∝ Σ_{i<t} exp(θ h_t · h_i) 1[x_{i+1} = w]
        p(w) = (1 - λ) p_model(w) + λ p_cache(w)

    The sum goes over the last `size` pairs (h_i, x_{i+1}); as long as there are none, p is p_model.

    Args:
        size: pairs that are remembered, at least 1.
        flatness: θ, at least 0.
        weight: λ, in [0, 1).

    Raises:
        ArgumentError: a number outside these ranges.

    Source: Grave, Joulin and Usunier 2016, arXiv:1612.04426, section 3.
    """

    def __init__(self, size: int, flatness: float, weight: float) -> None:
        if size < 1 or not flatness >= 0 or not 0 <= weight < 1:
            raise ArgumentError(
                "TokenCache: size must be at least 1, flatness at least 0, weight in [0, 1); got "
                "{size}, {flatness}, {weight}.",
                size=size,
                flatness=flatness,
                weight=weight,
            )
        self._size, self._flatness, self._weight = size, flatness, weight
        self._keys: Tensor | None = None
        self._words: Tensor | None = None

    def nats(self, hidden: Tensor, targets: Tensor, model_nats: Tensor) -> Tensor:
        """The nats of each next token under the mixture; then they are remembered.

        Shapes:
            hidden (n, O), targets (n,) int64, model_nats (n,) -> (n,) float64.
        """
        before = 0 if self._keys is None else len(self._keys)
        keys = hidden if self._keys is None else torch.cat([self._keys, hidden])
        words = targets if self._words is None else torch.cat([self._words, targets])
        place = torch.arange(len(keys), device=hidden.device)
        now = before + torch.arange(len(hidden), device=hidden.device)[:, None]
        is_seen = (place < now) & (place >= now - self._size)
        scores = (self._flatness * hidden @ keys.T).double().masked_fill(~is_seen, -math.inf)
        is_target = words == targets[:, None]
        found = scores.masked_fill(~is_target, -math.inf).logsumexp(1) - scores.logsumexp(1)
        self._keys, self._words = keys[-self._size :], words[-self._size :]
        mixed = torch.logaddexp(
            math.log1p(-self._weight) - model_nats.double(),
            found + (math.log(self._weight) if self._weight else -math.inf),
        )
        # Nothing is remembered before the first token: the model speaks alone.
        return torch.where(is_seen.any(1), -mixed, model_nats.double())
