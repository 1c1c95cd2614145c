"""Which form of a recurrence runs; one that was asked for by name never gives way silently."""

from typing import Literal

from saiki.errors import ArgumentError, BackendError, nearest

Backend = Literal["auto", "compiled", "fused", "loop"]
Form = Literal["compiled", "fused", "loop"]
BACKENDS = ("auto", "compiled", "fused", "loop")


def choose(
    requested: str,
    *,
    layer: str,
    is_plain: bool,
    obstacle: str | None,
    trace: bool = False,
    prefers_loop: bool = False,
) -> Form:
    """The form that runs: left to us, `compiled` where nothing is in its way.

    Else `fused` for a plain cell where it is quicker than `loop`, which can do everything.
    """
    if requested not in BACKENDS:
        raise ArgumentError(
            "{layer}: backend must be 'auto', 'compiled', 'fused' or 'loop'; got {requested!r}."
            " Use {near!r}.",
            layer=layer,
            requested=requested,
            near=nearest(str(requested), BACKENDS) or "auto",
        )
    if requested == "compiled" and obstacle is not None:
        raise BackendError(
            "{layer}: backend='compiled' must have float32 on the CPU, compiled kernels and an"
            " option that they know; got {obstacle}. Use backend='auto'.",
            layer=layer,
            obstacle=obstacle,
        )
    if requested == "compiled" or (requested == "auto" and obstacle is None):
        return "compiled"
    if requested != "fused":
        is_fused = requested == "auto" and is_plain and not trace and not prefers_loop
        return "fused" if is_fused else "loop"
    _check_fused(layer, is_plain=is_plain, trace=trace)
    return "fused"


def _check_fused(layer: str, *, is_plain: bool, trace: bool) -> None:
    if not is_plain:
        raise BackendError(
            "{layer}: backend='fused' must have a plain cell, the one that torch has; got options"
            " that torch lacks. Use backend='auto' or 'loop'.",
            layer=layer,
        )
    if trace:
        raise BackendError(
            "{layer}.forward: backend='fused' must have trace=False; got trace=True, and torch's"
            " operators do not show their gates. Build the layer with backend='auto' or 'loop'.",
            layer=layer,
        )
