"""The simple recurrent network of Elman."""

from typing import Any, final

from torch import Tensor

from saiki.errors import ArgumentError
from saiki.kernels import (
    Backend,
    Cell,
    CellName,
    Sequence,
    Stage,
    Weights,
    project,
    rnn_loop,
    rnn_step,
)
from saiki.nn._checks import check_name
from saiki.nn._recurrent import Recurrent, State
from saiki.nn.activations import ACTIVATIONS, ActivationName, activation

__all__ = ["RNN"]


@final
class RNN(Recurrent):
    """The simple recurrent network (Elman's), a drop-in for torch.nn.RNN.

        h_t = f(W x_t + b_ih + U h_{t-1} + b_hh)

    With layer_norm: h_t = f(γ_ih LN(W x_t) + b_ih + γ_hh LN(U h_{t-1}) + b_hh), where
    LN(v) = (v - mean) / sqrt(variance + 1e-5) over the H values.

    Args:
        input_size: I, features of a step, at least 1.
        hidden_size: H, units of each direction, at least 1.
        num_layers: layers on top of each other, at least 1.
        nonlinearity: f, a name in saiki.nn.ACTIVATIONS; "step" has no derivative: eval mode only.
        bias: whether the sums have biases.
        batch_first: whether x and output are (B, T, ...) rather than (T, B, ...).
        dropout: between layers, a probability in [0, 1].
        bidirectional: whether each layer also reads from each sequence's own end.
        device: where the parameters are.
        dtype: of the parameters, any float type.
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
    Parameters weight_ih_l0 (W), weight_hh_l0 (U), bias_ih_l0, bias_hh_l0, then _l1 and so on, with
    _reverse for the other direction; norm_ih_l0, norm_hh_l0 (γ); initial_state_l0.

    Raises:
        ArgumentError: an argument is out of range.
        ShapeError: x, the state or lengths do not fit the layer.
        BackendError: a backend asked for by name cannot do what was asked for.

    Source:
        Elman 1990, Finding Structure in Time: his context units are h_{t-1}. Layer normalisation:
        Ba et al. 2016, arXiv:1607.06450. Recurrent drop-out: Gal and Ghahramani 2016,
        arXiv:1512.05287, section 4.

    Differs:
        From torch: any activation; the options after `*`; lengths; states of padded batches
        are those at their own ends. Of torch.func and forward-mode derivatives, plain
        cells of "loop" know nothing; "fused" does.
        Ba et al. normalise the sum W x + U h; here its two parts, as they do for the LSTM.

    Example:
        >>> import torch
        >>> from saiki import nn
        >>> layer = nn.RNN(3, 5, nonlinearity="leaky-relu", batch_first=True)
        >>> output, state = layer(torch.randn(2, 4, 3), lengths=[4, 2])
        >>> output.shape, state.shape, bool((output[1, 2:] == 0).all())
        (torch.Size([2, 4, 5]), torch.Size([1, 2, 5]), True)
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: ActivationName = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Any = None,
        dtype: Any = None,
        *,
        layer_norm: bool = False,
        recurrent_dropout: float = 0.0,
        learned_initial_state: bool = False,
        backend: Backend = "auto",
    ) -> None:
        check_name("RNN", "nonlinearity", nonlinearity, ACTIVATIONS)
        self.nonlinearity = nonlinearity
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
        self._build(device, dtype)

    @property
    def _is_plain(self) -> bool:
        return self.nonlinearity in {"tanh", "relu"} and not self.layer_norm

    @property
    def _fused_name(self) -> Cell:
        return "rnn-relu" if self.nonlinearity == "relu" else "rnn-tanh"

    @property
    def _kind(self) -> tuple[CellName, str, Stage]:
        return ("rnn", self.nonlinearity, "forget-gate")

    @property
    def _blocks(self) -> int:
        return 1

    def _check_run(self) -> None:
        if self.nonlinearity == "step" and self.training:
            raise ArgumentError(
                "RNN.forward: nonlinearity must have a derivative to be trained; got 'step', whose"
                " derivative is 0. Call eval() first, or build the layer with 'sigmoid'."
            )

    def _loop(self, x: Tensor, state: State, weights: Weights, **how: Any) -> Sequence:
        return rnn_loop(x, state, weights, activation=activation(self.nonlinearity), **how)

    def _step(self, x: Tensor, state: State, weights: Weights) -> State:
        sums = project(x, weights, self.hidden_size, both_biases=True)
        return rnn_step(weights, activation(self.nonlinearity))(sums, state)[0]

    def _shown(self) -> dict[str, object]:
        return super()._shown() | {"nonlinearity": "tanh"}
