"""Plain RNN and GRU with a backward pass of their own, in torch operators.

Autograd's backward pass of a loop makes one small weight-gradient product a step. Here everything
of a step's derivative that does not wait for the gradient from the future is computed for all
steps at once; what is left of a step is one multiplication and one product with U; the gradients
of W, U and the biases are one product each at the end. Rows of padding are not computed at all.

    RNN:  δ_t = e_t ∘ f'(a_t)                                e_{t-1} = ∂y_{t-1} + δ_t U
    GRU:  δ_n = e ∘ (1 - z)(1 - n²)       δ_z = e ∘ (h_{t-1} - n) z (1 - z)
          δ_r = δ_n ∘ u r (1 - r)         δ_u = δ_n ∘ r       with u = U_n h_{t-1} + b_hn
          e_{t-1} = ∂y_{t-1} + e ∘ z + [δ_u δ_r δ_z] U

Where the backward pass is itself differentiated, it is recomputed by the loop.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

from saiki.kernels._packing import Packing
from saiki.kernels._types import Weights

Reference = Callable[..., tuple[Tensor, Tensor]]  # (x, h, *parameters) -> output, last state


def run_stacked(
    kind: type[Function], x: Tensor, h: Tensor, weights: Weights, how: tuple[Any, ...]
) -> tuple[Tensor, Tensor]:
    """Output (T, B, H) and last state (B, H); how is (packing, reference, activation)."""
    output, last = kind.apply(
        x, h, weights.weight_ih, weights.weight_hh, weights.bias_ih, weights.bias_hh, how
    )  # type: ignore[no-untyped-call]  # torch does not type it
    return output, last


class StackedRNN(Function):
    """h' = f(W x + b + U h), f = tanh or relu."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, h: Tensor, w: Tensor, u: Tensor, b: Tensor, c: Tensor, how: Any
    ) -> tuple[Tensor, Tensor]:
        packing, _, activation = how
        rows = packing.pack(x)
        bias = x.new_zeros(len(w)) if b is None else b + c
        states = torch.addmm(bias, rows, w.t())
        transposed = u.t()
        squash = torch.tanh_ if activation == "tanh" else torch.relu_
        running = packing.before(states, packing.sort(h))
        for before, after in zip(running, packing.blocks(states), strict=True):
            squash(after.addmm_(before, transposed))
        return _finish(ctx, packing, (x, h, w, u, b, c, states), how)

    @staticmethod
    def backward(ctx: Any, grad: Tensor, grad_last: Tensor) -> tuple[Tensor | None, ...]:
        x, h, w, u, b, c, states = ctx.saved_tensors
        if torch.is_grad_enabled():
            return _differentiably(ctx, (x, h, w, u, b, c), grad, grad_last)
        packing, _, activation = ctx.how
        is_tanh = activation == "tanh"
        deltas = states.square().neg_().add_(1) if is_tanh else (states > 0).to(states.dtype)
        dh = packing.sort(grad_last).clone()
        lives = packing.running(dh, backward=True)
        columns = (packing.blocks(part, backward=True) for part in (deltas, packing.pack(grad)))
        for live, delta, arriving in zip(lives, *columns, strict=True):
            delta.mul_(live.add_(arriving))
            torch.mm(delta, u, out=live)
        return _gradients(ctx, packing, deltas, deltas, dh)


class StackedGRU(Function):
    """Torch's GRU: the reset gate after the recurrent product."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, h: Tensor, w: Tensor, u: Tensor, b: Tensor, c: Tensor, how: Any
    ) -> tuple[Tensor, Tensor]:
        packing, size = how[0], h.shape[1]
        b_ih, b_hh = (x.new_zeros(len(w)) if part is None else part for part in (b, c))
        bias = torch.cat([(b_ih + b_hh)[: 2 * size], b_ih[2 * size :]])
        gates = torch.addmm(bias, packing.pack(x), w.t())
        inner, states = gates.new_empty((2, len(gates), size))
        _step_gru(packing, gates, inner, states, packing.sort(h), u.t(), b_hh[2 * size :])
        return _finish(ctx, packing, (x, h, w, u, b, c, states, gates, inner), how)

    @staticmethod
    def backward(ctx: Any, grad: Tensor, grad_last: Tensor) -> tuple[Tensor | None, ...]:
        x, h, w, u, b, c, states, gates, inner = ctx.saved_tensors
        if torch.is_grad_enabled():
            return _differentiably(ctx, (x, h, w, u, b, c), grad, grad_last)
        packing, size = ctx.how[0], h.shape[1]
        deltas = _gru_slopes(packing, gates, inner, states, packing.sort(h))  # (N, 4, H): u r z n
        flat = deltas.flatten(1)
        rows = torch.cat([u[2 * size :], u[: 2 * size]])
        parts = (deltas, flat[:, : 3 * size], gates[:, size : 2 * size], packing.pack(grad))
        columns = (packing.blocks(part, backward=True) for part in parts)
        dh = packing.sort(grad_last).clone()
        for live, delta, recurrent, z, arriving in zip(
            packing.running(dh, backward=True), *columns, strict=True
        ):
            delta.mul_(live.add_(arriving).unsqueeze(1))
            live.mul_(z).addmm_(recurrent, rows)
        recurrent = flat[:, : 3 * size]
        return _gradients(ctx, packing, flat[:, size:], recurrent, dh, rotate=size)


def _step_gru(
    packing: Packing,
    gates: Tensor,
    inner: Tensor,
    states: Tensor,
    first: Tensor,
    transposed: Tensor,
    bias: Tensor,
) -> None:
    size = states.shape[1]
    buffer = gates.new_empty((packing.batch, 3 * size))
    parts = (gates[:, : 2 * size], *gates.chunk(3, 1), inner, states)
    columns = (packing.blocks(part) for part in parts)
    live = [
        packing.running(part, backward=False)
        for part in (buffer, buffer[:, : 2 * size], buffer[:, 2 * size :])
    ]
    for before, sums, rz_sums, n_sums, rz, r, z, n, u, h in zip(
        packing.before(states, first), *live, *columns, strict=True
    ):
        torch.mm(before, transposed, out=sums)
        rz.add_(rz_sums).sigmoid_()
        torch.add(n_sums, bias, out=u)
        n.addcmul_(r, u).tanh_()
        torch.lerp(n, before, z, out=h)


def _gru_slopes(
    packing: Packing, gates: Tensor, inner: Tensor, states: Tensor, first: Tensor
) -> Tensor:
    r, z, n = gates.chunk(3, 1)
    slopes = gates.new_empty((len(gates), 4, states.shape[1]))
    of_u, of_r, of_z, of_n = slopes.unbind(1)
    shut = 1 - z
    torch.mul(shut, n.square().neg_().add_(1), out=of_n)
    torch.mul(of_n, r, out=of_u)
    torch.mul(of_u, inner, out=of_r).mul_(1 - r)
    torch.mul(_stack_before(packing, states, first).sub_(n), shut.mul_(z), out=of_z)
    return slopes


def _stack_before(packing: Packing, states: Tensor, first: Tensor) -> Tensor:
    """h_{t-1} of every row of the packed states h_t."""
    before = [*packing.before(states, first)]
    return torch.cat(before[:: -1 if packing.reverse else 1])


def _finish(
    ctx: Any, packing: Packing, kept: tuple[Tensor, ...], how: Any
) -> tuple[Tensor, Tensor]:
    """Output and last state; `kept` begins with the six inputs and the states."""
    ctx.save_for_backward(*kept)
    ctx.how = how
    output = packing.unpack(kept[6])
    if packing.ragged is None:
        output = output.clone()  # a caller may change it in place; the states must stay
    return output, packing.last(output)


def _gradients(
    ctx: Any, packing: Packing, of_inputs: Tensor, of_states: Tensor, dh: Tensor, rotate: int = 0
) -> tuple[Tensor | None, ...]:
    """All gradients from the rows' deltas; `of_states` begins with the last `rotate` rows of U."""
    x, h, w, _, _, _, states = ctx.saved_tensors[:7]
    needs = ctx.needs_input_grad
    dx = packing.unpack(of_inputs @ w) if needs[0] else None
    dw = of_inputs.t() @ packing.pack(x) if needs[2] else None
    du = db = dc = None
    if needs[3]:
        du = of_states.t() @ _stack_before(packing, states, packing.sort(h))
        du = torch.roll(du, -rotate, 0)
    if needs[4] or needs[5]:
        db, dc = of_inputs.sum(0), torch.roll(of_states.sum(0), -rotate, 0)
    return dx, packing.unsort(dh), dw, du, db, dc, None


def _differentiably(
    ctx: Any, given: tuple[Tensor | None, ...], grad: Tensor, grad_last: Tensor
) -> tuple[Tensor | None, ...]:
    """The same gradients by the loop, as a graph that can be differentiated again."""
    reference: Reference = ctx.how[1]
    wanted = [k for k, needed in enumerate(ctx.needs_input_grad[:6]) if needed]
    results = torch.autograd.grad(
        reference(*given),
        [part for k in wanted if (part := given[k]) is not None],
        (grad, grad_last),
        create_graph=True,
        allow_unused=True,
    )
    answer: list[Tensor | None] = [None] * 7
    for k, result in zip(wanted, results, strict=True):
        answer[k] = result
    return tuple(answer)
