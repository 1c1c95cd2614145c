"""What the recurrent layers refuse, each with what was expected, what came and what to do."""

import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from saiki.errors import ArgumentError, ShapeError, nearest
from saiki.language import render

if TYPE_CHECKING:
    from saiki.nn._recurrent import Recurrent


def check_layer(layer: "Recurrent") -> None:
    """The arguments that all recurrent layers share."""
    name = type(layer).__name__
    for size in ("input_size", "hidden_size", "num_layers"):
        check_size(name, size, getattr(layer, size))
    for flag in ("bias", "batch_first", "bidirectional", "layer_norm", "learned_initial_state"):
        check_flag(name, flag, getattr(layer, flag))
    check_rate(name, "dropout", layer.dropout, below_one=False)
    check_rate(name, "recurrent_dropout", layer.recurrent_dropout, below_one=True)
    if layer.dropout and layer.num_layers == 1:
        warnings.warn(
            render(
                "{layer}: dropout works between layers, so it must come with num_layers of at"
                " least 2; got dropout={dropout} with num_layers=1. Add layers, or use"
                " recurrent_dropout.",
                layer=name,
                dropout=layer.dropout,
            ),
            UserWarning,
            stacklevel=4,
        )


def check_size(layer: str, name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ArgumentError(
            "{layer}: {name} must be a whole number of at least 1; got {value!r}. Give a positive"
            " int.",
            layer=layer,
            name=name,
            value=value,
        )


def check_flag(layer: str, name: str, value: object) -> None:
    if not isinstance(value, bool):
        raise ArgumentError(
            "{layer}: {name} must be True or False; got {value!r}. Give a bool; check the order of"
            " the arguments.",
            layer=layer,
            name=name,
            value=value,
        )


def check_rate(layer: str, name: str, value: object, *, below_one: bool) -> None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 <= value <= 1 or (below_one and value == 1):  # type: ignore[operator]  # a number by then
        raise ArgumentError(
            "{layer}: {name} must be a probability in {interval}; got {value!r}. Use 0 to switch it"
            " off.",
            layer=layer,
            name=name,
            interval="[0, 1)" if below_one else "[0, 1]",
            value=value,
        )


def check_name(layer: str, name: str, value: object, known: Iterable[str]) -> None:
    names = sorted(known)
    if value not in names:
        raise ArgumentError(
            "{layer}: {name} must be one of {known}; got {value!r}. Use {near!r}.",
            layer=layer,
            name=name,
            known=", ".join(names),
            value=value,
            near=nearest(str(value), names) or names[0],
        )


def check_projection(layer: str, proj_size: object, hidden_size: int) -> None:
    is_whole = isinstance(proj_size, int) and not isinstance(proj_size, bool)
    if not is_whole or not 0 <= proj_size < hidden_size:  # type: ignore[operator]  # an int by then
        raise ArgumentError(
            "{layer}: proj_size must be in 0..hidden_size-1={most}; got {value!r}. Use 0 for no"
            " projection.",
            layer=layer,
            most=hidden_size - 1,
            value=proj_size,
        )


def check_input(layer: str, x: Tensor, axes: str, weight: Tensor) -> None:
    """Checks that x has the axes named, the weights' input size and their dtype."""
    expected = weight.shape[1]
    if x.dim() not in {2, 3}:
        raise ShapeError(
            "{layer}.forward: x must be ({axes}, input_size={expected}), or (T, {expected}) for one"
            " sequence; got {got}. Add or remove axes with unsqueeze or flatten.",
            layer=layer,
            axes=axes,
            expected=expected,
            got=tuple(x.shape),
        )
    if x.shape[-1] != expected:
        raise ShapeError(
            "{layer}.forward: x must be ({axes}, input_size={expected}); got {got}. Build the layer"
            " with input_size={last}, or project x first.",
            layer=layer,
            axes=axes,
            expected=expected,
            got=tuple(x.shape),
            last=x.shape[-1],
        )
    if 0 in x.shape:
        raise ShapeError(
            "{layer}.forward: x must have at least one step and one sequence; got {got}. Leave"
            " empty batches out.",
            layer=layer,
            got=tuple(x.shape),
        )
    check_dtype(f"{layer}.forward", "x", x, weight)


def check_dtype(where: str, name: str, value: Tensor, weight: Tensor) -> None:
    if value.dtype != weight.dtype and not torch.is_autocast_enabled(value.device.type):
        raise ArgumentError(
            "{where}: {name} must be {expected} like the weights; got {got}. Convert it"
            " with {name}.to(torch.{expected}), or the layer with layer.to(torch.{got}).",
            where=where,
            name=name,
            expected=str(weight.dtype).removeprefix("torch."),
            got=str(value.dtype).removeprefix("torch."),
        )


def check_state(
    layer: str, name: str, state: object, expected: tuple[int, ...], weight: Tensor
) -> None:
    if not isinstance(state, Tensor):
        raise ArgumentError(
            "{layer}.forward: {name} must be a tensor {expected}; got {got}. Pass the state that"
            " an earlier call returned, or None.",
            layer=layer,
            name=name,
            expected=expected,
            got=type(state).__name__,
        )
    if state.shape != expected:
        raise ShapeError(
            "{layer}.forward: {name} must be {expected}; got {got}. Its axes are (num_layers *"
            " directions, B, size), without B for one sequence.",
            layer=layer,
            name=name,
            expected=expected,
            got=tuple(state.shape),
        )
    check_dtype(f"{layer}.forward", name, state, weight)
