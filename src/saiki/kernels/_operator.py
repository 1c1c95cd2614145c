"""The compiled recurrence as operators of torch: one layer, its directions side by side.

To torch.compile, torch.export and autograd they are plain operators. Inputs have been checked.
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

from saiki.kernels._call import Kind, make_call, new_buffer, readable, scratch, set_weights
from saiki.kernels._levels import compiled_level, native
from saiki.kernels._reference import differentiate


def _empty_steps(x: Tensor, features: int, *, batch_first: bool) -> Tensor:
    steps, batch = x.shape[:2]
    strides = (features, steps * features) if batch_first else (batch * features, features)
    return x.new_empty_strided((steps, batch, features), (*strides, 1))


def run_forward(
    x: Tensor,
    lengths: Tensor | None,
    first_h: Tensor,
    first_c: Tensor,
    mask: Tensor | None,
    weights: list[Tensor],
    kind: str,
    keeps: bool,
    batch_first: bool,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Output (T, B, D H), last states (D, B, H), and what the backward pass needs.

    Args:
        x: (T, B, I), float32, rows contiguous.
        lengths: (B,) int64 or None.
        first_h: (D, B, H), contiguous.
        first_c: (D, B, H), of an LSTM; else (0,).
        mask: (D, B, H) on h in the recurrent products, or None.
        weights: those of `kind.fields`, for each direction.
        kind: str(Kind).
        keeps: whether there will be a backward pass.
        batch_first: whether the output lies in memory as (B, T, D H).
    """
    what, level = Kind.read(kind), compiled_level() or 0
    directions, _, hidden = first_h.shape
    output = _empty_steps(x, directions * hidden, batch_first=batch_first)
    last_h, last_c = torch.empty_like(first_h), torch.empty_like(first_c)
    count, saved, calls = len(what.fields), 0, []
    for k in range(directions):
        call = make_call(what, x, hidden, lengths, reverse=bool(k), training=keeps)
        set_weights(call, what, weights[k * count : (k + 1) * count])
        _set_states(call, k, first_h=first_h, first_c=first_c, last_h=last_h, last_c=last_c)
        if mask is not None:
            call.mask = mask[k].data_ptr()
        call.set_y(output.data_ptr() + 4 * k * hidden, output.stride(0), output.stride(1))
        calls.append(call)
    saved, size, _ = native().measure(level, calls[0])
    kept, work = new_buffer(saved * directions), scratch(size)
    for k, call in enumerate(calls):
        call.saved, call.work = kept.data_ptr() + 4 * k * saved, work.data_ptr()
        native().forward(level, call)
    return output, last_h, last_c, kept


recurrence = torch.library.custom_op("saiki::recurrence", run_forward, mutates_args=())


@recurrence.register_fake
def _(
    x: Tensor, _lengths: Tensor | None, first_h: Tensor, first_c: Tensor, *rest: Any
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    batch_first: bool = rest[-1]
    directions, _, hidden = first_h.shape
    output = _empty_steps(x, directions * hidden, batch_first=batch_first)
    size = torch.library.get_ctx().new_dynamic_size()
    return output, torch.empty_like(first_h), torch.empty_like(first_c), x.new_empty(size)


def run_backward(
    dy: Tensor,
    dlast_h: Tensor,
    dlast_c: Tensor,
    x: Tensor,
    lengths: Tensor | None,
    first_h: Tensor,
    first_c: Tensor,
    mask: Tensor | None,
    weights: list[Tensor],
    kept: Tensor,
    level: int,
    kind: str,
    needs_x: bool,
    needs_weights: list[bool],
) -> list[Tensor]:
    """Gradients of x, first_h, first_c and each weight; (0,) for those that are not needed."""
    what = Kind.read(kind)
    directions, _, hidden = first_h.shape
    dx = _empty_like_steps(x) if needs_x else x.new_empty(0)
    dfirst_h, dfirst_c = torch.empty_like(first_h), torch.empty_like(first_c)
    pairs = zip(weights, needs_weights, strict=True)
    dweights = [torch.empty_like(w) if needed else w.new_empty(0) for w, needed in pairs]
    count, saved, work = len(what.fields), kept.numel() // directions, kept
    for k in range(directions):
        call = make_call(what, x, hidden, lengths, reverse=bool(k), training=True)
        own = slice(k * count, (k + 1) * count)
        set_weights(call, what, weights[own])
        set_weights(call, what, dweights[own], "d")
        _set_states(call, k, first_h=first_h, first_c=first_c, dlast_h=dlast_h, dlast_c=dlast_c)
        _set_states(call, k, dfirst_h=dfirst_h, dfirst_c=dfirst_c)
        if mask is not None:
            call.mask = mask[k].data_ptr()
        call.set_dy(dy.data_ptr() + 4 * k * hidden, dy.stride(0), dy.stride(1))
        if needs_x:
            call.set_dx(dx.data_ptr(), dx.stride(0), dx.stride(1))
            call.adds = k > 0
        if k == 0:
            work = scratch(native().measure(level, call)[2])
        call.saved, call.work = kept.data_ptr() + 4 * k * saved, work.data_ptr()
        native().backward(level, call)
    return [dx, dfirst_h, dfirst_c, *dweights]


recurrence_backward = torch.library.custom_op(
    "saiki::recurrence_backward", run_backward, mutates_args=()
)


def _empty_like_steps(x: Tensor) -> Tensor:
    """As x (T, B, I), and in memory with the same axis first."""
    return _empty_steps(x, x.shape[2], batch_first=x.stride(1) > x.stride(0))


def _set_states(call: Any, k: int, **states: Tensor) -> None:
    for name, state in states.items():
        setattr(call, name, state[k].data_ptr() if state.numel() else 0)


@recurrence_backward.register_fake
def _(*given: Any) -> list[Tensor]:
    x, first_h, first_c = given[3], given[5], given[6]
    weights, needs_x, needs_weights = given[8], given[12], given[13]
    pairs = zip(weights, needs_weights, strict=True)
    dweights = [torch.empty_like(w) if needed else w.new_empty(0) for w, needed in pairs]
    dx = _empty_like_steps(x) if needs_x else x.new_empty(0)
    return [dx, torch.empty_like(first_h), torch.empty_like(first_c), *dweights]


def _remember(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
    x, lengths, first_h, first_c, mask, weights, kind, _, _ = inputs
    ctx.set_materialize_grads(False)
    ctx.save_for_backward(x, lengths, first_h, first_c, mask, output[3], *weights)
    ctx.kind, ctx.level = kind, compiled_level() or 0  # each level keeps rows of its own width


def _go_back(ctx: Any, *grads: Tensor | None) -> tuple[Any, ...]:
    needs = ctx.needs_input_grad
    dx, dh, dc, *dweights = _differentiate(ctx, grads, needs[0], needs[5], recurrence_backward)
    return dx, None, dh, dc, None, dweights, None, None, None


recurrence.register_autograd(_go_back, setup_context=_remember)


class Direct(Function):
    """The same without the dispatcher, whose detour costs as much as a short sequence."""

    @staticmethod
    def forward(ctx: Any, *given: Any) -> tuple[Tensor, ...]:
        """Takes x, lengths, first_h, first_c, mask, kind, keeps, batch_first, then the weights."""
        inputs = (*given[:5], list(given[8:]), *given[5:8])
        output = run_forward(*inputs)
        _remember(ctx, inputs, output)
        ctx.mark_non_differentiable(output[3])
        return output

    @staticmethod
    def backward(ctx: Any, *grads: Tensor | None) -> tuple[Any, ...]:
        """Gradients in the order of `forward`."""
        needs = ctx.needs_input_grad
        dx, dh, dc, *dweights = _differentiate(ctx, grads, needs[0], needs[8:], run_backward)
        return dx, None, dh, dc, None, None, None, None, *dweights


def _differentiate(
    ctx: Any,
    grads: tuple[Tensor | None, ...],
    needs_x: bool,
    needs_weights: Iterable[bool],
    back: Callable[..., list[Tensor]],
) -> list[Tensor | None]:
    x, lengths, first_h, first_c, mask, kept, *weights = ctx.saved_tensors
    ends = [
        torch.zeros_like(part) if grad is None else grad
        for part, grad in zip((first_h, first_c), grads[1:3], strict=True)
    ]
    features = first_h.shape[0] * first_h.shape[2]
    dy = x.new_zeros((*x.shape[:2], features)) if grads[0] is None else grads[0]
    given = (x, lengths, first_h, first_c, mask, weights)
    answer: Iterable[Tensor | None]
    if torch.is_grad_enabled():
        answer = differentiate(ctx.kind, *given, dy, ends)
    else:
        wanted = [bool(need) for need in needs_weights]
        arriving = (readable(dy), *(end.contiguous() for end in ends))
        answer = back(*arriving, *given, kept, ctx.level, ctx.kind, bool(needs_x), wanted)
    return [None if grad is None or not grad.numel() else grad for grad in answer]
