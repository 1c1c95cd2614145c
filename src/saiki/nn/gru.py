"""The gated recurrent unit."""

from typing import Any, final

from torch import Tensor

from saiki.kernels import (
    Backend,
    Cell,
    CellName,
    Sequence,
    Stage,
    Weights,
    gru_loop,
    gru_step,
    project,
)
from saiki.nn._checks import check_flag
from saiki.nn._recurrent import Recurrent, State

__all__ = ["GRU"]


@final
class GRU(Recurrent):
    """The gated recurrent unit, a drop-in for torch.nn.GRU.

        r_t = σ(W_r x_t + b_ir + U_r h_{t-1} + b_hr)
        z_t = σ(W_z x_t + b_iz + U_z h_{t-1} + b_hz)
        n_t = tanh(W_n x_t + b_in + r_t ∘ (U_n h_{t-1} + b_hn))    reset_after=True
        n_t = tanh(W_n x_t + b_in + U_n (r_t ∘ h_{t-1}) + b_hn)    reset_after=False
        h_t = (1 - z_t) ∘ n_t + z_t ∘ h_{t-1}

    With layer_norm every product W_k x becomes γ_ih,k LN(W_k x), and every U_k v becomes
    γ_hh,k LN(U_k v), where LN(v) = (v - mean) / sqrt(variance + 1e-5) over the H values of a gate.

    Args:
        input_size: I, features of a step, at least 1.
        hidden_size: H, units of each direction, at least 1.
        num_layers: layers on top of each other, at least 1.
        bias: whether the sums have biases.
        batch_first: whether x and output are (B, T, ...) rather than (T, B, ...).
        dropout: between layers, a probability in [0, 1].
        bidirectional: whether each layer also reads from each sequence's own end.
        device: where the parameters are.
        dtype: of the parameters, any float type.
        reset_after: whether the reset gate acts after the recurrent product, as in torch.
        layer_norm: whether the sums are normalised, as above.
        recurrent_dropout: on h_{t-1} in the recurrent products, in [0, 1); one mask a sequence,
            the same at every step, scaled by 1/(1 - p), off in eval mode.
        learned_initial_state: whether the state that stands for None is a parameter, zero at first.
        backend: "compiled" (our C++ kernels: float32 on the CPU), "fused" (torch's operators),
            "loop" (step by step: can do everything), or "auto" (the quickest that can do it).

    Shapes:
        x: (T, B, input_size), (B, T, input_size) with batch_first, (T, input_size) for one
            sequence, or a PackedSequence.
        lengths: (B,) whole numbers in 1..T, in any order; what lies behind them is never read.
        output: as x with (directions * H) features; zero in padding; a PackedSequence for one.
        state: (num_layers * directions, B, H), without B for one sequence.
        trace: with trace=True, a CellTrace for each layer and direction, all of it (B, T, H).
    Parameters weight_ih_l0 (W_r, W_z, W_n on top of each other), weight_hh_l0, bias_ih_l0,
    bias_hh_l0, then _l1 and so on, with _reverse for the other direction; norm_ih_l0, norm_hh_l0
    (γ); initial_state_l0.

    Raises:
        ArgumentError: an argument is out of range.
        ShapeError: x, the state or lengths do not fit the layer.
        BackendError: a backend asked for by name cannot do what was asked for.

    Source:
        Cho et al. 2014, arXiv:1406.1078, section 2.3 (reset before; their h̃ is n, z as here).
        Layer normalisation: Ba et al. 2016, arXiv:1607.06450, supplement. Recurrent drop-out: Gal
        and Ghahramani 2016, arXiv:1512.05287, section 4; the carried z ∘ h_{t-1} is not dropped.

    Differs:
        From torch: reset_after; the options after `*`; lengths; states of padded batches
        are those at their own ends. Of torch.func and forward-mode derivatives, plain
        cells of "loop" know nothing; "fused" does.
        From Cho et al.: biases.

    Example:
        >>> import torch
        >>> from saiki import nn
        >>> layer = nn.GRU(3, 5, bidirectional=True, batch_first=True)
        >>> output, state, trace = layer(torch.randn(2, 4, 3), lengths=[2, 4], trace=True)
        >>> output.shape, state.shape, sorted(trace[1].gates), trace[1].reverse
        (torch.Size([2, 4, 10]), torch.Size([2, 2, 5]), ['n', 'r', 'z'], True)
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Any = None,
        dtype: Any = None,
        *,
        reset_after: bool = True,
        layer_norm: bool = False,
        recurrent_dropout: float = 0.0,
        learned_initial_state: bool = False,
        backend: Backend = "auto",
    ) -> None:
        self.reset_after = reset_after
        super().__init__(
            input_size,
            hidden_size,
            num_layers,
            bias=bias,
            batch_first=batch_first,
            dropout=dropout,
            bidirectional=bidirectional,
            layer_norm=layer_norm,
            recurrent_dropout=recurrent_dropout,
            learned_initial_state=learned_initial_state,
            backend=backend,
        )
        check_flag(self._name, "reset_after", reset_after)
        self._build(device, dtype)

    @property
    def _is_plain(self) -> bool:
        return self.reset_after and not self.layer_norm

    @property
    def _fused_name(self) -> Cell:
        return "gru"

    @property
    def _kind(self) -> tuple[CellName, str, Stage]:
        return ("gru" if self.reset_after else "gru-reset-before", "tanh", "forget-gate")

    @property
    def _blocks(self) -> int:
        return 3

    def _loop(self, x: Tensor, state: State, weights: Weights, **how: Any) -> Sequence:
        return gru_loop(x, state, weights, reset_after=self.reset_after, **how)

    def _step(self, x: Tensor, state: State, weights: Weights) -> State:
        sums = project(x, weights, self.hidden_size, both_biases=not self.reset_after)
        return gru_step(weights, reset_after=self.reset_after)(sums, state)[0]

    def _shown(self) -> dict[str, object]:
        return super()._shown() | {"reset_after": True}
