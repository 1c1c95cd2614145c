"""Encoder and decoder over numbers: reads a window of a series, writes the steps that follow."""

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import torch
from torch import Tensor, nn

from saiki.errors import ArgumentError
from saiki.models.encoders import RecurrentCell, recurrent_layer
from saiki.nn import AdditiveAttention, DotAttention, GeneralAttention

__all__ = ["Anchor", "Decoding", "ForecastAttention", "Forecaster", "pinball"]

Decoding: TypeAlias = Literal["direct", "autoregressive"]
ForecastAttention: TypeAlias = Literal["none", "additive", "dot", "general"]
Anchor: TypeAlias = Literal["none", "last", "mean"]
State: TypeAlias = tuple[Tensor, ...]

_FIRST_STEPS = 0.1  # deviation of the step vectors when they are new


class Forecaster(nn.Module):
    """Reads a window with one recurrent network and writes the horizon with another.

        m, s_0 = encoder(x_1 … x_W),  h_t, s_t = decoder(u_t, s_{t-1}),  ŷ_t = a + W_o [h_t; c_t]

    The decoder's input u_t is, with `direct`, what is known of step t and a learned vector of t,
    so that all steps come at once; with `autoregressive`, what is known and the value of the step
    before: the true one in teacher forcing, else the network's own. c_t is the attention's
    context, where there is one. a is the anchor: nothing, the window's last value of the target,
    or its mean; it is subtracted from what the encoder reads too.

    With quantiles, the median comes from W_o itself and each further one lies a softplus beyond
    the one before, so that they never cross.

    Args:
        inputs: I, channels of the window. Unless `is_aligned` the first `targets` of them are the
            targets themselves.
        targets: C.
        window: W, steps that are read.
        horizon: H, steps that are written.
        known: K, features that are known of each step of the horizon.
        cell: of both networks.
        hidden_size: units of each.
        layers: how many are stacked in each.
        bidirectional: whether the encoder reads from the end too.
        dropout: between layers and before the output, in [0, 1).
        decoding: see above.
        attention: how the decoder looks at the steps of the window.
        anchor: see above.
        linear_path: whether a linear map of the target's own window is added to the output.
        is_aligned: the targets are other channels at the steps of the window, H = W.
        quantiles: rising, in (0, 1), 0.5 among them; none gives one value.

    Shapes:
        values (B, W, I), known (B, H, K) or None, truth (B, H, C) -> (B, H, C, Q); Q is 1, or the
        number of quantiles.

    Raises:
        ArgumentError: options that do not go together.

    Source: Sutskever, Vinyals, Le 2014, arXiv:1409.3215, for numbers; Bengio et al. 2015,
    arXiv:1506.03099 (scheduled sampling); Wen et al. 2017, arXiv:1711.11053 (direct, quantiles);
    Lai et al. 2018, arXiv:1703.07015, section 3.6 (linear path).

    Example:
        >>> import torch
        >>> from saiki.models import Forecaster
        >>> model = Forecaster(3, 1, window=24, horizon=6, anchor="last", quantiles=(0.1, 0.5, 0.9))
        >>> model(torch.randn(8, 24, 3)).shape
        torch.Size([8, 6, 1, 3])
    """

    def __init__(
        self,
        inputs: int,
        targets: int,
        *,
        window: int,
        horizon: int,
        known: int = 0,
        cell: RecurrentCell = "gru",
        hidden_size: int = 64,
        layers: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.0,
        decoding: Decoding = "direct",
        attention: ForecastAttention = "none",
        anchor: Anchor = "none",
        linear_path: bool = False,
        is_aligned: bool = False,
        quantiles: Sequence[float] = (),
        **options: Any,
    ) -> None:
        super().__init__()
        self.targets, self.window, self.horizon = targets, window, horizon
        self.decoding, self.anchor, self.is_aligned = decoding, anchor, is_aligned
        self.quantiles = tuple(quantiles)
        self._check(linear_path, attention, bidirectional)
        directions = 2 if bidirectional else 1
        how = {
            "num_layers": layers,
            "batch_first": True,
            "dropout": dropout if layers > 1 else 0.0,
            **options,
        }
        self.encoder = recurrent_layer(
            cell, inputs, hidden_size, bidirectional=bidirectional, **how
        )
        parts = len(self.encoder.state_parts)
        self.bridges = nn.ModuleList(
            nn.Linear(2 * hidden_size, hidden_size) for _ in range(parts if bidirectional else 0)
        )
        is_direct = decoding == "direct"
        self.steps = nn.Embedding(horizon, hidden_size) if is_direct else None
        if self.steps is not None:
            nn.init.normal_(self.steps.weight, std=_FIRST_STEPS)
        fed = hidden_size if is_direct else targets
        self.decoder = recurrent_layer(cell, known + fed, hidden_size, **how)
        memory = directions * hidden_size
        self.attention = _attention(attention, hidden_size, memory)
        self.combine = (
            None if self.attention is None else nn.Linear(hidden_size + memory, hidden_size)
        )
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(hidden_size, targets * max(1, len(self.quantiles)))
        self.linear_path = nn.Linear(window, horizon) if linear_path else None

    def _check(self, linear_path: bool, attention: str, bidirectional: bool) -> None:
        wanted = sorted(set(self.quantiles))
        if self.quantiles and (
            list(self.quantiles) != wanted
            or 0.5 not in wanted
            or not 0 < wanted[0] <= wanted[-1] < 1
        ):
            raise ArgumentError(
                "Forecaster: quantiles must rise within (0, 1) and have 0.5 among them; got {got}. "
                "Give such as 0.1, 0.5, 0.9.",
                got=", ".join(map(str, self.quantiles)),
            )
        if self.decoding == "autoregressive" and (self.quantiles or linear_path):
            raise ArgumentError(
                "Forecaster: {what} needs decoding direct; got autoregressive, which reads one "
                "value of its own a step. Set --model.decoding direct.",
                what="quantiles" if self.quantiles else "linear_path",
            )
        if self.is_aligned and (self.anchor != "none" or linear_path):
            raise ArgumentError(
                "Forecaster: {what} needs the targets' own past, which a network whose targets "
                "are the steps of the window does not read. Leave it out.",
                what="linear_path" if linear_path else "anchor",
            )
        if self.is_aligned and self.window != self.horizon:
            raise ArgumentError(
                "Forecaster: the targets are the steps of the window, so horizon must be {window}, "
                "as window; got {horizon}. Set --data.horizon {window}.",
                window=self.window,
                horizon=self.horizon,
            )
        if attention == "dot" and bidirectional:
            raise ArgumentError(
                "Forecaster: dot attention needs an encoder of one direction, since query and "
                "memory must be of one size. Set --model.attention general, or --model."
                "bidirectional false."
            )

    def backend(self) -> str:
        """Which form of the recurrence runs in training."""
        return self.encoder.backend_in_use(training=True)

    def after_encoder(self) -> nn.ModuleDict:
        """The layers that run at the steps of the horizon, for an account of what they cost."""
        return nn.ModuleDict(
            {name: child for name, child in self.named_children() if name != "encoder"}
        )

    def forward(
        self,
        values: Tensor,
        known: Tensor | None = None,
        truth: Tensor | None = None,
        teacher_forcing: float = 1.0,
    ) -> Tensor:
        """The forecasts; see the class.

        Args:
            truth: for teacher forcing of an autoregressive decoder; None runs free.
            teacher_forcing: the share of the steps that read the true value of the step before,
                drawn for each sequence and step.
        """
        own = None if self.is_aligned else values[..., : self.targets]
        base = self._base(own)
        if own is not None and base is not None:
            own = own - base
            values = torch.cat([own, values[..., self.targets :]], -1)
        memory, state = self.encoder(values)
        begin = self._bridge(state)
        if self.steps is not None:
            steps = self.steps.weight.expand(len(values), -1, -1)
            fed = steps if known is None else torch.cat([known, steps], -1)
            answers = self._answer(self.decoder(fed, begin)[0], memory)
        else:
            relative = truth if truth is None or base is None else truth - base
            first = memory.new_zeros(len(values), 1, self.targets) if own is None else own[:, -1:]
            answers = self._unroll(begin, memory, first, known, relative, teacher_forcing)
        if self.linear_path is not None and own is not None:
            straight = self.linear_path(own.transpose(1, 2)).transpose(1, 2)
            answers = answers + straight[..., None]
        return answers if base is None else answers + base[..., None]

    def _base(self, own: Tensor | None) -> Tensor | None:
        if own is None or self.anchor == "none":
            return None
        return own[:, -1:] if self.anchor == "last" else own.mean(1, keepdim=True)

    def _bridge(self, state: Any) -> Any:
        """The decoder's first state from the encoder's last one."""
        if not self.bridges:
            return state
        parts = state if isinstance(state, tuple) else (state,)
        made = []
        for place, (part, bridge) in enumerate(zip(parts, self.bridges, strict=True)):
            both = part.unflatten(0, (-1, 2)).transpose(1, 2).flatten(2)  # (layers, B, 2 H)
            made.append(bridge(both) if place else bridge(both).tanh())  # a cell is not bounded
        return tuple(made) if isinstance(state, tuple) else made[0]

    def _answer(self, hidden: Tensor, memory: Tensor) -> Tensor:
        """(B, T, H) -> (B, T, C, Q)"""
        if self.attention is not None and self.combine is not None:
            context = self.attention(hidden, memory)
            hidden = self.combine(torch.cat([hidden, context], -1)).tanh()
        raw = self.head(self.dropout(hidden)).unflatten(-1, (self.targets, -1))
        return spread_quantiles(raw, self.quantiles.index(0.5)) if self.quantiles else raw

    def _unroll(
        self,
        state: Any,
        memory: Tensor,
        first: Tensor,
        known: Tensor | None,
        truth: Tensor | None,
        share: float,
    ) -> Tensor:
        """Step by step; in full teacher forcing all steps at once, which gives the same."""
        if truth is not None and share >= 1:
            fed = torch.cat([first, truth[:, :-1]], 1)
            fed = fed if known is None else torch.cat([known, fed], -1)
            return self._answer(self.decoder(fed, state)[0], memory)
        before, answers = first, []
        for step in range(self.horizon):
            fed = before if known is None else torch.cat([known[:, step : step + 1], before], -1)
            hidden, state = self.decoder(fed, state)
            answers.append(self._answer(hidden, memory))
            before = answers[-1][..., 0]
            if truth is not None:
                is_true = torch.rand(len(first), 1, 1, device=first.device) < share
                before = torch.where(is_true, truth[:, step : step + 1], before)
        return torch.cat(answers, 1)


def _attention(
    name: ForecastAttention, query: int, memory: int
) -> AdditiveAttention | DotAttention | GeneralAttention | None:
    if name == "additive":
        return AdditiveAttention(query, memory, query)
    if name == "general":
        return GeneralAttention(query, memory)
    return DotAttention(query) if name == "dot" else None


def spread_quantiles(raw: Tensor, median: int) -> Tensor:
    """Quantiles that cannot cross: the median, and what each lies beyond the one before.

    Shapes: (..., Q) -> (..., Q), rising.
    """
    away = nn.functional.softplus(raw)
    centre = raw[..., median : median + 1]
    above = centre + away[..., median + 1 :].cumsum(-1)
    below = centre - away[..., :median].flip(-1).cumsum(-1).flip(-1)
    return torch.cat([below, centre, above], -1)


def pinball(forecast: Tensor, truth: Tensor, quantiles: Sequence[float]) -> Tensor:
    """The quantile loss of each value, the mean over the quantiles.

        ρ_q(y - ŷ) = max(q (y - ŷ), (q - 1) (y - ŷ))

    Shapes: forecast (..., Q), truth (...) -> (...).

    Source: Koenker and Bassett 1978, "Regression Quantiles".

    Example:
        >>> import torch
        >>> pinball(torch.tensor([[0.0]]), torch.tensor([2.0]), [0.9]).tolist()
        [1.7999999523162842]
    """
    levels = torch.tensor(quantiles, dtype=forecast.dtype, device=forecast.device)
    error = truth[..., None] - forecast
    return torch.maximum(levels * error, (levels - 1) * error).mean(-1)
