"""The long short-term memory, whole and in the stages of its history."""

from typing import Any, Literal, final

import torch
from torch import Tensor

from saiki.errors import ArgumentError
from saiki.kernels import (
    LSTM_GATES,
    PEEPHOLE_GATES,
    Backend,
    Cell,
    CellName,
    Sequence,
    Stage,
    Weights,
    lstm_loop,
    lstm_step,
    project,
)
from saiki.nn._checks import check_flag, check_name, check_projection
from saiki.nn._recurrent import Recurrent, State
from saiki.nn.activations import activation

__all__ = ["LSTM"]

OutputActivation = Literal["tanh", "identity"]


@final
class LSTM(Recurrent):
    """The long short-term memory, a drop-in for torch.nn.LSTM, with the stages of its history.

        i_t = σ(W_i x_t + b_ii + U_i h_{t-1} + b_hi + p_i ∘ c_{t-1})
        f_t = σ(W_f x_t + b_if + U_f h_{t-1} + b_hf + p_f ∘ c_{t-1})
        g_t = tanh(W_g x_t + b_ig + U_g h_{t-1} + b_hg)
        c_t = f_t ∘ c_{t-1} + i_t ∘ g_t
        o_t = σ(W_o x_t + b_io + U_o h_{t-1} + b_ho + p_o ∘ c_t)
        h_t = o_t ∘ σ_h(c_t)            with proj_size: h_t = W_hr (o_t ∘ σ_h(c_t))

    Without peephole, p = 0. A gate that the stage lacks is 1, and the stacked weights do not have
    its block: "carousel" has g, "input-output-gates" i g o, "forget-gate" i f g o.

    With layer_norm every W_k x becomes γ_ih,k LN(W_k x), every U_k h becomes γ_hh,k LN(U_k h), and
    σ_h(c_t) becomes σ_h(γ_c LN(c_t) + β_c), where LN(v) = (v - mean) / sqrt(variance + 1e-5) over
    the H values of a gate. The cell state itself and the peepholes stay as they are.

    Args:
        input_size: I, features of a step, at least 1.
        hidden_size: H, units of each direction, at least 1.
        num_layers: layers on top of each other, at least 1.
        bias: whether the sums have biases.
        batch_first: whether x and output are (B, T, ...) rather than (T, B, ...).
        dropout: between layers, a probability in [0, 1].
        bidirectional: whether each layer also reads from each sequence's own end.
        proj_size: features of h after a projection, in 0..H-1; 0 is none.
        device: where the parameters are.
        dtype: of the parameters, any float type.
        peephole: whether the gates see the cell state; not with stage="carousel".
        stage: "carousel", "input-output-gates" or "forget-gate", which gates there are.
        output_activation: σ_h, "tanh" or "identity".
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
        output: as x with directions * P features; zero in padding; a PackedSequence for one.
        state: (h, c), h (num_layers * directions, B, P), c (num_layers * directions, B, H), without
            B for one sequence; P is proj_size, or H without one.
        trace: with trace=True, a CellTrace for each layer and direction, all of it (B, T, H).
    Parameters weight_ih_l0 (the gates' W on top of each other), weight_hh_l0, bias_ih_l0,
    bias_hh_l0, weight_hr_l0, then _l1 and so on, with _reverse for the other direction;
    weight_peephole_l0 (p_i, p_f, p_o of the gates there are); norm_ih_l0, norm_hh_l0 (γ),
    norm_cell_l0 (γ_c), norm_cell_bias_l0 (β_c, with bias); initial_state_l0, initial_cell_l0.

    Raises:
        ArgumentError: an argument is out of range.
        ShapeError: x, the state or lengths do not fit the layer.
        BackendError: a backend asked for by name cannot do what was asked for.

    Source:
        Hochreiter and Schmidhuber 1997, section 4 (carousel, input and output gates; their s_c is
        c, their y is h); Gers, Schmidhuber and Cummins 2000 (forget gate); Gers, Schraudolph and
        Schmidhuber 2002 (peepholes). Layer normalisation: Ba et al. 2016, arXiv:1607.06450,
        supplement. Recurrent drop-out: Gal and Ghahramani 2016, arXiv:1512.05287, section 4.

    Differs:
        From torch: the options after `*`; lengths; states of padded batches
        are those at their own ends. Of torch.func and forward-mode derivatives, plain
        cells of "loop" know nothing; "fused" does.
        From Ba et al.: LN works on each gate alone, and has no bias beside the gate's own.

    Example:
        >>> import torch
        >>> from saiki import nn
        >>> layer = nn.LSTM(3, 5, batch_first=True, peephole=True)
        >>> output, (h, c) = layer(torch.randn(2, 4, 3), lengths=[2, 4])
        >>> output.shape, h.shape, torch.equal(h[0, 0], output[0, 1])
        (torch.Size([2, 4, 5]), torch.Size([1, 2, 5]), True)
    """

    state_parts = ("hidden", "cell")

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Any = None,
        *,
        peephole: bool = False,
        stage: Stage = "forget-gate",
        output_activation: OutputActivation = "tanh",
        layer_norm: bool = False,
        recurrent_dropout: float = 0.0,
        learned_initial_state: bool = False,
        backend: Backend = "auto",
    ) -> None:
        _check_cell(stage, output_activation, peephole)
        self.stage, self.peephole, self.output_activation = stage, peephole, output_activation
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
        check_projection("LSTM", proj_size, hidden_size)
        self.proj_size = proj_size
        self._build(device, dtype)

    @property
    def _is_plain(self) -> bool:
        is_whole = self.stage == "forget-gate" and self.output_activation == "tanh"
        return is_whole and not self.peephole and not self.layer_norm

    @property
    def _fused_name(self) -> Cell:
        return "lstm"

    @property
    def _kind(self) -> tuple[CellName, str, Stage]:
        return ("lstm", self.output_activation, self.stage)

    @property
    def _blocks(self) -> int:
        return len(LSTM_GATES[self.stage])

    def _prefers_loop(self, device: torch.device, *, graph: bool, is_ragged: bool) -> bool:
        return device.type == "cpu" and bool(self.proj_size)  # oneDNN has no projections

    def _extra_shapes(self) -> dict[str, tuple[int, ...]]:
        size, shapes = self.hidden_size, super()._extra_shapes()
        if self.peephole:
            shapes["weight_peephole"] = (len(PEEPHOLE_GATES[self.stage]) * size,)
        if self.layer_norm:
            shapes["norm_cell"] = (size,)
        if self.layer_norm and self.bias:
            shapes["norm_cell_bias"] = (size,)
        if self.learned_initial_state:
            shapes["initial_cell"] = (size,)
        return shapes

    def _loop(self, x: Tensor, state: State, weights: Weights, **how: Any) -> Sequence:
        shown = activation(self.output_activation)
        return lstm_loop(x, state, weights, stage=self.stage, output_activation=shown, **how)

    def _step(self, x: Tensor, state: State, weights: Weights) -> State:
        shown = activation(self.output_activation)
        sums = project(x, weights, self.hidden_size, both_biases=True)
        return lstm_step(weights, stage=self.stage, output_activation=shown)(sums, state)[0]

    def _shown(self) -> dict[str, object]:
        return super()._shown() | {
            "proj_size": 0, "peephole": False, "stage": "forget-gate", "output_activation": "tanh",
        }  # fmt: skip


def _check_cell(stage: str, output_activation: str, peephole: bool) -> None:
    check_name("LSTM", "stage", stage, LSTM_GATES)
    check_name("LSTM", "output_activation", output_activation, ("identity", "tanh"))
    check_flag("LSTM", "peephole", peephole)
    if peephole and stage == "carousel":
        raise ArgumentError(
            "LSTM: peephole must be False with stage='carousel', which has no gates; got"
            " peephole=True. Use stage='input-output-gates' or 'forget-gate'."
        )
