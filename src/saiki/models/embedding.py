"""From token ids to vectors: the first layer of a network that reads text."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from saiki.errors import ShapeError
from saiki.nn import EmbeddingDropout

__all__ = ["TokenEmbedding"]

_PADDING = 0  # the id of padding in every tokeniser
_DEVIATION = 0.1


class TokenEmbedding(nn.Module):
    """The vector of each token; whole word types are dropped while training.

        y_{b,t} = m_v E_v    with v = tokens_{b,t} and m_v the mask of `EmbeddingDropout`

    Padding has the zero vector, which never changes. Random vectors are drawn from N(0, 0.1²).

    Args:
        tokens: V, the size of the vocabulary.
        size: E, numbers of a vector.
        dropout: share of the word types that are gone in a batch, in [0, 1).
        vectors: (V, E), what E begins with; None for random ones.
        is_trained: whether E is learned with the rest.

    Shapes:
        tokens (B, T), integers in 0..V-1 -> (B, T, E).

    Raises:
        ShapeError: vectors are not (V, E).
        ArgumentError: dropout is out of range, or a token is.

    Source: drop-out of word types as Gal and Ghahramani 2016, arXiv:1512.05287, section 4.2.
    """

    def __init__(
        self,
        tokens: int,
        size: int,
        *,
        dropout: float = 0.0,
        vectors: NDArray[np.float32] | None = None,
        is_trained: bool = True,
    ) -> None:
        super().__init__()
        self.table = nn.Embedding(tokens, size, padding_idx=_PADDING)
        if vectors is None:
            nn.init.normal_(self.table.weight, std=_DEVIATION)
        else:
            self._begin_with(vectors)
        with torch.no_grad():
            self.table.weight[_PADDING] = 0.0
        self.table.weight.requires_grad_(is_trained)
        self.dropout = EmbeddingDropout(dropout)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """The vectors (B, T, E)."""
        looked_up: torch.Tensor = self.dropout(self.table.weight, tokens)
        # The gradient of a padded step ends here, so the vector of padding stays zero.
        return looked_up.masked_fill((tokens == _PADDING)[..., None], 0.0)

    def _begin_with(self, vectors: NDArray[np.float32]) -> None:
        expected = tuple(self.table.weight.shape)
        if vectors.shape != expected:
            raise ShapeError(
                "TokenEmbedding: vectors must be (V, E)={expected}; got {got}. Give one vector "
                "for each token of the vocabulary.",
                expected=expected,
                got=vectors.shape,
            )
        with torch.no_grad():
            self.table.weight.copy_(torch.from_numpy(vectors))
