"""The recurrent language model: what token comes next."""

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import torch
from torch import Tensor, nn

from saiki.errors import ArgumentError
from saiki.models.encoders import RecurrentCell, recurrent_layer
from saiki.nn import (
    AdaptiveSoftmax,
    EmbeddingDropout,
    FullSoftmax,
    SampledSoftmax,
    VariationalDropout,
    WeightDropout,
)

__all__ = [
    "LanguageModel",
    "LanguageState",
    "SoftmaxForm",
    "activation_penalty",
    "change_penalty",
]

LanguageState: TypeAlias = tuple[Tensor, ...]
SoftmaxForm: TypeAlias = Literal["full", "sampled", "adaptive"]


class LanguageModel(nn.Module):
    """Gives every next token a probability from all tokens before it.

        e_t = E x_t,  h_t = layers(e_t, h_{t-1}),  p(x_{t+1} | x_1 … x_t) = softmax(W h_t + b)

    With `tied`, W = E (Inan et al. 2016; Press and Wolf 2016), and the last layer has the size of
    the embedding.

    Args:
        vocabulary_size: V, at least 2.
        cell: which recurrent cell.
        embedding_size: E of the input embedding.
        hidden_size: units of a layer.
        layers: how many are stacked.
        tied: whether input and output share one embedding.
        embedding_dropout: share of the word types gone in a batch, in [0, 1).
        input_dropout, dropout, output_dropout: on embeddings, between layers, after the last.
        dropout_form: "variational" draws one mask for all steps of a sequence, "plain" one a step.
        weight_dropout: on the recurrent matrices (DropConnect).
        softmax: "full" is exact; "sampled" and "adaptive" are for large vocabularies.
        samples: "sampled": words drawn for each batch.
        cutoffs: "adaptive": where each class of rarer words begins; those beyond V are left out.
        counts: (V,) tokens seen in training; needed by "sampled".
        precision: "bf16" takes the products of the full softmax in bfloat16 while training.
        options: further keyword arguments of the recurrent layer, such as `layer_norm=True`.

    Shapes:
        tokens (B, T) int64, state of `layers` times (1, B, H) tensors -> hidden (B, T, O), state.
        O is embedding_size where tied, else hidden_size.

    Raises:
        ArgumentError: tied with the adaptive softmax, which has an embedding of its own.
    """

    def __init__(
        self,
        vocabulary_size: int,
        *,
        cell: RecurrentCell = "lstm",
        embedding_size: int = 256,
        hidden_size: int = 256,
        layers: int = 2,
        tied: bool = True,
        embedding_dropout: float = 0.0,
        input_dropout: float = 0.0,
        dropout: float = 0.0,
        output_dropout: float = 0.0,
        dropout_form: Literal["variational", "plain"] = "variational",
        weight_dropout: float = 0.0,
        softmax: SoftmaxForm = "full",
        samples: int = 1024,
        cutoffs: Sequence[int] = (),
        counts: Any = None,
        precision: Literal["float32", "bf16"] = "float32",
        **options: Any,
    ) -> None:
        super().__init__()
        form = VariationalDropout if dropout_form == "variational" else nn.Dropout
        self.embedding = nn.Embedding(vocabulary_size, embedding_size)
        nn.init.uniform_(self.embedding.weight, -0.1, 0.1)
        self.embedding_dropout = EmbeddingDropout(embedding_dropout)
        self.input_dropout = form(input_dropout)
        last = embedding_size if tied else hidden_size
        sizes = [embedding_size, *[hidden_size] * (layers - 1), last]
        self.layers = nn.ModuleList(
            _layer(cell, sizes[i], sizes[i + 1], weight_dropout, options) for i in range(layers)
        )
        self.dropouts = nn.ModuleList(
            form(dropout if i < layers - 1 else output_dropout) for i in range(layers)
        )
        self.parts = 2 if cell in {"lstm", "peephole-lstm"} else 1  # tensors of a layer's state
        weight: Any = self.embedding.weight if tied else None
        self.head = _head(
            softmax, last, vocabulary_size, weight, samples, cutoffs, counts, precision
        )

    def backend(self) -> str:
        """Which form of the recurrence runs in training."""
        layer = self.layers[0]
        inner = layer.layer if isinstance(layer, WeightDropout) else layer
        form: str = inner.backend_in_use(training=True)  # type: ignore[operator]  # nn.Module hides it
        return form

    def forward(
        self,
        tokens: Tensor,
        state: LanguageState | None = None,
        lengths: Tensor | None = None,
    ) -> tuple[Tensor, LanguageState]:
        """Hidden vectors (B, T, O) that the head reads, and the state after the last step."""
        hidden, state, _ = self.run(tokens, state, lengths)
        return hidden, state

    def run(
        self,
        tokens: Tensor,
        state: LanguageState | None = None,
        lengths: Tensor | None = None,
    ) -> tuple[Tensor, LanguageState, Tensor]:
        """As `forward`, and the last layer's output before its drop-out, for penalties."""
        hidden = self.input_dropout(self.embedding_dropout(self.embedding.weight, tokens))
        ends: list[Tensor] = []
        raw = hidden
        for place, (layer, dropout) in enumerate(zip(self.layers, self.dropouts, strict=True)):
            raw, end = layer(hidden, self._begin(state, place), lengths=lengths)
            ends += end if isinstance(end, tuple) else (end,)
            hidden = dropout(raw)
        return hidden, tuple(ends), raw

    def _begin(self, state: LanguageState | None, place: int) -> Any:
        if state is None:
            return None
        own = state[place * self.parts : (place + 1) * self.parts]
        return own if self.parts > 1 else own[0]


def _layer(
    cell: RecurrentCell, inputs: int, units: int, weight_dropout: float, options: dict[str, Any]
) -> nn.Module:
    layer = recurrent_layer(cell, inputs, units, batch_first=True, **options)
    return WeightDropout(layer, weight_dropout) if weight_dropout else layer


def _head(
    softmax: SoftmaxForm,
    features: int,
    vocabulary_size: int,
    weight: nn.Parameter | None,
    samples: int,
    cutoffs: Sequence[int],
    counts: Any,
    precision: Literal["float32", "bf16"],
) -> FullSoftmax | SampledSoftmax | AdaptiveSoftmax:
    if softmax == "full":
        return FullSoftmax(features, vocabulary_size, weight=weight, precision=precision)
    if softmax == "sampled":
        return SampledSoftmax(
            features, vocabulary_size, counts=counts, samples=samples, weight=weight
        )
    if weight is not None:
        raise ArgumentError(
            "LanguageModel: the adaptive softmax has output vectors of its own, so tied must be "
            "False; got True. Set --model.tied false, or take the full or sampled softmax."
        )
    kept = [cutoff for cutoff in cutoffs if cutoff < vocabulary_size - 1]
    return AdaptiveSoftmax(features, vocabulary_size, cutoffs=kept or [vocabulary_size // 2])


def activation_penalty(output: Tensor, is_real: Tensor | None) -> Tensor:
    """AR: the mean square of the output over real steps (Merity et al. 2017, section 4.6)."""
    seen = output if is_real is None else output[is_real]
    return seen.pow(2).mean()


def change_penalty(output: Tensor, lengths: Tensor | None) -> Tensor:
    """TAR: the mean square of h_t - h_{t-1} over real steps (Merity et al. 2017, section 4.6)."""
    change = output[:, 1:] - output[:, :-1]
    if lengths is not None:
        change = change[torch.arange(1, output.shape[1]) < lengths[:, None]]
    return change.pow(2).mean() if change.numel() else output.new_zeros(())
