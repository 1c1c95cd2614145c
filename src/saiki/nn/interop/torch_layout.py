"""Recurrent layers from and to torch.nn, and GRU weights for the other update-gate convention."""

from collections.abc import Mapping
from typing import Any, TypeVar

import torch
from torch import Tensor

from saiki.errors import ArgumentError
from saiki.nn.gru import GRU
from saiki.nn.interop._rows import Layer, layer_kind, refuse_options
from saiki.nn.lstm import LSTM
from saiki.nn.rnn import RNN

__all__ = ["from_torch", "negate_update_gate", "to_torch"]

Module = TypeVar("Module", bound=torch.nn.Module)

TORCH_LACKS = (
    "layer_norm",
    "learned_initial_state",
    "output_activation",
    "peephole",
    "recurrent_dropout",
    "reset_after",
    "stage",
)


def from_torch(module: torch.nn.RNN | torch.nn.LSTM | torch.nn.GRU) -> Layer:
    """A layer of ours with the options and a copy of the weights of a torch.nn layer.

    Args:
        module: torch.nn.RNN, LSTM or GRU with any of their options.

    Raises:
        ArgumentError: module is something else.

    Example:
        >>> import torch
        >>> from saiki.nn import interop
        >>> interop.from_torch(torch.nn.LSTM(3, 4, batch_first=True))
        LSTM(3, 4, batch_first=True)
    """
    layer: Layer
    if isinstance(module, torch.nn.RNN):
        layer = RNN(**_shared(module), nonlinearity=module.nonlinearity)
    elif isinstance(module, torch.nn.LSTM):
        layer = LSTM(**_shared(module), proj_size=module.proj_size)
    elif isinstance(module, torch.nn.GRU):
        layer = GRU(**_shared(module))
    else:
        raise ArgumentError(
            "from_torch: module must be a torch.nn RNN, LSTM or GRU; got {got}. Convert the "
            "recurrent layers of a network one by one.",
            got=type(module).__name__,
        )
    return _with_weights_of(module, layer)


def to_torch(layer: Layer) -> torch.nn.RNN | torch.nn.LSTM | torch.nn.GRU:
    """The torch.nn layer with the options and a copy of the weights of a layer of ours.

    Args:
        layer: an RNN with tanh or relu, LSTM or GRU without the options that torch lacks.

    Raises:
        ArgumentError: the layer uses an option that torch lacks (layer normalisation, peepholes,
            a historical stage, identity output, reset before, recurrent drop-out, learned initial
            state, another activation); the message names it.

    Example:
        >>> from saiki import nn
        >>> from saiki.nn import interop
        >>> interop.to_torch(nn.GRU(3, 4))
        GRU(3, 4)
    """
    kind = layer_kind("to_torch", layer)
    refuse_options("to_torch", layer, "torch.nn", TORCH_LACKS)
    options = _shared(layer)
    if isinstance(layer, LSTM):
        options["proj_size"] = layer.proj_size
    if isinstance(layer, RNN):
        if layer.nonlinearity not in ("tanh", "relu"):
            raise ArgumentError(
                "to_torch: torch.nn.RNN has nonlinearity tanh or relu; got {got!r}. Convert a "
                "layer built with one of these.",
                got=layer.nonlinearity,
            )
        options["nonlinearity"] = layer.nonlinearity
    twin: torch.nn.RNN | torch.nn.LSTM | torch.nn.GRU = getattr(torch.nn, kind)(**options)
    return _with_weights_of(layer, twin)


def negate_update_gate(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The state dict of a GRU for the opposite convention of its update gate z.

    torch, cuDNN, ONNX, Keras and saiki.nn compute h' = (1 - z) n + z h; other texts and programs
    compute h' = (1 - z) h + z n. As 1 - sigmoid(a) = sigmoid(-a), the same function has the rows
    of z negated in every weight and bias. Twice is the identity.

    Args:
        state: the state dict of a GRU, ours or torch's, of any number of layers, without layer
            normalisation.

    Raises:
        ArgumentError: a tensor of the state has no r, z, n rows.

    Source: Cho et al.: Learning Phrase Representations using RNN Encoder-Decoder (2014), equation
    7, has the first form; Chung et al.: Empirical Evaluation of Gated Recurrent Neural Networks
    on Sequence Modeling (2014), equation 4, has the second.

    Example:
        >>> import torch
        >>> from saiki.nn import interop
        >>> state = torch.nn.GRU(2, 1).state_dict()
        >>> other = interop.negate_update_gate(state)
        >>> torch.equal(other["bias_hh_l0"], state["bias_hh_l0"] * torch.tensor([1, -1, 1]))
        True
    """
    negated = {}
    for name, rows in state.items():
        if not name.startswith(("weight_ih", "weight_hh", "bias_ih", "bias_hh", "initial_state")):
            raise ArgumentError(
                "negate_update_gate: state must hold weights and biases of a GRU; got {name}. "
                "Give the state dict of one GRU without layer normalisation.",
                name=name,
            )
        negated[name] = rows.clone()
        if not name.startswith("initial_state"):
            negated[name].chunk(3)[1].neg_()
    return negated


def _shared(module: torch.nn.Module) -> dict[str, Any]:
    names = (
        "input_size", "hidden_size", "num_layers", "bias", "batch_first", "dropout",
        "bidirectional",
    )  # fmt: skip
    # On "meta" nothing is drawn, so the random state of the program stays as it is.
    like = next(module.parameters())
    options = {name: getattr(module, name) for name in names}
    return options | {"device": "meta", "dtype": like.dtype}


def _with_weights_of(source: torch.nn.Module, target: Module) -> Module:
    target.to_empty(device=next(source.parameters()).device)
    target.load_state_dict(source.state_dict())
    target.train(source.training)
    return target
