"""Which form of a recurrence runs; one that was asked for by name never gives way silently."""

from typing import Literal

from saiki.errors import ArgumentError, BackendError, nearest

Backend = Literal["auto", "fused", "loop"]
BACKENDS = ("auto", "fused", "loop")


def choose(
    requested: str,
    *,
    layer: str,
    is_plain: bool,
    trace: bool = False,
    prefers_loop: bool = False,
) -> Literal["fused", "loop"]:
    """The form that runs: left to us, `fused` for a plain cell where it is quicker, else `loop`."""
    if requested not in BACKENDS:
        raise ArgumentError(
            "{layer}: backend must be 'auto', 'fused' or 'loop'; got {requested!r}. Use {near!r}.",
            layer=layer,
            requested=requested,
            near=nearest(str(requested), BACKENDS) or "auto",
        )
    if requested != "fused":
        is_fused = requested == "auto" and is_plain and not trace and not prefers_loop
        return "fused" if is_fused else "loop"
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
    return "fused"
